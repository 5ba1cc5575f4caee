//! Parts of a room's history, by all that is in its messages or by their keys alone.

use super::reading::{AFTER, BEFORE, messages, visible};
use crate::sqlite::transaction::list;
use crate::{Key, PageAt, Result, Window, statements::statements};
use domain::{
    access::RoomReader,
    ids::{MessageId, Seq},
    messages::Message,
};
use rusqlite::{Connection, Params};

/// What a message is known by.
macro_rules! keys {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.seq, coalesce(m.deleted_at, m.hidden_at) IS NOT NULL FROM messages m ",
            $where
        )
    };
}

statements! {
    KEYS_BEFORE = keys!("WHERE m.room = ?1 AND m.id < ?2 AND m.id >= ?3 ORDER BY m.id DESC LIMIT ?4");
    KEYS_AFTER = keys!("WHERE m.room = ?1 AND m.id > ?2 AND m.id >= ?3 ORDER BY m.id LIMIT ?4");
    EDGES = "SELECT head, EXISTS (SELECT 1 FROM messages WHERE room = ?1 AND id < ?2 AND id >= ?4),
        EXISTS (SELECT 1 FROM messages WHERE room = ?1 AND id > ?3 AND id >= ?4),
        (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'names') FROM rooms WHERE id = ?1";
}

/// What a part of the history is read as: by all that is in its messages, or by their keys.
pub(super) trait Entry: Sized {
    /// Those before an id, descending, and those after one.
    const BEFORE: &'static str;
    const AFTER: &'static str;

    fn read(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Self>>;
    fn id(&self) -> MessageId;
}

impl Entry for Message {
    const BEFORE: &'static str = BEFORE;
    const AFTER: &'static str = AFTER;

    fn read(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Self>> {
        messages(db, sql, params)
    }

    fn id(&self) -> MessageId {
        self.id
    }
}

impl Entry for Key {
    const BEFORE: &'static str = KEYS_BEFORE;
    const AFTER: &'static str = KEYS_AFTER;

    fn read(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Self>> {
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Key { id: MessageId(row.get(0)?), seq: Seq(row.get(1)?), gone: row.get(2)? })
        };
        list(db, sql, params, row)
    }

    fn id(&self) -> MessageId {
        self.id
    }
}

pub(super) fn page<E: Entry>(
    db: &Connection,
    by: &RoomReader,
    at: PageAt,
    limit: usize,
) -> Result<Window<E>> {
    let (room, floor) = (by.room_id().0, by.visible_from().0);
    let before = |id: i64, limit: usize| -> Result<Vec<E>> {
        let mut older = E::read(db, E::BEFORE, (room, id, floor, limit as i64))?;
        older.reverse();
        Ok(older)
    };
    let after = |id: i64, limit: usize| E::read(db, E::AFTER, (room, id, floor, limit as i64));
    let messages = match at {
        PageAt::Latest => before(i64::MAX, limit)?,
        PageAt::Before(id) => before(id.0, limit)?,
        PageAt::After(id) => after(id.0, limit)?,
        PageAt::Around(id) => {
            visible(db, by, id)?;
            let mut around = before(id.0, limit / 2)?;
            around.extend(after(id.0 - 1, limit - around.len())?);
            around
        }
    };
    let (first, last) = match (messages.first(), messages.last(), at) {
        (Some(first), Some(last), _) => (first.id().0, last.id().0),
        (_, _, PageAt::Before(id)) => (id.0.min(floor), id.0 - 1),
        (_, _, PageAt::After(id)) => (id.0.saturating_add(1), id.0),
        _ => (0, i64::MAX),
    };
    let edges = |row: &rusqlite::Row<'_>| {
        let (head, names) = (Seq(row.get(0)?), row.get(3)?);
        Ok(Window { messages, more_before: row.get(1)?, more_after: row.get(2)?, head, names })
    };
    Ok(db.prepare_cached(EDGES)?.query_row((room, first, last, floor), edges)?)
}
