//! Rows to values, columns by position.

use crate::{Result, StoreError};
use domain::{
    ids::{MessageId, PersonId, ReplyId, RoomId, Seq, SessionId, TokenId},
    members::{Level, Member, Reading, Role, Standing},
    messages::{Message, MessageKind, Prior, Quote},
    people::{Person, Profile},
    replies::{Answer, Ending, Step},
    rooms::{History, Posting, Room, RoomKind},
    sessions::Session,
    tokens::{Reach, Scope, Token},
};
use jiff::Timestamp;
use rusqlite::{Row, types::Type};

/// The columns of [`person`].
macro_rules! person_columns {
    () => {
        "p.id, p.username, p.display_name, p.email, p.is_admin, CASE WHEN p.is_bot THEN p.avatar END, p.is_active, p.locale, p.time_zone, p.theme, p.created_at"
    };
}
/// The columns of [`profile`].
macro_rules! profile_columns {
    () => {
        "p.id, p.username, p.display_name, CASE WHEN p.is_bot THEN p.avatar END"
    };
}
/// The columns of [`room`].
macro_rules! room_columns {
    () => {
        "r.id, r.slug, r.name, r.topic, r.kind, r.posting, r.history, r.archived_at, r.created_at, r.seq"
    };
}
/// The columns of [`member`].
macro_rules! member_columns {
    () => {
        "p.id, p.username, p.display_name, CASE WHEN p.is_bot THEN p.avatar END, m.room, m.role, m.standing, m.joined_at, m.visible_from, m.seq"
    };
}
/// The columns of [`token`].
macro_rules! token_columns {
    () => {
        "t.id, t.person, t.name, t.scope, t.rooms, t.created_at, t.used_at, t.expires_at"
    };
}
pub(super) use {member_columns, person_columns, profile_columns, room_columns, token_columns};

type Read<T> = rusqlite::Result<T>;

pub(super) fn time(row: &Row<'_>, at: usize) -> Read<Timestamp> {
    moment(at, row.get(at)?)
}

fn moment(at: usize, millis: i64) -> Read<Timestamp> {
    Timestamp::from_millisecond(millis).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, millis))
}

pub(super) fn time_or_none(row: &Row<'_>, at: usize) -> Read<Option<Timestamp>> {
    let millis: Option<i64> = row.get(at)?;
    millis.map(|millis| moment(at, millis)).transpose()
}

pub(super) fn word<T>(row: &Row<'_>, at: usize, parse: fn(&str) -> Option<T>) -> Read<T> {
    let text = row.get_ref(at)?.as_str()?;
    parse(text).ok_or_else(|| rusqlite::Error::InvalidColumnType(at, text.into(), Type::Text))
}

/// The column `CASE WHEN is_bot THEN avatar END`: whether it is a bot, and its avatar.
fn face(row: &Row<'_>, at: usize) -> Read<(bool, String)> {
    let avatar: Option<String> = row.get(at)?;
    Ok((avatar.is_some(), avatar.unwrap_or_default()))
}

pub(super) fn person(row: &Row<'_>, at: usize) -> Read<Person> {
    let (is_bot, avatar) = face(row, at + 5)?;
    Ok(Person {
        id: PersonId(row.get(at)?),
        username: row.get(at + 1)?,
        display_name: row.get(at + 2)?,
        email: row.get(at + 3)?,
        is_admin: row.get(at + 4)?,
        is_bot,
        avatar,
        is_active: row.get(at + 6)?,
        locale: row.get(at + 7)?,
        time_zone: row.get(at + 8)?,
        theme: row.get(at + 9)?,
        created_at: time(row, at + 10)?,
    })
}

pub(super) fn profile(row: &Row<'_>, at: usize) -> Read<Profile> {
    let (is_bot, avatar) = face(row, at + 3)?;
    Ok(Profile {
        id: PersonId(row.get(at)?),
        username: row.get(at + 1)?,
        display_name: row.get(at + 2)?,
        is_bot,
        avatar,
    })
}

/// The columns `id, person, user_agent, address, created_at, used_at, expires_at`.
pub(super) fn session(row: &Row<'_>, at: usize) -> Read<Session> {
    Ok(Session {
        id: SessionId(row.get(at)?),
        person: PersonId(row.get(at + 1)?),
        user_agent: row.get(at + 2)?,
        address: row.get(at + 3)?,
        created_at: time(row, at + 4)?,
        used_at: time(row, at + 5)?,
        expires_at: time(row, at + 6)?,
    })
}

pub(super) fn token(row: &Row<'_>, at: usize) -> Read<Token> {
    let rooms = crate::tokens::rooms_read(row.get::<_, Option<String>>(at + 4)?.as_deref());
    Ok(Token {
        id: TokenId(row.get(at)?),
        person: PersonId(row.get(at + 1)?),
        name: row.get(at + 2)?,
        reach: Reach { scope: word(row, at + 3, Scope::parse)?, rooms },
        created_at: time(row, at + 5)?,
        used_at: time_or_none(row, at + 6)?,
        expires_at: time_or_none(row, at + 7)?,
    })
}

pub(super) fn room(row: &Row<'_>, at: usize) -> Read<Room> {
    Ok(Room {
        id: RoomId(row.get(at)?),
        slug: row.get(at + 1)?,
        name: row.get(at + 2)?,
        topic: row.get(at + 3)?,
        kind: word(row, at + 4, RoomKind::parse)?,
        posting: word(row, at + 5, Posting::parse)?,
        history: word(row, at + 6, History::parse)?,
        archived_at: time_or_none(row, at + 7)?,
        created_at: time(row, at + 8)?,
        seq: Seq(row.get(at + 9)?),
    })
}

pub(super) fn member(row: &Row<'_>, at: usize) -> Read<Member> {
    Ok(Member {
        profile: profile(row, at)?,
        room: RoomId(row.get(at + 4)?),
        role: word(row, at + 5, Role::parse)?,
        standing: word(row, at + 6, Standing::parse)?,
        joined_at: time(row, at + 7)?,
        visible_from: MessageId(row.get(at + 8)?),
        seq: Seq(row.get(at + 9)?),
    })
}

/// The columns `room, slug, standing, role, last_read, level`.
pub(super) fn reading(row: &Row<'_>, at: usize) -> Read<Reading> {
    Ok(Reading {
        room: RoomId(row.get(at)?),
        slug: row.get(at + 1)?,
        standing: word(row, at + 2, Standing::parse)?,
        role: word(row, at + 3, Role::parse)?,
        last_read: MessageId(row.get(at + 4)?),
        level: level(row, at + 5)?,
    })
}

pub(super) fn level(row: &Row<'_>, at: usize) -> Read<Level> {
    word(row, at, Level::parse)
}

pub(super) fn role(row: &Row<'_>, at: usize) -> Read<Role> {
    word(row, at, Role::parse)
}

/// A message without what hangs on it, and what may.
pub(super) struct Found {
    pub message: Message,
    /// It answers another message, was a reply, or was edited, pinned or taken away: see [`fate`].
    pub fate: bool,
    pub reactions: bool,
    pub mentions: bool,
}

pub(super) fn message(row: &Row<'_>) -> Read<Found> {
    let prior_author: Option<i64> = row.get(9)?;
    let prior = match (prior_author, time_or_none(row, 10)?) {
        (Some(author), Some(at)) => Some(Prior { author: PersonId(author), at }),
        _ => None,
    };
    let message = Message {
        id: MessageId(row.get(0)?),
        room: RoomId(row.get(1)?),
        seq: Seq(row.get(2)?),
        posted: Seq(row.get(3)?),
        kind: word(row, 4, MessageKind::parse)?,
        content: row.get(5)?,
        client_id: row.get(6)?,
        mentions_everyone: row.get(7)?,
        version: row.get(8)?,
        prior,
        created_at: time(row, 11)?,
        author: profile(row, 15)?,
        pinned: false,
        edited_at: None,
        deleted_at: None,
        hidden_at: None,
        reply_to: None,
        mentions: Vec::new(),
        reactions: Vec::new(),
        answer: None,
    };
    Ok(Found { message, fate: row.get(12)?, reactions: row.get(13)?, mentions: row.get(14)? })
}

/// What became of a message, and the reply it was: `pinned, edited_at, deleted_at, hidden_at, reply`, then of the message it answers `id, content,
/// deleted, hidden` and its author's profile.
pub(super) fn fate(row: &Row<'_>, message: &mut Message) -> Read<Option<i64>> {
    message.pinned = row.get(0)?;
    message.edited_at = time_or_none(row, 1)?;
    message.deleted_at = time_or_none(row, 2)?;
    message.hidden_at = time_or_none(row, 3)?;
    let quoted: Option<i64> = row.get(5)?;
    // A deleted message says nothing, not what it answered either; so it need not change with what it quoted.
    let quoted = quoted.filter(|_| message.deleted_at.is_none());
    message.reply_to = quoted.map(|id| quote(row, MessageId(id))).transpose()?;
    row.get(4)
}

fn quote(row: &Row<'_>, id: MessageId) -> Read<Quote> {
    let content: String = row.get(6)?;
    let (deleted, hidden): (bool, bool) = (row.get(7)?, row.get(8)?);
    let excerpt = crate::drafts::quote_excerpt(&content, deleted || hidden);
    Ok(Quote { id, author: profile(row, 9)?, excerpt, hidden: hidden && !deleted })
}

/// What a message was as a reply: a profile, then `id, ended_run, question, ending, failure, retry_at, ended_steps`.
pub(super) fn answer(row: &Row<'_>) -> Read<Answer> {
    Ok(Answer {
        asker: profile(row, 0)?,
        reply: ReplyId(row.get(4)?),
        run: row.get(5)?,
        question: MessageId(row.get(6)?),
        ending: word(row, 7, Ending::parse)?,
        why: row.get(8)?,
        retry_at: time_or_none(row, 9)?,
        steps: steps(row, 10)?,
    })
}

pub(super) fn steps(row: &Row<'_>, at: usize) -> Read<Vec<Step>> {
    let text = row.get_ref(at)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error.into()))
}

/// `None` instead of the error that says there is no row.
pub(super) fn optional<T>(found: rusqlite::Result<T>) -> Result<Option<T>> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(StoreError::from(error)),
    }
}
