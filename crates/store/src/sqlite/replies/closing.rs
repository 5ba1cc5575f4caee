//! Ending: a reply becomes a message in the transaction that ends it.
//!
//! It always does, so that nobody watches it for ever: whoever deleted the question, left, removed the bot or closed the room
//! finds what had been said until then, as a message of a bot that was asked to stop (`ask_to_stop`). Only a
//! message that was deleted stays deleted.

use super::{
    queueing::queue,
    reading::{self, Open},
    spending::spend,
};
use crate::endings::{self, Ended, ended};
use crate::sqlite::{
    Transaction, messages,
    transaction::{find, room},
};
use crate::{Close, Lease, Posted, Result, statements::statements};
use domain::{
    ids::MessageId,
    messages::{Message, MessageKind},
    replies::ReplyState,
    rooms::Room,
};

statements! {
    END = "UPDATE replies SET state = ?2, ended_run = run, ending = ?2, failure = ?3, retry_at = ?4, ended_steps = coalesce(?5, ended_steps), message = ?6,
        tokens_in = tokens_in + ?7, tokens_out = tokens_out + ?8, holder = NULL, held_until = NULL, stop_asked = 0, aside = 0, length = 0,
        steps = '[]', steps_count = 0, updated_at = ?9 WHERE id = ?1";
    FORGET_CHUNKS = "DELETE FROM reply_chunks WHERE reply = ?1";
    HAS_BOTS = "SELECT bots > 0 FROM rooms WHERE id = ?1";
}

pub(super) fn close(tx: &mut Transaction<'_>, lease: Lease, close: &Close) -> Result<Posted> {
    let open = reading::held(tx.db, lease)?;
    if close.at != open.length {
        return Err(endings::misplaced(close.at, open.reply.state, open.length));
    }
    end(tx, open, close)
}

/// Ends an open reply, whoever holds it.
pub(super) fn end(tx: &mut Transaction<'_>, open: Open, close: &Close) -> Result<Posted> {
    let ended = ended(&open.reply.text, close);
    let room = room(tx.db, open.reply.room)?;
    let (id, before) = say(tx, &room, &open, &ended)?;
    settle(tx, &open, close)?;
    let keeps_text = before.as_ref().is_some_and(|before| ended.leaves(before));
    write_end(tx, &open, close, &ended, id, keeps_text)?;
    let message = messages::tell(tx, room.id, id, before.as_ref())?;
    let speaks = before.is_none_or(|before| before.kind == MessageKind::Notice) && !message.is_gone();
    let heard = speaks && find(tx.db, HAS_BOTS, [room.id.0], |row| row.get(0))?.unwrap_or(false);
    let replies = match heard {
        true => queue(tx, &room, &message, &open.reply.asker, open.hops + 1)?,
        false => Vec::new(),
    };
    Ok(Posted { message, repeated: false, replies })
}

fn say(
    tx: &mut Transaction<'_>,
    room: &Room,
    open: &Open,
    ended: &Ended,
) -> Result<(MessageId, Option<Message>)> {
    let reply = &open.reply;
    match reply.message {
        Some(id) => Ok((id, Some(messages::say_again(tx, room, id, ended)?))),
        None => Ok((messages::say(tx, room, reply.bot.id, reply.id, ended)?, None)),
    }
}

/// What was used counts on the day it was begun.
fn settle(tx: &Transaction<'_>, open: &Open, close: &Close) -> Result<()> {
    let day = match open.reply.state {
        ReplyState::Sent => open.aside_day,
        ReplyState::Queued => endings::day(tx.now),
    };
    spend(tx, &open.reply, day, (close.input, close.output, -open.aside))
}

fn write_end(
    tx: &Transaction<'_>,
    open: &Open,
    close: &Close,
    ended: &Ended,
    message: MessageId,
    keeps_text: bool,
) -> Result<()> {
    let steps = if keeps_text { None } else { Some(endings::to_json(&close.steps)?) };
    let retry_at = close.retry_at.map(jiff::Timestamp::as_millisecond);
    let id = open.reply.id.0;
    let values = (
        id,
        ended.ending.as_str(),
        &ended.why,
        retry_at,
        steps,
        message.0,
        close.input,
        close.output,
        tx.now,
    );
    tx.run(END, values)?;
    tx.run(FORGET_CHUNKS, [id]).map(drop)
}
