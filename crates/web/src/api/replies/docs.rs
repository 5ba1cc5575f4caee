//! What `replies` does, for the description of the API.

use crate::{
    openapi::{Operation, list, object, of},
    wire::Reply,
};

pub(crate) fn index() -> Operation {
    Operation::new("List replies in progress", "What bots are saying now, with its text so far.").gives(
        200,
        "Replies",
        object([("replies", list(of::<Reply<'_>>()))]),
    )
}

pub(crate) fn stop() -> Operation {
    Operation::new("Stop a reply", "Whoever asked, and moderators. It ends in a moment, as a message.")
        .gives_nothing("Told")
}

pub(crate) fn again() -> Operation {
    Operation::new(
        "Have a bot answer again",
        "“Retry” and “Regenerate”, for whoever asked and moderators. The earlier text is kept as a version. 409 while it runs, \
         429 before the `retry_at` that its provider named.",
    )
    .gives(202, "The reply", of::<Reply<'_>>())
    .refuses(&[400, 409])
}
