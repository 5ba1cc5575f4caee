//! Changing a message: text, deletion, reactions, pins. Every change takes the room's next place, and so do the messages that
//! quote a changed text.

use super::{naming, reading};
use crate::drafts::{gone, is_author};
use crate::sqlite::{
    Transaction, audit,
    members::enter,
    replies,
    rooms::has_room_for_more,
    transaction::{find, list},
};
use crate::{Result, statements::statements};
use domain::{
    Invalid,
    access::{Refused, RoomModerator, RoomReader, RoomWriter},
    audit::{Act, Deed},
    events::Change,
    ids::{MessageId, PersonId, RoomId},
    limits,
    markup::mentions,
    members::Role,
    messages::Message,
};

statements! {
    TOUCH = "UPDATE messages SET seq = ?2, updated_at = ?3 WHERE id = ?1";
    KEEP_VERSION = "INSERT INTO versions (message, version, content, created_at) SELECT id, version, content, coalesce(edited_at, created_at) FROM messages WHERE id = ?1";
    EDIT = "UPDATE messages SET content = ?2, version = version + 1, edited_at = ?3, updated_at = ?3, seq = ?4 WHERE id = ?1";
    ERASE = "UPDATE messages SET content = '', everyone = 0, pinned_at = NULL, pinned_by = NULL, deleted_at = ?2, updated_at = ?2, deleted_by = ?3, seq = ?4 WHERE id = ?1";
    ERASE_VERSIONS = "DELETE FROM versions WHERE message = ?1";
    ERASE_MENTIONS = "DELETE FROM mentions WHERE message = ?1";
    ERASE_REACTIONS = "DELETE FROM reactions WHERE message = ?1";
    QUOTING = "SELECT id FROM messages WHERE reply_to = ?1 AND room = ?2 AND deleted_at IS NULL ORDER BY id";
    REACT = "INSERT INTO reactions (message, emoji, person, room, seq, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (message, emoji, person) DO UPDATE SET removed = 0, seq = ?5, created_at = ?6, updated_at = ?6";
    UNREACT = "UPDATE reactions SET removed = 1, seq = ?4, updated_at = ?5 WHERE message = ?1 AND emoji = ?2 AND person = ?3";
    PIN = "UPDATE messages SET pinned_at = ?2, pinned_by = ?3, seq = ?4, updated_at = ?5 WHERE id = ?1";
    PINS = "SELECT count(*) FROM messages WHERE room = ?1 AND pinned_at IS NOT NULL";
}

pub(super) fn edit(
    tx: &mut Transaction<'_>,
    by: &RoomWriter,
    id: MessageId,
    content: &str,
) -> Result<Message> {
    let by = RoomWriter::grant(tx.reader(by)?)?;
    let before = alive(tx, &by, id)?;
    if !is_author(&before, by.person()) {
        return Err(Refused::Forbidden("Only its author may edit a message.").into());
    }
    if before.content == content {
        return Ok(before);
    }
    if before.version as usize >= limits::VERSIONS_MAX {
        return Err(Invalid::limit(
            "content",
            "A message has at most {limit} versions.",
            limits::VERSIONS_MAX,
        )
        .into());
    }
    let seq = tx.next_in_room(by.room_id())?;
    tx.run(KEEP_VERSION, [id.0])?;
    tx.run(EDIT, (id.0, content, tx.now, seq.0))?;
    naming::rename(tx, by.room(), by.person(), id, &mentions(content))?;
    let after = told(tx, by.room_id(), id)?;
    touch_quoting(tx, by.room_id(), id)?;
    Ok(after)
}

pub(super) fn delete(tx: &mut Transaction<'_>, by: &RoomReader, id: MessageId) -> Result<Message> {
    let by = tx.reader(by)?;
    let before = reading::visible(tx.db, &by, id)?;
    if !is_author(&before, by.person()) && RoomModerator::grant(by.clone()).is_err() {
        return Err(Refused::Forbidden("Only its author and moderators may delete a message.").into());
    }
    if before.is_deleted() {
        return Ok(before);
    }
    if !is_author(&before, by.person()) {
        let deed = Deed::in_office(&by, Role::Moderator, Act::DeleteMessage, id, &by.room().name);
        audit::record_any(tx, deed)?;
    }
    erase(tx, &before, Some(by.person()))
}

/// Takes away what a message says, and everything that hangs on it.
pub(super) fn erase(tx: &mut Transaction<'_>, before: &Message, by: Option<PersonId>) -> Result<Message> {
    let (room, id) = (before.room, before.id);
    let seq = tx.next_in_room(room)?;
    for erase in [ERASE_VERSIONS, ERASE_MENTIONS, ERASE_REACTIONS] {
        tx.run(erase, [id.0])?;
    }
    tx.run(ERASE, (id.0, tx.now, by.map(|by| by.0), seq.0))?;
    if let Some(answer) = &before.answer {
        replies::forget(tx, answer.reply)?;
    }
    let after = told(tx, room, id)?;
    touch_quoting(tx, room, id)?;
    Ok(after)
}

pub(super) fn react(
    tx: &mut Transaction<'_>,
    by: &RoomWriter,
    id: MessageId,
    emoji: &str,
) -> Result<Message> {
    let by = RoomWriter::grant(tx.reader(by)?)?;
    let before = alive(tx, &by, id)?;
    let known = before.reactions.iter().find(|reaction| reaction.emoji == emoji);
    if known.is_some_and(|reaction| reaction.people.contains(&by.person())) {
        return Ok(before);
    }
    if known.is_none() && before.reactions.len() >= limits::REACTION_KINDS_MAX {
        let text = "A message has at most {limit} different reactions.";
        return Err(Invalid::limit("emoji", text, limits::REACTION_KINDS_MAX).into());
    }
    if by.joins() {
        has_room_for_more(tx, by.person())?;
        enter(tx, by.room_id(), by.person(), Role::Member)?;
    }
    let seq = tx.next_in_room(by.room_id())?;
    tx.run(REACT, (id.0, emoji, by.person().0, by.room_id().0, seq.0, tx.now))?;
    tx.run(TOUCH, (id.0, seq.0, tx.now))?;
    told(tx, by.room_id(), id)
}

pub(super) fn unreact(
    tx: &mut Transaction<'_>,
    by: &RoomWriter,
    id: MessageId,
    emoji: &str,
) -> Result<Message> {
    let by = RoomWriter::grant(tx.reader(by)?)?;
    let before = alive(tx, &by, id)?;
    let mine = |reaction: &&domain::messages::Reaction| {
        reaction.emoji == emoji && reaction.people.contains(&by.person())
    };
    if before.reactions.iter().find(mine).is_none() {
        return Ok(before);
    }
    let seq = tx.next_in_room(by.room_id())?;
    tx.run(UNREACT, (id.0, emoji, by.person().0, seq.0, tx.now))?;
    tx.run(TOUCH, (id.0, seq.0, tx.now))?;
    told(tx, by.room_id(), id)
}

pub(super) fn pin(tx: &mut Transaction<'_>, by: &RoomWriter, id: MessageId) -> Result<Message> {
    let by = RoomWriter::grant(tx.reader(by)?)?;
    let before = alive(tx, &by, id)?;
    if before.pinned {
        return Ok(before);
    }
    let pins: i64 = find(tx.db, PINS, [by.room_id().0], |row| row.get(0))?.unwrap_or(0);
    if pins >= limits::PINS_MAX as i64 {
        return Err(
            Invalid::limit("pin", "A room has at most {limit} pinned messages.", limits::PINS_MAX).into()
        );
    }
    let seq = tx.next_in_room(by.room_id())?;
    tx.run(PIN, (id.0, Some(tx.now), Some(by.person().0), seq.0, tx.now))?;
    told(tx, by.room_id(), id)
}

pub(super) fn unpin(tx: &mut Transaction<'_>, by: &RoomWriter, id: MessageId) -> Result<Message> {
    let by = RoomWriter::grant(tx.reader(by)?)?;
    let before = alive(tx, &by, id)?;
    if !before.pinned {
        return Ok(before);
    }
    let seq = tx.next_in_room(by.room_id())?;
    tx.run(PIN, (id.0, None::<i64>, None::<i64>, seq.0, tx.now))?;
    told(tx, by.room_id(), id)
}

/// A message this person may read and that is not gone.
fn alive(tx: &Transaction<'_>, by: &RoomReader, id: MessageId) -> Result<Message> {
    let message = reading::visible(tx.db, by, id)?;
    if message.is_gone() { Err(gone(&message)) } else { Ok(message) }
}

pub(super) fn told(tx: &mut Transaction<'_>, room: RoomId, id: MessageId) -> Result<Message> {
    let message = reading::one(tx.db, room, id)?;
    tx.tell_room(message.room, message.seq, Change::Message(Box::new(message.clone())));
    Ok(message)
}

/// Messages that quote this one show its first words, so they change with it.
pub(super) fn touch_quoting(tx: &mut Transaction<'_>, room: RoomId, id: MessageId) -> Result<()> {
    for quoting in list(tx.db, QUOTING, (id.0, room.0), |row| row.get(0).map(MessageId))? {
        let seq = tx.next_in_room(room)?;
        tx.run(TOUCH, (quoting.0, seq.0, tx.now))?;
        told(tx, room, quoting)?;
    }
    Ok(())
}
