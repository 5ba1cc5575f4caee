//! Reading messages, with what hangs on them.

use crate::sqlite::{
    rows::{self, profile_columns},
    transaction::{find, list},
};
use crate::{Result, StoreError, statements::statements};
use domain::{
    access::RoomReader,
    ids::{MessageId, PersonId, RoomId, Seq},
    limits,
    messages::{Mention, Message, Reaction, Version},
};
use rusqlite::{Connection, Params};

/// A message as [`rows::message`] reads it, and where to look for more. A reaction changes its message, nobody is named without an `@`, and
/// most messages answer nothing and were never edited, pinned or taken away: they need no look into any other table.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.room, m.seq, m.posted, m.kind, m.content, m.client_id, m.everyone, m.version, m.prior_author, m.prior_at, m.created_at,
                coalesce(m.reply_to, m.reply, m.edited_at, m.deleted_at, m.hidden_at, m.pinned_at) IS NOT NULL,
                m.seq <> m.posted AND EXISTS (SELECT 1 FROM reactions x WHERE x.message = m.id),
                instr(m.content, '@') AND EXISTS (SELECT 1 FROM mentions x WHERE x.message = m.id), ",
            profile_columns!(),
            " FROM messages m JOIN people p ON p.id = m.author ",
            $where
        )
    };
}

statements! {
    ONE = select!("WHERE m.room = ?1 AND m.id = ?2");
    ANYWHERE = select!("WHERE m.id = ?1");
    BEFORE = select!("WHERE m.room = ?1 AND m.id < ?2 AND m.id >= ?3 ORDER BY m.id DESC LIMIT ?4");
    AFTER = select!("WHERE m.room = ?1 AND m.id > ?2 AND m.id >= ?3 ORDER BY m.id LIMIT ?4");
    CHANGED = select!("WHERE m.room = ?1 AND m.seq > ?2 AND m.seq <> m.posted ORDER BY m.seq LIMIT ?3");
    FIRST_NEWS = "SELECT min(id) FROM (SELECT id, posted FROM messages WHERE room = ?1 ORDER BY id DESC LIMIT ?3) WHERE posted > ?2";
    NEWS = select!("WHERE m.room = ?1 AND m.id >= ?2 AND m.seq = m.posted ORDER BY m.id LIMIT ?3");
    PINNED = select!("WHERE m.room = ?1 AND m.pinned_at IS NOT NULL AND m.hidden_at IS NULL AND m.id >= ?2 ORDER BY m.id DESC LIMIT ?3");
    FATE = concat!("SELECT m.pinned_at IS NOT NULL, m.edited_at, m.deleted_at, m.hidden_at, m.reply, q.id, q.content, q.deleted_at IS NOT NULL, q.hidden_at IS NOT NULL, ",
        profile_columns!(), " FROM messages m LEFT JOIN messages q ON q.id = m.reply_to LEFT JOIN people p ON p.id = q.author WHERE m.id = ?1");
    REACTIONS = "SELECT emoji, person FROM reactions WHERE message = ?1 AND NOT removed ORDER BY seq, person";
    MENTIONS = "SELECT n.person, p.username_key FROM mentions n JOIN people p ON p.id = n.person WHERE n.message = ?1 ORDER BY n.person";
    ANSWER = concat!("SELECT ", profile_columns!(), ", y.id, y.ended_run, y.question, y.ending, y.failure, y.retry_at, y.ended_steps
        FROM replies y JOIN people p ON p.id = y.asker WHERE y.id = ?1");
    SHARED = select!("WHERE m.room = ?1 AND m.id <= ?2 AND m.deleted_at IS NULL AND m.hidden_at IS NULL
        AND m.id >= (SELECT coalesce(max(visible_from), 0) FROM members WHERE room = ?1 AND standing = 'in') ORDER BY m.id DESC LIMIT ?3");
    VERSIONS = "SELECT version, content, created_at FROM versions WHERE message = ?1 ORDER BY version";
}

pub(super) fn messages(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Message>> {
    list(db, sql, params, rows::message)?.into_iter().map(|found| complete(db, found)).collect()
}

fn complete(db: &Connection, found: rows::Found) -> Result<Message> {
    whole(db, found).map(Message::as_readers_see_it)
}

/// Adds what became of it, reactions and mentions where there may be some, and what it answered as.
fn whole(db: &Connection, found: rows::Found) -> Result<Message> {
    let mut message = found.message;
    if found.fate {
        let id = message.id.0;
        let reply = db.prepare_cached(FATE)?.query_row([id], |row| rows::fate(row, &mut message))?;
        if let Some(reply) = reply {
            message.answer = find(db, ANSWER, [reply], rows::answer)?.map(Box::new);
        }
    }
    if found.reactions {
        for (emoji, person) in
            list(db, REACTIONS, [message.id.0], |row| Ok((row.get::<_, String>(0)?, PersonId(row.get(1)?))))?
        {
            match message.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
                Some(reaction) => reaction.people.push(person),
                None => message.reactions.push(Reaction { emoji, people: vec![person] }),
            }
        }
    }
    if found.mentions {
        let row = |row: &rusqlite::Row<'_>| Ok(Mention { person: PersonId(row.get(0)?), key: row.get(1)? });
        message.mentions = list(db, MENTIONS, [message.id.0], row)?;
    }
    Ok(message)
}

/// One message of a room.
pub(super) fn one(db: &Connection, room: RoomId, id: MessageId) -> Result<Message> {
    let found = find(db, ONE, (room.0, id.0), rows::message)?.ok_or(StoreError::NotFound("message"))?;
    complete(db, found)
}

/// A message wherever it is, with its text even when it is hidden: for administrators.
pub(in crate::sqlite) fn unhidden(db: &Connection, id: MessageId) -> Result<Message> {
    let found = find(db, ANYWHERE, [id.0], rows::message)?.ok_or(StoreError::NotFound("message"))?;
    whole(db, found)
}

/// A message and a few before and after it, with their texts even when they are hidden: for administrators.
pub(in crate::sqlite) fn unhidden_around(
    db: &Connection,
    room: RoomId,
    id: MessageId,
    each: usize,
) -> Result<Vec<Message>> {
    let each = each as i64;
    let mut found = list(db, BEFORE, (room.0, id.0, 0, each), rows::message)?;
    found.reverse();
    found.extend(list(db, AFTER, (room.0, id.0 - 1, 0, each + 1), rows::message)?);
    found.into_iter().map(|found| whole(db, found)).collect()
}

/// One message that this person may read.
pub(in crate::sqlite) fn visible(db: &Connection, by: &RoomReader, id: MessageId) -> Result<Message> {
    if id < by.visible_from() {
        return Err(StoreError::NotFound("message"));
    }
    one(db, by.room_id(), id)
}

pub(super) fn versions(db: &Connection, message: &Message) -> Result<Vec<Version>> {
    if message.is_gone() {
        return Ok(Vec::new());
    }
    all_versions(db, message)
}

/// The same for administrators, hidden or not.
pub(in crate::sqlite) fn all_versions(db: &Connection, message: &Message) -> Result<Vec<Version>> {
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Version { version: row.get(0)?, content: row.get(1)?, at: rows::time(row, 2)? })
    };
    let mut versions = list(db, VERSIONS, [message.id.0], row)?;
    let at = message.edited_at.unwrap_or(message.created_at);
    versions.push(Version { version: message.version, content: message.content.clone(), at });
    Ok(versions)
}

pub(super) fn pinned(db: &Connection, by: &RoomReader) -> Result<Vec<Message>> {
    messages(db, PINNED, (by.room_id().0, by.visible_from().0, limits::PINS_MAX as i64))
}

/// The newest messages up to one that everybody in the room may read, ascending.
pub(in crate::sqlite) fn shared(
    db: &Connection,
    room: RoomId,
    upto: MessageId,
    limit: usize,
) -> Result<Vec<Message>> {
    let mut shared = messages(db, SHARED, (room.0, upto.0, limit as i64))?;
    shared.reverse();
    Ok(shared)
}

/// The messages of a room that changed since a place, up to `limit` that are new and as many that are not. No more of them can be new than
/// places were taken since, so those are looked for among the newest only.
pub(in crate::sqlite) fn changed_since(
    db: &Connection,
    room: RoomId,
    (since, head): (Seq, Seq),
    limit: usize,
) -> Result<Vec<Message>> {
    let mut changed = messages(db, CHANGED, (room.0, since.0, limit as i64))?;
    let first = (room.0, since.0, head.0 - since.0);
    let first: Option<i64> = find(db, FIRST_NEWS, first, |row| row.get(0))?.flatten();
    if let Some(first) = first {
        changed.extend(messages(db, NEWS, (room.0, first, limit as i64))?);
    }
    Ok(changed)
}
