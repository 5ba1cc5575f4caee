//! Reading open replies, with their text so far.

use crate::sqlite::{
    rows::{self, profile_columns},
    transaction::{find, list},
};
use crate::{Lease, Result, StoreError, statements::statements};
use domain::{
    ids::{MessageId, ReplyId, RoomId},
    replies::{Reply, ReplyHead, ReplyState},
};
use rusqlite::{Connection, Row};
use std::collections::HashSet;

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT ",
            profile_columns!(),
            ", a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END, y.id, y.room, y.run, y.question, y.message, y.state, y.steps, y.since,
                coalesce((SELECT group_concat(c.text, '' ORDER BY c.start) FROM reply_chunks c WHERE c.reply = y.id AND c.run = y.run), ''),
                y.generation, y.hops, y.stop_asked, y.length, y.aside, y.aside_day, CASE WHEN y.holder IS NOT NULL THEN y.held_until END
             FROM replies y JOIN people p ON p.id = y.bot JOIN people a ON a.id = y.asker
             WHERE y.state IN ('queued', 'sent') AND ",
            $where
        )
    };
}

statements! {
    ONE = select!("y.id = ?1");
    THESE = select!("y.id IN (SELECT value FROM json_each(?1)) ORDER BY y.id");
    IN_ROOM = select!("y.room = ?1 AND (y.message IS NULL OR y.message >= ?2) ORDER BY y.id");
    STANDING = "SELECT state, stop_asked, length FROM replies WHERE id = ?1 AND run = ?2 AND generation = ?3 AND state IN ('queued', 'sent')";
    LAST = "SELECT text FROM reply_chunks WHERE reply = ?1 AND run = ?2 AND start = ?3";
    HEADS = "SELECT room, id, run, state, length, steps_count FROM replies
        WHERE state IN ('queued', 'sent') ORDER BY room, id";
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

pub(super) fn open(db: &Connection, id: ReplyId) -> Result<Option<Open>> {
    find(db, ONE, [id.0], row_of)
}

/// The open reply of a lease that nobody has taken over.
pub(super) fn held(db: &Connection, lease: Lease) -> Result<Open> {
    open(db, lease.reply)?.filter(|open| open.lease() == lease).ok_or(StoreError::Stale)
}

/// The same without the text, which is read again and again while it grows.
pub(super) fn standing(db: &Connection, lease: Lease) -> Result<Standing> {
    let row = |row: &Row<'_>| {
        let state = rows::word(row, 0, ReplyState::parse)?;
        Ok(Standing { state, stop_asked: row.get(1)?, length: size(row, 2)? })
    };
    find(db, STANDING, (lease.reply.0, lease.run, lease.generation), row)?.ok_or(StoreError::Stale)
}

/// Whether the last words of a reply of this length are these: whoever heard no answer says them again.
pub(super) fn is_last(db: &Connection, lease: Lease, at: usize, text: &str, length: usize) -> Result<bool> {
    if text.is_empty() || at + text.len() != length {
        return Ok(false);
    }
    let last = find(db, LAST, (lease.reply.0, lease.run, at as i64), |row| row.get::<_, String>(0))?;
    Ok(last.as_deref() == Some(text))
}

pub(super) fn these(db: &Connection, ids: &[i64]) -> Result<Vec<Reply>> {
    list(db, THESE, [json(ids)?], |row| row_of(row).map(|open| open.reply))
}

/// Those of a room, without those whose message is from before `from`.
pub(super) fn in_room(db: &Connection, room: RoomId, from: MessageId) -> Result<Vec<Reply>> {
    list(db, IN_ROOM, (room.0, from.0), |row| row_of(row).map(|open| open.reply))
}

/// How far the open replies of some rooms are. There are few open ones and may be ten thousand rooms, so all are read and those of other
/// rooms left out.
pub(super) fn heads(db: &Connection, rooms: &HashSet<RoomId>) -> Result<Vec<ReplyHead>> {
    let mut heads = list(db, HEADS, [], |row| {
        Ok(ReplyHead {
            room: RoomId(row.get(0)?),
            reply: ReplyId(row.get(1)?),
            run: row.get(2)?,
            state: rows::word(row, 3, ReplyState::parse)?,
            length: size(row, 4)?,
            steps: size(row, 5)?,
        })
    })?;
    heads.retain(|head| rooms.contains(&head.room));
    Ok(heads)
}

fn json(ids: &[i64]) -> Result<String> {
    serde_json::to_string(ids).map_err(|error| StoreError::Bug(error.to_string()))
}

fn size(row: &Row<'_>, at: usize) -> rusqlite::Result<usize> {
    let size: i64 = row.get(at)?;
    usize::try_from(size).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, size))
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<Open> {
    let reply = Reply {
        bot: rows::profile(row, 0)?,
        asker: rows::profile(row, 4)?,
        id: ReplyId(row.get(8)?),
        room: RoomId(row.get(9)?),
        run: row.get(10)?,
        question: MessageId(row.get(11)?),
        message: row.get::<_, Option<i64>>(12)?.map(MessageId),
        state: rows::word(row, 13, ReplyState::parse)?,
        steps: rows::steps(row, 14)?,
        since: rows::time(row, 15)?,
        text: row.get(16)?,
    };
    Ok(Open {
        reply,
        generation: row.get(17)?,
        hops: row.get(18)?,
        stop_asked: row.get(19)?,
        length: size(row, 20)?,
        aside: row.get(21)?,
        aside_day: row.get(22)?,
        held_until: row.get(23)?,
    })
}
