//! What `chats` does, for the description of the API.

use crate::{
    openapi::{ID_MAX, Operation, list, number, object, of, text},
    wire::{Chat, ChatHistory, ChatJoined, ChatPosted, ChatStarted, ShownChat},
};
use domain::limits;
use serde_json::json;

pub(crate) fn index() -> Operation {
    Operation::new("List one's chat sessions", "The newest first.").gives(
        200,
        "Those one is in",
        object([("chats", list(of::<Chat<'_>>()))]),
    )
}

pub(crate) fn create() -> Operation {
    Operation::new(
        "Start a chat session",
        "A private room whose address cannot be guessed. Who starts it owns it.",
    )
    .takes(
        [text("name", limits::ROOM_NAME_CHARS_MAX, "What it is called; made from its address when empty")],
        json!({ "name": "Crossing to Ons" }),
    )
    .gives(200, "Its address", of::<ChatStarted>())
    .refuses(&[429])
}

pub(crate) fn show() -> Operation {
    Operation::new("Show a chat session", "").gives(200, "It, and who is in it", of::<ShownChat<'_>>())
}

pub(crate) fn update() -> Operation {
    Operation::new(
        "Let somebody into a chat session",
        "Oneself by knowing the address, others when one is in. Whoever is in already stays in.",
    )
    .takes(
        [text("username", limits::USERNAME_CHARS_MAX, "Who").at_least(1).needed()],
        json!({ "username": "alex" }),
    )
    .gives(200, "Who is in it now", of::<ChatJoined<'_>>())
    .refuses(&[409])
}

pub(crate) fn messages() -> Operation {
    Operation::new(
        "Read a chat session",
        "Everything that was said, oldest first. Of very much the newest, and a `Link` with `rel=\"prev\"` to what was before.",
    )
    .asks([number("before", 0..=ID_MAX, "What was said before this message")])
    .gives(200, "What was said", of::<ChatHistory<'_>>())
}

pub(crate) fn post() -> Operation {
    Operation::new(
        "Say something in a chat session",
        "The same `client_id` with the same text is posted once.",
    )
    .takes(
        [
            text("message", limits::CHAT_MESSAGE_CHARS_MAX, "Markdown").at_least(1).needed(),
            text("client_id", limits::CLIENT_ID_BYTES_MAX, "One's own name for it"),
        ],
        json!({ "message": "Hello there" }),
    )
    .gives(200, "The message", of::<ChatPosted<'_>>())
    .refuses(&[409, 429])
}
