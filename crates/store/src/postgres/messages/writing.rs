//! Writing a message, once.

use super::{naming, reading};
use crate::drafts::{CLIENT_ID_TAKEN, draft_hash};
use crate::postgres::Client;
use crate::postgres::{
    Transaction,
    members::{Entering, enter},
    rooms::has_room_for_more,
    transaction::{find, value},
};
use crate::{Posted, Result, StoreError, statements::statements};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
    events::Change,
    ids::{MessageId, PersonId, RoomId},
    members::Role,
    messages::{Draft, Message},
};

statements! {
    SENT = "SELECT id, draft_hash FROM messages WHERE room = $1 AND author = $2 AND client_id = $3";
    LAST = "SELECT last_author, last_at, last_message FROM rooms WHERE id = $1";
    INSERT = "INSERT INTO messages (room, seq, author, content, client_id, draft_hash, reply_to, prior_author, prior_at, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
    SET_LAST = "UPDATE rooms SET last_message = $2, last_author = $3, last_at = $4 WHERE id = $1";
    READ_OWN = "UPDATE members SET last_read = $3 WHERE room = $1 AND person = $2 AND last_read < $3 RETURNING
                (SELECT EXISTS (SELECT 1 FROM messages x WHERE x.room = $1 AND x.id > $4 AND x.id < $3 AND x.author <> $2))";
    LAST_READ = "SELECT last_read FROM members WHERE room = $1 AND person = $2";
}

pub(super) async fn post(tx: &mut Transaction<'_>, by: &RoomWriter, draft: &Draft) -> Result<Posted> {
    let reader = tx.reader(by).await?;
    if let Some(message) = posted(tx.db, by.room_id(), by.person(), draft).await? {
        return Ok(Posted { message, repeated: true });
    }
    let writer = RoomWriter::grant(reader)?;
    check_reply(tx, &writer, draft).await?;
    if writer.joins() {
        has_room_for_more(tx, writer.person()).await?;
        enter(tx, writer.room_id(), writer.person(), Entering::As(Role::Member)).await?;
    }
    let id = insert(tx, &writer, draft).await?;
    naming::name(tx, &writer, id, draft.content()).await?;
    read_own(tx, writer.room_id(), writer.person(), id).await?;
    let message = reading::one(tx.db, writer.room_id(), id).await?;
    tx.tell_room(message.room, message.seq, Change::Message(Box::new(message.clone())));
    Ok(Posted { message, repeated: false })
}

/// The message this draft became when it was sent before.
pub(super) async fn posted(
    db: &Client,
    room: RoomId,
    author: PersonId,
    draft: &Draft,
) -> Result<Option<Message>> {
    let Some(client_id) = draft.client_id() else { return Ok(None) };
    let row = |row: &crate::postgres::rows::Row<'_>| Ok((MessageId(row.get(0)?), row.get::<Vec<u8>>(1)?));
    match find(db, SENT, &[&room.0, &author.0, &client_id], row).await? {
        Some((id, hash)) if hash == draft_hash(draft) => reading::one(db, room, id).await.map(Some),
        Some(_) => Err(StoreError::Conflict(CLIENT_ID_TAKEN)),
        None => Ok(None),
    }
}

async fn check_reply(tx: &Transaction<'_>, by: &RoomReader, draft: &Draft) -> Result<()> {
    let Some(id) = draft.reply_to() else { return Ok(()) };
    match reading::visible(tx.db, by, id).await {
        Ok(message) if !message.is_deleted() => Ok(()),
        Ok(_) => Err(Invalid::new("reply_to", "The message you answer was deleted.").into()),
        Err(StoreError::NotFound(_)) => {
            Err(Invalid::new("reply_to", "The message you answer is not in this room.").into())
        }
        Err(error) => Err(error),
    }
}

async fn insert(tx: &mut Transaction<'_>, by: &RoomWriter, draft: &Draft) -> Result<MessageId> {
    let (room, author) = (by.room_id(), by.person());
    let seq = tx.next_in_room(room).await?;
    let row =
        |row: &crate::postgres::rows::Row<'_>| Ok((row.get::<Option<i64>>(0)?, row.get::<Option<i64>>(1)?));
    let (prior_author, prior_at) = find(tx.db, LAST, &[&room.0], row).await?.unwrap_or_default();
    let hash = draft.client_id().map(|_| draft_hash(draft));
    let values: &[&(dyn postgres_types::ToSql + Sync)] = &[
        &room.0,
        &seq.0,
        &author.0,
        &(draft.content()),
        &(draft.client_id()),
        &hash,
        &(draft.reply_to().map(|id| id.0)),
        &prior_author,
        &prior_at,
        &tx.now,
    ];
    let id = value(tx.db, INSERT, values).await?;
    tx.run(SET_LAST, &[&room.0, &id, &author.0, &tx.now]).await?;
    Ok(MessageId(id))
}

/// Whoever writes has read. It is told only where something was unread, so that it costs others nothing.
async fn read_own(tx: &mut Transaction<'_>, room: RoomId, author: PersonId, id: MessageId) -> Result<()> {
    let before: i64 = find(tx.db, LAST_READ, &[&room.0, &author.0], |row| row.get(0)).await?.unwrap_or(0);
    let unread: Option<bool> =
        find(tx.db, READ_OWN, &[&room.0, &author.0, &id.0, &before], |row| row.get(0)).await?;
    if unread == Some(true) { tx.tell_reading(room, author).await } else { Ok(()) }
}
