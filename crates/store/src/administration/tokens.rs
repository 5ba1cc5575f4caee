//! The list of tokens: whose they are and how far they reach, never their secrets.

use crate::{
    Place,
    listing::{Key, Listing, Value},
};
use domain::{ids::PersonId, people::Profile, tokens::Token};
use jiff::Timestamp;

/// A token in the list of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// The token.
    pub token: Token,
    /// Whose it is.
    pub owner: Profile,
}

/// A page of tokens that are good, the newest first.
pub(crate) fn listing(
    select: &'static str,
    of: Option<PersonId>,
    place: &Place,
    limit: usize,
    now: Timestamp,
) -> Listing {
    let mut list = Listing::new(select, Key::Newest("t.id"), place, limit);
    let good = "t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?)";
    list.only(good, [Value::Number(now.as_millisecond())]);
    if let Some(of) = of {
        list.only("t.person = ?", [Value::Number(of.0)]);
    }
    list
}
