//! What streams of events do, for the description of the API; the protocol is in `docs/protocol.md`.

use crate::openapi::{Operation, of, place};

fn stream(summary: &'static str, about: &'static str) -> Operation {
    Operation::new(summary, about)
        .asks([place("since", "The cursor one has; without it, from now on")])
        .hears(place("Last-Event-ID", "The cursor of the last event; wins over `since`"))
        .gives_other(200, "Server-sent events, without end", "text/event-stream", of::<String>())
        .refuses(&[400, 429])
}

pub(crate) fn room() -> Operation {
    stream(
        "Follow a room",
        "`event: events` carries changes and an `id:` to go on from; `reply`, `reply_delta` and `sign` pass; `ended` is the last.",
    )
}

pub(crate) fn own() -> Operation {
    stream(
        "Follow oneself",
        "One's own rooms, read marks, mentions, settings and sessions, on all one's devices.",
    )
}
