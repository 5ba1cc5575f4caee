//! Replies in progress: who reads them, who stops them, who asks again.

pub(crate) mod docs;

use crate::{
    Web,
    api::messages::Which,
    extract::In,
    failure::{Api, ApiResult},
    params::Path,
    wire,
};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    access::{RoomReader, RoomWriter},
    ids::{MessageId, ReplyId},
};
use serde_json::{Value, json};

/// `GET /api/rooms/<slug>/replies/`
pub(crate) async fn index(State(web): State<Web>, room: In<RoomReader, Api>) -> ApiResult<Json<Value>> {
    let open = web.app.store().replies_in(&room.proof).await?;
    Ok(Json(json!({ "replies": open.iter().map(wire::open_reply).collect::<Vec<_>>() })))
}

/// `POST /api/rooms/<slug>/replies/<id>/stop/`
pub(crate) async fn stop(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.stop_reply(&room.proof, ReplyId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/rooms/<slug>/messages/<id>/again/`: *Retry* and *Regenerate*.
pub(crate) async fn again(
    State(web): State<Web>,
    room: In<RoomWriter, Api>,
    Path(which): Path<Which>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let reply = web.app.run_again(&room.proof, MessageId(which.id)).await?;
    Ok((StatusCode::ACCEPTED, Json(wire::open_reply(&reply))))
}
