//! Holding and running: every write names the lease, and an old one is refused.

use super::{
    closing,
    reading::{self, Open},
    spending,
};
use crate::asking::governs;
use crate::sqlite::{
    Transaction, audit,
    transaction::{find, list},
};
use crate::{Holder, Job, Lease, Leave, Result, StoreError, endings, statements::statements};
use domain::{
    access::RoomReader,
    audit::Act,
    bots::Budgets,
    ids::{PersonId, ReplyId, RoomId},
    limits,
    replies::{ReplyState, Step},
};
use jiff::Timestamp;
use rusqlite::Connection;

statements! {
    ROOM_OF = "SELECT room FROM replies WHERE id = ?1";
    TAKE = "UPDATE replies SET holder = ?2, held_until = ?3, generation = generation + 1, updated_at = ?4
        WHERE id = ?1 AND state = 'queued' AND (holder IS NULL OR held_until <= ?4)";
    LAPSED = "SELECT id FROM replies WHERE state IN ('queued', 'sent') AND state = ?1 AND held_until <= ?2 ORDER BY held_until LIMIT ?3";
    ANY_LAPSED = "SELECT EXISTS (SELECT 1 FROM replies WHERE state IN ('queued', 'sent') AND held_until <= ?1)";
    HOLD = "UPDATE replies SET held_until = ?4, updated_at = ?5 WHERE id = ?1 AND run = ?2 AND generation = ?3 AND state IN ('queued', 'sent')";
    BEGIN = "UPDATE replies SET state = 'sent', aside = ?2, aside_day = ?3, updated_at = ?4 WHERE id = ?1";
    APPEND = "UPDATE replies SET length = ?2, steps = ?3, steps_count = ?4, updated_at = ?5 WHERE id = ?1";
    KEEP_CHUNK = "INSERT INTO reply_chunks (reply, run, start, text) VALUES (?1, ?2, ?3, ?4)";
    IN_ROOM = "SELECT 1 FROM replies WHERE id = ?1 AND room = ?2";
    ASK_TO_STOP = "UPDATE replies SET stop_asked = 1 WHERE id = ?1 AND state IN ('queued', 'sent')";
    ASK_TO_STOP_BOT = "UPDATE replies SET stop_asked = 1 WHERE room = ?1 AND bot = ?2 AND state IN ('queued', 'sent')";
    ASK_TO_STOP_ALL = "UPDATE replies SET stop_asked = 1 WHERE room = ?1 AND state IN ('queued', 'sent')";
    FORGET_STEPS = "UPDATE replies SET ended_steps = '[]' WHERE id = ?1";
}

pub(super) fn take(tx: &Transaction<'_>, id: ReplyId, holder: &Holder) -> Result<Option<Job>> {
    match tx.run(TAKE, (id.0, &holder.process, holder.until.as_millisecond(), tx.now))? {
        0 => Ok(None),
        _ => Ok(reading::open(tx.db, id)?.map(job)),
    }
}

fn job(open: Open) -> Job {
    Job { lease: open.lease(), hops: open.hops, reply: open.reply }
}

pub(super) fn any_lapsed(db: &Connection, now: Timestamp) -> Result<bool> {
    Ok(find(db, ANY_LAPSED, [now.as_millisecond()], |row| row.get(0))?.unwrap_or(false))
}

pub(super) fn take_lapsed(tx: &mut Transaction<'_>, holder: &Holder, limit: usize) -> Result<Vec<Job>> {
    for id in lapsed(tx, ReplyState::Sent, limits::REPLIES_RUNNING_MAX)? {
        if let Some(open) = reading::open(tx.db, id)? {
            let close = endings::lost(open.length, open.reply.steps.clone(), open.aside);
            closing::end(tx, open, &close)?;
        }
    }
    let queued = lapsed(tx, ReplyState::Queued, limit)?;
    queued.into_iter().filter_map(|id| take(tx, id, holder).transpose()).collect()
}

fn lapsed(tx: &Transaction<'_>, state: ReplyState, limit: usize) -> Result<Vec<ReplyId>> {
    list(tx.db, LAPSED, (state.as_str(), tx.now, limit as i64), |row| row.get(0).map(ReplyId))
}

pub(super) fn hold(tx: &Transaction<'_>, leases: Vec<Lease>, until: Timestamp) -> Result<Vec<Lease>> {
    let until = until.as_millisecond();
    let mut held = Vec::new();
    for lease in leases {
        if tx.run(HOLD, (lease.reply.0, lease.run, lease.generation, until, tx.now))? > 0 {
            held.push(lease);
        }
    }
    Ok(held)
}

pub(super) fn begin(tx: &Transaction<'_>, lease: Lease, estimate: i64, budgets: Budgets) -> Result<Leave> {
    let open = reading::held(tx.db, lease)?;
    if open.reply.state == ReplyState::Sent {
        return Ok(Leave::Granted);
    }
    if open.stop_asked {
        return Ok(Leave::StopAsked);
    }
    let day = endings::day(tx.now);
    if !spending::fits(tx, &open.reply, day, estimate, budgets)? {
        return Ok(Leave::OverBudget);
    }
    spending::spend(tx, &open.reply, day, (0, 0, estimate))?;
    tx.run(BEGIN, (lease.reply.0, estimate, day, tx.now))?;
    Ok(Leave::Granted)
}

pub(super) fn append(
    tx: &Transaction<'_>,
    lease: Lease,
    at: usize,
    text: &str,
    steps: &[Step],
) -> Result<bool> {
    let standing = reading::standing(tx.db, lease)?;
    if standing.state == ReplyState::Sent && reading::is_last(tx.db, lease, at, text, standing.length)? {
        return Ok(standing.stop_asked);
    }
    if standing.state != ReplyState::Sent || standing.length != at {
        return Err(endings::misplaced(at, standing.state, standing.length));
    }
    let length = (at + text.len()) as i64;
    tx.run(APPEND, (lease.reply.0, length, endings::to_json(steps)?, steps.len() as i64, tx.now))?;
    if !text.is_empty() {
        tx.run(KEEP_CHUNK, (lease.reply.0, lease.run, at as i64, text))?;
    }
    Ok(standing.stop_asked)
}

pub(super) fn stop(tx: &mut Transaction<'_>, by: &RoomReader, id: ReplyId) -> Result<()> {
    let by = tx.reader(by)?;
    find(tx.db, IN_ROOM, (id.0, by.room_id().0), |_| Ok(()))?.ok_or(StoreError::NotFound("reply"))?;
    let Some(open) = reading::open(tx.db, id)? else { return Ok(()) };
    audit::record_any(tx, governs(&by, open.reply.asker.id, Act::StopReply, id)?)?;
    stop_open(tx, open)
}

/// The same for who governs the server, wherever it is.
pub(in crate::sqlite) fn halt(tx: &mut Transaction<'_>, id: ReplyId) -> Result<()> {
    find(tx.db, ROOM_OF, [id.0], |_| Ok(()))?.ok_or(StoreError::NotFound("reply"))?;
    reading::open(tx.db, id)?.map_or(Ok(()), |open| stop_open(tx, open))
}

fn stop_open(tx: &mut Transaction<'_>, open: Open) -> Result<()> {
    let held = open.held_until.is_some_and(|until| until > tx.now);
    if held || open.reply.state == ReplyState::Sent {
        return tx.run(ASK_TO_STOP, [open.reply.id.0]).map(drop);
    }
    closing::end(tx, open, &endings::stopped()).map(drop)
}

/// Asks whoever runs a bot's replies in a room to stop, because it may not write there any more. What was said so far stays said.
pub(in crate::sqlite) fn ask_to_stop(tx: &Transaction<'_>, room: RoomId, bot: PersonId) -> Result<()> {
    tx.run(ASK_TO_STOP_BOT, (room.0, bot.0)).map(drop)
}

/// The same for all bots of a room.
pub(in crate::sqlite) fn ask_to_stop_all(tx: &Transaction<'_>, room: RoomId) -> Result<()> {
    tx.run(ASK_TO_STOP_ALL, [room.0]).map(drop)
}

/// The same for a further run of one reply, whose message was hidden.
pub(in crate::sqlite) fn ask_to_stop_one(tx: &Transaction<'_>, id: ReplyId) -> Result<()> {
    tx.run(ASK_TO_STOP, [id.0]).map(drop)
}

/// Takes away what a reply keeps beside its message, which was deleted; a further run is asked to stop.
pub(in crate::sqlite) fn forget(tx: &Transaction<'_>, id: ReplyId) -> Result<()> {
    tx.run(FORGET_STEPS, [id.0])?;
    ask_to_stop_one(tx, id)
}
