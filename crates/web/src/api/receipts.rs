//! How far one's own messages came, and how far others' came to oneself.

pub(crate) mod docs;

use crate::{
    Web,
    body::Fields,
    extract::In,
    failure::{Api, ApiResult},
    params::{Path, Query},
    wire,
    words::Words,
};
use axum::{Json, extract::State, http::StatusCode};
use domain::{Invalid, access::RoomReader, ids::MessageId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::messages::Which;

/// `GET /api/rooms/<slug>/messages/<id>/receipts/`: of a message of one's own.
pub(crate) async fn show(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    let receipt = web.own_receipt(&room.proof, MessageId(which.id)).await?;
    Ok(Json(wire::receipt(&receipt, Words::here())))
}

#[derive(Deserialize, Default)]
pub(crate) struct After {
    #[serde(default)]
    after: MessageId,
}

/// `GET /api/rooms/<slug>/receipts/?after=`: of the latest of one's own messages.
pub(crate) async fn index(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Query(query): Query<After>,
) -> ApiResult<Json<Value>> {
    let receipts = web.app.store().receipts(&room.proof, query.after).await?;
    let receipts: Vec<Value> = receipts.iter().map(|receipt| wire::receipt(receipt, Words::here())).collect();
    Ok(Json(json!({ "receipts": receipts })))
}

/// `PUT /api/rooms/<slug>/delivered/` with `id`: a device took what was said up to that message.
pub(crate) async fn deliver(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    fields: Fields<Api>,
) -> ApiResult<StatusCode> {
    let id = fields.id("id").ok_or(Invalid::new("id", "Which message was taken last?"));
    web.app.note_delivered(&room.proof, MessageId(id.map_err(app::Error::from)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Web {
    /// What has become of a message, for its author alone.
    pub async fn own_receipt(
        &self,
        by: &RoomReader,
        id: MessageId,
    ) -> app::Result<domain::receipts::Receipt> {
        let message = self.app.store().message(by, id).await?;
        let message =
            message.filter(|message| !message.is_deleted()).ok_or(app::Error::NotFound("message"))?;
        if message.author.id != by.person() {
            return Err(app::Error::Forbidden("Only its author is told who has read a message."));
        }
        self.app.store().receipt(by, id).await?.ok_or(app::Error::NotFound("message"))
    }
}
