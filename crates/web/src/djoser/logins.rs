//! Signing in and out by token: `/auth/token/login/` and `/auth/token/logout/`, in the earlier generation `create` and `destroy`.

pub(crate) mod docs;

use super::{Anybody, Djoser, DjoserResult, Holder, refuse};
use crate::{Web, body::Fields, extract::ClientAddress};
use app::Error;
use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A token that was just made.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AuthToken {
    /// What to send: `Authorization: Token <this>`.
    #[schemars(example = &"467f53e415044c0d9a1b7e2f8c3d6a5b4e9f0c1d")]
    auth_token: String,
}

/// `POST /auth/token/login/`: a new token each time; the earlier ones stay good.
pub(crate) async fn create(
    State(web): State<Web>,
    _: Anybody,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    fields: Fields<Djoser>,
) -> DjoserResult {
    let (username, password) = (fields.text("username"), fields.text("password"));
    if username.is_empty() || password.is_empty() {
        return Ok(refused());
    }
    match web.app.log_in_token(&username, &password, &address.to_string()).await {
        Ok(auth_token) => Ok(Json(AuthToken { auth_token }).into_response()),
        Err(Error::WrongPassword) => Ok(refused()),
        Err(error) => Err(error.into()),
    }
}

fn refused() -> Response {
    refuse(&[("non_field_errors", vec!["Unable to log in with provided credentials.".to_owned()])])
}

/// `POST /auth/token/logout/`: the token that is shown ends.
pub(crate) async fn destroy(State(web): State<Web>, Holder(viewer): Holder) -> DjoserResult<StatusCode> {
    let token = viewer.token().ok_or(Error::NotFound("token"))?;
    web.app.revoke_token(viewer.person.id, token.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) use {create as create_as_before, destroy as destroy_as_before};
