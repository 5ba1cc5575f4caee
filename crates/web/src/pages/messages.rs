//! What one may do with a message, each on a page of its own for readers without scripts.

use super::{Shell, html, room_name, see};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    api::messages::Which,
    body::Fields,
    extract::In,
    failure::{Page, PageResult},
    guard::Nonce,
    params::Path,
    receipts::{line, word},
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    access::{RoomModerator, RoomReader, RoomWriter},
    ids::MessageId,
    markup::excerpt,
    messages::Message,
};

/// What is done on the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Edit,
    Delete,
    React,
    Versions,
    Receipts,
    Pins,
    Report,
}

#[derive(Template)]
#[template(path = "message_act.html")]
struct ActPage {
    shell: Shell,
    act: Act,
    room: String,
    slug: String,
    id: i64,
    content: String,
    first_words: String,
    error: String,
    versions: Vec<(u32, String, String)>,
    reactions: Vec<String>,
    pins: Vec<String>,
    /// What has become of it, in words, and with each.
    came: String,
    each: Vec<(String, &'static str)>,
}

/// Emoji offered for a reaction; any other can be typed.
pub(super) const OFFERED: [&str; 8] = ["👍", "❤️", "😂", "🎉", "🙏", "👀", "☕", "✅"];

async fn find(web: &Web, by: &RoomReader, id: i64) -> app::Result<Message> {
    web.app.store().message(by, MessageId(id)).await?.ok_or(Error::NotFound("message"))
}

async fn page<P>(
    web: &Web,
    room: &In<P, Page>,
    by: &RoomReader,
    nonce: &str,
    act: Act,
    message: &Message,
) -> app::Result<ActPage> {
    let locale = web.locale(&room.viewer.person);
    let versions = match act {
        Act::Versions => web.app.store().versions(by, message.id).await?,
        _ => Vec::new(),
    };
    let versions = versions
        .into_iter()
        .map(|v| (v.version, locale.words.day_and_time(&v.at.to_zoned(locale.zone.clone())), v.content));
    Ok(ActPage {
        shell: web.shell(&room.viewer, nonce, &by.room().slug).await?,
        act,
        room: room_name(by),
        slug: by.room().slug.clone(),
        id: message.id.0,
        content: if act == Act::Edit { message.content.clone() } else { String::new() },
        first_words: excerpt(&message.content, 160),
        error: String::new(),
        versions: versions.rev().collect(),
        reactions: OFFERED.iter().map(|emoji| (*emoji).to_owned()).collect(),
        pins: Vec::new(),
        came: String::new(),
        each: Vec::new(),
    })
}

/// Where a message stands.
fn place(by: &RoomReader, id: i64) -> String {
    format!("/rooms/{}/?around={id}#m{id}", by.room().slug)
}

/// `GET /rooms/<slug>/messages/<id>/`: the permalink.
pub(crate) async fn show(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
) -> PageResult {
    find(&web, &room.proof, which.id).await?;
    Ok(see(&place(&room.proof, which.id)))
}

/// `GET …/edit/`
pub(crate) async fn edit(
    State(web): State<Web>,
    room: In<RoomWriter, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let message = find(&web, &room.proof, which.id).await?;
    if message.author.id != room.proof.person() {
        return Err(Error::Forbidden("Only its author may edit a message.").into());
    }
    html(&page(&web, &room, &room.proof, &nonce, Act::Edit, &message).await?)
}

/// `POST …/edit/`
pub(crate) async fn update(
    State(web): State<Web>,
    room: In<RoomWriter, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let content = fields.text("content");
    match web.app.edit(&room.proof, MessageId(which.id), &content).await {
        Ok(_) => Ok(web.see_saying(&place(&room.proof, which.id), &t("Saved."))),
        Err(Error::Invalid(invalid)) => {
            let message = find(&web, &room.proof, which.id).await?;
            let mut page = page(&web, &room, &room.proof, &nonce, Act::Edit, &message).await?;
            (page.content, page.error) = (content, Words::here().invalid(&invalid));
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET …/delete/`
pub(crate) async fn confirm(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let message = find(&web, &room.proof, which.id).await?;
    if message.author.id != room.proof.person() && RoomModerator::grant(room.proof.clone()).is_err() {
        return Err(Error::Forbidden("Only its author and moderators may delete a message.").into());
    }
    html(&page(&web, &room, &room.proof, &nonce, Act::Delete, &message).await?)
}

/// `POST …/delete/`
pub(crate) async fn destroy(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
) -> PageResult {
    web.app.delete(&room.proof, MessageId(which.id)).await?;
    Ok(web.see_saying(&place(&room.proof, which.id), &t("The message is deleted.")))
}

/// `GET …/reactions/`
pub(crate) async fn reactions(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let message = find(&web, &room.proof, which.id).await?;
    html(&page(&web, &room, &room.proof, &nonce, Act::React, &message).await?)
}

/// `POST …/reactions/`: adds the emoji, or takes it back when it is there already.
pub(crate) async fn react(
    State(web): State<Web>,
    room: In<RoomWriter, Page>,
    Path(which): Path<Which>,
    fields: Fields<Page>,
) -> PageResult {
    let (id, emoji) = (MessageId(which.id), fields.text("emoji"));
    let message = find(&web, &room.proof, which.id).await?;
    let mine = message.reactions.iter().any(|r| r.emoji == emoji && r.people.contains(&room.proof.person()));
    if mine {
        web.app.unreact(&room.proof, id, &emoji).await?;
    } else {
        web.app.react(&room.proof, id, &emoji).await?;
    }
    Ok(see(&place(&room.proof, which.id)))
}

/// `GET …/versions/`
pub(crate) async fn versions(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let message = find(&web, &room.proof, which.id).await?;
    html(&page(&web, &room, &room.proof, &nonce, Act::Versions, &message).await?)
}

/// `GET …/receipts/`: what has become of one's own message.
pub(crate) async fn receipts(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let receipt = web.own_receipt(&room.proof, MessageId(which.id)).await?;
    let message = find(&web, &room.proof, which.id).await?;
    let words = web.locale(&room.viewer.person).words;
    let mut page = page(&web, &room, &room.proof, &nonce, Act::Receipts, &message).await?;
    page.came = line(&receipt, words);
    let each = receipt.each.into_iter().flatten();
    page.each = each.map(|(profile, state)| (profile.display_name, word(state, words))).collect();
    html(&page)
}

/// `POST …/pin/`: pins, or lets go.
pub(crate) async fn pin(
    State(web): State<Web>,
    room: In<RoomWriter, Page>,
    Path(which): Path<Which>,
) -> PageResult {
    let message = find(&web, &room.proof, which.id).await?;
    let done = if message.pinned {
        web.app.unpin(&room.proof, message.id).await?;
        t("No longer pinned.")
    } else {
        web.app.pin(&room.proof, message.id).await?;
        t("Pinned. It stands in the room's menu.")
    };
    Ok(web.see_saying(&place(&room.proof, which.id), &done))
}

/// `GET …/reports/`
pub(crate) async fn reporting(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let message = find(&web, &room.proof, which.id).await?;
    html(&page(&web, &room, &room.proof, &nonce, Act::Report, &message).await?)
}

/// `POST …/reports/` with `reason`
pub(crate) async fn report(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let reason = fields.text("reason");
    let said = match web.app.report(&room.proof, MessageId(which.id), &reason).await {
        Ok(true) => t("Reported. The administrators will look at it."),
        Ok(false) => t("You reported this message before."),
        Err(Error::Invalid(invalid)) => {
            let message = find(&web, &room.proof, which.id).await?;
            let mut page = page(&web, &room, &room.proof, &nonce, Act::Report, &message).await?;
            (page.content, page.error) = (reason, Words::here().invalid(&invalid));
            return Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    Ok(web.see_saying(&place(&room.proof, which.id), &said))
}

/// `GET /rooms/<slug>/pins/`
pub(crate) async fn pins(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let locale = web.locale(&room.viewer.person);
    let pinned = web.app.store().pinned(&room.proof).await?;
    let by = &room.proof;
    let page = ActPage {
        shell: web.shell(&room.viewer, &nonce, &by.room().slug).await?,
        act: Act::Pins,
        room: room_name(by),
        slug: by.room().slug.clone(),
        id: 0,
        content: String::new(),
        first_words: String::new(),
        error: String::new(),
        versions: Vec::new(),
        reactions: Vec::new(),
        pins: pinned.iter().map(|message| web.fragment(message, &locale)).collect(),
        came: String::new(),
        each: Vec::new(),
    };
    html(&page)
}
