//! The list of people.

use crate::{
    Place,
    listing::{Key, Listing},
};
use domain::people::Person;
use jiff::Timestamp;

/// Which people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeopleFilter {
    /// All.
    #[default]
    All,
    /// Those who govern the server.
    Admins,
    /// Those who speak for machines.
    Bots,
    /// Those who cannot sign in.
    Inactive,
}

/// Somebody in the list of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    /// Who.
    pub person: Person,
    /// When they last used a browser they are signed in with.
    pub seen_at: Option<Timestamp>,
    /// Tokens that are good.
    pub tokens: i64,
}

/// How many people there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeopleCounts {
    /// Altogether, bots included.
    pub all: i64,
    /// Active administrators.
    pub admins: i64,
    /// Bots.
    pub bots: i64,
    /// Who cannot sign in.
    pub inactive: i64,
}

/// The columns after a person's.
macro_rules! more_of_people {
    () => {
        ", (SELECT max(s.used_at) FROM sessions s WHERE s.person = p.id),
         (SELECT count(*) FROM tokens k WHERE k.person = p.id AND k.revoked_at IS NULL) FROM people p"
    };
}
pub(crate) use more_of_people;

/// How many there are, in the order of [`PeopleCounts`].
pub(crate) const COUNTS: &str = "SELECT (SELECT count(*) FROM people WHERE deleted_at IS NULL),
    (SELECT count(*) FROM people WHERE is_admin AND is_active), (SELECT count(*) FROM people WHERE is_bot),
    (SELECT count(*) FROM people WHERE NOT is_active AND deleted_at IS NULL)";

/// A page of people whose name or address begins with a text, by username.
pub(crate) fn listing(
    select: &'static str,
    filter: PeopleFilter,
    text: &str,
    place: &Place,
    limit: usize,
) -> Listing {
    let mut list = Listing::new(select, Key::Text("p.username_key"), place, limit);
    list.only("p.deleted_at IS NULL", []);
    match filter {
        PeopleFilter::All => {}
        PeopleFilter::Admins => list.only("p.is_admin AND p.is_active", []),
        PeopleFilter::Bots => list.only("p.is_bot", []),
        PeopleFilter::Inactive => list.only("NOT p.is_active", []),
    }
    if !text.is_empty() {
        let names = "(p.username_key >= ? AND p.username_key < ? OR p.display_key >= ? AND p.display_key < ?
                      OR p.email <> '' AND lower(p.email) >= ? AND lower(p.email) < ?)";
        list.only_beginning(names, text);
    }
    list
}
