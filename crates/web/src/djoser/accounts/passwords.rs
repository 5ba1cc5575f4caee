//! Names and passwords, and what would come by mail: this server sends none, so nothing is ever confirmed by a link.

use super::{
    super::{Anybody, Djoser, DjoserResult, checks::Checks, refuse},
    TAKEN,
};
use crate::{
    Web,
    body::Fields,
    extract::{ClientAddress, Signed},
};
use app::{Error, Viewer};
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::net::IpAddr;
use store::PersonPatch;

/// Checks the password somebody has now.
pub(super) async fn current(
    web: &Web,
    viewer: &Viewer,
    address: IpAddr,
    fields: &Fields<Djoser>,
    checks: &mut Checks,
) -> app::Result<()> {
    let Some(password) = checks.needed(fields, "current_password") else { return Ok(()) };
    match web.app.is_own_password(viewer, &password, &address.to_string()).await {
        Err(Error::WrongPassword) => {
            checks.refuse::<()>("current_password", "Invalid password.");
            Ok(())
        }
        done => done,
    }
}

/// `POST /auth/users/set_password/`
pub(crate) async fn set_password(
    State(web): State<Web>,
    signed: Signed<Djoser>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    let mut checks = Checks::default();
    let new = checks.needed(&fields, "new_password");
    current(&web, &signed, address, &fields, &mut checks).await?;
    let (Some(new), true) = (new, checks.is_empty()) else { return Ok(refuse(&checks.0)) };
    checks.password("new_password", &new, &signed.person.username, &signed.person.email);
    if !checks.is_empty() {
        return Ok(refuse(&checks.0));
    }
    web.app.set_password(signed.person.id, &signed.person.username, &new, Some(&signed)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /auth/users/set_username/`
pub(crate) async fn set_username(
    State(web): State<Web>,
    signed: Signed<Djoser>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    let mut checks = Checks::default();
    current(&web, &signed, address, &fields, &mut checks).await?;
    let username = checks.username(&fields, "new_username");
    let (Some(username), true) = (username, checks.is_empty()) else { return Ok(refuse(&checks.0)) };
    let patch = PersonPatch { username: Some(username), ..PersonPatch::default() };
    match web.app.update_person(signed.person.id, patch).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(Error::Invalid(invalid)) if invalid.field == "username" => {
            Ok(refuse(&[("new_username", vec![TAKEN.to_owned()])]))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /auth/users/reset_password/`: nothing is sent, and nobody learns who has an account.
pub(crate) async fn reset_password(_: Anybody, fields: Fields<Djoser>) -> Response {
    let mut checks = Checks::default();
    match checks.needed(&fields, "email") {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => refuse(&checks.0),
    }
}

/// `POST /auth/users/resend_activation/`: accounts are active from the first.
pub(crate) async fn resend_activation(_: Anybody, fields: Fields<Djoser>) -> Response {
    let mut checks = Checks::default();
    match checks.needed(&fields, "email") {
        Some(_) => StatusCode::BAD_REQUEST.into_response(),
        None => refuse(&checks.0),
    }
}

/// `POST /auth/users/reset_password_confirm/`: no link was ever sent, so none is good.
pub(crate) async fn confirm_reset(_: Anybody, fields: Fields<Djoser>) -> Response {
    unknown_link(&fields, &["uid", "token", "new_password"])
}

/// `POST /auth/users/activation/`
pub(crate) async fn activate(_: Anybody, fields: Fields<Djoser>) -> Response {
    unknown_link(&fields, &["uid", "token"])
}

fn unknown_link(fields: &Fields<Djoser>, needed: &[&'static str]) -> Response {
    let mut checks = Checks::default();
    needed.iter().for_each(|name| drop(checks.needed(fields, name)));
    if checks.is_empty() {
        checks.refuse::<()>("uid", "Invalid user id or user doesn't exist.");
    }
    refuse(&checks.0)
}
