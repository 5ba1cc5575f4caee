//! Rooms.

pub(crate) mod docs;

use crate::{
    Web,
    body::Fields,
    extract::{In, Known, Signed},
    failure::{Api, ApiResult},
    wire,
};
use app::RoomDraft;
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    Invalid,
    access::{RoomMember, RoomOwner, RoomReader},
    ids::MessageId,
    limits,
    members::Level,
    rooms::{History, Posting, RoomKind, RoomPatch},
};
use serde_json::{Value, json};

/// `GET /api/rooms/`: one's own rooms, and the public ones.
pub(crate) async fn index(State(web): State<Web>, known: Known<Api>) -> ApiResult<Json<Value>> {
    let (me, reach) = (known.viewer.person.id, known.viewer.reach());
    let mut mine = web.app.rooms_of(me).await?;
    mine.retain(|line| reach.covers(line.room.id));
    let mut public = web.app.store().public_rooms(me, 0, limits::PAGE_ROWS_MAX).await?;
    public.retain(|found| reach.covers(found.room.id));
    Ok(Json(
        json!({ "rooms": mine.iter().map(wire::line).collect::<Vec<_>>(), "public": public.iter().map(wire::found_room).collect::<Vec<_>>() }),
    ))
}

/// `POST /api/rooms/`
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<Api>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let draft = RoomDraft {
        name: fields.text("name"),
        slug: fields.text("slug"),
        topic: fields.text("topic"),
        kind: kind(&fields)?,
    };
    let room = web.app.create_room(&signed.person, draft).await?;
    Ok((StatusCode::CREATED, Json(wire::room(&room))))
}

/// Public unless said otherwise: by `kind`, or by a ticked `private`.
pub(crate) fn kind<D>(fields: &Fields<D>) -> app::Result<RoomKind> {
    match fields.text("kind").as_str() {
        "" if fields.flag("private") => Ok(RoomKind::Private),
        "" | "public" => Ok(RoomKind::Public),
        "private" => Ok(RoomKind::Private),
        _ => Err(Invalid::new("kind", "A room is public or private.").into()),
    }
}

/// `GET /api/rooms/<slug>/`
pub(crate) async fn show(State(web): State<Web>, room: In<RoomReader, Api>) -> ApiResult<Json<Value>> {
    let presence = web.app.hub().presence(room.proof.room_id());
    Ok(Json(wire::value(wire::ShownRoom {
        room: room.proof.room().into(),
        member: room.proof.member().map(wire::Member::from),
        members: web.app.store().members(&room.proof, 0, 0).await?.total,
        presence: (&presence).into(),
    })))
}

/// `PATCH /api/rooms/<slug>/`
pub(crate) async fn update(
    State(web): State<Web>,
    room: In<RoomOwner, Api>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    Ok(Json(wire::room(&web.app.update_room(&room.proof, patch(&fields)?).await?)))
}

/// What a form or a body wants changed of a room.
pub(crate) fn patch<D>(fields: &Fields<D>) -> app::Result<RoomPatch> {
    let kind = fields.find("kind").map(|_| kind(fields)).transpose()?;
    let posting = fields
        .find("posting")
        .map(|word| Posting::parse(&word).ok_or(Invalid::new("posting", "Everyone or moderators write.")));
    let history = fields
        .find("history")
        .map(|word| History::parse(&word).ok_or(Invalid::new("history", "History is all or joining.")));
    Ok(RoomPatch {
        name: fields.find("name"),
        topic: fields.find("topic"),
        kind,
        posting: posting.transpose()?,
        history: history.transpose()?,
        archived: fields.find("archived").map(|_| fields.flag("archived")),
    })
}

/// `POST /api/rooms/<slug>/join/`
pub(crate) async fn join(State(web): State<Web>, room: In<RoomReader, Api>) -> ApiResult<Json<Value>> {
    Ok(Json(wire::member(&web.app.join(&room.proof).await?)))
}

/// `POST /api/rooms/<slug>/leave/`
pub(crate) async fn leave(State(web): State<Web>, room: In<RoomMember, Api>) -> ApiResult<StatusCode> {
    web.app.leave(&room.proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/rooms/<slug>/read/` with `id`: read up to that message.
pub(crate) async fn read(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    fields: Fields<Api>,
) -> ApiResult<StatusCode> {
    let id = fields.id("id").ok_or(Invalid::new("id", "Which message was read last?"));
    web.app.mark_read(&room.proof, MessageId(id.map_err(app::Error::from)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/rooms/<slug>/level/` with `level`: what one wants to hear.
pub(crate) async fn level(
    State(web): State<Web>,
    room: In<RoomMember, Api>,
    fields: Fields<Api>,
) -> ApiResult<StatusCode> {
    web.app.set_level(&room.proof, wanted(&fields)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The level that a form or a body names.
pub(crate) fn wanted<E>(fields: &Fields<E>) -> app::Result<Level> {
    let level = Level::parse(&fields.text("level"));
    Ok(level.ok_or(Invalid::new("level", "A level is all, mentions or nothing."))?)
}

/// `POST /api/rooms/<slug>/invites/`: a link, its secret told once.
pub(crate) async fn invite(
    State(web): State<Web>,
    room: In<domain::access::RoomModerator, Api>,
) -> ApiResult<(StatusCode, Json<wire::Invite>)> {
    let (invite, secret) = web.app.invite(&room.proof).await?;
    let path = format!("/invites/{secret}/");
    Ok((StatusCode::CREATED, Json(wire::Invite { id: invite.id, path, expires_at: invite.expires_at })))
}
