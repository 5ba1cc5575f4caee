//! Reports and messages, for administrators.

pub(crate) mod docs;

use super::messages::Which;
use crate::{
    Web,
    body::Fields,
    extract::Governs,
    failure::{Api, ApiResult},
    pages::{
        admin::Sought,
        moderation::{Sieve, filter},
        reports::resolution,
    },
    params::{Path, Query},
    wire,
};
use axum::{Json, extract::State, http::StatusCode};
use domain::{Invalid, ids::MessageId, limits};
use serde_json::{Value, json};
use store::Place;

/// The key of the row that a place is after, for `next`.
fn key(place: Option<&Place>) -> Value {
    match place {
        Some(Place::After(key)) => json!(key),
        _ => Value::Null,
    }
}

/// `GET /api/admin/reports/?show=resolved&after=`
pub(crate) async fn reports(
    State(web): State<Web>,
    _: Governs<Api>,
    Query(sought): Query<Sought>,
) -> ApiResult<Json<Value>> {
    let open = sought.show != "resolved";
    let page = web.app.store().reports(open, &sought.place(), limits::LIST_ROWS).await?;
    let reports: Vec<Value> = page.rows.iter().map(wire::report).collect();
    Ok(Json(json!({ "reports": reports, "next": key(page.next.as_ref()) })))
}

/// `PATCH /api/admin/reports/<id>/` with `resolution`
pub(crate) async fn resolve(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    let report = web.app.resolve(&by.admin, which.id, resolution(&fields)?).await?;
    Ok(Json(wire::report(&report)))
}

/// `GET /api/admin/messages/?q=&author=&room=&from=&until=&show=&after=`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Api>,
    Query(sought): Query<Sought>,
    Query(sieve): Query<Sieve>,
) -> ApiResult<Json<Value>> {
    let zone = web.locale(&by.viewer.person).zone;
    let filter = filter(&web, &by.viewer, &sought, &sieve, &zone).await?;
    let page = web.app.find_messages(&by.admin, &filter, &sought.place(), limits::LIST_ROWS).await?;
    let found: Vec<Value> = page.rows.iter().map(wire::found).collect();
    Ok(Json(json!({ "messages": found, "next": key(page.next.as_ref()) })))
}

/// `GET /api/admin/messages/<id>/`: the message with some around it; that somebody looked is written down.
pub(crate) async fn show(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    let look = web.app.look(&by.admin, MessageId(which.id)).await?;
    Ok(Json(web.look(&look)))
}

/// `PATCH /api/admin/messages/<id>/` with `hidden`
pub(crate) async fn update(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    let id = MessageId(which.id);
    let message = match fields.find("hidden") {
        Some(_) if fields.flag("hidden") => web.app.hide(&by.admin, id).await?,
        Some(_) => web.app.restore(&by.admin, id).await?,
        None => return Err(Invalid::new("hidden", "Is the message to be hidden, true or false?").into()),
    };
    Ok(Json(web.message(&message)))
}

/// `DELETE /api/admin/messages/<id>/`: erases it for good.
pub(crate) async fn destroy(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.erase(&by.admin, MessageId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
