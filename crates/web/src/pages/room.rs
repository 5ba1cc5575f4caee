//! A room: its last messages, or those around one, and the composer.

use super::{Shell, html, room_name, see};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    body::Fields,
    days::DayStyle,
    extract::In,
    failure::{Page, PageResult, WebError, status, with_retry_after},
    fragment::{Face, base},
    guard::{Nonce, random},
    notice,
    params::Query,
    receipts::ticked,
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, response::IntoResponse};
use domain::{
    access::{Refused, RoomMember, RoomModerator, RoomReader, RoomWriter},
    events::PresenceCounts,
    ids::MessageId,
    limits,
    markup::excerpt,
    members::Member,
    messages::Draft,
    rooms::RoomKind,
};
use serde::Deserialize;
use store::PageAt;

#[derive(Template)]
#[template(path = "room.html")]
struct RoomPage {
    shell: Shell,
    room_id: i64,
    slug: String,
    name: String,
    topic: String,
    is_direct: bool,
    /// How many people a group has.
    group: Option<i64>,
    /// The usernames of the others, for a new group with more people.
    with: String,
    is_private: bool,
    is_session: bool,
    may_moderate: bool,
    is_member: bool,
    members: i64,
    /// Some of those who are here, and who is, as far as it is known.
    faces: Vec<Face>,
    counts: Option<PresenceCounts>,
    days: DayStyle,
    offered: String,
    /// What decides who may write; when it changes, the page is another one.
    rules: String,
    fragments: Vec<Fragment>,
    /// What bots are saying now.
    replies: Vec<String>,
    cursor: String,
    older: Option<i64>,
    newer: Option<i64>,
    /// Why nobody writes here, in place of the composer.
    closed: Option<String>,
    joins: bool,
    client_id: String,
    content: String,
    /// How many characters a message here has.
    message_chars_max: usize,
    error: String,
    reply_to: Option<(i64, String, String)>,
    last_read: Option<MessageId>,
    pins: usize,
    /// Whether what becomes of one's own messages is told as it happens.
    tells_receipts: bool,
}

/// Faces in the head, and how many members are looked at for somebody who is here.
const FACES: usize = 3;
const FACES_FROM: usize = 30;

/// A message as it stands in the page, and whether the mark of what is new stands before it.
struct Fragment {
    /// The mark of a day that begins with it; the mark of what is new comes after that.
    day: String,
    html: String,
    new_since: Option<String>,
}

#[derive(Deserialize, Default)]
pub(crate) struct Ask {
    before: Option<MessageId>,
    after: Option<MessageId>,
    around: Option<MessageId>,
    reply_to: Option<MessageId>,
}

impl Ask {
    fn at(&self) -> PageAt {
        match (self.before, self.around, self.after) {
            (Some(id), ..) => PageAt::Before(id),
            (_, Some(id), _) => PageAt::Around(id),
            (.., Some(id)) => PageAt::After(id),
            _ => PageAt::Latest,
        }
    }
}

/// What a refused form keeps.
#[derive(Default)]
struct Kept {
    content: String,
    client_id: Option<String>,
    error: String,
}

/// `GET /rooms/<slug>/`, `GET /chat/<slug>/`
pub(crate) async fn show(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Query(ask): Query<Ask>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &room, &ask, &nonce, Kept::default()).await?)
}

/// `POST /rooms/<slug>/`: the composer's form without scripts.
pub(crate) async fn create(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let (content, client_id) = (fields.text("content"), fields.find("client_id"));
    let reply_to = fields.id("reply_to").map(MessageId);
    let posted = async {
        let draft = Draft::new(&content, client_id.as_deref(), reply_to)?;
        web.app.post(&RoomWriter::grant(room.proof.clone())?, draft).await
    };
    let error = match posted.await {
        Ok(_) => return Ok(see(&format!("/rooms/{}/#composer", room.proof.room().slug))),
        Err(error @ (Error::NotFound(_) | Error::Bug(_))) => return Err(error.into()),
        Err(error) => error,
    };
    let kept = Kept { content, client_id, error: Words::here().error(&error) };
    let ask = Ask { reply_to, ..Ask::default() };
    let error = WebError::App(error);
    let answer = (status(&error).0, html(&page(&web, &room, &ask, &nonce, kept).await?)?).into_response();
    Ok(with_retry_after(answer, &error))
}

async fn page(
    web: &Web,
    room: &In<RoomReader, Page>,
    ask: &Ask,
    nonce: &str,
    kept: Kept,
) -> app::Result<RoomPage> {
    let (reader, store) = (&room.proof, web.app.store());
    let window = store.page(reader, ask.at(), web.config.page_messages).await?;
    let mut mine = web.app.rooms_of(reader.person()).await?;
    let here = mine.iter_mut().find(|line| line.room.id == reader.room_id());
    let last_read = here.as_ref().map(|line| line.last_read);
    let locale = web.locale(&room.viewer.person);
    let receipts = match window.messages.iter().find(|message| message.author.id == reader.person()) {
        Some(first) => store.receipts(reader, MessageId(first.id.0 - 1)).await?,
        None => Vec::new(),
    };
    let mut marked = false;
    let mut fragments = Vec::with_capacity(window.messages.len());
    for message in &window.messages {
        let is_new = !marked
            && last_read.is_some_and(|read| message.id > read)
            && message.author.id != reader.person();
        marked |= is_new;
        let since = message.created_at.to_zoned(locale.zone.clone()).strftime("%H:%M").to_string();
        let html = web.fragment(message, &locale);
        let html = match receipts.iter().find(|receipt| receipt.message == message.id) {
            Some(receipt) => ticked(&html, &base(message), receipt, locale.words),
            None => html,
        };
        let (day, html) = html.split_at(html.find("<article").unwrap_or_default());
        let new_since = is_new.then_some(since);
        fragments.push(Fragment { day: day.to_owned(), html: html.to_owned(), new_since });
    }
    if matches!(ask.at(), PageAt::Latest)
        && let (Some(last), Some(here)) = (window.messages.last(), here)
        && last.id > here.last_read
    {
        web.app.mark_shown(reader, last.id).await?;
        (here.unread, here.mentions) = (0, 0);
    }
    // Read after the messages: what ended in between comes as a change, and is not shown twice.
    let replies = store.replies_in(reader).await?;
    let reply_to = match ask.reply_to {
        Some(id) => store.message(reader, id).await?.filter(|message| !message.is_gone()),
        None => None,
    };
    let writer = RoomWriter::grant(reader.clone());
    let closed = match &writer {
        Err(Refused::Forbidden(why)) => Some((*why).to_owned()),
        _ => None,
    };
    let presence = web.app.hub().presence(reader.room_id());
    let members = store.members(reader, 0, FACES_FROM).await?;
    let others = |m: &&Member| presence.here.contains(&m.profile.id) && m.profile.id != reader.person();
    let wired = crate::wire::room(reader.room());
    Ok(RoomPage {
        shell: web.shell_with(&mine, &room.viewer, nonce, &reader.room().slug).await?,
        room_id: reader.room_id().0,
        slug: reader.room().slug.clone(),
        name: room_name(reader),
        topic: reader.room().topic.clone(),
        is_direct: reader.room().kind == RoomKind::Direct,
        group: (reader.room().kind == RoomKind::Group).then_some(members.total),
        with: reader.others().iter().map(|other| other.username.as_str()).collect::<Vec<_>>().join(","),
        is_private: matches!(reader.room().kind, RoomKind::Private | RoomKind::Session),
        is_session: reader.room().kind == RoomKind::Session,
        may_moderate: RoomModerator::grant(reader.clone()).is_ok(),
        is_member: RoomMember::grant(reader.clone()).is_ok(),
        faces: members.members.iter().filter(others).take(FACES).map(|m| Face::of(&m.profile)).collect(),
        members: members.total,
        tells_receipts: members.total <= limits::RECEIPTS_SHOWN_MAX as i64,
        counts: presence.counts,
        days: DayStyle::at(web.app.now(), &locale),
        rules: format!("{} {}", wired["archived"], wired["posting"].as_str().unwrap_or_default()),
        offered: super::messages::OFFERED.join(" "),
        cursor: web.cursor(window.head),
        older: window.messages.first().filter(|_| window.more_before).map(|m| m.id.0),
        newer: window.messages.last().filter(|_| window.more_after).map(|m| m.id.0),
        fragments,
        replies: replies.iter().map(|reply| web.reply_fragment(reply, &locale)).collect(),
        closed,
        joins: writer.is_ok_and(|writer| writer.joins()),
        client_id: kept.client_id.filter(|id| !id.is_empty()).unwrap_or_else(random),
        content: kept.content,
        message_chars_max: web.app.settings().await?.message_chars_max,
        error: kept.error,
        reply_to: reply_to.map(|m| (m.id.0, m.author.display_name.clone(), excerpt(&m.content, 120))),
        last_read,
        pins: store.pinned(reader).await?.len(),
    })
}

/// `POST /rooms/<slug>/join/`
pub(crate) async fn join(State(web): State<Web>, room: In<RoomReader, Page>) -> PageResult {
    web.app.join(&room.proof).await?;
    let text = t("You are a member of {room}.").replace("{room}", &room.proof.room().name);
    Ok(web.see_saying(&format!("/rooms/{}/", room.proof.room().slug), &text))
}

/// `POST /rooms/<slug>/leave/`
pub(crate) async fn leave(State(web): State<Web>, room: In<RoomMember, Page>) -> PageResult {
    web.app.leave(&room.proof).await?;
    let left = room.proof.room();
    let text = t("You left {room}.").replace("{room}", &room_name(&room.proof));
    if left.kind != RoomKind::Public {
        return Ok(web.see_saying("/rooms/", &text));
    }
    let join = format!("/rooms/{}/join/", left.slug);
    Ok(notice::offering(&web.config, see("/rooms/"), &text, &t("Join again"), &join))
}
