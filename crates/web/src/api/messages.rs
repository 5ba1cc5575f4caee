//! Messages, at `/api/rooms/<slug>/messages/` and at the polling system's own addresses under `/rooms/`.

pub(crate) mod docs;

use crate::{
    Web,
    body::Fields,
    extract::In,
    failure::{Api, ApiResult, Failed, Rooms, RoomsResult},
    params::{Path, Query},
    wire,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
    ids::MessageId,
    limits,
    messages::Draft,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{PageAt, Posted, Window};

/// Which messages: `after`, `before` or `around` an id, or from the start.
#[derive(Deserialize, Default)]
pub(crate) struct Part {
    after: Option<String>,
    before: Option<String>,
    around: Option<String>,
    limit: Option<String>,
}

impl Part {
    fn at(&self) -> Result<PageAt, Invalid> {
        let id = |field: &'static str, text: &str| {
            let id = text.trim().parse().ok().filter(|id| (0..1 << 53).contains(id));
            id.map(MessageId).ok_or(Invalid::new(field, "A message's id is a number from 0 to 2^53."))
        };
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (given(&self.before), given(&self.around), given(&self.after)) {
            (Some(before), ..) => id("before", &before).map(PageAt::Before),
            (_, Some(around), _) => id("around", &around).map(PageAt::Around),
            (.., Some(after)) => id("after", &after).map(PageAt::After),
            _ => Ok(PageAt::After(MessageId(0))),
        }
    }

    fn limit(&self) -> Result<usize, Invalid> {
        let Some(text) = &self.limit else { return Ok(limits::PAGE_MESSAGES_MAX) };
        let limit = text.parse().ok().filter(|limit| (1..=limits::PAGE_MESSAGES_MAX).contains(limit));
        limit.ok_or(Invalid::limit("limit", "A page has 1 to {limit} messages.", limits::PAGE_MESSAGES_MAX))
    }
}

async fn page(web: &Web, by: &RoomReader, part: &Part) -> app::Result<Window<Arc<str>>> {
    // Whoever asks for what comes after a message has that message.
    if let PageAt::After(taken @ MessageId(1..)) = part.at()?
        && by.may_change().is_ok()
    {
        web.app.note_delivered(by, taken).await?;
    }
    Ok(web.page(by, part.at()?, part.limit()?).await?)
}

fn answer(page: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], page).into_response()
}

/// The header that serves as `client_id` too.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned)
}

/// Reads a draft from a body; `Idempotency-Key` serves as `client_id` too.
async fn post(web: &Web, by: &RoomWriter, fields: &Map<'_>, headers: &HeaderMap) -> app::Result<Posted> {
    let client_id = fields.0("client_id").or_else(|| idempotency_key(headers));
    let reply_to =
        fields.0("reply_to").filter(|text| !text.is_empty()).map(|text| text.parse().unwrap_or(MessageId(0)));
    let content = fields.0("content").or_else(|| fields.0("message")).unwrap_or_default();
    let draft = Draft::new(&content, client_id.as_deref(), reply_to)?;
    web.app.post(by, draft).await
}

/// Fields by name, whatever door they came through.
struct Map<'f>(&'f (dyn Fn(&str) -> Option<String> + Sync));

/// `GET /rooms/<slug>/messages/`
pub(crate) async fn poll(
    State(web): State<Web>,
    room: In<RoomReader, Rooms>,
    Query(part): Query<Part>,
) -> RoomsResult {
    Ok(answer(web.page_text(&page(&web, &room.proof, &part).await?, json!({}))))
}

/// `POST /rooms/<slug>/messages/create/`
pub(crate) async fn create_polled(
    State(web): State<Web>,
    room: In<RoomWriter, Rooms>,
    headers: HeaderMap,
    fields: Fields<Rooms>,
) -> RoomsResult<Json<Value>> {
    let posted = post(&web, &room.proof, &Map(&|name| fields.find(name)), &headers).await?;
    Ok(Json(web.message(&posted.message)))
}

/// `GET /api/rooms/<slug>/messages/`
pub(crate) async fn index(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Query(part): Query<Part>,
) -> ApiResult {
    let window = page(&web, &room.proof, &part).await?;
    // Read after the messages: what ended in between is among the changes since, and is not told twice.
    let replies = web.app.store().replies_in(&room.proof).await?;
    let replies = replies.iter().map(wire::open_reply).collect::<Vec<_>>();
    Ok(answer(web.page_text(&window, json!({ "replies": replies }))))
}

/// `POST /api/rooms/<slug>/messages/`: 201, or 200 when this draft was sent before.
pub(crate) async fn create(
    State(web): State<Web>,
    room: In<RoomWriter, Api>,
    headers: HeaderMap,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let posted = post(&web, &room.proof, &Map(&|name| fields.find(name)), &headers).await?;
    let status = if posted.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(web.message(&posted.message))))
}

/// A message named by the path.
#[derive(Deserialize)]
pub(crate) struct Which {
    pub id: i64,
    #[serde(default)]
    pub emoji: String,
}

/// `GET /api/rooms/<slug>/messages/<id>/`
pub(crate) async fn show(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    let message = web.app.store().message(&room.proof, MessageId(which.id)).await?;
    let message = message.ok_or(app::Error::NotFound("message"))?;
    Ok(Json(web.message(&message)))
}

/// `PATCH /api/rooms/<slug>/messages/<id>/` with `content`
pub(crate) async fn update(
    State(web): State<Web>,
    room: In<RoomWriter, Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    Ok(Json(web.message(&web.app.edit(&room.proof, MessageId(which.id), &fields.text("content")).await?)))
}

/// `DELETE /api/rooms/<slug>/messages/<id>/`
pub(crate) async fn destroy(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.delete(&room.proof, MessageId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/rooms/<slug>/messages/<id>/versions/`
pub(crate) async fn versions(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    let versions = web.app.store().versions(&room.proof, MessageId(which.id)).await?;
    Ok(Json(json!({ "versions": versions.iter().map(wire::version).collect::<Vec<_>>() })))
}

/// `POST /api/rooms/<slug>/messages/<id>/reports/` with `reason`: 201, or 200 when this person reported it before.
pub(crate) async fn report(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let is_new = web.app.report(&room.proof, MessageId(which.id), &fields.text("reason")).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!({ "message_id": which.id, "reported": true }))))
}

macro_rules! on_message {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub(crate) async fn $name(State(web): State<Web>, room: In<RoomWriter, Api>, Path(which): Path<Which>) -> ApiResult<Json<Value>> {
            Ok(Json(web.message(&web.app.$name(&room.proof, MessageId(which.id)).await?)))
        }
    };
}
on_message!(/// `PUT /api/rooms/<slug>/messages/<id>/pin/`
    pin);
on_message!(/// `DELETE /api/rooms/<slug>/messages/<id>/pin/`
    unpin);

/// `PUT /api/rooms/<slug>/messages/<id>/reactions/<emoji>/`
pub(crate) async fn react(
    State(web): State<Web>,
    room: In<RoomWriter, Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    Ok(Json(web.message(&web.app.react(&room.proof, MessageId(which.id), &which.emoji).await?)))
}

/// `DELETE /api/rooms/<slug>/messages/<id>/reactions/<emoji>/`
pub(crate) async fn unreact(
    State(web): State<Web>,
    room: In<RoomWriter, Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    Ok(Json(web.message(&web.app.unreact(&room.proof, MessageId(which.id), &which.emoji).await?)))
}

/// `GET /api/rooms/<slug>/pins/`
pub(crate) async fn pins(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
) -> Result<Json<Value>, Failed<Api>> {
    let pinned = web.app.store().pinned(&room.proof).await?;
    Ok(Json(json!({ "messages": pinned.iter().map(|message| web.message(message)).collect::<Vec<_>>() })))
}
