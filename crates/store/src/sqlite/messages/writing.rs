//! Writing a message, once.

use super::{naming, reading};
use crate::drafts::{CLIENT_ID_TAKEN, draft_hash};
use crate::sqlite::{Transaction, members::enter, replies, rooms::has_room_for_more, transaction::find};
use crate::{Posted, Result, StoreError, statements::statements};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
    events::Change,
    ids::{MessageId, PersonId, RoomId},
    markup::{Mentions, mentions},
    members::Role,
    messages::{Draft, Message},
};
use rusqlite::Connection;

statements! {
    SENT = "SELECT id, draft_hash FROM messages WHERE room = ?1 AND author = ?2 AND client_id = ?3";
    LAST = "SELECT head + 1, last_author, last_at, bots > 0 FROM rooms WHERE id = ?1";
    INSERT = "INSERT INTO messages (room, seq, posted, author, content, client_id, draft_hash, reply_to, prior_author, prior_at, created_at, everyone)
              VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    SET_LAST = "UPDATE rooms SET head = ?2, last_message = ?3, last_author = ?4, last_at = ?5 WHERE id = ?1";
    UNREAD = "SELECT EXISTS (SELECT 1 FROM messages x WHERE x.room = ?1 AND x.id > m.last_read AND x.id < ?3 AND x.author <> ?2)
              FROM members m WHERE m.room = ?1 AND m.person = ?2 AND m.last_read < ?3";
    READ_OWN = "UPDATE members SET last_read = ?3 WHERE room = ?1 AND person = ?2";
}

pub(super) fn post(tx: &mut Transaction<'_>, by: &RoomWriter, draft: &Draft) -> Result<Posted> {
    let reader = tx.reader(by)?;
    if let Some(message) = posted(tx.db, by.room_id(), by.person(), draft)? {
        return Ok(Posted { message, repeated: true, replies: Vec::new() });
    }
    let writer = RoomWriter::grant(reader)?;
    check_reply(tx, &writer, draft)?;
    if writer.joins() {
        has_room_for_more(tx, writer.person())?;
        enter(tx, writer.room_id(), writer.person(), Role::Member)?;
    }
    let named = mentions(draft.content());
    let (id, heard) = insert(tx, &writer, draft, &named)?;
    naming::name(tx, writer.room(), writer.person(), id, &named)?;
    read_own(tx, writer.room_id(), writer.person(), id)?;
    let message = reading::one(tx.db, writer.room_id(), id)?;
    tx.tell_room(message.room, message.seq, Change::Message(Box::new(message.clone())));
    let hops = u32::from(message.author.is_bot);
    let replies = match heard {
        true => replies::queue(tx, writer.room(), &message, &message.author, hops)?,
        false => Vec::new(),
    };
    Ok(Posted { message, repeated: false, replies })
}

/// The message this draft became when it was sent before.
pub(super) fn posted(
    db: &Connection,
    room: RoomId,
    author: PersonId,
    draft: &Draft,
) -> Result<Option<Message>> {
    let Some(client_id) = draft.client_id() else { return Ok(None) };
    let row = |row: &rusqlite::Row<'_>| Ok((MessageId(row.get(0)?), row.get::<_, Vec<u8>>(1)?));
    match find(db, SENT, (room.0, author.0, client_id), row)? {
        Some((id, hash)) if hash == draft_hash(draft) => reading::one(db, room, id).map(Some),
        Some(_) => Err(StoreError::Conflict(CLIENT_ID_TAKEN)),
        None => Ok(None),
    }
}

fn check_reply(tx: &Transaction<'_>, by: &RoomReader, draft: &Draft) -> Result<()> {
    let Some(id) = draft.reply_to() else { return Ok(()) };
    match reading::visible(tx.db, by, id) {
        Ok(message) if !message.is_deleted() => Ok(()),
        Ok(_) => Err(Invalid::new("reply_to", "The message you answer was deleted.").into()),
        Err(StoreError::NotFound(_)) => {
            Err(Invalid::new("reply_to", "The message you answer is not in this room.").into())
        }
        Err(error) => Err(error),
    }
}

/// Takes the room's next place and writes the message there; its id, and whether bots hear it. A `RETURNING` would build a table for its one row, so there is none.
fn insert(
    tx: &Transaction<'_>,
    by: &RoomWriter,
    draft: &Draft,
    named: &Mentions,
) -> Result<(MessageId, bool)> {
    let (room, author) = (by.room_id(), by.person());
    let row = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?, row.get(3)?))
    };
    let last = find(tx.db, LAST, [room.0], row)?;
    let (seq, prior_author, prior_at, heard) = last.ok_or(StoreError::NotFound("room"))?;
    let hash = draft.client_id().map(|_| draft_hash(draft));
    let values = (
        room.0,
        seq,
        author.0,
        draft.content(),
        draft.client_id(),
        hash,
        draft.reply_to().map(|id| id.0),
        prior_author,
        prior_at,
        tx.now,
        named.everyone,
    );
    let id = tx.db.prepare_cached(INSERT)?.insert(values)?;
    tx.run(SET_LAST, (room.0, seq, id, author.0, tx.now))?;
    Ok((MessageId(id), heard))
}

/// Whoever writes has read. It is told only where something was unread, so that it costs others nothing.
fn read_own(tx: &mut Transaction<'_>, room: RoomId, author: PersonId, id: MessageId) -> Result<()> {
    let mine = (room.0, author.0, id.0);
    let unread: Option<bool> = find(tx.db, UNREAD, mine, |row| row.get(0))?;
    tx.run(READ_OWN, mine)?;
    if unread == Some(true) { tx.tell_reading(room, author) } else { Ok(()) }
}
