//! What `tokens` does, for the description of the API.

use crate::{
    openapi::{Operation, list, object, of, text, word},
    wire::{MadeToken, Token},
};
use domain::limits;
use serde_json::json;

pub(crate) fn index() -> Operation {
    Operation::new(
        "List one's tokens",
        "Those that are good, the last used first. Their secrets are not told again.",
    )
    .gives(200, "One's tokens", object([("tokens", list(of::<Token<'_>>()))]))
}

pub(crate) fn create() -> Operation {
    let rooms = limits::SLUG_CHARS_MAX * limits::TOKEN_ROOMS_MAX;
    Operation::new(
        "Make a token",
        "The secret is in this answer and nowhere else. A token makes none that reaches further, or lasts longer, than itself.",
    )
    .takes(
        [
            text("name", limits::TOKEN_NAME_CHARS_MAX, "By what you know it again").needed().at_least(1),
            word("scope", &["read", "write"], "Whether it changes things").else_it_is("write"),
            text("rooms", rooms, "The addresses of the rooms it is for, with commas between them (JSON: a list, too); left out: all"),
            text("expires_at", 40, "When it ends by itself (RFC 3339); empty: never"),
        ],
        json!({ "name": "build server", "scope": "write" }),
    )
    .gives(201, "The token and its secret", of::<MadeToken<'_>>())
}

pub(crate) fn destroy() -> Operation {
    Operation::new("Revoke a token", "It ends at once, and its live connections with it.")
        .gives_nothing("It is over")
}
