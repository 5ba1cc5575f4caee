//! The list of rooms, and making one.

use super::{Shell, html, see};
use crate::words::{Words, filters};
use crate::{
    Web,
    body::Fields,
    extract::Signed,
    failure::{Page, PageResult},
    guard::Nonce,
};
use app::{Error, RoomDraft};
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{limits, people::Profile};
use store::PublicRoom;

#[derive(Template)]
#[template(path = "rooms.html")]
struct RoomsPage {
    shell: Shell,
    /// The server's own bot.
    bot: Option<Profile>,
    public: Vec<PublicRoom>,
}

#[derive(Template)]
#[template(path = "room_new.html")]
struct NewPage {
    shell: Shell,
    name: String,
    topic: String,
    private: bool,
    field: String,
    error: String,
}

/// `GET /rooms/`
pub(crate) async fn index(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let public = web.app.store().public_rooms(signed.person.id, 0, limits::PAGE_ROWS_MAX).await?;
    let bot = web.app.first_bot().await?.filter(|bot| bot.is_active).map(|bot| bot.profile);
    html(&RoomsPage { shell: web.shell(&signed, &nonce, "").await?, bot, public })
}

/// `GET /rooms/new/`
pub(crate) async fn new(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let shell = web.shell(&signed, &nonce, "").await?;
    html(&NewPage {
        shell,
        name: String::new(),
        topic: String::new(),
        private: false,
        field: String::new(),
        error: String::new(),
    })
}

/// `POST /rooms/new/`
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let (name, topic) = (fields.text("name"), fields.text("topic"));
    let draft = RoomDraft {
        name: name.clone(),
        slug: String::new(),
        topic: topic.clone(),
        kind: crate::api::rooms::kind(&fields)?,
    };
    match web.app.create_room(&signed.person, draft).await {
        Ok(room) => Ok(see(&format!("/rooms/{}/", room.slug))),
        Err(Error::Invalid(invalid)) => {
            let page = NewPage {
                shell: web.shell(&signed, &nonce, "").await?,
                name,
                topic,
                private: fields.flag("private"),
                field: invalid.field.into(),
                error: Words::here().invalid(&invalid),
            };
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
