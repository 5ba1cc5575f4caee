//! Rows to values, columns by position.

use crate::{Result, StoreError};
use domain::{
    ids::{MessageId, PersonId, ReplyId, RoomId, Seq, SessionId, TokenId},
    members::{Level, Member, Reading, Role, Standing},
    messages::{Mention, Message, MessageKind, Prior, Quote, Reaction},
    people::{Person, Profile},
    replies::{Answer, Ending, Step},
    rooms::{History, Posting, Room, RoomKind},
    sessions::Session,
    tokens::{Reach, Scope, Token},
};
use jiff::Timestamp;
use std::borrow::Cow;
use tokio_postgres::Row;

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

/// A text as this database can keep it: it knows no NUL.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The first column, a truth.
pub(super) fn truth(row: &Row) -> Result<bool> {
    Ok(row.try_get(0)?)
}

/// The first column, a number.
pub(super) fn number(row: &Row) -> Result<i64> {
    Ok(row.try_get(0)?)
}

pub(super) fn time(row: &Row, at: usize) -> Result<Timestamp> {
    let millis: i64 = row.try_get(at)?;
    Timestamp::from_millisecond(millis).map_err(|error| StoreError::Bug(error.to_string()))
}

pub(super) fn time_or_none(row: &Row, at: usize) -> Result<Option<Timestamp>> {
    row.try_get::<_, Option<i64>>(at)?.map(|_| time(row, at)).transpose()
}

pub(super) fn word<T>(row: &Row, at: usize, parse: fn(&str) -> Option<T>) -> Result<T> {
    let text: &str = row.try_get(at)?;
    parse(text).ok_or_else(|| StoreError::Bug(format!("column {at} holds the unknown word {text:?}")))
}

/// The column `CASE WHEN is_bot THEN avatar END`: whether it is a bot, and its avatar.
fn face(row: &Row, at: usize) -> Result<(bool, String)> {
    let avatar: Option<String> = row.try_get(at)?;
    Ok((avatar.is_some(), avatar.unwrap_or_default()))
}

pub(super) fn person(row: &Row, at: usize) -> Result<Person> {
    let (is_bot, avatar) = face(row, at + 5)?;
    Ok(Person {
        id: PersonId(row.try_get(at)?),
        username: row.try_get(at + 1)?,
        display_name: row.try_get(at + 2)?,
        email: row.try_get(at + 3)?,
        is_admin: row.try_get(at + 4)?,
        is_bot,
        avatar,
        is_active: row.try_get(at + 6)?,
        locale: row.try_get(at + 7)?,
        time_zone: row.try_get(at + 8)?,
        theme: row.try_get(at + 9)?,
        created_at: time(row, at + 10)?,
    })
}

pub(super) fn profile(row: &Row, at: usize) -> Result<Profile> {
    let (is_bot, avatar) = face(row, at + 3)?;
    Ok(Profile {
        id: PersonId(row.try_get(at)?),
        username: row.try_get(at + 1)?,
        display_name: row.try_get(at + 2)?,
        is_bot,
        avatar,
    })
}

/// A profile from columns of an outer join.
pub(super) fn profile_or_none(row: &Row, at: usize) -> Result<Option<Profile>> {
    row.try_get::<_, Option<i64>>(at)?.map(|_| profile(row, at)).transpose()
}

/// The columns `id, person, user_agent, address, created_at, used_at, expires_at`.
pub(super) fn session(row: &Row, at: usize) -> Result<Session> {
    Ok(Session {
        id: SessionId(row.try_get(at)?),
        person: PersonId(row.try_get(at + 1)?),
        user_agent: row.try_get(at + 2)?,
        address: row.try_get(at + 3)?,
        created_at: time(row, at + 4)?,
        used_at: time(row, at + 5)?,
        expires_at: time(row, at + 6)?,
    })
}

pub(super) fn token(row: &Row, at: usize) -> Result<Token> {
    let rooms = crate::tokens::rooms_read(row.try_get::<_, Option<&str>>(at + 4)?);
    Ok(Token {
        id: TokenId(row.try_get(at)?),
        person: PersonId(row.try_get(at + 1)?),
        name: row.try_get(at + 2)?,
        reach: Reach { scope: word(row, at + 3, Scope::parse)?, rooms },
        created_at: time(row, at + 5)?,
        used_at: time_or_none(row, at + 6)?,
        expires_at: time_or_none(row, at + 7)?,
    })
}

pub(super) fn room(row: &Row, at: usize) -> Result<Room> {
    Ok(Room {
        id: RoomId(row.try_get(at)?),
        slug: row.try_get(at + 1)?,
        name: row.try_get(at + 2)?,
        topic: row.try_get(at + 3)?,
        kind: word(row, at + 4, RoomKind::parse)?,
        posting: word(row, at + 5, Posting::parse)?,
        history: word(row, at + 6, History::parse)?,
        archived_at: time_or_none(row, at + 7)?,
        created_at: time(row, at + 8)?,
        seq: Seq(row.try_get(at + 9)?),
    })
}

pub(super) fn member(row: &Row, at: usize) -> Result<Member> {
    tie(row, at + 4, profile(row, at)?)
}

/// The columns `room, role, standing, joined_at, visible_from, seq` of somebody whose profile is known.
pub(super) fn tie(row: &Row, at: usize, profile: Profile) -> Result<Member> {
    Ok(Member {
        profile,
        room: RoomId(row.try_get(at)?),
        role: role(row, at + 1)?,
        standing: word(row, at + 2, Standing::parse)?,
        joined_at: time(row, at + 3)?,
        visible_from: MessageId(row.try_get(at + 4)?),
        seq: Seq(row.try_get(at + 5)?),
    })
}

/// The columns `room, slug, standing, role, last_read, level`.
pub(super) fn reading(row: &Row, at: usize) -> Result<Reading> {
    Ok(Reading {
        room: RoomId(row.try_get(at)?),
        slug: row.try_get(at + 1)?,
        standing: word(row, at + 2, Standing::parse)?,
        role: role(row, at + 3)?,
        last_read: MessageId(row.try_get(at + 4)?),
        level: level(row, at + 5)?,
    })
}

pub(super) fn level(row: &Row, at: usize) -> Result<Level> {
    word(row, at, Level::parse)
}

pub(super) fn role(row: &Row, at: usize) -> Result<Role> {
    word(row, at, Role::parse)
}

pub(super) fn message(row: &Row) -> Result<Message> {
    whole_message(row).map(Message::as_readers_see_it)
}

/// A message with its text even when it is hidden: for administrators.
pub(super) fn whole_message(row: &Row) -> Result<Message> {
    let prior = match (row.try_get::<_, Option<i64>>(9)?, time_or_none(row, 10)?) {
        (Some(author), Some(at)) => Some(Prior { author: PersonId(author), at }),
        _ => None,
    };
    let deleted_at = time_or_none(row, 13)?;
    Ok(Message {
        id: MessageId(row.try_get(0)?),
        room: RoomId(row.try_get(1)?),
        seq: Seq(row.try_get(2)?),
        posted: Seq(row.try_get(29)?),
        kind: word(row, 3, MessageKind::parse)?,
        content: row.try_get(4)?,
        client_id: row.try_get(5)?,
        mentions_everyone: row.try_get(6)?,
        version: version(row, 7)?,
        pinned: row.try_get(8)?,
        prior,
        created_at: time(row, 11)?,
        edited_at: time_or_none(row, 12)?,
        deleted_at,
        hidden_at: time_or_none(row, 41)?,
        author: profile(row, 14)?,
        // A deleted message says nothing, not what it answered either; so it need not change with what it quoted.
        reply_to: if deleted_at.is_none() { quote(row)? } else { None },
        mentions: mentions(row.try_get(25)?, row.try_get(26)?),
        reactions: reactions(row.try_get(27)?, row.try_get(28)?),
        answer: answer(row)?.map(Box::new),
    })
}

/// What a message was as a reply, if it was one.
fn answer(row: &Row) -> Result<Option<Answer>> {
    let Some(reply) = row.try_get::<_, Option<i64>>(30)? else { return Ok(None) };
    Ok(Some(Answer {
        reply: ReplyId(reply),
        run: version(row, 31)?,
        question: MessageId(row.try_get(32)?),
        ending: word(row, 33, Ending::parse)?,
        why: row.try_get(34)?,
        retry_at: time_or_none(row, 35)?,
        steps: steps(row, 36)?,
        asker: profile(row, 37)?,
    }))
}

pub(super) fn steps(row: &Row, at: usize) -> Result<Vec<Step>> {
    serde_json::from_str(row.try_get(at)?).map_err(|error| StoreError::Bug(error.to_string()))
}

pub(super) fn version(row: &Row, at: usize) -> Result<u32> {
    let version: i64 = row.try_get(at)?;
    u32::try_from(version).map_err(|error| StoreError::Bug(error.to_string()))
}

fn quote(row: &Row) -> Result<Option<Quote>> {
    let Some(id) = row.try_get::<_, Option<i64>>(18)? else { return Ok(None) };
    let excerpt = crate::drafts::quote_excerpt(row.try_get(19)?, row.try_get(20)?);
    Ok(Some(Quote { id: MessageId(id), author: profile(row, 21)?, excerpt, hidden: row.try_get(42)? }))
}

fn mentions(people: Vec<i64>, keys: Vec<String>) -> Vec<Mention> {
    people.into_iter().zip(keys).map(|(id, key)| Mention { person: PersonId(id), key }).collect()
}

/// One row each, gathered by emoji in the order of their first use.
fn reactions(emoji: Vec<String>, people: Vec<i64>) -> Vec<Reaction> {
    let mut reactions: Vec<Reaction> = Vec::new();
    for (emoji, person) in emoji.into_iter().zip(people) {
        match reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) => reaction.people.push(PersonId(person)),
            None => reactions.push(Reaction { emoji, people: vec![PersonId(person)] }),
        }
    }
    reactions
}
