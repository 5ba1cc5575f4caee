//! Holding and running: every write names the lease, and an old one is refused.

use super::{
    closing,
    reading::{self, Open},
    spending,
};
use crate::asking::governs;
use crate::postgres::{audit, connection::Connection, rows, seats, transaction::Transaction};
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

statements! {
    ROOM_OF = "SELECT room FROM replies WHERE id = $1";
    TAKE = "UPDATE replies SET holder = $2, held_until = $3, generation = generation + 1, updated_at = $4
        WHERE id = $1 AND state = 'queued' AND (holder IS NULL OR held_until <= $4)";
    ANY_LAPSED = "SELECT EXISTS (SELECT 1 FROM replies WHERE state IN ('queued', 'sent') AND held_until <= $1)";
    LOST = "SELECT id FROM replies WHERE state IN ('queued', 'sent') AND state = 'sent' AND held_until <= $1 ORDER BY held_until LIMIT $2";
    TAKE_LAPSED = "UPDATE replies SET holder = $1, held_until = $2, generation = generation + 1, updated_at = $3
        WHERE id IN (SELECT id FROM replies WHERE state IN ('queued', 'sent') AND state = 'queued' AND held_until <= $3 ORDER BY held_until LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING id";
    HOLD = "UPDATE replies y SET held_until = $4, updated_at = $5 FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS l (id, run, generation)
        WHERE y.id = l.id AND y.run = l.run AND y.generation = l.generation AND y.state IN ('queued', 'sent') RETURNING y.id";
    BEGIN = "UPDATE replies SET state = 'sent', aside = $2, aside_day = $3, updated_at = $4 WHERE id = $1";
    APPEND = "WITH y AS (UPDATE replies SET length = length + octet_length($5::text), steps = $6, steps_count = $7, updated_at = $8
            WHERE id = $1::bigint AND run = $2::bigint AND generation = $3 AND state = 'sent' AND length = $4::bigint RETURNING stop_asked),
        c AS (INSERT INTO reply_chunks (reply, run, start, text) SELECT $1, $2, $4, $5 FROM y WHERE $5 <> '')
        SELECT stop_asked FROM y";
    IN_ROOM = "SELECT TRUE FROM replies WHERE id = $1 AND room = $2";
    ASK_TO_STOP = "UPDATE replies SET stop_asked = TRUE WHERE id = $1 AND state IN ('queued', 'sent')";
    ASK_TO_STOP_BOT = "UPDATE replies SET stop_asked = TRUE WHERE room = $1 AND bot = $2 AND state IN ('queued', 'sent')";
    ASK_TO_STOP_ALL = "UPDATE replies SET stop_asked = TRUE WHERE room = $1 AND state IN ('queued', 'sent')";
    FORGET_STEPS = "UPDATE replies SET ended_steps = '[]' WHERE id = $1";
}

pub(super) async fn take(tx: &Transaction, id: ReplyId, holder: &Holder) -> Result<Option<Job>> {
    let until = holder.until.as_millisecond();
    match tx.run(TAKE, &[&id.0, &holder.process, &until, &tx.now]).await? {
        0 => Ok(None),
        _ => Ok(reading::open(tx, id).await?.map(job)),
    }
}

fn job(open: Open) -> Job {
    Job { lease: open.lease(), hops: open.hops, reply: open.reply }
}

pub(super) async fn any_lapsed(db: &Connection, now: Timestamp) -> Result<bool> {
    db.get(ANY_LAPSED, &[&now.as_millisecond()], rows::truth).await
}

/// Replies whose mind had been asked and whose holders have let go.
pub(super) async fn lost(db: &Connection, now: Timestamp) -> Result<Vec<ReplyId>> {
    let (now, most) = (now.as_millisecond(), limits::REPLIES_RUNNING_MAX as i64);
    db.list(LOST, &[&now, &most], |row| rows::number(row).map(ReplyId)).await
}

pub(super) async fn take_lapsed(tx: &Transaction, holder: &Holder, limit: usize) -> Result<Vec<Job>> {
    let (until, limit) = (holder.until.as_millisecond(), limit as i64);
    let taken = tx.list(TAKE_LAPSED, &[&holder.process, &until, &tx.now, &limit], rows::number).await?;
    let mut jobs = Vec::new();
    for id in taken {
        jobs.extend(reading::open(tx, ReplyId(id)).await?.map(job));
    }
    Ok(jobs)
}

pub(super) async fn hold(tx: &Transaction, leases: &[Lease], until: Timestamp) -> Result<Vec<Lease>> {
    let replies: Vec<i64> = leases.iter().map(|lease| lease.reply.0).collect();
    let runs: Vec<i64> = leases.iter().map(|lease| i64::from(lease.run)).collect();
    let generations: Vec<i64> = leases.iter().map(|lease| lease.generation).collect();
    let until = until.as_millisecond();
    let held = tx.list(HOLD, &[&replies, &runs, &generations, &until, &tx.now], rows::number).await?;
    Ok(leases.iter().copied().filter(|lease| held.contains(&lease.reply.0)).collect())
}

pub(super) async fn begin(tx: &Transaction, lease: Lease, estimate: i64, budgets: Budgets) -> Result<Leave> {
    let open = reading::of_lease(reading::locked(tx, lease.reply).await?, lease)?;
    if open.reply.state == ReplyState::Sent {
        return Ok(Leave::Granted);
    }
    if open.stop_asked {
        return Ok(Leave::StopAsked);
    }
    let day = endings::day(tx.now);
    if !spending::fits(tx, &open.reply, day, estimate, budgets).await? {
        return Ok(Leave::OverBudget);
    }
    spending::spend(tx, &open.reply, day, (0, 0, estimate)).await?;
    tx.run(BEGIN, &[&lease.reply.0, &estimate, &day, &tx.now]).await?;
    Ok(Leave::Granted)
}

/// One statement, so one way to the server and back.
pub(super) async fn append(
    db: &Connection,
    lease: Lease,
    at: usize,
    text: &str,
    steps: &[Step],
    now: Timestamp,
) -> Result<bool> {
    let (id, run, start, count) = (lease.reply.0, i64::from(lease.run), at as i64, steps.len() as i64);
    let (steps, now) = (endings::to_json(steps)?, now.as_millisecond());
    let stop_asked = db
        .find(APPEND, &[&id, &run, &lease.generation, &start, &text, &steps, &count, &now], rows::truth)
        .await?;
    if let Some(stop_asked) = stop_asked {
        return Ok(stop_asked);
    }
    let standing = reading::standing(db, lease).await?;
    let sent = standing.state == ReplyState::Sent;
    if sent && reading::is_last(db, lease, at, text, standing.length).await? {
        return Ok(standing.stop_asked);
    }
    Err(endings::misplaced(at, standing.state, standing.length))
}

pub(super) async fn stop(tx: &Transaction, by: &RoomReader, id: ReplyId) -> Result<()> {
    let by = seats::reader(tx, by, &[]).await?;
    let here = tx.find(IN_ROOM, &[&id.0, &by.room_id().0], rows::truth).await?;
    here.ok_or(StoreError::NotFound("reply"))?;
    let Some(open) = reading::locked(tx, id).await? else { return Ok(()) };
    audit::record_any(tx, governs(&by, open.reply.asker.id, Act::StopReply, id)?).await?;
    stop_open(tx, open).await
}

/// The same for who governs the server, wherever it is.
pub(in crate::postgres) async fn halt(tx: &Transaction, id: ReplyId) -> Result<()> {
    let room = tx.find(ROOM_OF, &[&id.0], rows::number).await?.ok_or(StoreError::NotFound("reply"))?;
    tx.lock_room(RoomId(room)).await?;
    match reading::locked(tx, id).await? {
        Some(open) => stop_open(tx, open).await,
        None => Ok(()),
    }
}

async fn stop_open(tx: &Transaction, open: Open) -> Result<()> {
    let held = open.held_until.is_some_and(|until| until > tx.now);
    if held || open.reply.state == ReplyState::Sent {
        return tx.run(ASK_TO_STOP, &[&open.reply.id.0]).await.map(drop);
    }
    closing::end(tx, open, &endings::stopped()).await.map(drop)
}

/// Asks whoever runs a bot's replies in a held room to stop, because it may not write there any more. What was said so far stays said.
pub(in crate::postgres) async fn ask_to_stop(tx: &Transaction, room: RoomId, bot: PersonId) -> Result<()> {
    tx.run(ASK_TO_STOP_BOT, &[&room.0, &bot.0]).await.map(drop)
}

/// The same for all bots of a held room.
pub(in crate::postgres) async fn ask_to_stop_all(tx: &Transaction, room: RoomId) -> Result<()> {
    tx.run(ASK_TO_STOP_ALL, &[&room.0]).await.map(drop)
}

/// The same for a further run of one reply, whose message was hidden.
pub(in crate::postgres) async fn ask_to_stop_one(tx: &Transaction, id: ReplyId) -> Result<()> {
    tx.run(ASK_TO_STOP, &[&id.0]).await.map(drop)
}

/// Takes away what a reply keeps beside its message, which was deleted; a further run is asked to stop.
pub(in crate::postgres) async fn forget(tx: &Transaction, id: ReplyId) -> Result<()> {
    tx.run(FORGET_STEPS, &[&id.0]).await?;
    ask_to_stop_one(tx, id).await
}
