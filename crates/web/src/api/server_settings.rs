//! The settings of the server and the links to it, for administrators.

pub(crate) mod docs;

use super::messages::Which;
use crate::{
    Web,
    body::Fields,
    extract::Governs,
    failure::{Api, ApiResult},
    pages::server_settings::{new_invite, path, settings},
    params::Path,
    wire,
};
use axum::{Json, extract::State, http::StatusCode};
use domain::ids::InviteId;
use serde_json::{Value, json};

/// `GET /api/admin/settings/`
pub(crate) async fn show(State(web): State<Web>, _: Governs<Api>) -> ApiResult<Json<Value>> {
    let settings = web.app.configured().over(web.app.stored_settings().await?);
    Ok(Json(wire::settings(&settings, web.app.configured())))
}

/// `PATCH /api/admin/settings/`
pub(crate) async fn update(
    State(web): State<Web>,
    by: Governs<Api>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    let new = settings(&fields, web.app.stored_settings().await?)?;
    let settings = web.app.set_settings(&by.admin, new).await?;
    Ok(Json(wire::settings(&settings, web.app.configured())))
}

/// `GET /api/admin/invites/`
pub(crate) async fn invites(State(web): State<Web>, _: Governs<Api>) -> ApiResult<Json<Value>> {
    let invites = web.app.store().server_invites(web.app.now()).await?;
    Ok(Json(json!({ "invites": invites.iter().map(wire::server_invite).collect::<Vec<_>>() })))
}

/// `POST /api/admin/invites/`: a link, its secret told once.
pub(crate) async fn invite(
    State(web): State<Web>,
    by: Governs<Api>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let (invite, secret) = web.app.invite_to_server(&by.admin, new_invite(&fields)?).await?;
    let body = json!({ "invite": wire::server_invite(&invite), "path": path(&secret) });
    Ok((StatusCode::CREATED, Json(body)))
}

/// `DELETE /api/admin/invites/<id>/`
pub(crate) async fn withdraw(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.withdraw_server_invite(&by.admin, InviteId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
