//! People, tokens, rooms, replies and the audit log, for administrators. To everyone else there is nothing here.

pub(crate) mod docs;

use super::bots::Which;
use crate::{
    Web,
    body::Fields,
    extract::Governs,
    failure::{Api, ApiResult},
    pages::{
        admin::Sought,
        audit::{self, Sieve},
        governed_rooms, jobs, tokens, users,
    },
    params::{Path, Query},
    wire::{
        self, AuditLine, GovernedPerson, ListedPerson, ListedReply, ListedRoom, ListedToken, ResetPerson,
    },
};
use app::Error;
use axum::{Json, extract::State, http::StatusCode};
use domain::{
    ids::{PersonId, ReplyId, RoomId, TokenId},
    limits,
    rooms::RoomPatch,
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// `GET /api/admin/users/?q=&show=&after=`
pub(crate) async fn list_people(
    State(web): State<Web>,
    _: Governs<Api>,
    Query(sought): Query<Sought>,
) -> ApiResult<Json<Value>> {
    let (filter, place) = (users::filter(&sought.show), sought.place());
    let page = web.app.store().list_people(filter, &sought.q, &place, limits::LIST_ROWS).await?;
    let people: Vec<_> = page.rows.iter().map(ListedPerson::from).collect();
    Ok(Json(json!({ "users": people, "next": wire::next(&page) })))
}

/// `POST /api/admin/users/`
pub(crate) async fn make_person(
    State(web): State<Web>,
    by: Governs<Api>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let (person, secret) = web.app.make_person(&by.admin, users::draft(&fields)).await?;
    let link = secret.map(|secret| web.reset_link(&secret)).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(wire::value(ResetPerson { about: (&person).into(), link }))))
}

/// `GET /api/admin/users/<id>/`
pub(crate) async fn show_person(
    State(web): State<Web>,
    _: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    let person = web.app.governed(PersonId(which.id)).await?;
    Ok(Json(wire::value(GovernedPerson::from(&person))))
}

/// `PATCH /api/admin/users/<id>/`: each of what is named is an act of its own.
pub(crate) async fn change_person(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    let id = PersonId(which.id);
    let (display_name, email) = (fields.find("display_name"), fields.find("email"));
    if display_name.is_some() || email.is_some() {
        web.app.rename_person(&by.admin, id, display_name, email).await?;
    }
    if fields.find("is_admin").is_some() {
        web.app.set_admin(&by.admin, id, fields.flag("is_admin")).await?;
    }
    if fields.find("is_active").is_some() {
        web.app.set_active(&by.admin, id, fields.flag("is_active")).await?;
    }
    let person = web.app.governed(id).await?;
    Ok(Json(wire::value(GovernedPerson::from(&person))))
}

/// `DELETE /api/admin/users/<id>/`
pub(crate) async fn delete_person(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.delete_person(&by.admin, PersonId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/admin/users/<id>/reset/`
pub(crate) async fn reset_password(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    let secret = web.app.reset_password(&by.admin, PersonId(which.id)).await?;
    let person = web.app.governed(PersonId(which.id)).await?;
    Ok(Json(wire::value(ResetPerson { about: (&person).into(), link: web.reset_link(&secret) })))
}

/// `DELETE /api/admin/users/<id>/sessions/`
pub(crate) async fn end_sessions(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.end_sessions(&by.admin, PersonId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/admin/tokens/?q=&after=`
pub(crate) async fn list_tokens(
    State(web): State<Web>,
    _: Governs<Api>,
    Query(sought): Query<Sought>,
) -> ApiResult<Json<Value>> {
    let page = tokens::page(&web, &sought.q, &sought).await?;
    let tokens: Vec<_> = page.rows.iter().map(ListedToken::from).collect();
    Ok(Json(json!({ "tokens": tokens, "next": wire::next(&page) })))
}

/// `DELETE /api/admin/tokens/<id>/`
pub(crate) async fn revoke_token(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.void_token(&by.admin, TokenId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/admin/rooms/?q=&show=&after=`
pub(crate) async fn list_rooms(
    State(web): State<Web>,
    _: Governs<Api>,
    Query(sought): Query<Sought>,
) -> ApiResult<Json<Value>> {
    let (filter, place) = (governed_rooms::filter(&sought.show), sought.place());
    let page = web.app.store().list_rooms(filter, &sought.q, &place, limits::LIST_ROWS).await?;
    let rooms: Vec<_> = page.rows.iter().map(ListedRoom::from).collect();
    Ok(Json(json!({ "rooms": rooms, "next": wire::next(&page) })))
}

/// `PATCH /api/admin/rooms/<id>/`
pub(crate) async fn change_room(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    let id = RoomId(which.id);
    let patch = RoomPatch {
        name: fields.find("name"),
        topic: fields.find("topic"),
        archived: fields.find("archived").map(|_| fields.flag("archived")),
        ..RoomPatch::default()
    };
    web.app.govern_room(&by.admin, id, patch).await?;
    let facts = web.app.store().room_facts(id).await?.ok_or(Error::NotFound("room"))?;
    Ok(Json(wire::value(ListedRoom::from(&facts))))
}

/// `GET /api/admin/replies/?show=&after=`
pub(crate) async fn list_replies(
    State(web): State<Web>,
    _: Governs<Api>,
    Query(sought): Query<Sought>,
) -> ApiResult<Json<Value>> {
    let (filter, place) = (jobs::filter(&sought.show), sought.place());
    let page = web.app.store().list_replies(filter, &place, limits::LIST_ROWS).await?;
    let replies: Vec<_> = page.rows.iter().map(ListedReply::from).collect();
    Ok(Json(json!({ "replies": replies, "next": wire::next(&page) })))
}

/// `POST /api/admin/replies/<id>/stop/`
pub(crate) async fn stop_reply(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.halt_reply(&by.admin, ReplyId(which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/admin/audit/?by=&act=&subject=&from=&until=&after=`
pub(crate) async fn list_acts(
    State(web): State<Web>,
    _: Governs<Api>,
    Query(sought): Query<Sought>,
    Query(sieve): Query<Sieve>,
) -> ApiResult<Json<Value>> {
    let filter = audit::filter(&web, &sieve, &TimeZone::UTC).await?;
    let page = web.app.store().audit(&filter, &sought.place(), limits::LIST_ROWS).await?;
    let acts: Vec<_> = page.rows.iter().map(AuditLine::from).collect();
    Ok(Json(json!({ "acts": acts, "next": wire::next(&page) })))
}
