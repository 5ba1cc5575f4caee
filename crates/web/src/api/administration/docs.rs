//! What `administration` does, for the description of the API.

use crate::{
    openapi::{Field, Operation, Shape, flag, list, object, of, text, word},
    wire::{AuditLine, GovernedPerson, ListedPerson, ListedReply, ListedRoom, ListedToken, ResetPerson},
};
use domain::{audit::Act, limits};
use serde_json::json;

/// What says where a page begins.
fn after() -> Field {
    text("after", limits::USERNAME_CHARS_MAX, "`next` of the page before; without it the first")
}

fn q(about: &str) -> Field {
    text("q", limits::USERNAME_CHARS_MAX, about)
}

/// Rows under a name, and where the next page is.
fn page(name: &'static str, rows: Shape) -> Shape {
    object([(name, list(rows)), ("next", of::<Option<String>>())])
}

pub(crate) fn list_people() -> Operation {
    let show = word("show", &["admins", "bots", "inactive"], "Only these");
    Operation::new("List people", "By username, in pages.")
        .asks([q("How username, shown name or address begin"), show, after()])
        .gives(200, "People", page("users", of::<ListedPerson<'_>>()))
        .refuses(&[400, 404])
}

pub(crate) fn make_person() -> Operation {
    Operation::new("Make an account", "Whoever opens the link of the answer chooses the password.")
        .takes(
            [
                text("username", limits::USERNAME_CHARS_MAX, "The name to sign in with").at_least(1).needed(),
                text("display_name", limits::DISPLAY_NAME_CHARS_MAX, "The name that is shown"),
                text("email", limits::EMAIL_CHARS_MAX, "May be empty"),
                flag("is_admin", "Whether they govern the server"),
            ],
            json!({ "username": "marta", "display_name": "Marta Iglesias" }),
        )
        .gives(201, "The account", of::<ResetPerson<'_>>())
        .refuses(&[404])
}

pub(crate) fn show_person() -> Operation {
    Operation::new("Show somebody", "").gives(200, "Somebody", of::<GovernedPerson<'_>>())
}

pub(crate) fn change_person() -> Operation {
    Operation::new(
        "Change an account",
        "What is left out stays as it is. The last administrator stays one, and active.",
    )
    .takes(
        [
            text("display_name", limits::DISPLAY_NAME_CHARS_MAX, "The name that is shown").at_least(1),
            text("email", limits::EMAIL_CHARS_MAX, "May be empty"),
            flag("is_admin", "Whether they govern the server"),
            flag("is_active", "Whether they can sign in; false ends their sessions and tokens"),
        ],
        json!({ "is_active": false }),
    )
    .gives(200, "Somebody", of::<GovernedPerson<'_>>())
    .refuses(&[409])
}

pub(crate) fn delete_person() -> Operation {
    Operation::new(
        "Delete an account",
        "Address, password, sessions and tokens are erased; they leave their rooms, which pass to others. What they wrote stays under the name shown.",
    )
    .gives_nothing("Deleted")
    .refuses(&[409])
}

pub(crate) fn reset_password() -> Operation {
    Operation::new(
        "Reset a password",
        "It stops working, and sessions and tokens end. Whoever opens the link of the answer chooses another one. Not your own, \
         which is changed in your settings.",
    )
    .gives(200, "The account", of::<ResetPerson<'_>>())
    .refuses(&[409])
}

pub(crate) fn end_sessions() -> Operation {
    Operation::new("End somebody's sessions", "Every browser of theirs is signed out at once; tokens stay.")
        .gives_nothing("Signed out")
}

pub(crate) fn list_tokens() -> Operation {
    Operation::new("List tokens", "Those that are good, the newest first, without their secrets.")
        .asks([q("The username of their owner"), after()])
        .gives(200, "Tokens", page("tokens", of::<ListedToken<'_>>()))
        .refuses(&[400, 404])
}

pub(crate) fn revoke_token() -> Operation {
    Operation::new("Revoke a token of anybody", "Its connections end at once.").gives_nothing("Revoked")
}

pub(crate) fn list_rooms() -> Operation {
    let kinds = ["public", "private", "direct", "group", "session", "closed"];
    Operation::new(
        "List rooms of all kinds",
        "The newest first: what kind they are and how busy, never what is said in them.",
    )
    .asks([q("How name or address begin"), word("show", &kinds, "Only these"), after()])
    .gives(200, "Rooms", page("rooms", of::<ListedRoom<'_>>()))
    .refuses(&[400, 404])
}

pub(crate) fn change_room() -> Operation {
    Operation::new(
        "Rename, close or open a room",
        "As far as such a room can be changed: direct rooms cannot.",
    )
    .takes(
        [
            text("name", limits::ROOM_NAME_CHARS_MAX, "What it is called; its address follows").at_least(1),
            text("topic", limits::ROOM_TOPIC_CHARS_MAX, "What it is about"),
            flag("archived", "Whether it is closed to new messages"),
        ],
        json!({ "archived": true }),
    )
    .gives(200, "The room", of::<ListedRoom<'_>>())
    .refuses(&[409])
}

pub(crate) fn list_replies() -> Operation {
    Operation::new("List replies as jobs", "The newest first, without what was said.")
        .asks([word("show", &["open", "failed"], "Only these"), after()])
        .gives(200, "Replies", page("replies", of::<ListedReply<'_>>()))
        .refuses(&[400, 404])
}

pub(crate) fn stop_reply() -> Operation {
    Operation::new("Stop a reply of any room", "Nothing happens to one that has ended.")
        .gives_nothing("Asked to stop")
}

pub(crate) fn list_acts() -> Operation {
    let acts: Vec<&str> = Act::ALL.iter().map(|act| act.as_str()).collect();
    let day = |name, about| text(name, 10, about);
    Operation::new("Read the audit log", "What administrators did, the newest first.")
        .asks([
            text("by", limits::USERNAME_CHARS_MAX, "What somebody did"),
            word("act", &acts, "One kind of act"),
            text("subject", limits::SUBJECT_CHARS_MAX, "What was done to one thing, as `person/7`"),
            day("from", "Not before this day (UTC), as `2026-11-21`"),
            day("until", "Not after this day"),
            after(),
        ])
        .gives(200, "Acts", page("acts", of::<AuditLine<'_>>()))
        .refuses(&[400, 404])
}
