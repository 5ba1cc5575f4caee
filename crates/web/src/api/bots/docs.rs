//! What `bots` does, for the description of the API. All of it is for administrators; to everyone else there is nothing here.

use crate::{
    openapi::{Field, ID_MAX, Operation, flag, list, number, object, object_of, of, text, word},
    wire::{Bot, GuestUsage, Missed, Usage},
};
use domain::{bots::Budgets, limits};
use serde_json::json;

fn fields() -> [Field; 5] {
    [
        text("display_name", limits::DISPLAY_NAME_CHARS_MAX, "The name that is shown").at_least(1),
        text("avatar", limits::REACTION_BYTES_MAX, "One emoji in its face; empty: a lamp"),
        word("mind", &bots::MINDS, "What it thinks with"),
        word("answers", &["mentioned", "always", "direct"], "When it answers"),
        object_of(
            "settings",
            "What its mind reads. A key that is not named again is kept, unless its address is another one",
        ),
    ]
}

pub(crate) fn index() -> Operation {
    Operation::new("List bots", "")
        .gives(200, "Bots", object([("bots", list(of::<Bot<'_>>()))]))
        .refuses(&[404])
}

pub(crate) fn create() -> Operation {
    Operation::new("Make a bot", "Without `mind` it thinks by `auto`, and answers when it is mentioned.")
        .takes(
            fields().into_iter().chain([text(
                "username",
                limits::USERNAME_CHARS_MAX,
                "By which it is mentioned",
            )
            .at_least(1)
            .needed()]),
            json!({ "username": "ferryman", "display_name": "Ferryman", "avatar": "⛴️", "mind": "intents" }),
        )
        .gives(201, "The bot", of::<Bot<'_>>())
        .refuses(&[404, 409])
}

pub(crate) fn show() -> Operation {
    Operation::new("Show a bot", "").gives(200, "The bot", of::<Bot<'_>>())
}

pub(crate) fn update() -> Operation {
    Operation::new("Change a bot", "What is left out stays as it is.")
        .takes(
            fields().into_iter().chain([flag("is_active", "Whether it may speak")]),
            json!({ "display_name": "Ferrywoman" }),
        )
        .gives(200, "The bot", of::<Bot<'_>>())
        .refuses(&[409])
}

pub(crate) fn missed() -> Operation {
    Operation::new("List questions a bot did not understand", "").gives(
        200,
        "Questions, the newest first",
        object([("missed", list(of::<Missed<'_>>()))]),
    )
}

pub(crate) fn teach() -> Operation {
    Operation::new(
        "Add a question to an intent",
        "It becomes one of the intent's phrases and leaves the list.",
    )
    .takes([text("intent", limits::MISSED_CHARS_MAX, "Which").needed()], json!({ "intent": "joke" }))
    .gives_nothing("Learned")
    .refuses(&[409])
}

pub(crate) fn forget() -> Operation {
    Operation::new("Take a question off the list", "").gives_nothing("Gone")
}

pub(crate) fn usage() -> Operation {
    Operation::new("List tokens that were used", "The last 31 days by day, bot, person and room, the newest 5,000 lines; `more` where there are others.")
        .gives(
            200,
            "Tokens",
            object([
                ("usage", list(of::<Usage<'_>>())),
                ("more", of::<bool>()),
                ("guests", list(of::<GuestUsage>())),
                ("budgets", of::<Budgets>()),
            ]),
        )
        .refuses(&[404])
}

pub(crate) fn budget() -> Operation {
    let tokens = |name, about| number(name, 0..=ID_MAX, about).else_it_is(0);
    Operation::new(
        "Set budgets",
        "Tokens that may be used in a day (UTC), read and written together. 0: any number.",
    )
    .takes(
        [
            tokens("person", "By one person"),
            tokens("room", "In one room"),
            tokens("day", "By everyone together"),
        ],
        json!({ "person": 50_000, "day": 1_000_000 }),
    )
    .gives(200, "The budgets", of::<Budgets>())
    .refuses(&[404])
}
