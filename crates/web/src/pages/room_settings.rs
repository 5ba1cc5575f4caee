//! A room's settings.

use super::{Shell, html};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    body::Fields,
    extract::In,
    failure::{Page, PageResult},
    guard::Nonce,
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    access::RoomOwner,
    rooms::{RoomKind, RoomPatch},
};

#[derive(Template)]
#[template(path = "room_settings.html")]
struct SettingsPage {
    shell: Shell,
    slug: String,
    name: String,
    topic: String,
    is_private: bool,
    is_session: bool,
    moderators_only: bool,
    from_joining: bool,
    is_archived: bool,
    field: String,
    error: String,
}

/// `GET /rooms/<slug>/settings/`
pub(crate) async fn show(
    State(web): State<Web>,
    room: In<RoomOwner, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &room, &nonce).await?)
}

async fn page(web: &Web, room: &In<RoomOwner, Page>, nonce: &str) -> app::Result<SettingsPage> {
    let now = room.proof.room();
    Ok(SettingsPage {
        shell: web.shell(&room.viewer, nonce, &now.slug).await?,
        slug: now.slug.clone(),
        name: now.name.clone(),
        topic: now.topic.clone(),
        is_private: now.kind == RoomKind::Private,
        is_session: now.kind == RoomKind::Session,
        moderators_only: now.posting == domain::rooms::Posting::Moderators,
        from_joining: now.history == domain::rooms::History::Joining,
        is_archived: now.archived_at.is_some(),
        field: String::new(),
        error: String::new(),
    })
}

/// `POST /rooms/<slug>/settings/`
pub(crate) async fn save(
    State(web): State<Web>,
    room: In<RoomOwner, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let patch = match fields.find("archived") {
        Some(_) => RoomPatch { archived: Some(fields.flag("archived")), ..RoomPatch::default() },
        None => crate::api::rooms::patch(&fields)?,
    };
    match web.app.update_room(&room.proof, patch).await {
        Ok(now) => Ok(web.see_saying(&format!("/rooms/{}/", now.slug), &t("Saved."))),
        Err(Error::Invalid(invalid)) => {
            let mut again = page(&web, &room, &nonce).await?;
            (again.name, again.topic) = (fields.text("name"), fields.text("topic"));
            (again.field, again.error) = (invalid.field.into(), Words::here().invalid(&invalid));
            Ok((StatusCode::BAD_REQUEST, html(&again)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
