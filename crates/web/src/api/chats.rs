//! Chat sessions, at the addresses and in the words of the single-page client. Tokens only: see `credentials`.

pub(crate) mod docs;

use super::messages::idempotency_key;
use crate::{
    Web,
    body::Fields,
    extract::{In, Signed},
    failure::{Api, ApiResult, Door, Failed, WebError},
    params::Query,
    wire::{
        Chat, ChatHistory, ChatJoined, ChatMessage, ChatPosted, ChatStarted, ChatUser, ShownChat, Status,
    },
};
use app::{Error, Viewer};
use axum::{
    Json,
    extract::{self, FromRequestParts, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
    ids::MessageId,
    limits,
    messages::{Draft, content_up_to},
    people::Person,
    rooms::{Room, RoomKind},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{marker::PhantomData, sync::Arc};

/// Somebody who is signed in and has the address of a chat session, whether they are in it or not. Who it is and what there is at the address
/// is settled before a body is read.
pub(crate) struct AtDoor<D> {
    pub viewer: Arc<Viewer>,
    pub room: Room,
    pub is_in: bool,
    door: PhantomData<D>,
}

impl<D: Door> FromRequestParts<Web> for AtDoor<D> {
    type Rejection = Failed<D>;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failed<D>> {
        let signed = Signed::<D>::from_request_parts(parts, web).await?;
        let uri = extract::Path::<String>::from_request_parts(parts, web).await;
        let uri = uri.map_err(|_| WebError::NoSuchPage)?;
        let (room, is_in) = web.app.chat_at(&signed.person, &uri).await?;
        Ok(Self { viewer: signed.viewer, room, is_in, door: PhantomData })
    }
}

/// `GET /api/chats/`: one's own, the newest first.
pub(crate) async fn index(State(web): State<Web>, signed: Signed<Api>) -> ApiResult<Json<Value>> {
    let mine = web.app.rooms_of(signed.person.id).await?;
    let mut chats: Vec<_> =
        mine.iter().map(|line| &line.room).filter(|room| room.kind == RoomKind::Session).collect();
    chats.sort_by_key(|room| std::cmp::Reverse(room.id));
    Ok(Json(json!({ "chats": chats.into_iter().map(Chat::from).collect::<Vec<_>>() })))
}

/// `POST /api/chats/`
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<Api>,
    fields: Fields<Api>,
) -> ApiResult<Json<ChatStarted>> {
    let room = web.app.start_chat(&signed.person, &fields.text("name")).await?;
    Ok(Json(ChatStarted { status: Status::Success, uri: room.slug, message: "New chat session created" }))
}

/// `GET /api/chats/<uri>/`
pub(crate) async fn show(State(web): State<Web>, room: In<RoomReader, Api>) -> ApiResult {
    is_session(&room.proof)?;
    let people = web.app.store().chat_people(&room.proof).await?;
    let members = seen(&room.viewer.person, &people);
    Ok(Json(ShownChat { chat: room.proof.room().into(), members }).into_response())
}

/// `PATCH /api/chats/<uri>/` with `username`: lets them in.
pub(crate) async fn update(
    State(web): State<Web>,
    AtDoor { viewer, room, .. }: AtDoor<Api>,
    fields: Fields<Api>,
) -> ApiResult {
    let (by, uri) = (&viewer.person, &room.slug);
    let username = fields.find("username").filter(|name| !name.is_empty());
    let username = username.ok_or(Error::from(Invalid::new("username", "This field is required.")))?;
    let (who, _) = web.app.enter_chat(by, uri, &username).await?;
    let reader = web.app.room_reader(&viewer, uri).await?;
    let people = web.app.store().chat_people(&reader).await?;
    let joined = ChatJoined {
        status: Status::Success,
        members: seen(by, &people),
        message: format!("{} joined chat session", who.username),
        user: ChatUser::seen_by(by, &who),
    };
    Ok(Json(joined).into_response())
}

fn seen<'p>(viewer: &Person, people: &'p [Person]) -> Vec<ChatUser<'p>> {
    people.iter().map(|person| ChatUser::seen_by(viewer, person)).collect()
}

/// Where to read on.
#[derive(Deserialize, Default)]
pub(crate) struct Part {
    before: Option<i64>,
}

/// `GET /api/chats/<uri>/messages/`: all, or the newest of very many and a link to those before.
pub(crate) async fn messages(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Query(part): Query<Part>,
) -> ApiResult {
    is_session(&room.proof)?;
    let before = MessageId(part.before.unwrap_or(i64::MAX));
    // One more than is shown says whether there are more.
    let mut lines = web.app.store().chat_lines(&room.proof, before, limits::CHAT_HISTORY_MAX + 1).await?;
    let cut = lines.len().saturating_sub(limits::CHAT_HISTORY_MAX);
    lines.drain(..cut);
    let uri = &room.proof.room().slug;
    let messages = lines.iter().map(|line| ChatMessage::seen_by(&room.viewer.person, line)).collect();
    let history = ChatHistory { id: room.proof.room_id(), uri, messages };
    let mut answer = Json(history).into_response();
    if let Some(first) = lines.first().filter(|_| cut > 0) {
        link_to_earlier(&mut answer, &format!("/api/chats/{uri}/messages/?before={}", first.id));
    }
    Ok(answer)
}

/// RFC 8288.
fn link_to_earlier(answer: &mut Response, path: &str) {
    if let Ok(link) = HeaderValue::from_str(&format!("<{path}>; rel=\"prev\"")) {
        answer.headers_mut().insert(header::LINK, link);
    }
}

/// `POST /api/chats/<uri>/messages/` with `message`
pub(crate) async fn post(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    headers: HeaderMap,
    fields: Fields<Api>,
) -> ApiResult {
    is_session(&room.proof)?;
    let writer = RoomWriter::grant(room.proof).map_err(Error::from)?;
    let content =
        fields.find("message").ok_or(Error::from(Invalid::new("message", "This field is required.")))?;
    let content = content_up_to(&content, limits::CHAT_MESSAGE_CHARS_MAX).map_err(in_message)?;
    let client_id = fields.find("client_id").or_else(|| idempotency_key(&headers));
    let draft = Draft::new(&content, client_id.as_deref(), None).map_err(Error::from)?;
    let posted = web.app.post(&writer, draft).await?;
    let answer = ChatPosted {
        status: Status::Success,
        uri: &writer.room().slug,
        message: &posted.message.content,
        user: ChatUser::seen_by(&room.viewer.person, &room.viewer.person),
        id: posted.message.id,
    };
    Ok(Json(answer).into_response())
}

/// Here the text is called `message`.
fn in_message(invalid: Invalid) -> Error {
    Invalid { field: "message", ..invalid }.into()
}

/// No other room has these addresses.
fn is_session(reader: &RoomReader) -> app::Result<()> {
    match reader.room().kind {
        RoomKind::Session => Ok(()),
        _ => Err(Error::NotFound("room")),
    }
}
