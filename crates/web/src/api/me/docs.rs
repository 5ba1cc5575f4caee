//! What `me` does, for the description of the API.

use crate::{
    openapi::{Operation, list, object, of, text, texts},
    wire::{Person, Profile, Room},
};
use domain::limits;
use serde_json::json;

pub(crate) fn show() -> Operation {
    Operation::new("Show oneself", "").gives(200, "Oneself", of::<Person<'_>>())
}

pub(crate) fn people() -> Operation {
    Operation::new("Find people", "The first ten people whose name, or the name they show, begins so.")
        .asks([text("prefix", limits::USERNAME_CHARS_MAX, "The beginning of a name; empty for anybody")])
        .gives(200, "People by name", object([("people", list(of::<Profile<'_>>()))]))
}

pub(crate) fn direct() -> Operation {
    Operation::new(
        "Open a direct room or a group",
        "The one room of oneself and another person, or of a few when several are named; it is made when there is none.",
    )
    .takes(
        [texts("username", limits::USERNAME_CHARS_MAX, limits::GROUP_PEOPLE_MAX, "The other person, or people").needed()],
        json!({ "username": "bob" }),
    )
    .gives(200, "The room", of::<Room<'_>>())
    .refuses(&[404, 409])
}
