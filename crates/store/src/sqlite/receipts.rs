//! How far members took and read what was said, and what has become of a message.

use super::{
    Sqlite, Transaction,
    rows::{self, profile_columns},
    transaction::{find, list},
};
use crate::{
    Receipts, Result, Written,
    receipts::{Size, receipts_of, told},
    statements::statements,
};
use domain::{
    access::RoomReader,
    events::Whisper,
    ids::{MessageId, PersonId, RoomId},
    limits,
    receipts::{Mark, Moved, Reader, Receipt},
};
use jiff::Timestamp;
use rusqlite::{Connection, Row};

statements! {
    SIZE = "SELECT count(*) FROM (SELECT 1 FROM members WHERE room = ?1 AND standing = 'in' LIMIT ?2) AS counted";
    AUTHORS = "SELECT author, max(id), max(CASE WHEN id <= ?4 THEN id ELSE 0 END) FROM (SELECT author, id FROM messages WHERE room = ?1 AND id > ?2 AND id <= ?3 AND author <> ?5 ORDER BY id DESC LIMIT ?6) AS passed GROUP BY author";
    SAID = "SELECT id, created_at FROM messages WHERE room = ?1 AND author = ?2 AND id > ?3 AND deleted_at IS NULL ORDER BY id DESC LIMIT ?4";
    ONE = "SELECT id, created_at FROM messages WHERE room = ?1 AND author = ?2 AND id = ?3 AND deleted_at IS NULL";
    READERS = concat!("SELECT ", profile_columns!(), ", m.delivered, m.last_read, m.joined_at FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.person <> ?2 AND m.standing = 'in' AND p.is_active AND NOT p.is_bot ORDER BY p.display_key, p.id LIMIT ?3");
    COUNTS = "SELECT count(*), coalesce(sum(CASE WHEN m.delivered >= ?3 OR m.last_read >= ?3 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN m.last_read >= ?3 THEN 1 ELSE 0 END), 0) FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.person <> ?2 AND m.standing = 'in' AND p.is_active AND NOT p.is_bot AND m.joined_at <= ?4";
    MARK = "SELECT m.delivered, m.last_read, r.last_message FROM members m JOIN rooms r ON r.id = m.room WHERE m.room = ?1 AND m.person = ?2 AND m.standing = 'in'";
    MOVE = "UPDATE members SET delivered = ?3, last_read = ?4, updated_at = ?5 WHERE room = ?1 AND person = ?2";
    SUM = "SELECT coalesce(sum(delivered + last_read), 0) FROM members WHERE room = ?1 AND standing = 'in'";
}

#[async_trait::async_trait]
impl Receipts for Sqlite {
    async fn mark(&self, marks: &[Mark], now: Timestamp) -> Result<Written<Vec<Moved>>> {
        let marks = marks.to_vec();
        self.write(now, move |tx| {
            let moved = marks.iter().map(|mark| move_on(tx, mark));
            Ok(moved.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
        .await
    }

    async fn moved(&self, moved: &[Moved]) -> Result<Vec<Whisper>> {
        let moved = moved.to_vec();
        self.read(move |db| {
            let mut whispers = Vec::new();
            for moved in &moved {
                concern(db, moved, &mut whispers)?;
            }
            Ok(whispers)
        })
        .await
    }

    async fn receipt(&self, by: &RoomReader, message: MessageId) -> Result<Option<Receipt>> {
        let (room, me) = (by.room_id(), by.person());
        self.read(move |db| {
            let Some(said) = find(db, ONE, (room.0, me.0, message.0), said)? else { return Ok(None) };
            match receipts_of(&[said], &readers(db, room, me)?) {
                Some(mut receipts) => Ok(receipts.pop()),
                None => {
                    let values = (room.0, me.0, message.0, said.1.as_millisecond());
                    find(db, COUNTS, values, |row| counts(row, message))
                }
            }
        })
        .await
    }

    async fn receipts(&self, by: &RoomReader, after: MessageId) -> Result<Vec<Receipt>> {
        let (room, me) = (by.room_id(), by.person());
        self.read(move |db| {
            let mut all = list(db, SAID, (room.0, me.0, after.0, limits::RECEIPTS_MAX as i64), said)?;
            all.reverse();
            if all.is_empty() {
                return Ok(Vec::new());
            }
            Ok(receipts_of(&all, &readers(db, room, me)?).unwrap_or_default())
        })
        .await
    }

    async fn mark_sums(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>> {
        let rooms = rooms.to_vec();
        self.read(move |db| {
            let sum = |room: &RoomId| Ok((*room, find(db, SUM, [room.0], |row| row.get(0))?.unwrap_or(0)));
            rooms.iter().map(sum).collect()
        })
        .await
    }
}

/// Moves one mark on, if it does.
fn move_on(tx: &mut Transaction<'_>, mark: &Mark) -> Result<Option<Moved>> {
    let Mark { room, person, .. } = *mark;
    let held = |row: &Row<'_>| {
        let before = Mark { room, person, delivered: MessageId(row.get(0)?), read: MessageId(row.get(1)?) };
        Ok((before, MessageId(row.get(2)?)))
    };
    let Some((before, last)) = find(tx.db, MARK, (room.0, person.0), held)? else { return Ok(None) };
    let asked = Mark { delivered: mark.delivered.min(last), read: mark.read.min(last), ..*mark };
    let now = before.max(asked);
    if now == before || (now.read == before.read && now.delivered <= before.delivered.max(before.read)) {
        return Ok(None);
    }
    tx.run(MOVE, (room.0, person.0, now.delivered.0, now.read.0, tx.now))?;
    if now.read > before.read {
        tx.tell_reading(room, person)?;
    }
    Ok(Some(Moved { before, now }))
}

fn concern(db: &Connection, moved: &Moved, whispers: &mut Vec<Whisper>) -> Result<()> {
    let Mark { room, person, delivered, read } = moved.now;
    let most = limits::RECEIPTS_SHOWN_MAX as i64 + 1;
    match Size::of(find(db, SIZE, (room.0, most), |row| row.get(0))?.unwrap_or(0)) {
        Size::Named => {
            let from = moved.before.read.min(moved.before.delivered);
            let values = (room.0, from.0, delivered.0, read.0, person.0, limits::RECEIPTS_MAX as i64);
            let row =
                |row: &Row<'_>| Ok((PersonId(row.get(0)?), MessageId(row.get(1)?), MessageId(row.get(2)?)));
            whispers.extend(list(db, AUTHORS, values, row)?.into_iter().map(|author| told(moved, author)));
        }
        Size::Shown if !whispers.contains(&Whisper::Receipts { room }) => {
            whispers.push(Whisper::Receipts { room })
        }
        Size::Shown | Size::Large => {}
    }
    Ok(())
}

fn readers(db: &Connection, room: RoomId, me: PersonId) -> Result<Vec<Reader>> {
    let row = |row: &Row<'_>| {
        let profile = rows::profile(row, 0)?;
        let (delivered, read) = (MessageId(row.get(4)?), MessageId(row.get(5)?));
        let mark = Mark { room, person: profile.id, delivered, read };
        Ok(Reader { profile, mark, since: rows::time(row, 6)? })
    };
    list(db, READERS, (room.0, me.0, limits::RECEIPTS_SHOWN_MAX as i64 + 1), row)
}

fn said(row: &Row<'_>) -> rusqlite::Result<(MessageId, Timestamp)> {
    Ok((MessageId(row.get(0)?), rows::time(row, 1)?))
}

fn counts(row: &Row<'_>, message: MessageId) -> rusqlite::Result<Receipt> {
    let count = |at: usize| row.get::<_, i64>(at).map(|n| n as usize);
    Ok(Receipt { message, people: count(0)?, delivered: count(1)?, read: count(2)?, each: None })
}
