//! Tokens of programs.

use domain::{
    ids::{RoomId, TokenId},
    tokens::{self, Scope},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// A token without its secret, which nobody has but its owner.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Token<'t> {
    id: TokenId,
    /// By what its owner knows it again; empty when it came of a login.
    #[schemars(example = &"build server")]
    name: &'t str,
    /// Whether it changes things.
    scope: Scope,
    /// The rooms it is for; null: all.
    rooms: Option<&'t [RoomId]>,
    created_at: Timestamp,
    /// When it was last used, to within five minutes.
    used_at: Option<Timestamp>,
    /// When it ends by itself, if it does.
    expires_at: Option<Timestamp>,
}

impl<'t> From<&'t tokens::Token> for Token<'t> {
    fn from(token: &'t tokens::Token) -> Self {
        Self {
            id: token.id,
            name: &token.name,
            scope: token.reach.scope,
            rooms: token.reach.rooms.as_deref(),
            created_at: token.created_at,
            used_at: token.used_at,
            expires_at: token.expires_at,
        }
    }
}

/// A token that was just made, with its secret, which is told this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MadeToken<'t> {
    #[serde(flatten)]
    pub about: Token<'t>,
    /// What to send: `Authorization: Token <this>`.
    #[schemars(example = &"467f53e415044c0d9a1b7e2f8c3d6a5b4e9f0c1d")]
    pub token: &'t str,
}
