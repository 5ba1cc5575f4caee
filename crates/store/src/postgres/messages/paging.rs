//! Parts of a room's history, by all that is in its messages or by their keys alone.

use super::reading::{AFTER, BEFORE, visible};
use crate::postgres::{connection::Connection, rows};
use crate::{Key, PageAt, Result, StoreError, Window, statements::statements};
use domain::{
    access::RoomReader,
    ids::{MessageId, Seq},
    messages::Message,
};
use tokio_postgres::Row;

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
    KEYS_BEFORE = keys!("WHERE (m.room, m.id) < ($1, $2) AND (m.room, m.id) >= ($1, $3) ORDER BY m.room DESC, m.id DESC LIMIT $4");
    KEYS_AFTER = keys!("WHERE (m.room, m.id) > ($1, $2) AND (m.room, m.id) >= ($1, $3) AND m.room <= $1 ORDER BY m.room, m.id LIMIT $4");
    EDGES = "SELECT EXISTS (SELECT 1 FROM messages WHERE room = $1 AND id < $2 AND id >= $4),
        EXISTS (SELECT 1 FROM messages WHERE room = $1 AND id > $3 AND id >= $4), (SELECT head FROM rooms WHERE id = $1),
        (SELECT value::bigint FROM settings WHERE name = 'names')";
}

/// What a part of the history is read as: by all that is in its messages, or by their keys.
pub(super) trait Entry: Sized {
    /// Those before an id, descending, and those after one.
    const BEFORE: &'static str;
    const AFTER: &'static str;

    fn read(row: &Row) -> Result<Self>;
    fn id(&self) -> MessageId;
}

impl Entry for Message {
    const BEFORE: &'static str = BEFORE;
    const AFTER: &'static str = AFTER;

    fn read(row: &Row) -> Result<Self> {
        rows::message(row)
    }

    fn id(&self) -> MessageId {
        self.id
    }
}

impl Entry for Key {
    const BEFORE: &'static str = KEYS_BEFORE;
    const AFTER: &'static str = KEYS_AFTER;

    fn read(row: &Row) -> Result<Self> {
        Ok(Key { id: MessageId(row.try_get(0)?), seq: Seq(row.try_get(1)?), gone: row.try_get(2)? })
    }

    fn id(&self) -> MessageId {
        self.id
    }
}

pub(super) async fn page<E: Entry>(
    db: &Connection,
    by: &RoomReader,
    at: PageAt,
    limit: usize,
) -> Result<Window<E>> {
    let (room, floor) = (by.room_id().0, by.visible_from().0);
    let messages = match at {
        PageAt::Latest => before::<E>(db, by, i64::MAX, limit).await?,
        PageAt::Before(id) => before(db, by, id.0, limit).await?,
        PageAt::After(id) => after(db, by, id.0, limit).await?,
        PageAt::Around(id) => {
            visible(db, by, id).await?;
            let mut around = before(db, by, id.0, limit / 2).await?;
            around.extend(after(db, by, id.0 - 1, limit - around.len()).await?);
            around
        }
    };
    let (first, last) = match (messages.first(), messages.last(), at) {
        (Some(first), Some(last), _) => (first.id().0, last.id().0),
        (_, _, PageAt::Before(id)) => (id.0.min(floor), id.0 - 1),
        (_, _, PageAt::After(id)) => (id.0.saturating_add(1), id.0),
        _ => (0, i64::MAX),
    };
    let edges = |row: &Row| {
        let head: Option<i64> = row.try_get(2)?;
        let head = head.map(Seq).ok_or(StoreError::NotFound("room"))?;
        Ok((row.try_get(0)?, row.try_get(1)?, head, row.try_get(3)?))
    };
    let (more_before, more_after, head, names) =
        db.get(EDGES, &[&room, &first, &last, &floor], edges).await?;
    Ok(Window { messages, more_before, more_after, head, names })
}

async fn before<E: Entry>(db: &Connection, by: &RoomReader, id: i64, limit: usize) -> Result<Vec<E>> {
    let (room, floor, limit) = (by.room_id().0, by.visible_from().0, limit as i64);
    let mut older = db.list(E::BEFORE, &[&room, &id, &floor, &limit], E::read).await?;
    older.reverse();
    Ok(older)
}

async fn after<E: Entry>(db: &Connection, by: &RoomReader, id: i64, limit: usize) -> Result<Vec<E>> {
    let (room, floor, limit) = (by.room_id().0, by.visible_from().0, limit as i64);
    db.list(E::AFTER, &[&room, &id, &floor, &limit], E::read).await
}
