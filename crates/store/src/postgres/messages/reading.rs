//! Reading messages, with what hangs on them.

use crate::postgres::{
    connection::{Connection, Values},
    rows,
};
use crate::{Result, StoreError, statements::statements};
use domain::{
    access::RoomReader,
    ids::{MessageId, RoomId, Seq},
    limits,
    messages::{Message, Version},
};
use tokio_postgres::Row;

/// A message as [`rows::message`] reads it, and where to look for it.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.room, m.seq, m.kind, m.content, m.client_id, m.everyone, m.version, m.pinned_at IS NOT NULL,
                m.prior_author, m.prior_at, m.created_at, m.edited_at, m.deleted_at, p.id, p.username, p.display_name, CASE WHEN p.is_bot THEN p.avatar END,
                q.id, q.content, q.deleted_at IS NOT NULL OR q.hidden_at IS NOT NULL, a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END,
                ARRAY(SELECT x.person FROM mentions x WHERE x.message = m.id ORDER BY x.person),
                ARRAY(SELECT n.username_key FROM mentions x JOIN people n ON n.id = x.person WHERE x.message = m.id ORDER BY x.person),
                ARRAY(SELECT x.emoji FROM reactions x WHERE x.message = m.id AND NOT x.removed ORDER BY x.seq, x.person),
                ARRAY(SELECT x.person FROM reactions x WHERE x.message = m.id AND NOT x.removed ORDER BY x.seq, x.person), m.posted,
                y.id, y.ended_run, y.question, y.ending, y.failure, y.retry_at, y.ended_steps, z.id, z.username, z.display_name, CASE WHEN z.is_bot THEN z.avatar END, m.hidden_at, q.hidden_at IS NOT NULL AND q.deleted_at IS NULL
             FROM messages m JOIN people p ON p.id = m.author
             LEFT JOIN messages q ON q.id = m.reply_to LEFT JOIN people a ON a.id = q.author
             LEFT JOIN replies y ON y.id = m.reply LEFT JOIN people z ON z.id = y.asker ",
            $where
        )
    };
}

// A page is found as a range of the index by room and id, compared as pairs. Asked for by `room =` and in the order of ids, the planner may walk
// the ids of all rooms instead, which takes 200 times as long where others have written since.
statements! {
    ONE = select!("WHERE m.room = $1 AND m.id = $2");
    ANYWHERE = select!("WHERE m.id = $1");
    THESE = select!("WHERE m.id = ANY($1) ORDER BY m.seq");
    BEFORE = select!("WHERE m.id = ANY(ARRAY(SELECT i.id FROM messages i WHERE (i.room, i.id) < ($1, $2) AND (i.room, i.id) >= ($1, $3)
        ORDER BY i.room DESC, i.id DESC LIMIT $4)) ORDER BY m.id DESC");
    AFTER = select!("WHERE m.id = ANY(ARRAY(SELECT i.id FROM messages i WHERE (i.room, i.id) > ($1, $2) AND (i.room, i.id) >= ($1, $3) AND i.room <= $1
        ORDER BY i.room, i.id LIMIT $4)) ORDER BY m.id");
    CHANGED = select!("WHERE m.room = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3");
    PINNED = select!("WHERE m.room = $1 AND m.pinned_at IS NOT NULL AND m.hidden_at IS NULL AND m.id >= $2 ORDER BY m.id DESC LIMIT $3");
    SHARED = select!("WHERE m.room = $1 AND m.id <= $2 AND m.deleted_at IS NULL AND m.hidden_at IS NULL
        AND m.id >= (SELECT coalesce(max(visible_from), 0) FROM members WHERE room = $1 AND standing = 'in') ORDER BY m.id DESC LIMIT $3");
    VERSIONS = "SELECT version, content, created_at FROM versions WHERE message = $1 ORDER BY version";
}

async fn messages(db: &Connection, sql: &'static str, values: Values<'_>) -> Result<Vec<Message>> {
    db.list(sql, values, rows::message).await
}

/// One message of a room.
pub(super) async fn one(db: &Connection, room: RoomId, id: MessageId) -> Result<Message> {
    let found = db.find(ONE, &[&room.0, &id.0], rows::message).await?;
    found.ok_or(StoreError::NotFound("message"))
}

/// Messages by their ids, by their last change.
pub(super) async fn these(db: &Connection, ids: &[i64]) -> Result<Vec<Message>> {
    messages(db, THESE, &[&ids]).await
}

/// A message wherever it is, with its text even when it is hidden: for administrators.
pub(in crate::postgres) async fn unhidden(db: &Connection, id: MessageId) -> Result<Message> {
    let found = db.find(ANYWHERE, &[&id.0], rows::whole_message).await?;
    found.ok_or(StoreError::NotFound("message"))
}

/// A message and a few before and after it, with their texts even when they are hidden: for administrators.
pub(in crate::postgres) async fn unhidden_around(
    db: &Connection,
    room: RoomId,
    id: MessageId,
    each: usize,
) -> Result<Vec<Message>> {
    let (from, each) = (id.0 - 1, each as i64);
    let mut found = db.list(BEFORE, &[&room.0, &id.0, &0_i64, &each], rows::whole_message).await?;
    found.reverse();
    found.extend(db.list(AFTER, &[&room.0, &from, &0_i64, &(each + 1)], rows::whole_message).await?);
    Ok(found)
}

/// One message that this person may read.
pub(in crate::postgres) async fn visible(db: &Connection, by: &RoomReader, id: MessageId) -> Result<Message> {
    if id < by.visible_from() {
        return Err(StoreError::NotFound("message"));
    }
    one(db, by.room_id(), id).await
}

pub(super) async fn versions(db: &Connection, message: &Message) -> Result<Vec<Version>> {
    if message.is_gone() {
        return Ok(Vec::new());
    }
    all_versions(db, message).await
}

/// The same for administrators, hidden or not.
pub(in crate::postgres) async fn all_versions(db: &Connection, message: &Message) -> Result<Vec<Version>> {
    let row = |row: &Row| {
        let (version, at) = (rows::version(row, 0)?, rows::time(row, 2)?);
        Ok(Version { version, content: row.try_get(1)?, at })
    };
    let mut versions = db.list(VERSIONS, &[&message.id.0], row).await?;
    let at = message.edited_at.unwrap_or(message.created_at);
    versions.push(Version { version: message.version, content: message.content.clone(), at });
    Ok(versions)
}

pub(super) async fn pinned(db: &Connection, by: &RoomReader) -> Result<Vec<Message>> {
    let (room, floor, most) = (by.room_id().0, by.visible_from().0, limits::PINS_MAX as i64);
    messages(db, PINNED, &[&room, &floor, &most]).await
}

/// The newest messages up to one that everybody in the room may read, ascending.
pub(in crate::postgres) async fn shared(
    db: &Connection,
    room: RoomId,
    upto: MessageId,
    limit: usize,
) -> Result<Vec<Message>> {
    let mut shared = messages(db, SHARED, &[&room.0, &upto.0, &(limit as i64)]).await?;
    shared.reverse();
    Ok(shared)
}

/// The messages of a room that changed, by their last change.
pub(in crate::postgres) async fn changed_since(
    db: &Connection,
    room: RoomId,
    since: Seq,
    limit: i64,
) -> Result<Vec<Message>> {
    messages(db, CHANGED, &[&room.0, &since.0, &limit]).await
}
