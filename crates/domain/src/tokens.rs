//! Tokens: what a program shows instead of a session's cookie, and how far that reaches.

use crate::{
    Invalid,
    ids::{PersonId, RoomId, SessionId, TokenId},
    limits,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// One token. The secret itself is never kept; the store knows only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Names the token in lists and when it is revoked.
    pub id: TokenId,
    /// Whose it is.
    pub person: PersonId,
    /// What its owner calls it; empty for those that came of a login.
    pub name: String,
    /// What it may be used for.
    pub reach: Reach,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within a few minutes.
    pub used_at: Option<Timestamp>,
    /// When it ends by itself, if it does.
    pub expires_at: Option<Timestamp>,
}

/// Whether a token changes things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// It reads.
    Read,
    /// It reads and writes.
    Write,
}

impl Scope {
    /// The word in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// The scope of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Write].into_iter().find(|scope| scope.as_str() == word)
    }
}

/// How far the right of somebody goes by what they came with: all the way by a session, as far as it was made for by a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What for.
    pub scope: Scope,
    /// Where; nothing else is there for them. `None`: everywhere.
    pub rooms: Option<Arc<[RoomId]>>,
}

impl Reach {
    /// All that the person may do themselves.
    pub const ALL: Self = Self { scope: Scope::Write, rooms: None };

    /// Whether a room lies within.
    pub fn covers(&self, room: RoomId) -> bool {
        self.rooms.as_ref().is_none_or(|rooms| rooms.contains(&room))
    }
}

/// Which session or token a live connection hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassId {
    /// A signed-in browser.
    Session(SessionId),
    /// A program.
    Token(TokenId),
}

/// Checks what somebody calls a token: 1 to [`limits::TOKEN_NAME_CHARS_MAX`] characters, none of them control characters.
pub fn token_name(text: &str) -> Result<String, Invalid> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Invalid::new("name", "A token needs a name by which you know it again."));
    }
    if name.chars().count() > limits::TOKEN_NAME_CHARS_MAX {
        let text = "A token's name has at most {limit} characters.";
        return Err(Invalid::limit("name", text, limits::TOKEN_NAME_CHARS_MAX));
    }
    if name.chars().any(char::is_control) {
        return Err(Invalid::new("name", "A name has no control characters."));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reach_of_chosen_rooms_covers_those_and_no_other() {
        let chosen = Reach { scope: Scope::Read, rooms: Some([RoomId(2), RoomId(3)].into()) };
        assert!(chosen.covers(RoomId(2)));
        assert!(!chosen.covers(RoomId(4)));
        assert!(Reach::ALL.covers(RoomId(4)));
    }

    #[test]
    fn a_token_has_a_name_of_bounded_length() {
        assert_eq!(token_name("  build \n server "), Ok("build server".into()));
        assert!(token_name(" ").is_err());
        assert_eq!(token_name(&"a".repeat(101)).unwrap_err().limit, Some(100));
    }
}
