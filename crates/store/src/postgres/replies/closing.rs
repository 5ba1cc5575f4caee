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
use crate::postgres::{messages, rows, seats, transaction::Transaction};
use crate::{Close, Lease, Posted, Result, statements::statements};
use domain::{
    ids::{MessageId, ReplyId, RoomId},
    messages::{Message, MessageKind},
    replies::ReplyState,
    rooms::Room,
};

statements! {
    ROOM_OF = "SELECT room FROM replies WHERE id = $1";
    END = "UPDATE replies SET state = $2::text, ended_run = run, ending = $2, failure = $3, retry_at = $4, ended_steps = coalesce($5::text, ended_steps), message = $6,
        tokens_in = tokens_in + $7, tokens_out = tokens_out + $8, holder = NULL, held_until = NULL, stop_asked = FALSE, aside = 0, length = 0,
        steps = '[]', steps_count = 0, updated_at = $9 WHERE id = $1";
    FORGET_CHUNKS = "DELETE FROM reply_chunks WHERE reply = $1";
    HAS_BOTS = "SELECT bots > 0 FROM rooms WHERE id = $1";
}

pub(super) async fn close(tx: &Transaction, lease: Lease, close: &Close) -> Result<Posted> {
    let open = reading::of_lease(locked_with_room(tx, lease.reply).await?, lease)?;
    if close.at != open.length {
        return Err(endings::misplaced(close.at, open.reply.state, open.length));
    }
    end(tx, open, close).await
}

/// Ends a reply whose process was lost, unless it has ended or is held again.
pub(super) async fn end_lost(tx: &Transaction, id: ReplyId) -> Result<()> {
    let Some(open) = locked_with_room(tx, id).await? else { return Ok(()) };
    let held = open.held_until.is_some_and(|until| until > tx.now);
    if held || open.reply.state != ReplyState::Sent {
        return Ok(());
    }
    let close = endings::lost(open.length, open.reply.steps.clone(), open.aside);
    end(tx, open, &close).await.map(drop)
}

/// An open reply, held together with its room; the room first.
async fn locked_with_room(tx: &Transaction, id: ReplyId) -> Result<Option<Open>> {
    let Some(room) = tx.find(ROOM_OF, &[&id.0], rows::number).await? else { return Ok(None) };
    tx.lock_room(RoomId(room)).await?;
    reading::locked(tx, id).await
}

/// Ends an open reply that is held together with its room, whoever has its lease.
pub(super) async fn end(tx: &Transaction, open: Open, close: &Close) -> Result<Posted> {
    let ended = ended(&open.reply.text, close);
    let room = seats::room(tx, open.reply.room).await?;
    let (id, before) = say(tx, &room, &open, &ended).await?;
    settle(tx, &open, close).await?;
    let keeps_text = before.as_ref().is_some_and(|before| ended.leaves(before));
    write_end(tx, &open, close, &ended, id, keeps_text).await?;
    let message = messages::tell(tx, room.id, id, before.as_ref()).await?;
    let speaks = before.is_none_or(|before| before.kind == MessageKind::Notice) && !message.is_gone();
    let replies = match speaks && tx.get(HAS_BOTS, &[&room.id.0], rows::truth).await? {
        true => queue(tx, &room, &message, &open.reply.asker, open.hops + 1).await?,
        false => Vec::new(),
    };
    Ok(Posted { message, repeated: false, replies })
}

async fn say(
    tx: &Transaction,
    room: &Room,
    open: &Open,
    ended: &Ended,
) -> Result<(MessageId, Option<Message>)> {
    let reply = &open.reply;
    match reply.message {
        Some(id) => Ok((id, Some(messages::say_again(tx, room, id, ended).await?))),
        None => Ok((messages::say(tx, room, reply.bot.id, reply.id, ended).await?, None)),
    }
}

/// What was used counts on the day it was begun.
async fn settle(tx: &Transaction, open: &Open, close: &Close) -> Result<()> {
    let day = match open.reply.state {
        ReplyState::Sent => open.aside_day,
        ReplyState::Queued => endings::day(tx.now),
    };
    spend(tx, &open.reply, day, (close.input, close.output, -open.aside)).await
}

async fn write_end(
    tx: &Transaction,
    open: &Open,
    close: &Close,
    ended: &Ended,
    message: MessageId,
    keeps_text: bool,
) -> Result<()> {
    let steps = if keeps_text { None } else { Some(endings::to_json(&close.steps)?) };
    let retry_at = close.retry_at.map(jiff::Timestamp::as_millisecond);
    let (id, ending, why) = (open.reply.id.0, ended.ending.as_str(), &ended.why);
    let (input, output) = (close.input, close.output);
    tx.run(END, &[&id, &ending, why, &retry_at, &steps, &message.0, &input, &output, &tx.now]).await?;
    tx.run(FORGET_CHUNKS, &[&id]).await.map(drop)
}
