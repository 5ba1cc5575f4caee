//! What `accounts` does, for the description of the API.

use super::{NewAccount, OwnAccount};
use crate::openapi::{Operation, list, of, text};
use domain::limits;
use serde_json::json;

pub(crate) fn index() -> Operation {
    Operation::new("List accounts", "One's own; others are not listed.").gives(
        200,
        "Oneself",
        list(of::<OwnAccount<'_>>()),
    )
}

pub(crate) fn create() -> Operation {
    Operation::new(
        "Sign up",
        "Where an account takes an invitation, `invitation` is the secret with which its link ends.",
    )
    .for_anyone()
    .takes(
        [
            text("username", limits::USERNAME_CHARS_MAX, "The name to sign in with").needed().at_least(1),
            text("password", limits::PASSWORD_CHARS_MAX, "At least eight characters")
                .needed()
                .at_least(limits::PASSWORD_CHARS_MIN),
            text("email", limits::EMAIL_CHARS_MAX, "May be empty"),
            text("invitation", 64, "What the link of an invitation ends with, where one is needed"),
        ],
        json!({ "username": "ada", "password": "a tertulia of friends" }),
    )
    .gives(201, "The account", of::<NewAccount<'_>>())
    .refuses(&[401, 403, 429])
}

pub(crate) fn me() -> Operation {
    Operation::new("Show one's account", "").gives(200, "Oneself", of::<OwnAccount<'_>>())
}

pub(crate) fn change_me() -> Operation {
    Operation::new("Change one's address", "The name is changed at `set_username`.")
        .takes(
            [text("email", limits::EMAIL_CHARS_MAX, "May be empty")],
            json!({ "email": "ada@example.org" }),
        )
        .gives(200, "Oneself", of::<OwnAccount<'_>>())
}

pub(crate) fn close_me() -> Operation {
    with_password(
        "Close one's account",
        "Nobody signs in to it any more, and its sessions and tokens end. What was written stays.",
    )
    .gives_nothing("It is closed")
    .refuses(&[409])
}

fn with_password(summary: &'static str, about: &'static str) -> Operation {
    Operation::new(summary, about)
        .takes(
            [text("current_password", limits::PASSWORD_CHARS_MAX, "The present password").needed()],
            json!({ "current_password": "a tertulia of friends" }),
        )
        .refuses(&[429])
}

pub(crate) fn set_password() -> Operation {
    Operation::new("Change one's password", "Browsers are signed out; tokens stay good.")
        .takes(
            [
                text("new_password", limits::PASSWORD_CHARS_MAX, "At least eight characters").needed(),
                text("current_password", limits::PASSWORD_CHARS_MAX, "The present password").needed(),
            ],
            json!({ "new_password": "another one of them", "current_password": "a tertulia of friends" }),
        )
        .gives_nothing("It is changed")
        .refuses(&[429])
}

pub(crate) fn set_username() -> Operation {
    Operation::new("Change one's name", "The name to sign in with and to be mentioned by.")
        .takes(
            [
                text("new_username", limits::USERNAME_CHARS_MAX, "The new name").needed(),
                text("current_password", limits::PASSWORD_CHARS_MAX, "The present password").needed(),
            ],
            json!({ "new_username": "ada2", "current_password": "a tertulia of friends" }),
        )
        .gives_nothing("It is changed")
        .refuses(&[429])
}

fn by_mail(summary: &'static str, about: &'static str) -> Operation {
    Operation::new(summary, about)
        .for_anyone()
        .takes(
            [text("email", limits::EMAIL_CHARS_MAX, "The account's address").needed()],
            json!({ "email": "ada@example.org" }),
        )
        .refuses(&[401])
}

pub(crate) fn reset_password() -> Operation {
    by_mail("Ask for another password", "This server sends no mail; an administrator sets another password.")
        .gives_nothing("Heard, whether there is such an account or not")
}

pub(crate) fn resend_activation() -> Operation {
    by_mail("Ask for activation", "Accounts are active from the first, so this is always refused.")
        .refuses_silently(400, "Refused, or what is wrong with which field")
}

pub(crate) fn confirm_reset() -> Operation {
    Operation::new("Set another password by a link", "This server sends no links, so none is good.")
        .for_anyone()
        .takes(
            [
                text("uid", 64, "From the link").needed(),
                text("token", 64, "From the link").needed(),
                text("new_password", limits::PASSWORD_CHARS_MAX, "The new password").needed(),
            ],
            json!({ "uid": "Mg", "token": "x", "new_password": "another one of them" }),
        )
        .refuses(&[401])
}

pub(crate) fn activate() -> Operation {
    Operation::new("Activate an account by a link", "This server sends no links, so none is good.")
        .for_anyone()
        .takes(
            [text("uid", 64, "From the link").needed(), text("token", 64, "From the link").needed()],
            json!({ "uid": "Mg", "token": "x" }),
        )
        .refuses(&[401])
}

pub(crate) use {
    change_me as replace_me, change_me as change_me_as_before, change_me as replace_me_as_before,
    change_me as update, change_me as replace, close_me as close_me_as_before, close_me as destroy,
    create as create_as_before, me as me_as_before, me as show,
};
