//! Chat sessions as pages: one's own, starting one, sharing its address, and coming in by it.

use super::{Line, Shell, html, see};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    api::chats::AtDoor,
    body::Fields,
    extract::{In, Signed},
    failure::{Door, Page, PageResult, WebError},
    fragment::Face,
    guard::Nonce,
};
use app::Error;
use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::{access::RoomReader, people::Profile, rooms::RoomKind};

/// These pages, which send strangers to `/auth` and from there back.
pub(crate) struct ChatPage;

impl Door for ChatPage {
    fn answer(error: WebError) -> Response {
        match &error {
            WebError::Stranger(wanted) => {
                Redirect::to(&format!("/auth?next={}", super::encode(wanted))).into_response()
            }
            _ => Page::answer(error),
        }
    }
}

#[derive(Template)]
#[template(path = "chats.html")]
struct ChatsPage {
    shell: Shell,
    chats: Vec<Line>,
    name: String,
    error: String,
}

/// `GET /chats/`: one's own, the newest first.
pub(crate) async fn index(
    State(web): State<Web>,
    signed: Signed<ChatPage>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &signed, &nonce).await?)
}

async fn page(web: &Web, signed: &Signed<ChatPage>, nonce: &str) -> app::Result<ChatsPage> {
    let mine = web.app.rooms_of(signed.person.id).await?;
    let shell = web.shell_with(&mine, signed, nonce, "").await?;
    let mut chats: Vec<_> = mine.iter().filter(|line| line.room.kind == RoomKind::Session).collect();
    chats.sort_by_key(|line| std::cmp::Reverse(line.room.id));
    let chats = chats.into_iter().map(|line| Line::of(line, "")).collect();
    Ok(ChatsPage { shell, chats, name: String::new(), error: String::new() })
}

/// `POST /chats/`: starts one and shows what to share.
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<ChatPage>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let name = fields.text("name");
    match web.app.start_chat(&signed.person, &name).await {
        Ok(room) => Ok(see(&format!("/chats/{}/people/", room.slug))),
        Err(error @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            let error = Words::here().error(&error);
            let page = ChatsPage { name, error, ..page(&web, &signed, &nonce).await? };
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "chat_join.html")]
struct JoinPage {
    shell: Shell,
    name: String,
    uri: String,
}

/// `GET /chats/<uri>/`: the conversation, or for whoever is not in it a question; a GET changes no membership.
pub(crate) async fn show(
    State(web): State<Web>,
    AtDoor { viewer, room, is_in, .. }: AtDoor<ChatPage>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    if is_in {
        return Ok(see(&format!("/rooms/{}/", room.slug)));
    }
    html(&JoinPage { shell: web.shell(&viewer, &nonce, "").await?, name: room.name, uri: room.slug })
}

/// `POST /chats/<uri>/`: comes in.
pub(crate) async fn join(
    State(web): State<Web>,
    AtDoor { viewer, room, .. }: AtDoor<ChatPage>,
) -> PageResult {
    web.app.enter_chat(&viewer.person, &room.slug, &viewer.person.username).await?;
    Ok(see(&format!("/rooms/{}/", room.slug)))
}

#[derive(Template)]
#[template(path = "chat_people.html")]
struct PeoplePage {
    shell: Shell,
    name: String,
    uri: String,
    link: String,
    people: Vec<(Profile, Face)>,
    error: String,
}

/// `GET /chats/<uri>/people/`: who is in, and the link to share.
pub(crate) async fn people(
    State(web): State<Web>,
    room: In<RoomReader, ChatPage>,
    headers: HeaderMap,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&people_page(&web, &room, &headers, &nonce).await?)
}

async fn people_page(
    web: &Web,
    room: &In<RoomReader, ChatPage>,
    headers: &HeaderMap,
    nonce: &str,
) -> app::Result<PeoplePage> {
    let now = room.proof.room();
    if now.kind != RoomKind::Session {
        return Err(Error::NotFound("room"));
    }
    let people = web.app.store().chat_people(&room.proof).await?;
    let shown = people.iter().map(Profile::from).map(|profile| {
        let face = Face::of(&profile);
        (profile, face)
    });
    Ok(PeoplePage {
        shell: web.shell(&room.viewer, nonce, &now.slug).await?,
        name: now.name.clone(),
        link: format!("{}/chats/{}/", address(web, headers), now.slug),
        uri: now.slug.clone(),
        people: shown.collect(),
        error: String::new(),
    })
}

/// The address people use: as configured, or as this very request was sent.
fn address(web: &Web, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    web.config.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}

/// `POST /chats/<uri>/people/` with `username`: brings somebody in.
pub(crate) async fn add(
    State(web): State<Web>,
    room: In<RoomReader, ChatPage>,
    headers: HeaderMap,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let uri = &room.proof.room().slug;
    match web.app.enter_chat(&room.viewer.person, uri, &fields.text("username")).await {
        Ok((who, true)) => {
            let said = t("{name} is in.").replace("{name}", &who.display_name);
            Ok(web.see_saying(&format!("/chats/{uri}/people/"), &said))
        }
        Ok((who, false)) => {
            let said = t("{name} is in already.").replace("{name}", &who.display_name);
            Ok(web.see_saying(&format!("/chats/{uri}/people/"), &said))
        }
        Err(error @ (Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_))) => {
            let mut page = people_page(&web, &room, &headers, &nonce).await?;
            page.error = match error {
                Error::NotFound(_) => t("Nobody here has this name."),
                error => Words::here().error(&error),
            };
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
