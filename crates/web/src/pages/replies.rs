//! Stop, Retry and Regenerate as forms.

use super::see;
use crate::{
    Web,
    api::messages::Which,
    extract::In,
    failure::{Page, PageResult},
    params::Path,
};
use axum::extract::State;
use domain::{
    access::{RoomReader, RoomWriter},
    ids::{MessageId, ReplyId},
};

/// `POST /rooms/<slug>/replies/<id>/stop/`
pub(crate) async fn stop(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
) -> PageResult {
    web.app.stop_reply(&room.proof, ReplyId(which.id)).await?;
    Ok(see(&format!("/rooms/{}/", room.proof.room().slug)))
}

/// `POST /rooms/<slug>/messages/<id>/again/`
pub(crate) async fn again(
    State(web): State<Web>,
    room: In<RoomWriter, Page>,
    Path(which): Path<Which>,
) -> PageResult {
    web.app.run_again(&room.proof, MessageId(which.id)).await?;
    Ok(see(&format!("/rooms/{}/", room.proof.room().slug)))
}
