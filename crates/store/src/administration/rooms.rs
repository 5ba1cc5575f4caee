//! The list of rooms: what kind they are and how busy, never what is said in them.

use crate::{
    Place,
    listing::{Key, Listing, Value},
};
use domain::rooms::{Room, RoomKind};
use jiff::Timestamp;

/// Which rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoomsFilter {
    /// All.
    #[default]
    All,
    /// Those of a kind.
    Kind(RoomKind),
    /// Closed ones.
    Closed,
}

/// A room in the list of rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomFacts {
    /// The room.
    pub room: Room,
    /// How many are in it.
    pub members: i64,
    /// The username of whoever has owned it for longest; a direct room has no owner.
    pub owner: Option<String>,
    /// When something was last said.
    pub last_at: Option<Timestamp>,
}

/// The columns after a room's.
macro_rules! more_of_rooms {
    () => {
        ", (SELECT count(*) FROM members m WHERE m.room = r.id AND m.standing = 'in'),
         (SELECT o.username FROM members m JOIN people o ON o.id = m.person WHERE m.room = r.id AND m.standing = 'in' AND m.role = 'owner'
          ORDER BY m.joined_at, m.person LIMIT 1), r.last_at FROM rooms r"
    };
}
pub(crate) use more_of_rooms;

/// A page of rooms whose name or address begins with a text, the newest first.
pub(crate) fn listing(
    select: &'static str,
    filter: RoomsFilter,
    text: &str,
    place: &Place,
    limit: usize,
) -> Listing {
    let mut list = Listing::new(select, Key::Newest("r.id"), place, limit);
    match filter {
        RoomsFilter::All => {}
        RoomsFilter::Kind(kind) => list.only("r.kind = ?", [Value::Text(kind.as_str().into())]),
        RoomsFilter::Closed => list.only("r.archived_at IS NOT NULL", []),
    }
    if !text.is_empty() {
        // Both databases fold the letters of ASCII alone.
        let from = text.trim().to_ascii_lowercase();
        let to = format!("{from}{}", char::MAX);
        let values = [from.clone(), to.clone(), from, to].map(Value::Text);
        list.only("(r.slug >= ? AND r.slug < ? OR lower(r.name) >= ? AND lower(r.name) < ?)", values);
    }
    list
}
