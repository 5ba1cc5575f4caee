//! The JSON of rooms, people, messages and events: one shape behind every door.

use crate::Web;
use domain::{
    bots::Bot,
    cursors::Cursor,
    events::{Change, Lane, Whisper},
    ids::{MessageId, PersonId, ReplyId, RoomId, Seq},
    members::{Member, Reading},
    messages::{Message, MessageKind, Quote, Reaction},
    people::{Person, Profile},
    replies::{Answer, Reply},
    rooms::Room,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use store::{RoomLine, Window};

impl Web {
    /// A message.
    pub fn message(&self, message: &Message) -> Value {
        serde_json::to_value(self.shape(message)).unwrap_or_default()
    }

    /// A message as clients get it. `date` is the time of day in the server's zone, as clients of the polling system expect it.
    fn shape<'m>(&self, message: &'m Message) -> MessageShape<'m> {
        let at = message.created_at.to_zoned(self.config.time_zone.clone());
        MessageShape {
            id: message.id,
            content: &message.content,
            username: &message.author.username,
            date: at.strftime("%H:%M:%S").to_string(),
            room_id: message.room,
            seq: message.seq,
            kind: message.kind,
            author: (&message.author).into(),
            client_id: message.client_id.as_deref(),
            reply_to: message.reply_to.as_ref().map(QuoteShape::from),
            mentions: message.mentions.iter().map(|mention| mention.person).collect(),
            mentions_everyone: message.mentions_everyone,
            reactions: message.reactions.iter().map(ReactionShape::from).collect(),
            pinned: message.pinned,
            version: message.version,
            created_at: message.created_at,
            edited_at: message.edited_at,
            deleted: message.is_deleted(),
            answer: message.answer.as_deref().map(answer),
        }
    }

    /// The JSON of a message, ready.
    pub fn message_text(&self, message: &Message) -> Arc<str> {
        self.fragments.get(message, crate::transports::frames::JSON, || {
            serde_json::to_string(&self.shape(message)).unwrap_or_default()
        })
    }

    /// A page of messages as JSON, put together from what is ready, with what else its answer holds.
    pub fn page_text(&self, window: &Window, mut rest: Value) -> String {
        let alive = window.messages.iter().filter(|message| !message.is_deleted());
        let texts: Vec<Arc<str>> = alive.map(|message| self.message_text(message)).collect();
        rest["more_before"] = json!(window.more_before);
        rest["more_after"] = json!(window.more_after);
        rest["cursor"] = json!(self.cursor(window.head));
        // The rest of the object follows the list: its opening brace is left out.
        format!("{{\"messages\":[{}],{}", texts.join(","), &rest.to_string()[1..])
    }

    /// A place in a lane as clients send it back.
    pub fn cursor(&self, seq: Seq) -> String {
        Cursor { epoch: self.app.store().epoch(), seq }.to_string()
    }

    /// A durable change.
    pub fn change(&self, seq: Seq, change: &Change) -> Value {
        let mut value = match change {
            Change::Message(message) => json!({ "type": "message", "message": self.message(message) }),
            Change::Member(member) => json!({ "type": "member", "member": self::member(member) }),
            Change::Room(room) => json!({ "type": "room", "room": self::room(room) }),
            Change::Reading(reading) => json!({ "type": "reading", "reading": self::reading(reading) }),
            Change::Mentioned { room, slug, message } => {
                json!({ "type": "mentioned", "room_id": room, "room": slug, "message_id": message })
            }
            Change::SessionEnded(session) => json!({ "type": "session_ended", "session_id": session }),
            Change::Person(person) => json!({ "type": "person", "person": self::person(person) }),
        };
        value["seq"] = json!(seq);
        value
    }
}

/// What clients get of a message: the keys of the polling system first, then everything else.
#[derive(Serialize)]
struct MessageShape<'m> {
    id: MessageId,
    content: &'m str,
    username: &'m str,
    date: String,
    room_id: RoomId,
    seq: Seq,
    kind: MessageKind,
    author: ProfileShape<'m>,
    client_id: Option<&'m str>,
    reply_to: Option<QuoteShape<'m>>,
    mentions: Vec<PersonId>,
    mentions_everyone: bool,
    reactions: Vec<ReactionShape<'m>>,
    pinned: bool,
    version: u32,
    created_at: Timestamp,
    edited_at: Option<Timestamp>,
    deleted: bool,
    answer: Option<Value>,
}

#[derive(Serialize)]
struct ProfileShape<'m> {
    id: PersonId,
    username: &'m str,
    display_name: &'m str,
    is_bot: bool,
}

impl<'m> From<&'m Profile> for ProfileShape<'m> {
    fn from(profile: &'m Profile) -> Self {
        Self {
            id: profile.id,
            username: &profile.username,
            display_name: &profile.display_name,
            is_bot: profile.is_bot,
        }
    }
}

#[derive(Serialize)]
struct QuoteShape<'m> {
    id: MessageId,
    author: ProfileShape<'m>,
    excerpt: &'m str,
}

impl<'m> From<&'m Quote> for QuoteShape<'m> {
    fn from(quote: &'m Quote) -> Self {
        Self { id: quote.id, author: (&quote.author).into(), excerpt: &quote.excerpt }
    }
}

#[derive(Serialize)]
struct ReactionShape<'m> {
    emoji: &'m str,
    count: usize,
    people: &'m [PersonId],
}

impl<'m> From<&'m Reaction> for ReactionShape<'m> {
    fn from(reaction: &'m Reaction) -> Self {
        Self { emoji: &reaction.emoji, count: reaction.people.len(), people: &reaction.people }
    }
}

/// Which lane a frame is about: a room by id, or one's own.
pub(crate) fn lane(frame: &mut Value, lane: Lane) {
    match lane {
        Lane::Room(room) => frame["room_id"] = json!(room),
        Lane::Person(_) => frame["lane"] = json!("me"),
    }
}

pub(crate) fn whisper(whisper: &Whisper) -> Value {
    match whisper {
        Whisper::Typing { room, person, name, typing } => {
            json!({ "type": "typing", "room_id": room, "person": person, "name": name, "typing": typing })
        }
        Whisper::News { room, last, author, posted } => {
            json!({ "type": "news", "room_id": room, "last": last, "author": author, "posted": posted })
        }
        Whisper::Presence(presence) => {
            let counts =
                presence.counts.map(|c| json!({ "here": c.here, "away": c.away, "members": c.members }));
            json!({ "type": "presence", "counts": counts, "here": presence.here, "away": presence.away })
        }
        Whisper::Reply(reply) => self::reply(reply, None),
        Whisper::ReplyGrown { room, reply, run, at, text } => grown(*room, *reply, *run, *at, text),
    }
}

/// A reply in progress: all of it, or what was added from a byte on.
pub(crate) fn reply(reply: &Reply, at: Option<usize>) -> Value {
    if let Some(at) = at {
        return grown(reply.room, reply.id, reply.run, at, reply.text.get(at..).unwrap_or_default());
    }
    json!({ "type": "reply", "room_id": reply.room, "reply": open_reply(reply) })
}

fn grown(room: RoomId, reply: ReplyId, run: u32, at: usize, text: &str) -> Value {
    json!({ "type": "reply_delta", "room_id": room, "reply": reply, "run": run, "at": at, "text": text })
}

/// A reply in progress as it stands.
pub(crate) fn open_reply(reply: &Reply) -> Value {
    json!({
        "id": reply.id, "room_id": reply.room, "run": reply.run, "bot": profile(&reply.bot), "asker": profile(&reply.asker),
        "question": reply.question, "message": reply.message, "state": reply.state, "text": reply.text,
        "steps": reply.steps, "since": reply.since.to_string(),
    })
}

fn answer(answer: &Answer) -> Value {
    json!({
        "reply": answer.reply, "run": answer.run, "asker": profile(&answer.asker), "question": answer.question,
        "ending": answer.ending, "why": answer.why, "retry_at": time(answer.retry_at), "steps": answer.steps,
    })
}

/// A bot as administrators see it: of its keys only the names.
pub(crate) fn bot(bot: &Bot) -> Value {
    let settings = bots::without_secrets(&bot.settings);
    let settings: Value = serde_json::from_str(&settings).unwrap_or_default();
    json!({
        "id": bot.profile.id, "username": bot.profile.username, "display_name": bot.profile.display_name, "is_active": bot.is_active,
        "owner": bot.owner, "mind": bot.mind, "answers": bot.answers, "settings": settings, "keys": bot_keys(bot), "updated_at": bot.updated_at.to_string(),
    })
}

/// The names of a bot's keys.
pub(crate) fn bot_keys(bot: &Bot) -> Vec<String> {
    let names =
        |settings: &str| serde_json::from_str::<BTreeMap<String, Value>>(settings).unwrap_or_default();
    let shown = names(&bots::without_secrets(&bot.settings));
    names(&bot.settings).into_keys().filter(|name| !shown.contains_key(name)).collect()
}

/// A day counted from 1970.
pub(crate) fn day(day: i64) -> Date {
    Timestamp::from_second(day * 86_400).map_or(Date::ZERO, |at| at.to_zoned(TimeZone::UTC).date())
}

pub(crate) fn profile(profile: &Profile) -> Value {
    serde_json::to_value(ProfileShape::from(profile)).unwrap_or_default()
}

/// A person as they see themselves.
pub(crate) fn person(person: &Person) -> Value {
    json!({
        "id": person.id, "username": person.username, "display_name": person.display_name, "email": person.email,
        "is_admin": person.is_admin, "is_bot": person.is_bot, "locale": person.locale, "time_zone": person.time_zone, "theme": person.theme,
    })
}

pub(crate) fn room(room: &Room) -> Value {
    json!({
        "id": room.id, "slug": room.slug, "name": room.name, "topic": room.topic, "kind": room.kind, "posting": room.posting,
        "history": room.history, "archived": room.archived_at.is_some(), "created_at": room.created_at.to_string(),
    })
}

pub(crate) fn line(line: &RoomLine) -> Value {
    let mut value = room(&line.room);
    value["role"] = json!(line.role);
    value["level"] = json!(line.level);
    value["last_read"] = json!(line.last_read);
    value["unread"] = json!(line.unread);
    value["mentions"] = json!(line.mentions);
    value["partner"] = line.partner.as_ref().map_or(Value::Null, profile);
    value
}

pub(crate) fn member(member: &Member) -> Value {
    json!({
        "person": profile(&member.profile), "role": member.role, "standing": member.standing, "joined_at": member.joined_at.to_string(),
    })
}

fn reading(reading: &Reading) -> Value {
    json!({
        "room_id": reading.room, "room": reading.slug, "standing": reading.standing, "role": reading.role,
        "last_read": reading.last_read, "level": reading.level,
    })
}

fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| json!(at.to_string()))
}
