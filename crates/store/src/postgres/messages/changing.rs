//! Changing a message: text, deletion, reactions, pins. Every change takes the room's next place, and so do the messages that
//! quote a changed text.

use super::{naming, reading};
use crate::drafts::{gone, is_author};
use crate::postgres::{
    audit,
    members::{enter, has_room_for_more},
    replies, rows, seats,
    transaction::Transaction,
};
use crate::{Result, statements::statements};
use domain::{
    Invalid,
    access::{Refused, RoomModerator, RoomReader, RoomWriter},
    audit::{Act, Deed},
    events::Change,
    ids::{MessageId, PersonId, RoomId},
    limits,
    members::Role,
    messages::{Message, Reaction},
};

statements! {
    TOUCH = "UPDATE messages SET seq = $2, updated_at = $3 WHERE id = $1";
    KEEP_VERSION = "INSERT INTO versions (message, version, content, created_at) SELECT id, version, content, coalesce(edited_at, created_at) FROM messages WHERE id = $1";
    EDIT = "UPDATE messages SET content = $2, version = version + 1, edited_at = $3, updated_at = $3, seq = $4 WHERE id = $1";
    ERASE = "UPDATE messages SET content = '', everyone = FALSE, pinned_at = NULL, pinned_by = NULL, deleted_at = $2, updated_at = $2, deleted_by = $3, seq = $4 WHERE id = $1";
    ERASE_VERSIONS = "DELETE FROM versions WHERE message = $1";
    ERASE_MENTIONS = "DELETE FROM mentions WHERE message = $1";
    ERASE_REACTIONS = "DELETE FROM reactions WHERE message = $1";
    TOUCH_QUOTING = "WITH q AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM messages WHERE reply_to = $1 AND room = $2 AND deleted_at IS NULL),
        r AS (UPDATE rooms SET head = head + (SELECT count(*) FROM q) WHERE id = $2 AND EXISTS (SELECT 1 FROM q) RETURNING head - (SELECT count(*) FROM q) AS before)
        UPDATE messages m SET seq = r.before + q.place, updated_at = $3 FROM q, r WHERE m.id = q.id RETURNING m.id";
    REACT = "INSERT INTO reactions (message, emoji, person, room, seq, created_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (message, emoji, person) DO UPDATE SET removed = FALSE, seq = $5, created_at = $6, updated_at = $6";
    UNREACT = "UPDATE reactions SET removed = TRUE, seq = $4, updated_at = $5 WHERE message = $1 AND emoji = $2 AND person = $3";
    PIN = "UPDATE messages SET pinned_at = $2, pinned_by = $3, seq = $4, updated_at = $5 WHERE id = $1";
    PINS = "SELECT count(*) FROM messages WHERE room = $1 AND pinned_at IS NOT NULL";
}

pub(super) async fn edit(tx: &Transaction, by: &RoomWriter, id: MessageId, content: &str) -> Result<Message> {
    let (by, before) = alive(tx, by, id).await?;
    if !is_author(&before, by.person()) {
        return Err(Refused::Forbidden("Only its author may edit a message.").into());
    }
    if before.content == content {
        return Ok(before);
    }
    if before.version as usize >= limits::VERSIONS_MAX {
        let text = "A message has at most {limit} versions.";
        return Err(Invalid::limit("content", text, limits::VERSIONS_MAX).into());
    }
    let seq = tx.next_in_room(by.room_id()).await?;
    tx.run(KEEP_VERSION, &[&id.0]).await?;
    tx.run(EDIT, &[&id.0, &content, &tx.now, &seq.0]).await?;
    naming::rename(tx, by.room(), by.person(), id, content).await?;
    let after = told(tx, by.room_id(), id).await?;
    touch_quoting(tx, by.room_id(), id).await?;
    Ok(after)
}

pub(super) async fn delete(tx: &Transaction, by: &RoomReader, id: MessageId) -> Result<Message> {
    let by = seats::reader(tx, by, &[]).await?;
    let before = reading::visible(tx, &by, id).await?;
    if !is_author(&before, by.person()) && RoomModerator::grant(by.clone()).is_err() {
        return Err(Refused::Forbidden("Only its author and moderators may delete a message.").into());
    }
    if before.is_deleted() {
        return Ok(before);
    }
    if !is_author(&before, by.person()) {
        let deed = Deed::in_office(&by, Role::Moderator, Act::DeleteMessage, id, &by.room().name);
        audit::record_any(tx, deed).await?;
    }
    erase(tx, &before, Some(by.person())).await
}

/// Takes away what a message of a held room says, and everything that hangs on it.
pub(super) async fn erase(tx: &Transaction, before: &Message, by: Option<PersonId>) -> Result<Message> {
    let (room, id) = (before.room, before.id);
    let seq = tx.next_in_room(room).await?;
    for erase in [ERASE_VERSIONS, ERASE_MENTIONS, ERASE_REACTIONS] {
        tx.run(erase, &[&id.0]).await?;
    }
    tx.run(ERASE, &[&id.0, &tx.now, &by.map(|by| by.0), &seq.0]).await?;
    if let Some(answer) = &before.answer {
        replies::forget(tx, answer.reply).await?;
    }
    let after = told(tx, room, id).await?;
    touch_quoting(tx, room, id).await?;
    Ok(after)
}

pub(super) async fn react(tx: &Transaction, by: &RoomWriter, id: MessageId, emoji: &str) -> Result<Message> {
    let (by, before) = alive(tx, by, id).await?;
    let known = before.reactions.iter().find(|reaction| reaction.emoji == emoji);
    if known.is_some_and(|reaction| reaction.people.contains(&by.person())) {
        return Ok(before);
    }
    if known.is_none() && before.reactions.len() >= limits::REACTION_KINDS_MAX {
        let text = "A message has at most {limit} different reactions.";
        return Err(Invalid::limit("emoji", text, limits::REACTION_KINDS_MAX).into());
    }
    if by.joins() {
        tx.lock_people(&[by.person()]).await?;
        has_room_for_more(tx, by.person()).await?;
        enter(tx, by.room_id(), by.person(), Role::Member).await?;
    }
    let seq = tx.next_in_room(by.room_id()).await?;
    tx.run(REACT, &[&id.0, &emoji, &by.person().0, &by.room_id().0, &seq.0, &tx.now]).await?;
    tx.run(TOUCH, &[&id.0, &seq.0, &tx.now]).await?;
    told(tx, by.room_id(), id).await
}

pub(super) async fn unreact(
    tx: &Transaction,
    by: &RoomWriter,
    id: MessageId,
    emoji: &str,
) -> Result<Message> {
    let (by, before) = alive(tx, by, id).await?;
    let mine = |reaction: &Reaction| reaction.emoji == emoji && reaction.people.contains(&by.person());
    if !before.reactions.iter().any(mine) {
        return Ok(before);
    }
    let seq = tx.next_in_room(by.room_id()).await?;
    tx.run(UNREACT, &[&id.0, &emoji, &by.person().0, &seq.0, &tx.now]).await?;
    tx.run(TOUCH, &[&id.0, &seq.0, &tx.now]).await?;
    told(tx, by.room_id(), id).await
}

pub(super) async fn pin(tx: &Transaction, by: &RoomWriter, id: MessageId) -> Result<Message> {
    let (by, before) = alive(tx, by, id).await?;
    if before.pinned {
        return Ok(before);
    }
    if tx.get(PINS, &[&by.room_id().0], rows::number).await? >= limits::PINS_MAX as i64 {
        let text = "A room has at most {limit} pinned messages.";
        return Err(Invalid::limit("pin", text, limits::PINS_MAX).into());
    }
    let seq = tx.next_in_room(by.room_id()).await?;
    tx.run(PIN, &[&id.0, &Some(tx.now), &Some(by.person().0), &seq.0, &tx.now]).await?;
    told(tx, by.room_id(), id).await
}

pub(super) async fn unpin(tx: &Transaction, by: &RoomWriter, id: MessageId) -> Result<Message> {
    let (by, before) = alive(tx, by, id).await?;
    if !before.pinned {
        return Ok(before);
    }
    let seq = tx.next_in_room(by.room_id()).await?;
    tx.run(PIN, &[&id.0, &None::<i64>, &None::<i64>, &seq.0, &tx.now]).await?;
    told(tx, by.room_id(), id).await
}

/// The right to write, and a message this person may read and that is not gone.
async fn alive(tx: &Transaction, by: &RoomReader, id: MessageId) -> Result<(RoomWriter, Message)> {
    let by = RoomWriter::grant(seats::reader(tx, by, &[]).await?)?;
    let message = reading::visible(tx, &by, id).await?;
    if message.is_gone() { Err(gone(&message)) } else { Ok((by, message)) }
}

pub(super) async fn told(tx: &Transaction, room: RoomId, id: MessageId) -> Result<Message> {
    let message = reading::one(tx, room, id).await?;
    tx.tell_room(message.room, message.seq, Change::Message(Box::new(message.clone())));
    Ok(message)
}

/// Messages that quote this one show its first words, so they change with it.
pub(super) async fn touch_quoting(tx: &Transaction, room: RoomId, id: MessageId) -> Result<()> {
    let quoting = tx.list(TOUCH_QUOTING, &[&id.0, &room.0, &tx.now], rows::number).await?;
    if quoting.is_empty() {
        return Ok(());
    }
    for message in reading::these(tx, &quoting).await? {
        tx.tell_room(message.room, message.seq, Change::Message(Box::new(message)));
    }
    Ok(())
}
