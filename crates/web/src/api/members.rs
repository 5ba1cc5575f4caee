//! Who is in a room.

pub(crate) mod docs;

use crate::{
    Web,
    body::Fields,
    extract::In,
    failure::{Api, ApiResult},
    params::{Path, Query},
    wire,
};
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    Invalid,
    access::{RoomModerator, RoomOwner, RoomReader},
    ids::PersonId,
    limits,
    members::Role,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(crate) struct Part {
    #[serde(default)]
    offset: u32,
    #[serde(default)]
    prefix: String,
}

/// `GET /api/rooms/<slug>/members/?offset=&prefix=`
pub(crate) async fn index(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Value>> {
    if !part.prefix.is_empty() {
        let found = web.app.store().mentionable(&room.proof, &part.prefix, 10).await?;
        return Ok(Json(
            json!({ "members": found.iter().map(|one| json!({ "person": wire::profile(one) })).collect::<Vec<_>>() }),
        ));
    }
    let page = web.app.store().members(&room.proof, part.offset as usize, limits::PAGE_ROWS_MAX).await?;
    let members: Vec<Value> = page.members.iter().map(wire::member).collect();
    Ok(Json(json!({ "members": members, "total": page.total })))
}

/// `POST /api/rooms/<slug>/members/` with `username`
pub(crate) async fn create(
    State(web): State<Web>,
    room: In<RoomModerator, Api>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let member = web.app.add_member(&room.proof, &fields.text("username")).await?;
    Ok((StatusCode::CREATED, Json(wire::member(&member))))
}

/// A member named by the path.
#[derive(Deserialize)]
pub(crate) struct Who {
    person: i64,
}

/// `PATCH /api/rooms/<slug>/members/<person>/` with `role`; `owner` beside `transfer=true` hands the room over.
pub(crate) async fn update(
    State(web): State<Web>,
    room: In<RoomOwner, Api>,
    Path(who): Path<Who>,
    fields: Fields<Api>,
) -> ApiResult<StatusCode> {
    let person = PersonId(who.person);
    if fields.flag("transfer") {
        web.app.transfer(&room.proof, person).await?;
    } else {
        let role = Role::parse(&fields.text("role"))
            .ok_or(Invalid::new("role", "A role is owner, moderator, member or read_only."));
        web.app.set_role(&room.proof, person, role.map_err(app::Error::from)?).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/rooms/<slug>/members/<person>/`: sends somebody away.
pub(crate) async fn destroy(
    State(web): State<Web>,
    room: In<RoomModerator, Api>,
    Path(who): Path<Who>,
) -> ApiResult<StatusCode> {
    web.app.remove(&room.proof, PersonId(who.person)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/rooms/<slug>/bans/<person>/`
pub(crate) async fn ban(
    State(web): State<Web>,
    room: In<RoomModerator, Api>,
    Path(who): Path<Who>,
) -> ApiResult<StatusCode> {
    web.app.ban(&room.proof, PersonId(who.person)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/rooms/<slug>/bans/<person>/`
pub(crate) async fn unban(
    State(web): State<Web>,
    room: In<RoomModerator, Api>,
    Path(who): Path<Who>,
) -> ApiResult<StatusCode> {
    web.app.unban(&room.proof, PersonId(who.person)).await?;
    Ok(StatusCode::NO_CONTENT)
}
