//! What `logins` does, for the description of the API.

use super::AuthToken;
use crate::openapi::{Operation, of, text};
use domain::limits;
use serde_json::json;

pub(crate) fn create() -> Operation {
    Operation::new("Log in", "A new token each time, for everything its owner may do; the earlier ones stay good until they are revoked.")
        .for_anyone()
        .takes(
            [
                text("username", limits::USERNAME_CHARS_MAX, "Whose token"),
                text("password", limits::PASSWORD_CHARS_MAX, "Their password"),
            ],
            json!({ "username": "ada", "password": "a tertulia of friends" }),
        )
        .gives(200, "The token's secret", of::<AuthToken>())
        .refuses(&[400, 401, 429])
}

pub(crate) fn destroy() -> Operation {
    Operation::new("Log out", "The token that is shown ends, and its live connections with it.")
        .gives_nothing("It is over")
}

pub(crate) use {create as create_as_before, destroy as destroy_as_before};
