//! Reading open replies, with their text so far.

use crate::postgres::{
    connection::{Connection, Values},
    rows::{self, profile_columns},
    transaction::Transaction,
};
use crate::{Lease, Result, StoreError, statements::statements};
use domain::{
    ids::{MessageId, ReplyId, RoomId},
    replies::{Reply, ReplyHead, ReplyState},
};
use tokio_postgres::Row;

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT ",
            profile_columns!(),
            ", a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END, y.id, y.room, y.run, y.question, y.message, y.state, y.steps, y.since,
                coalesce((SELECT string_agg(c.text, '' ORDER BY c.start) FROM reply_chunks c WHERE c.reply = y.id AND c.run = y.run), ''),
                y.generation, y.hops, y.stop_asked, y.length, y.aside, y.aside_day, CASE WHEN y.holder IS NOT NULL THEN y.held_until END
             FROM replies y JOIN people p ON p.id = y.bot JOIN people a ON a.id = y.asker
             WHERE y.state IN ('queued', 'sent') AND ",
            $where
        )
    };
}

statements! {
    ONE = select!("y.id = $1");
    THESE = select!("y.id = ANY($1) ORDER BY y.id");
    IN_ROOM = select!("y.room = $1 AND (y.message IS NULL OR y.message >= $2) ORDER BY y.id");
    STANDING = "SELECT state, stop_asked, length FROM replies WHERE id = $1 AND run = $2 AND generation = $3 AND state IN ('queued', 'sent')";
    LAST = "SELECT text = $4 FROM reply_chunks WHERE reply = $1 AND run = $2 AND start = $3";
    HEADS = "SELECT room, id, run, state, length, steps_count FROM replies
        WHERE room = ANY($1) AND state IN ('queued', 'sent') ORDER BY room, id";
    LOCK = "SELECT 1::bigint FROM replies WHERE id = $1 FOR NO KEY UPDATE";
}

/// An open reply and its job.
pub(super) struct Open {
    pub reply: Reply,
    pub generation: i64,
    pub hops: u32,
    pub stop_asked: bool,
    pub length: usize,
    pub aside: i64,
    pub aside_day: i64,
    /// When its holder lets go, if there is one.
    pub held_until: Option<i64>,
}

impl Open {
    pub fn lease(&self) -> Lease {
        Lease { reply: self.reply.id, run: self.reply.run, generation: self.generation }
    }
}

/// How an open reply stands for whoever has its lease, without its text.
pub(super) struct Standing {
    pub state: ReplyState,
    pub stop_asked: bool,
    pub length: usize,
}

pub(super) async fn open(db: &Connection, id: ReplyId) -> Result<Option<Open>> {
    db.find(ONE, &[&id.0], row_of).await
}

/// The same, held until the end of the transaction. It is read by a statement of its own, which sees what was written while the lock was
/// waited for.
pub(super) async fn locked(tx: &Transaction, id: ReplyId) -> Result<Option<Open>> {
    tx.find(LOCK, &[&id.0], rows::number).await?;
    open(tx, id).await
}

/// The open reply of a lease, if nobody has taken it over.
pub(super) fn of_lease(open: Option<Open>, lease: Lease) -> Result<Open> {
    open.filter(|open| open.lease() == lease).ok_or(StoreError::Stale)
}

/// How the reply of a lease stands, if nobody has taken it over; without its text, which is read again and again while it grows.
pub(super) async fn standing(db: &Connection, lease: Lease) -> Result<Standing> {
    let row = |row: &Row| {
        let state = rows::word(row, 0, ReplyState::parse)?;
        Ok(Standing { state, stop_asked: row.try_get(1)?, length: size(row, 2)? })
    };
    let found = db.find(STANDING, &[&lease.reply.0, &i64::from(lease.run), &lease.generation], row).await?;
    found.ok_or(StoreError::Stale)
}

/// Whether the last words of a reply of this length are these: whoever heard no answer says them again.
pub(super) async fn is_last(
    db: &Connection,
    lease: Lease,
    at: usize,
    text: &str,
    length: usize,
) -> Result<bool> {
    if text.is_empty() || at + text.len() != length {
        return Ok(false);
    }
    let values: Values<'_> = &[&lease.reply.0, &i64::from(lease.run), &(at as i64), &text];
    Ok(db.find(LAST, values, rows::truth).await?.unwrap_or(false))
}

pub(super) async fn these(db: &Connection, ids: &[ReplyId]) -> Result<Vec<Reply>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    db.list(THESE, &[&ids], |row| row_of(row).map(|open| open.reply)).await
}

/// Those of a room, without those whose message is from before `from`.
pub(super) async fn in_room(db: &Connection, room: RoomId, from: MessageId) -> Result<Vec<Reply>> {
    db.list(IN_ROOM, &[&room.0, &from.0], |row| row_of(row).map(|open| open.reply)).await
}

pub(super) async fn heads(db: &Connection, rooms: &[RoomId]) -> Result<Vec<ReplyHead>> {
    let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
    let head = |row: &Row| {
        Ok(ReplyHead {
            room: RoomId(row.try_get(0)?),
            reply: ReplyId(row.try_get(1)?),
            run: rows::version(row, 2)?,
            state: rows::word(row, 3, ReplyState::parse)?,
            length: size(row, 4)?,
            steps: size(row, 5)?,
        })
    };
    db.list(HEADS, &[&rooms], head).await
}

fn size(row: &Row, at: usize) -> Result<usize> {
    let size: i64 = row.try_get(at)?;
    usize::try_from(size).map_err(|error| StoreError::Bug(error.to_string()))
}

fn row_of(row: &Row) -> Result<Open> {
    let reply = Reply {
        bot: rows::profile(row, 0)?,
        asker: rows::profile(row, 4)?,
        id: ReplyId(row.try_get(8)?),
        room: RoomId(row.try_get(9)?),
        run: rows::version(row, 10)?,
        question: MessageId(row.try_get(11)?),
        message: row.try_get::<_, Option<i64>>(12)?.map(MessageId),
        state: rows::word(row, 13, ReplyState::parse)?,
        steps: rows::steps(row, 14)?,
        since: rows::time(row, 15)?,
        text: row.try_get(16)?,
    };
    Ok(Open {
        reply,
        generation: row.try_get(17)?,
        hops: rows::version(row, 18)?,
        stop_asked: row.try_get(19)?,
        length: size(row, 20)?,
        aside: row.try_get(21)?,
        aside_day: row.try_get(22)?,
        held_until: row.try_get(23)?,
    })
}
