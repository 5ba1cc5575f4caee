//! Hiding a message from everybody, showing it again, and erasing it, as administrators do.

use super::{changing, reading};
use crate::drafts::gone;
use crate::sqlite::{Transaction, replies};
use crate::{Result, statements::statements};
use domain::{
    ids::{MessageId, PersonId},
    messages::Message,
};

statements! {
    HIDE = "UPDATE messages SET hidden_at = ?2, hidden_by = ?3, seq = ?4, updated_at = ?5 WHERE id = ?1";
    FORGET_MISSED = "DELETE FROM missed WHERE text <> '' AND (substr(?1, -length(text)) = text OR length(text) >= ?2 AND instr(?1, text) > 0)";
}

pub(in crate::sqlite) fn hide(
    tx: &mut Transaction<'_>,
    id: MessageId,
    by: Option<PersonId>,
) -> Result<Message> {
    let before = reading::unhidden(tx.db, id)?;
    if before.is_deleted() {
        return Err(gone(&before));
    }
    if before.is_hidden() {
        return Ok(before.as_readers_see_it());
    }
    if let Some(answer) = &before.answer {
        replies::ask_to_stop_one(tx, answer.reply)?;
    }
    set(tx, &before, Some(tx.now), by)
}

pub(in crate::sqlite) fn restore(tx: &mut Transaction<'_>, id: MessageId) -> Result<Message> {
    let before = reading::unhidden(tx.db, id)?;
    if before.is_deleted() {
        return Err(gone(&before));
    }
    if before.is_hidden() { set(tx, &before, None, None) } else { Ok(before) }
}

fn set(
    tx: &mut Transaction<'_>,
    before: &Message,
    hidden_at: Option<i64>,
    by: Option<PersonId>,
) -> Result<Message> {
    let seq = tx.next_in_room(before.room)?;
    tx.run(HIDE, (before.id.0, hidden_at, by.map(|by| by.0), seq.0, tx.now))?;
    let after = changing::told(tx, before.room, before.id)?;
    changing::touch_quoting(tx, before.room, before.id)?;
    Ok(after)
}

pub(in crate::sqlite) fn erase(
    tx: &mut Transaction<'_>,
    id: MessageId,
    by: Option<PersonId>,
) -> Result<Message> {
    let before = reading::unhidden(tx.db, id)?;
    for version in reading::all_versions(tx.db, &before)? {
        if !version.content.is_empty() {
            tx.run(FORGET_MISSED, (version.content, domain::limits::MISSED_CHARS_MAX as i64))?;
        }
    }
    if before.is_deleted() { Ok(before) } else { changing::erase(tx, &before, by) }
}
