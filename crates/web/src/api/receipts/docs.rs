//! What `receipts` does, for the description of the API.

use crate::{
    openapi::{ID_MAX, Operation, list, number, object, of},
    wire::Receipt,
};
use serde_json::json;

pub(crate) fn show() -> Operation {
    Operation::new(
        "Tell what has become of a message",
        "Of a message of one's own: how many people took and read it, and in rooms of up to 20 members who.",
    )
    .gives(200, "How far it came", of::<Receipt<'_>>())
    .refuses(&[403])
}

pub(crate) fn index() -> Operation {
    Operation::new(
        "Tell what has become of one's own messages",
        "The latest of one's own, ascending. In a room of more than 200 members none; ask for a single message there.",
    )
    .asks([number("after", 0..=ID_MAX, "Those after this message").else_it_is(0)])
    .gives(200, "How far they came", object([("receipts", list(of::<Receipt<'_>>()))]))
}

pub(crate) fn deliver() -> Operation {
    Operation::new(
        "Say that a device took messages",
        "For clients of server-sent events and long polls. What was read was taken too, and `after` of a poll says the same. \
         Kept within a second.",
    )
    .takes([number("id", 0..=ID_MAX, "The last message that was taken").needed()], json!({ "id": 42 }))
    .gives_nothing("Noted")
}
