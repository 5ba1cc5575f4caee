//! What `messages` does, for the description of the API.

use crate::{
    openapi::{Field, ID_MAX, Operation, Shape, cursor, list, number, object, of, text},
    wire::{Message, Reply, Version},
};
use domain::{ids::MessageId, limits};
use serde_json::json;

fn part() -> [Field; 4] {
    [
        number("after", 0..=ID_MAX, "Those after this message; 0: from the start"),
        number("before", 0..=ID_MAX, "Those before it"),
        number("around", 0..=ID_MAX, "Those around it"),
        number("limit", 1..=limits::PAGE_MESSAGES_MAX as i64, "How many"),
    ]
}

fn message() -> Shape {
    of::<Message<'_>>()
}

pub(crate) fn poll() -> Operation {
    Operation::new(
        "List messages, for clients that poll",
        "As under `/api/rooms/{slug}/messages/`, where strangers get 401.",
    )
    .strangers_get(403)
    .asks(part())
    .gives(200, "Messages", object(page()))
}

pub(crate) fn create_polled() -> Operation {
    Operation::new("Post a message, for clients that poll", "Answered with 200. Strangers get 403.")
        .strangers_get(403)
        .takes(
            [text("message", limits::MESSAGE_CHARS_MAX, "Markdown").at_least(1).needed(), client_id()],
            json!({ "message": "Good evening" }),
        )
        .gives(200, "The message", message())
        .refuses(&[409])
}

fn page() -> [(&'static str, Shape); 4] {
    [
        ("messages", list(message())),
        ("more_before", of::<bool>()),
        ("more_after", of::<bool>()),
        ("cursor", cursor()),
    ]
}

pub(crate) fn index() -> Operation {
    let [messages, before, after, cursor] = page();
    Operation::new(
        "List messages",
        "Ascending, without deleted ones. Of `before`, `around` and `after` the first given counts; without any, from the start. \
         Follow the room from `cursor` on, and nothing is missing.",
    )
    .asks(part())
    .gives(200, "Messages, and what bots are saying now", object([messages, ("replies", list(of::<Reply<'_>>())), before, after, cursor]))
}

fn client_id() -> Field {
    text("client_id", limits::CLIENT_ID_BYTES_MAX, "Your own name for it; sent again it is not posted again")
}

pub(crate) fn create() -> Operation {
    Operation::new(
        "Post a message",
        "The same `client_id` with the same text answers with the message from then, for ever; with another text it is 409.",
    )
    .hears(text("Idempotency-Key", limits::CLIENT_ID_BYTES_MAX, "Serves as `client_id`"))
    .takes(
        [
            text("content", limits::MESSAGE_CHARS_MAX, "Markdown").at_least(1).needed(),
            client_id(),
            number("reply_to", 1..=ID_MAX, "The message that is answered"),
        ],
        json!({ "content": "Good evening, **everyone**", "client_id": "evening-1" }),
    )
    .gives(201, "Posted, and on disk", message())
    .gives(200, "Posted before", message())
    .refuses(&[409])
}

pub(crate) fn show() -> Operation {
    Operation::new("Show a message", "").gives(200, "The message", message())
}

pub(crate) fn update() -> Operation {
    Operation::new("Edit a message", "One's own. The earlier text is kept as a version.")
        .takes(
            [text("content", limits::MESSAGE_CHARS_MAX, "Markdown").at_least(1).needed()],
            json!({ "content": "Good evening, *all*" }),
        )
        .gives(200, "The message", message())
        .refuses(&[409])
}

pub(crate) fn destroy() -> Operation {
    Operation::new(
        "Delete a message",
        "One's own, or as a moderator. Its text and versions are erased, its place stays.",
    )
    .gives_nothing("Deleted")
    .refuses(&[409])
}

pub(crate) fn versions() -> Operation {
    Operation::new("List the earlier texts of a message", "").gives(
        200,
        "Earlier texts",
        object([("versions", list(of::<Version<'_>>()))]),
    )
}

pub(crate) fn pin() -> Operation {
    Operation::new("Pin a message", "").gives(200, "The message", message()).refuses(&[400, 409])
}

pub(crate) fn unpin() -> Operation {
    Operation::new("Let go of a pin", "").gives(200, "The message", message()).refuses(&[409])
}

pub(crate) fn react() -> Operation {
    Operation::new("React with an emoji", "Twice is once.")
        .gives(200, "The message", message())
        .refuses(&[400, 409])
}

pub(crate) fn unreact() -> Operation {
    Operation::new("Take a reaction back", "").gives(200, "The message", message()).refuses(&[400, 409])
}

pub(crate) fn pins() -> Operation {
    Operation::new("List pinned messages", "").gives(200, "Messages", object([("messages", list(message()))]))
}

pub(crate) fn report() -> Operation {
    let reported = || object([("message_id", of::<MessageId>()), ("reported", of::<bool>())]);
    Operation::new(
        "Report a message",
        "Asks the administrators to look at it. Once by each; a second time changes nothing.",
    )
    .takes(
        [text("reason", limits::REPORT_REASON_CHARS_MAX, "What is wrong with it")],
        json!({ "reason": "This is advertising" }),
    )
    .gives(201, "Reported", reported())
    .gives(200, "Reported before", reported())
    .refuses(&[409, 429])
}
