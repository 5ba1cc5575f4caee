//! Accounts: `/auth/users/…`, and `/auth/me/` of the earlier generation.

pub(crate) mod docs;
mod passwords;

pub(crate) use passwords::{
    activate, confirm_reset, resend_activation, reset_password, set_password, set_username,
};

use super::{Anybody, Djoser, DjoserResult, checks::Checks, refuse};
use crate::{
    Web,
    body::Fields,
    extract::{ClientAddress, Known, Signed},
    failure::WebError,
    params::Path,
};
use app::{Error, SignUp, Viewer};
use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{ids::PersonId, people::Person, settings::Registration};
use schemars::JsonSchema;
use serde::Serialize;
use store::{FirstAdmin, PersonPatch};

/// Oneself, as this API tells it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct OwnAccount<'p> {
    /// Empty when none was given.
    #[schemars(example = &"ada@example.org")]
    email: &'p str,
    id: PersonId,
    #[schemars(example = &"ada")]
    username: &'p str,
}

impl<'p> From<&'p Person> for OwnAccount<'p> {
    fn from(person: &'p Person) -> Self {
        Self { email: &person.email, id: person.id, username: &person.username }
    }
}

/// An account that was just made.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NewAccount<'p> {
    /// Empty when none was given.
    #[schemars(example = &"")]
    email: &'p str,
    #[schemars(example = &"ada")]
    username: &'p str,
    id: PersonId,
}

/// `GET /auth/users/`: oneself; others are not listed.
pub(crate) async fn index(known: Known<Djoser>) -> Response {
    Json([OwnAccount::from(&known.viewer.person)]).into_response()
}

/// `POST /auth/users/`
pub(crate) async fn create(
    State(web): State<Web>,
    _: Anybody,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    let mut checks = Checks::default();
    let email = checks.email(&fields, "email").unwrap_or_default();
    let username = checks.username(&fields, "username");
    if let Some(username) = &username
        && web.app.store().person_by_name(username.as_str()).await?.is_some()
    {
        checks.refuse::<()>("username", TAKEN);
    }
    let password = checks.needed(&fields, "password");
    let admin = if web.config.is_loopback { FirstAdmin::IfNone } else { FirstAdmin::No };
    let invitation = fields.text("invitation");
    let by_invitation = web.app.settings().await?.registration == Registration::Invitation;
    if by_invitation && let Err(Error::Forbidden(why)) = web.app.may_sign_up(admin, &invitation).await {
        checks.refuse::<()>("invitation", why);
    }
    let (Some(username), Some(password), true) = (username, password, checks.is_empty()) else {
        return Ok(refuse(&checks.0));
    };
    checks.password("password", &password, username.as_str(), &email);
    if !checks.is_empty() {
        return Ok(refuse(&checks.0));
    }
    let form =
        SignUp { username: username.as_str().into(), password, email, invitation, ..SignUp::default() };
    let person = match web.app.sign_up(form, admin, &address.to_string()).await {
        // Somebody else used it up a moment ago.
        Err(Error::Forbidden(why)) if by_invitation => {
            return Ok(refuse(&[("invitation", vec![why.to_owned()])]));
        }
        made => made?,
    };
    let made = NewAccount { email: &person.email, username: &person.username, id: person.id };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

pub(crate) use create as create_as_before;

/// Said of a name somebody else has.
const TAKEN: &str = "A user with that username already exists.";

/// `GET /auth/users/me/`
pub(crate) async fn me(known: Known<Djoser>) -> Response {
    Json(OwnAccount::from(&known.viewer.person)).into_response()
}

/// `PUT` and `PATCH /auth/users/me/` with `email`
pub(crate) async fn change_me(
    State(web): State<Web>,
    signed: Signed<Djoser>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    change(&web, &signed, &fields).await
}

async fn change(web: &Web, viewer: &Viewer, fields: &Fields<Djoser>) -> DjoserResult {
    let mut checks = Checks::default();
    let email = checks.email(fields, "email");
    if !checks.is_empty() {
        return Ok(refuse(&checks.0));
    }
    let patch = PersonPatch { email, ..PersonPatch::default() };
    let person = web.app.update_person(viewer.person.id, patch).await?;
    Ok(Json(OwnAccount::from(&person)).into_response())
}

/// `DELETE /auth/users/me/` with `current_password`: the account is closed, what was written stays.
pub(crate) async fn close_me(
    State(web): State<Web>,
    signed: Signed<Djoser>,
    address: Extension<ClientAddress>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    close(&web, &signed, address, &fields).await
}

async fn close(
    web: &Web,
    viewer: &Viewer,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    fields: &Fields<Djoser>,
) -> DjoserResult {
    let mut checks = Checks::default();
    passwords::current(web, viewer, address, fields, &mut checks).await?;
    if !checks.is_empty() {
        return Ok(refuse(&checks.0));
    }
    let patch = PersonPatch { is_active: Some(false), ..PersonPatch::default() };
    web.app.update_person(viewer.person.id, patch).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whether an id is one's own. Others are not there, in two ways that were recorded.
async fn own(web: &Web, viewer: &Viewer, id: &str) -> Result<(), WebError> {
    let missing = |why: &str| WebError::Unreadable(StatusCode::NOT_FOUND, why.into());
    let id = id.parse::<PersonId>().map_err(|_| missing("No User matches the given query."))?;
    match id {
        id if id == viewer.person.id => Ok(()),
        id if web.app.store().person(id).await.map_err(Error::from)?.is_some() => Err(missing("Not found.")),
        _ => Err(missing("No User matches the given query.")),
    }
}

/// `GET /auth/users/<id>/`
pub(crate) async fn show(
    State(web): State<Web>,
    known: Known<Djoser>,
    Path(id): Path<String>,
) -> DjoserResult {
    own(&web, &known.viewer, &id).await?;
    Ok(me(known).await)
}

/// `PUT` and `PATCH /auth/users/<id>/`
pub(crate) async fn update(
    State(web): State<Web>,
    signed: Signed<Djoser>,
    Path(id): Path<String>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    own(&web, &signed, &id).await?;
    change(&web, &signed, &fields).await
}

/// `DELETE /auth/users/<id>/`
pub(crate) async fn destroy(
    State(web): State<Web>,
    signed: Signed<Djoser>,
    Path(id): Path<String>,
    address: Extension<ClientAddress>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    own(&web, &signed, &id).await?;
    close(&web, &signed, address, &fields).await
}

pub(crate) use {
    change_me as replace_me, change_me as change_me_as_before, change_me as replace_me_as_before,
    close_me as close_me_as_before, me as me_as_before, update as replace,
};
