//! What `server_settings` does, for the description of the API. All of it is for administrators; to everyone else there is nothing here.

use crate::{
    openapi::{Operation, flag, list, number, object, of, text, word},
    wire::{ServerInvite, Settings},
};
use domain::limits;
use serde_json::json;

pub(crate) fn show() -> Operation {
    Operation::new("Show the settings of the server", "")
        .gives(200, "What holds", of::<Settings<'_>>())
        .refuses(&[404])
}

pub(crate) fn update() -> Operation {
    let rate = |name, about| number(name, 1..=i64::from(limits::RATE_PER_MINUTE_MAX), about);
    Operation::new(
        "Change the settings of the server",
        "What is left out stays as it is. They hold in every process within a second. What the configuration says wins; `configured` names it.",
    )
    .takes(
        [
            word("registration", &["open", "invitation", "closed"], "Who may make an account"),
            flag("guests", "Whether people without an account may talk with the bot"),
            rate("guest_posts_per_minute", "Messages a minute from one guest's address"),
            rate("posts_per_minute", "Messages a minute from one person"),
            number("message_chars_max", 1..=limits::MESSAGE_CHARS_MAX as i64, "Characters of a message"),
            text("allowed_origins", limits::BODY_BYTES_MAX, "Other sites, separated by commas or spaces"),
            text("keeper", limits::KEEPER_CHARS_MAX, "Who keeps the server, for the page for signing in"),
            text("dialogue", 2 * limits::KEEPER_CHARS_MAX + 1, "The two lines of that page; empty for its own"),
            text("terms", limits::TERMS_CHARS_MAX, "What is accepted with an account, in Markdown; empty for its own"),
        ],
        json!({ "registration": "invitation", "allowed_origins": "https://app.example.org" }),
    )
    .gives(200, "What holds now", of::<Settings<'_>>())
    .refuses(&[404])
}

pub(crate) fn invites() -> Operation {
    Operation::new("List invitations to the server", "Those that still work.")
        .gives(200, "Invitations, the newest first", object([("invites", list(of::<ServerInvite<'_>>()))]))
        .refuses(&[404])
}

pub(crate) fn invite() -> Operation {
    Operation::new(
        "Make an invitation to the server",
        "Whoever opens its `path` may make an account where that takes an invitation. The secret in it is told once.",
    )
    .takes(
        [
            text("note", limits::INVITE_NOTE_CHARS_MAX, "Whom it is for"),
            number("uses_max", 1..=limits::INVITE_USES_MAX, "Accounts that may be made by it").else_it_is(1),
            number("days", 1..=limits::INVITE_DAYS_MAX, "Days it works").else_it_is(7),
        ],
        json!({ "note": "The choir", "uses_max": 30, "days": 14 }),
    )
    .gives(201, "The invitation", object([("invite", of::<ServerInvite<'_>>()), ("path", of::<String>())]))
    .refuses(&[404, 409])
}

pub(crate) fn withdraw() -> Operation {
    Operation::new("Withdraw an invitation to the server", "").gives_nothing("It works no more")
}
