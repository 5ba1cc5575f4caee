//! What waiting for changes does, for the description of the API.

use crate::{
    openapi::{Operation, cursor, list, number, object, of, place},
    wire::{Event, Reply},
};
use domain::limits;

pub(crate) fn changes() -> Operation {
    Operation::new(
        "Wait for changes",
        "Answers at once when there is something, else when there is, else empty after `wait` seconds; without `since`, at once with the \
         present cursor. `replies` holds what bots are saying now; while there is any, a poll that waits answers within 300 ms. \
         With `reset` the cursor is too old or unknown: list the messages anew and go on from `cursor`.",
    )
    .asks([
        place("since", "The cursor one has"),
        number("wait", 0..=limits::POLL_WAIT_MAX.as_secs() as i64, "Seconds to wait").else_it_is(0),
    ])
    .gives(
        200,
        "What changed",
        object([
            ("type?", of::<String>()),
            ("room_id?", of::<i64>()),
            ("from?", of::<i64>()),
            ("to?", of::<i64>()),
            ("cursor", cursor()),
            ("more?", of::<bool>()),
            ("reset?", of::<bool>()),
            ("events?", list(of::<Event<'_>>())),
            ("replies", list(of::<Reply<'_>>())),
        ]),
    )
    .refuses(&[429])
}
