//! What `rooms` does, for the description of the API.

use crate::{
    openapi::{ID_MAX, Operation, flag, list, number, object, of, text, word},
    wire::{FoundRoom, Invite, Line, Member, Room, ShownRoom},
};
use domain::limits;
use serde_json::json;

pub(crate) fn index() -> Operation {
    Operation::new("List rooms", "One's own rooms, those with news first, and the public ones.").gives(
        200,
        "Both lists",
        object([("rooms", list(of::<Line<'_>>())), ("public", list(of::<FoundRoom<'_>>()))]),
    )
}

pub(crate) fn create() -> Operation {
    Operation::new("Make a room", "Who makes it owns it. Without `slug` its address is made from its name.")
        .takes(
            [
                text("name", limits::ROOM_NAME_CHARS_MAX, "What it is called").at_least(1).needed(),
                text("slug", limits::SLUG_CHARS_MAX, "Its address"),
                text("topic", limits::ROOM_TOPIC_CHARS_MAX, "What it is about"),
                word("kind", &["public", "private"], "Who may know of it").else_it_is("public"),
                flag("private", "The same as the kind `private`, for forms"),
            ],
            json!({ "name": "Sailors", "topic": "Wind, tides and ferries" }),
        )
        .gives(201, "The room", of::<Room<'_>>())
        .refuses(&[409])
}

pub(crate) fn show() -> Operation {
    Operation::new("Show a room", "").gives(200, "The room", of::<ShownRoom<'_>>())
}

pub(crate) fn update() -> Operation {
    Operation::new("Change a room", "Owners do. What is left out stays as it is.")
        .takes(
            [
                text("name", limits::ROOM_NAME_CHARS_MAX, "What it is called").at_least(1),
                text("topic", limits::ROOM_TOPIC_CHARS_MAX, "What it is about"),
                word("kind", &["public", "private"], "Who may know of it"),
                word("posting", &["everyone", "moderators"], "Who may write"),
                word("history", &["all", "joining"], "What newcomers may read"),
                flag("archived", "Closed to new messages"),
            ],
            json!({ "topic": "Wind and tides" }),
        )
        .gives(200, "The room", of::<Room<'_>>())
        .refuses(&[409])
}

pub(crate) fn join() -> Operation {
    Operation::new("Join a room", "Public rooms. A first message joins as well.")
        .gives(200, "Oneself as a member", of::<Member<'_>>())
        .refuses(&[409])
}

pub(crate) fn leave() -> Operation {
    Operation::new("Leave a room", "The last owner hands the room over first.")
        .gives_nothing("Left")
        .refuses(&[409])
}

pub(crate) fn read() -> Operation {
    Operation::new(
        "Mark messages as read",
        "The mark only goes forward, and is the same on all one's devices.",
    )
    .takes([number("id", 0..=ID_MAX, "The last message that was read").needed()], json!({ "id": 42 }))
    .gives_nothing("Noted")
}

pub(crate) fn level() -> Operation {
    Operation::new("Say what one wants to hear", "")
        .takes(
            [word("level", &["all", "mentions", "nothing"], "Of which messages one is told").needed()],
            json!({ "level": "mentions" }),
        )
        .gives_nothing("Noted")
}

pub(crate) fn invite() -> Operation {
    Operation::new(
        "Invite by a link",
        "Moderators do. Whoever has the link may join; its secret is told once.",
    )
    .gives(201, "The link", of::<Invite>())
    .refuses(&[409])
}
