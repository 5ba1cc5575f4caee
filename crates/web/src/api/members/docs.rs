//! What `members` does, for the description of the API.

use crate::{
    openapi::{Operation, flag, list, number, object, of, text, word},
    wire::{Candidate, Member},
};
use domain::limits;
use serde_json::json;

pub(crate) fn index() -> Operation {
    Operation::new(
        "List members",
        "A hundred at a time. With `prefix`: up to ten people who may read the room and whose name begins so, members first, \
         and of them only `person`.",
    )
    .asks([
        number("offset", 0..=u32::MAX.into(), "How many to leave out"),
        text("prefix", limits::USERNAME_CHARS_MAX, "The beginning of a name"),
    ])
    .gives(200, "Members", object([("members", list(of::<Candidate<'_>>())), ("total?", of::<i64>())]))
}

pub(crate) fn create() -> Operation {
    Operation::new("Bring somebody in", "Moderators do.")
        .takes([text("username", limits::USERNAME_CHARS_MAX, "Whom").needed()], json!({ "username": "bob" }))
        .gives(201, "The member", of::<Member<'_>>())
        .refuses(&[409])
}

pub(crate) fn update() -> Operation {
    Operation::new("Give a member another role", "Owners do.")
        .takes(
            [
                word("role", &["owner", "moderator", "member", "read_only"], "What they may do"),
                flag("transfer", "Hand the room over to them; `role` is not needed then"),
            ],
            json!({ "role": "moderator" }),
        )
        .gives_nothing("Done")
        .refuses(&[409])
}

pub(crate) fn destroy() -> Operation {
    Operation::new("Send a member away", "Moderators do.").gives_nothing("Done").refuses(&[409])
}

pub(crate) fn ban() -> Operation {
    Operation::new("Ban somebody", "Moderators do. To who is banned there is no such room.")
        .gives_nothing("Done")
        .refuses(&[409])
}

pub(crate) fn unban() -> Operation {
    Operation::new("Lift a ban", "Moderators do.").gives_nothing("Done").refuses(&[409])
}
