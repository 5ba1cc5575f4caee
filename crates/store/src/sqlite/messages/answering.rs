//! What a bot said becomes a message, or gives the message of an earlier run another text.

use super::{changing, naming, reading};
use crate::endings::Ended;
use crate::sqlite::{Transaction, transaction::find};
use crate::{Result, StoreError, statements::statements};
use domain::{
    ids::{MessageId, PersonId, ReplyId, RoomId},
    markup::mentions,
    messages::{Message, MessageKind},
    rooms::Room,
};

statements! {
    LAST = "SELECT head + 1, last_author, last_at FROM rooms WHERE id = ?1";
    INSERT = "INSERT INTO messages (room, seq, posted, kind, author, content, prior_author, prior_at, created_at, everyone, reply)
              VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    SET_LAST = "UPDATE rooms SET head = ?2, last_message = ?3, last_author = ?4, last_at = ?5 WHERE id = ?1";
    TOUCH = "UPDATE messages SET seq = ?2, updated_at = ?3 WHERE id = ?1";
    SPEAK = "UPDATE messages SET kind = 'text', content = ?2, seq = ?3, updated_at = ?4 WHERE id = ?1";
    KEEP_VERSION = "INSERT INTO versions (message, version, content, created_at) SELECT id, version, content, coalesce(edited_at, created_at) FROM messages WHERE id = ?1";
    REPLACE = "UPDATE messages SET content = ?2, version = version + 1, edited_at = ?4, updated_at = ?4, seq = ?3 WHERE id = ?1";
}

/// Writes the message that a first run became, at the room's next place. It is told by [`tell`], once the reply has ended too.
pub(in crate::sqlite) fn say(
    tx: &mut Transaction<'_>,
    room: &Room,
    bot: PersonId,
    reply: ReplyId,
    ended: &Ended,
) -> Result<MessageId> {
    let row = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?))
    };
    let last = find(tx.db, LAST, [room.id.0], row)?;
    let (seq, prior_author, prior_at) = last.ok_or(StoreError::NotFound("room"))?;
    let named = mentions(&ended.text);
    let values = (
        room.id.0,
        seq,
        ended.kind.as_str(),
        bot.0,
        &ended.text,
        prior_author,
        prior_at,
        tx.now,
        named.everyone,
        reply.0,
    );
    let id = tx.db.prepare_cached(INSERT)?.insert(values)?;
    tx.run(SET_LAST, (room.id.0, seq, id, bot.0, tx.now))?;
    naming::name(tx, room, bot, MessageId(id), &named)?;
    Ok(MessageId(id))
}

/// Gives the message of an earlier run the text of a later one; the message as it was. A text stays as a version, a notice
/// does not. A run without text takes nothing away, and a deleted message stays deleted; both are touched, because it is the message that
/// tells everybody that the run has ended.
pub(in crate::sqlite) fn say_again(
    tx: &mut Transaction<'_>,
    room: &Room,
    id: MessageId,
    ended: &Ended,
) -> Result<Message> {
    let before = reading::one(tx.db, room.id, id)?;
    let seq = tx.next_in_room(room.id)?.0;
    if ended.leaves(&before) || before.content == ended.text {
        tx.run(TOUCH, (id.0, seq, tx.now))?;
        return Ok(before);
    }
    if before.kind == MessageKind::Notice {
        tx.run(SPEAK, (id.0, &ended.text, seq, tx.now))?;
    } else {
        tx.run(KEEP_VERSION, [id.0])?;
        tx.run(REPLACE, (id.0, &ended.text, seq, tx.now))?;
    }
    naming::rename(tx, room, before.author.id, id, &mentions(&ended.text))?;
    Ok(before)
}

/// Tells of an answer as it is now, and of what quotes it where there was something to quote.
pub(in crate::sqlite) fn tell(
    tx: &mut Transaction<'_>,
    room: RoomId,
    id: MessageId,
    before: Option<&Message>,
) -> Result<Message> {
    let after = changing::told(tx, room, id)?;
    if before.is_some_and(|before| before.content != after.content) {
        changing::touch_quoting(tx, room, id)?;
    }
    Ok(after)
}
