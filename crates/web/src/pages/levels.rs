//! Of which messages of a room one is told: in the list of rooms, in the title, and by notifications.

use super::{Shell, html, room_name};
use crate::words::{filters, t};
use crate::{
    Web,
    body::Fields,
    extract::In,
    failure::{Page, PageResult},
    guard::Nonce,
};
use askama::Template;
use axum::{Extension, extract::State};
use domain::{access::RoomMember, members::Level};

#[derive(Template)]
#[template(path = "level.html")]
struct LevelPage {
    shell: Shell,
    slug: String,
    name: String,
    level: &'static str,
}

/// `GET /rooms/<slug>/level/`
pub(crate) async fn edit(
    State(web): State<Web>,
    room: In<RoomMember, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let by = &room.proof;
    let mine = web.app.rooms_of(by.person()).await?;
    // A direct room that nobody has written in is in no list yet; of it one hears everything.
    let level = mine.iter().find(|line| line.room.id == by.room_id()).map_or(Level::All, |line| line.level);
    html(&LevelPage {
        shell: web.shell_with(&mine, &room.viewer, &nonce, &by.room().slug).await?,
        slug: by.room().slug.clone(),
        name: room_name(by),
        level: level.as_str(),
    })
}

/// `POST /rooms/<slug>/level/`
pub(crate) async fn update(
    State(web): State<Web>,
    room: In<RoomMember, Page>,
    fields: Fields<Page>,
) -> PageResult {
    web.app.set_level(&room.proof, crate::api::rooms::wanted(&fields)?).await?;
    Ok(web.see_saying(&format!("/rooms/{}/", room.proof.room().slug), &t("Saved.")))
}
