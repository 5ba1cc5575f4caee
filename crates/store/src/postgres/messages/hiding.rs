//! Hiding a message from everybody, showing it again, and erasing it, as administrators do. The caller holds the message's room.

use super::{changing, reading};
use crate::drafts::gone;
use crate::postgres::{replies, transaction::Transaction};
use crate::{Result, statements::statements};
use domain::{
    ids::{MessageId, PersonId},
    messages::Message,
};

statements! {
    HIDE = "UPDATE messages SET hidden_at = $2, hidden_by = $3, seq = $4, updated_at = $5 WHERE id = $1";
    FORGET_MISSED = "DELETE FROM missed WHERE text <> '' AND (right($1, length(text)) = text OR length(text) >= $2 AND strpos($1, text) > 0)";
}

pub(in crate::postgres) async fn hide(
    tx: &Transaction,
    id: MessageId,
    by: Option<PersonId>,
) -> Result<Message> {
    let before = reading::unhidden(tx, id).await?;
    if before.is_deleted() {
        return Err(gone(&before));
    }
    if before.is_hidden() {
        return Ok(before.as_readers_see_it());
    }
    if let Some(answer) = &before.answer {
        replies::ask_to_stop_one(tx, answer.reply).await?;
    }
    set(tx, &before, Some(tx.now), by).await
}

pub(in crate::postgres) async fn restore(tx: &Transaction, id: MessageId) -> Result<Message> {
    let before = reading::unhidden(tx, id).await?;
    if before.is_deleted() {
        return Err(gone(&before));
    }
    if before.is_hidden() { set(tx, &before, None, None).await } else { Ok(before) }
}

async fn set(
    tx: &Transaction,
    before: &Message,
    hidden_at: Option<i64>,
    by: Option<PersonId>,
) -> Result<Message> {
    let seq = tx.next_in_room(before.room).await?;
    tx.run(HIDE, &[&before.id.0, &hidden_at, &by.map(|by| by.0), &seq.0, &tx.now]).await?;
    let after = changing::told(tx, before.room, before.id).await?;
    changing::touch_quoting(tx, before.room, before.id).await?;
    Ok(after)
}

pub(in crate::postgres) async fn erase(
    tx: &Transaction,
    id: MessageId,
    by: Option<PersonId>,
) -> Result<Message> {
    let before = reading::unhidden(tx, id).await?;
    for version in reading::all_versions(tx, &before).await? {
        if !version.content.is_empty() {
            let whole = domain::limits::MISSED_CHARS_MAX as i32;
            tx.run(FORGET_MISSED, &[&version.content, &whole]).await?;
        }
    }
    if before.is_deleted() { Ok(before) } else { changing::erase(tx, &before, by).await }
}
