//! What `moderation` does, for the description of the API. All of it is for administrators; to everyone else there is nothing here.

use crate::{
    openapi::{Field, Operation, flag, list, number, object, of, text, word},
    wire::{Found, Look, Message, Report},
};
use domain::limits;
use serde_json::json;

fn after() -> Field {
    number("after", 0..=crate::openapi::ID_MAX, "The page after this row: `next` of the page before")
}

pub(crate) fn reports() -> Operation {
    Operation::new("List reports", "The newest first. What a message says is not in it: look at the message.")
        .asks([word("show", &["open", "resolved"], "Which").else_it_is("open"), after()])
        .gives(
            200,
            "Reports",
            object([("reports", list(of::<Report<'_>>())), ("next", of::<Option<String>>())]),
        )
        .refuses(&[404])
}

pub(crate) fn resolve() -> Operation {
    Operation::new("Settle a report", "And every other open report of the same message.")
        .takes(
            [word("resolution", &["dismissed", "hidden", "erased", "deactivated"], "What is done").needed()],
            json!({ "resolution": "hidden" }),
        )
        .gives(200, "The report", of::<Report<'_>>())
        .refuses(&[409])
}

pub(crate) fn index() -> Operation {
    Operation::new(
        "Find messages",
        "Of public rooms, and reported ones without their text. That somebody searched is in the audit log. A page may be empty and have a next one.",
    )
    .asks([
        text("q", limits::MESSAGE_CHARS_MAX, "Words; all of them are in the text, whatever their case"),
        text("author", limits::USERNAME_CHARS_MAX, "A username"),
        text("room", limits::SLUG_CHARS_MAX, "A room's address"),
        text("from", 10, "A day: year, month and day"),
        text("until", 10, "A day, included"),
        word("show", &["all", "hidden", "reported"], "Which").else_it_is("all"),
        after(),
    ])
    .gives(200, "Messages, the newest first", object([("messages", list(of::<Found<'_>>())), ("next", of::<Option<String>>())]))
    .refuses(&[404])
}

pub(crate) fn show() -> Operation {
    Operation::new(
        "Look at a message",
        "With some around it and their texts, hidden or not. That somebody looked is in the audit log. Where the room is not public, only when it was reported.",
    )
    .gives(200, "What there is", of::<Look<'_>>())
}

pub(crate) fn update() -> Operation {
    Operation::new("Hide a message, or show it again", "Hiding settles its reports.")
        .takes([flag("hidden", "Whether nobody is to read it").needed()], json!({ "hidden": true }))
        .gives(200, "The message as readers get it now", of::<Message<'_>>())
        .refuses(&[409])
}

pub(crate) fn destroy() -> Operation {
    Operation::new(
        "Erase a message for good",
        "Text, versions and mentions leave the database at once. It settles its reports.",
    )
    .gives_nothing("Erased")
}
