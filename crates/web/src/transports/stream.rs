//! `/rooms/<slug>/stream/`: the log as a page that never ends, for readers without scripts.
//!
//! The log is a declarative shadow root with slots in order, declared before anything is known to fill them. Every later
//! chunk carries the name of its message's slot and lands in its place; an edit or a deletion appends a style that hides
//! the old chunk, plus the new one. After [`limits::STREAM_SLOTS`] messages, when the rights change, and some minutes after
//! a deletion (so that the text leaves the document), the page refreshes itself and ends.

mod plain;
mod receipts;
mod replies;
mod signs;

use super::{Kind, connect, rights};
use crate::{
    Web, cookies,
    days::DayStyle,
    extract::In,
    failure::{Page, PageResult},
    fragment::{Locale, viewer_style},
    guard::Nonce,
    pages::stream_head,
    params::Query,
};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse,
};
use domain::{
    access::RoomReader,
    events::{Change, Lane, Whisper},
    ids::{MessageId, PersonId, ReplyId},
    limits,
    messages::Message,
    receipts::State as Came,
};
use live::{Closed, Connection, Delivery, What};
use replies::Band;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
};
use store::PageAt;
use tokio::time::Instant;

#[derive(Deserialize, Default)]
pub(crate) struct Ask {
    /// Asked for by browsers that cannot place what is appended.
    plain: Option<String>,
    /// The last message read before the page around this one was opened.
    read: Option<MessageId>,
}

/// `GET /rooms/<slug>/stream/?read=`
pub(crate) async fn show(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
) -> PageResult {
    if ask.plain.is_some() || cookies::get(&headers, "plain").is_some() {
        return plain::show(&web, &room, &nonce).await;
    }
    let (mut connection, viewer) = connect(&web, &room.viewer, Kind::Stream).await?;
    let lane = Lane::Room(room.proof.room_id());
    let window = web.app.store().page(&room.proof, PageAt::Latest, web.config.page_messages).await?;
    let unread = |why: live::Unread| app::Error::Unavailable(why.to_string());
    connection.watch(lane, rights(&room.proof), Some(window.head)).await.map_err(unread)?;
    let locale = web.locale(&viewer.person);
    let days = DayStyle::at(web.app.now(), &locale);
    let style = format!("{}{}{}", viewer_style(viewer.person.id), days.css, plain::BEACON);
    let mut page = Stream {
        web: web.clone(),
        connection,
        reader: room.proof.clone(),
        locale,
        nonce: nonce.clone(),
        days,
        slots: HashMap::new(),
        from: window.messages.first().filter(|_| window.more_before).map_or(MessageId(0), |first| first.id),
        newest: MessageId(0),
        used: 0,
        chunks: 0,
        typed: 0,
        typing: HashMap::new(),
        bands: HashMap::new(),
        refresh_at: None,
        read: MessageId(0),
        came: BTreeMap::new(),
        is_moved: true,
    };
    let mut first = stream_head(&room.proof, &viewer.person, &nonce, &style, limits::STREAM_SLOTS)?;
    if window.messages.is_empty() {
        // Its style hides it as soon as there is a message.
        first.push_str(&format!(
            "<div class=\"empty\"><h2>{}</h2></div>\n",
            crate::words::t("Nobody has said anything yet.")
        ));
    }
    let me = viewer.person.id;
    let new = ask.read.and_then(|read| window.messages.iter().find(|m| m.id > read && m.author.id != me));
    for message in &window.messages {
        let is_first_new = new.is_some_and(|new| new.id == message.id);
        page.place(message, &if is_first_new { page.new_mark(message) } else { String::new() }, &mut first);
    }
    page.mark_read().await;
    page.tell_receipts(&mut first).await;
    let first = futures_util::stream::once(async move { Ok::<Bytes, Infallible>(Bytes::from(first)) });
    let rest = futures_util::stream::unfold(Some(page), |page| async move {
        let mut page = page?;
        let (bytes, open) = page.next().await;
        Some((Ok(bytes), open.then_some(page)))
    });
    let mut response = Body::from_stream(futures_util::StreamExt::chain(first, rest)).into_response();
    let fixed = [
        (header::CONTENT_TYPE.as_str(), "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// One open streamed page.
struct Stream {
    web: Web,
    connection: Connection,
    reader: RoomReader,
    locale: Locale,
    nonce: String,
    days: DayStyle,
    /// The slot of each message shown, and its newest chunk.
    slots: HashMap<MessageId, (usize, usize)>,
    /// A change of a message before this one is left out, as the page does.
    from: MessageId,
    newest: MessageId,
    used: usize,
    chunks: usize,
    /// The chunk that says who is typing.
    typed: usize,
    typing: HashMap<PersonId, (String, Instant)>,
    bands: HashMap<ReplyId, Band>,
    refresh_at: Option<Instant>,
    read: MessageId,
    /// How far one's own messages came, as it is shown.
    came: BTreeMap<MessageId, Came>,
    /// They may have come further.
    is_moved: bool,
}

/// What ends the page: it loads itself again at once.
const REFRESH: &str = "<meta http-equiv=\"refresh\" content=\"0\">";
/// The same where the server goes down: at once nobody would answer.
const REFRESH_LATER: &str = "<meta http-equiv=\"refresh\" content=\"5\">";

impl Stream {
    /// The next bytes, and whether more may follow.
    async fn next(&mut self) -> (Bytes, bool) {
        let mut heard = Vec::new();
        let beat = Instant::now() + limits::HEARTBEAT_INTERVAL;
        let typing = self.typing.values().map(|(_, until)| *until);
        let deadline = typing.chain(self.refresh_at).chain([beat]).min().unwrap_or(beat);
        let mut out = String::new();
        if let Some(days) = self.days.turned(self.web.app.now(), &self.locale) {
            out.push_str(&format!("<style nonce=\"{}\">{}</style>\n", self.nonce, days.css));
            self.days = days;
        }
        if tokio::time::timeout_at(deadline, self.connection.next(&mut heard)).await.is_err() {
            if self.refresh_at.is_some_and(|at| at <= Instant::now()) {
                return (REFRESH.into(), false);
            }
            let before = self.typing.len();
            self.typing.retain(|_, (_, until)| *until > Instant::now());
            if self.typing.len() != before {
                self.typing_line(&mut out);
            } else {
                out.push_str("<!-- still here -->\n");
            }
            return (out.into(), true);
        }
        let mut open = true;
        for delivery in heard {
            open = open && self.take(delivery, &mut out);
        }
        self.mark_read().await;
        self.tell_receipts(&mut out).await;
        (out.into(), open)
    }

    /// Writes one thing that was heard; whether the page goes on.
    fn take(&mut self, delivery: Delivery, out: &mut String) -> bool {
        let entry = match delivery {
            Delivery::Entry(entry) => entry,
            Delivery::Skipped { .. } => return true,
            Delivery::Closed(Closed::Displaced) => {
                let words = self.locale.words;
                let (resume, why) =
                    (words.t("Resume"), words.t("Four rooms are open elsewhere; this one waits."));
                out.push_str(&format!("<p class=\"end\" slot=\"end\"><a href=\"\">{resume}</a> · {why}</p>"));
                return false;
            }
            Delivery::Closed(Closed::GoingAway) => {
                out.push_str(REFRESH_LATER);
                return false;
            }
            Delivery::Lagged(_) | Delivery::Ended(..) | Delivery::Closed(_) => {
                out.push_str(REFRESH);
                return false;
            }
        };
        match &entry.what {
            What::Reply { reply, at } => {
                self.reply(reply, *at, out);
                true
            }
            What::Change(Change::Message(message)) => {
                self.end_reply(message, out);
                if !self.slots.contains_key(&message.id) {
                    if message.id < self.from {
                        return true;
                    }
                    // A repair comes in the order of changes; what then belongs between two slots needs a fresh page.
                    if self.used >= limits::STREAM_SLOTS || message.id < self.newest {
                        out.push_str(REFRESH);
                        return false;
                    }
                }
                if self.typing.remove(&message.author.id).is_some() {
                    self.typing_line(out);
                }
                self.place(message, "", out);
                if message.is_gone() && self.refresh_at.is_none() {
                    self.refresh_at = Some(Instant::now() + limits::STREAM_REFRESH_AFTER_DELETE);
                }
                true
            }
            What::Change(Change::Member(member)) if member.profile.id == self.reader.person() => {
                out.push_str(REFRESH);
                false
            }
            What::Change(Change::Room(_)) | What::Reset => {
                out.push_str(REFRESH);
                false
            }
            What::Whisper(Whisper::Receipt { .. } | Whisper::Receipts { .. }) => {
                self.is_moved = true;
                true
            }
            What::Whisper(Whisper::Typing { person, name, typing, .. })
                if *person != self.reader.person() =>
            {
                match typing {
                    true => {
                        self.typing.insert(*person, (name.clone(), Instant::now() + limits::TYPING_EXPIRES))
                    }
                    false => self.typing.remove(person),
                };
                self.typing_line(out);
                true
            }
            _ => true,
        }
    }

    /// Puts a message into its slot: a new one into the next, a changed one over its earlier chunk.
    /// `before` stands in its chunk in front of it.
    fn place(&mut self, message: &Message, before: &str, out: &mut String) {
        let slot = match self.slots.get(&message.id) {
            Some((slot, chunk)) => {
                out.push_str(&format!("<style nonce=\"{}\">#c{chunk}{{display:none}}</style>", self.nonce));
                *slot
            }
            None => {
                self.used += 1;
                self.used
            }
        };
        self.chunks += 1;
        self.slots.insert(message.id, (slot, self.chunks));
        self.newest = self.newest.max(message.id);
        self.read = self.read.max(message.id);
        let html = self.web.fragment(message, &self.locale);
        let html = self.with_tick(message, html, out);
        out.push_str(&format!(
            "<div class=\"chunk\" id=\"c{}\" slot=\"s{slot}\">{before}{html}</div>\n",
            self.chunks
        ));
    }

    /// Whoever holds the stream open reads along.
    async fn mark_read(&mut self) {
        let upto = std::mem::take(&mut self.read);
        if upto > MessageId(0)
            && let Err(error) = self.web.app.note_read(&self.reader, upto).await
        {
            tracing::warn!(%error, "a read mark was not kept");
        }
    }
}
