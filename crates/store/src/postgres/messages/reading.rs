//! Reading messages, with what hangs on them.

use crate::postgres::Client;
use crate::postgres::{
    rows,
    transaction::{find, list, value},
};
use crate::{PageAt, Result, StoreError, Window, statements::statements};
use domain::{
    access::RoomReader,
    ids::{MessageId, PersonId, RoomId, Seq},
    limits,
    messages::{Mention, Message, Reaction, Version},
};

/// A message as [`rows::message`] reads it, and where to look for it.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.room, m.seq, m.kind, m.content, m.client_id, m.everyone, m.version, m.pinned_at IS NOT NULL,
                m.prior_author, m.prior_at, m.created_at, m.edited_at, m.deleted_at,
                EXISTS (SELECT 1 FROM reactions x WHERE x.message = m.id), EXISTS (SELECT 1 FROM mentions x WHERE x.message = m.id),
                q.id, q.content, q.deleted_at IS NOT NULL, a.id, a.username, a.display_name,
                p.id, p.username, p.display_name, p.is_bot, a.is_bot
             FROM messages m JOIN people p ON p.id = m.author
             LEFT JOIN messages q ON q.id = m.reply_to LEFT JOIN people a ON a.id = q.author ",
            $where
        )
    };
}

statements! {
    ONE = select!("WHERE m.room = $1 AND m.id = $2");
    BEFORE = select!("WHERE m.room = $1 AND m.id < $2 AND m.id >= $3 ORDER BY m.id DESC LIMIT $4");
    AFTER = select!("WHERE m.room = $1 AND m.id > $2 AND m.id >= $3 ORDER BY m.id LIMIT $4");
    CHANGED = select!("WHERE m.room = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3");
    PINNED = select!("WHERE m.room = $1 AND m.pinned_at IS NOT NULL AND m.id >= $2 ORDER BY m.id DESC LIMIT $3");
    REACTIONS = "SELECT emoji, person FROM reactions WHERE message = $1 AND NOT removed ORDER BY created_at, seq";
    MENTIONS = "SELECT n.person, p.username_key FROM mentions n JOIN people p ON p.id = n.person WHERE n.message = $1 ORDER BY n.person";
    VERSIONS = "SELECT version, content, created_at FROM versions WHERE message = $1 ORDER BY version";
    HEAD = "SELECT head FROM rooms WHERE id = $1";
    ANY_BEFORE = "SELECT EXISTS (SELECT 1 FROM messages WHERE room = $1 AND id < $2 AND id >= $3)";
    ANY_AFTER = "SELECT EXISTS (SELECT 1 FROM messages WHERE room = $1 AND id > $2 AND id >= $3)";
}

async fn messages(
    db: &Client,
    sql: &str,
    params: &[&(dyn postgres_types::ToSql + Sync)],
) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    for found in list(db, sql, params, rows::message).await? {
        messages.push(complete(db, found).await?);
    }
    Ok(messages)
}

/// Adds reactions and mentions where there may be some.
async fn complete(db: &Client, (mut message, reactions, mentions): (Message, bool, bool)) -> Result<Message> {
    if reactions {
        for (emoji, person) in
            list(db, REACTIONS, &[&message.id.0], |row| Ok((row.get::<String>(0)?, PersonId(row.get(1)?))))
                .await?
        {
            match message.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
                Some(reaction) => reaction.people.push(person),
                None => message.reactions.push(Reaction { emoji, people: vec![person] }),
            }
        }
    }
    if mentions {
        let row = |row: &rows::Row<'_>| Ok(Mention { person: PersonId(row.get(0)?), key: row.get(1)? });
        message.mentions = list(db, MENTIONS, &[&message.id.0], row).await?;
    }
    Ok(message)
}

/// One message of a room.
pub(super) async fn one(db: &Client, room: RoomId, id: MessageId) -> Result<Message> {
    let found =
        find(db, ONE, &[&room.0, &id.0], rows::message).await?.ok_or(StoreError::NotFound("message"))?;
    complete(db, found).await
}

/// One message that this person may read.
pub(super) async fn visible(db: &Client, by: &RoomReader, id: MessageId) -> Result<Message> {
    if id < by.visible_from() {
        return Err(StoreError::NotFound("message"));
    }
    one(db, by.room_id(), id).await
}

pub(super) async fn versions(db: &Client, message: &Message) -> Result<Vec<Version>> {
    if message.is_deleted() {
        return Ok(Vec::new());
    }
    let row = |row: &rows::Row<'_>| {
        Ok(Version { version: row.get::<i64>(0)? as u32, content: row.get(1)?, at: rows::time(row, 2)? })
    };
    let mut versions = list(db, VERSIONS, &[&message.id.0], row).await?;
    let at = message.edited_at.unwrap_or(message.created_at);
    versions.push(Version { version: message.version, content: message.content.clone(), at });
    Ok(versions)
}

pub(super) async fn pinned(db: &Client, by: &RoomReader) -> Result<Vec<Message>> {
    messages(db, PINNED, &[&by.room_id().0, &by.visible_from().0, &(limits::PINS_MAX as i64)]).await
}

/// The messages of a room that changed, by their last change.
pub(in crate::postgres) async fn changed_since(
    db: &Client,
    room: RoomId,
    since: Seq,
    limit: usize,
) -> Result<Vec<Message>> {
    messages(db, CHANGED, &[&room.0, &since.0, &(limit as i64)]).await
}

pub(super) async fn page(db: &Client, by: &RoomReader, at: PageAt, limit: usize) -> Result<Window> {
    let (room, floor) = (by.room_id().0, by.visible_from().0);
    let before = async |id: i64, limit: i64| -> Result<Vec<Message>> {
        let mut older = messages(db, BEFORE, &[&room, &id, &floor, &limit]).await?;
        older.reverse();
        Ok(older)
    };
    let after = async |id: i64, limit: i64| messages(db, AFTER, &[&room, &id, &floor, &limit]).await;
    let limit = limit as i64;
    let messages = match at {
        PageAt::Latest => before(i64::MAX, limit).await?,
        PageAt::Before(id) => before(id.0, limit).await?,
        PageAt::After(id) => after(id.0, limit).await?,
        PageAt::Around(id) => {
            visible(db, by, id).await?;
            let mut around = before(id.0, limit / 2).await?;
            around.extend(after(id.0 - 1, limit - around.len() as i64).await?);
            around
        }
    };
    let exists = async |sql: &str, id: i64| value::<bool>(db, sql, &[&room, &id, &floor]).await;
    let (first, last) = match (messages.first(), messages.last(), at) {
        (Some(first), Some(last), _) => (first.id.0, last.id.0),
        (_, _, PageAt::Before(id)) => (id.0.min(floor), id.0 - 1),
        (_, _, PageAt::After(id)) => (id.0.saturating_add(1), id.0),
        _ => (0, i64::MAX),
    };
    let more_before = exists(ANY_BEFORE, first).await?;
    let more_after = !matches!(at, PageAt::Latest) && exists(ANY_AFTER, last).await?;
    let head = value(db, HEAD, &[&room]).await?;
    Ok(Window { messages, more_before, more_after, head: Seq(head) })
}
