//! How far members took and read what was said, and what has become of a message.

use super::{
    Postgres,
    connection::{Connection, Values},
    rows::{self, profile_columns},
    transaction::Transaction,
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
use tokio_postgres::Row;

statements! {
    SIZE = "SELECT count(*) FROM (SELECT 1 FROM members WHERE room = $1 AND standing = 'in' LIMIT $2) AS counted";
    AUTHORS = "SELECT author, max(id), max(CASE WHEN id <= $4 THEN id ELSE 0 END) FROM (SELECT author, id FROM messages WHERE room = $1 AND id > $2 AND id <= $3 AND author <> $5 ORDER BY id DESC LIMIT $6) AS passed GROUP BY author";
    SAID = "SELECT id, created_at FROM messages WHERE room = $1 AND author = $2 AND id > $3 AND deleted_at IS NULL ORDER BY id DESC LIMIT $4";
    ONE = "SELECT id, created_at FROM messages WHERE room = $1 AND author = $2 AND id = $3 AND deleted_at IS NULL";
    READERS = concat!("SELECT ", profile_columns!(), ", m.delivered, m.last_read, m.joined_at FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.person <> $2 AND m.standing = 'in' AND p.is_active AND NOT p.is_bot ORDER BY p.display_key, p.id LIMIT $3");
    COUNTS = "SELECT count(*), coalesce(sum(CASE WHEN m.delivered >= $3 OR m.last_read >= $3 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN m.last_read >= $3 THEN 1 ELSE 0 END), 0) FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.person <> $2 AND m.standing = 'in' AND p.is_active AND NOT p.is_bot AND m.joined_at <= $4";
    AHEAD = "SELECT a.room, a.person, a.delivered, a.read FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS a(room, person, delivered, read)
        JOIN members m ON m.room = a.room AND m.person = a.person JOIN rooms r ON r.id = a.room
        WHERE m.standing = 'in' AND (least(a.read, r.last_message) > m.last_read OR least(a.delivered, r.last_message) > greatest(m.delivered, m.last_read))";
    MOVE = "WITH held AS (SELECT m.room, m.person, m.delivered, m.last_read, greatest(m.last_read, least(a.read, r.last_message)) AS read,
            greatest(m.delivered, m.last_read, least(greatest(a.delivered, a.read), r.last_message)) AS taken
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS a(room, person, delivered, read)
            JOIN members m ON m.room = a.room AND m.person = a.person JOIN rooms r ON r.id = a.room
            WHERE m.standing = 'in' ORDER BY m.room, m.person FOR NO KEY UPDATE OF m)
        UPDATE members m SET delivered = held.taken, last_read = held.read, updated_at = $5 FROM held
        WHERE m.room = held.room AND m.person = held.person AND (held.read > held.last_read OR held.taken > greatest(held.delivered, held.last_read))
        RETURNING m.room, m.person, held.delivered, held.last_read, m.delivered, m.last_read";
    SUMS = "SELECT room, sum(delivered + last_read)::bigint FROM members WHERE room = ANY($1) AND standing = 'in' GROUP BY room";
}

#[async_trait::async_trait]
impl Receipts for Postgres {
    async fn mark(&self, marks: &[Mark], now: Timestamp) -> Result<Written<Vec<Moved>>> {
        // Most marks say nothing new: those cost a read and hold nothing.
        let ahead = {
            let [rooms, people, delivered, read] = columns(marks);
            let row = |row: &Row| mark(row, 0);
            self.connection().await?.list(AHEAD, &[&rooms, &people, &delivered, &read], row).await?
        };
        if ahead.is_empty() {
            return Ok(Written { value: Vec::new(), events: Vec::new() });
        }
        let ahead = &ahead;
        self.write(now, |tx| async move { move_on(&tx, ahead).await }).await
    }

    async fn moved(&self, moved: &[Moved]) -> Result<Vec<Whisper>> {
        let (db, mut whispers) = (self.connection().await?, Vec::new());
        for moved in moved {
            concern(&db, moved, &mut whispers).await?;
        }
        Ok(whispers)
    }

    async fn receipt(&self, by: &RoomReader, message: MessageId) -> Result<Option<Receipt>> {
        let (db, room, me) = (self.connection().await?, by.room_id().0, by.person().0);
        let Some(said) = db.find(ONE, &[&room, &me, &message.0], said).await? else { return Ok(None) };
        match receipts_of(&[said], &readers(&db, by).await?) {
            Some(mut receipts) => Ok(receipts.pop()),
            None => {
                let at = said.1.as_millisecond();
                db.find(COUNTS, &[&room, &me, &message.0, &at], |row| counts(row, message)).await
            }
        }
    }

    async fn receipts(&self, by: &RoomReader, after: MessageId) -> Result<Vec<Receipt>> {
        let (db, room, me) = (self.connection().await?, by.room_id().0, by.person().0);
        let most = limits::RECEIPTS_MAX as i64;
        let mut all = db.list(SAID, &[&room, &me, &after.0, &most], said).await?;
        all.reverse();
        if all.is_empty() {
            return Ok(Vec::new());
        }
        Ok(receipts_of(&all, &readers(&db, by).await?).unwrap_or_default())
    }

    async fn mark_sums(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>> {
        let ids: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        let row = |row: &Row| Ok((RoomId(row.try_get(0)?), row.try_get(1)?));
        self.connection().await?.list(SUMS, &[&ids], row).await
    }
}

/// The people are held first, as everywhere, because they are told.
async fn move_on(tx: &Transaction, marks: &[Mark]) -> Result<Vec<Moved>> {
    let people: Vec<PersonId> = marks.iter().map(|mark| mark.person).collect();
    tx.lock_people(&people).await?;
    let [rooms, people, delivered, read] = columns(marks);
    let row = |row: &Row| {
        let now =
            Mark { delivered: MessageId(row.try_get(4)?), read: MessageId(row.try_get(5)?), ..mark(row, 0)? };
        Ok(Moved { before: mark(row, 0)?, now })
    };
    let moved = tx.list(MOVE, &[&rooms, &people, &delivered, &read, &tx.now], row).await?;
    for Moved { before, now } in &moved {
        if now.read > before.read {
            tx.tell_reading(now.room, now.person).await?;
        }
    }
    Ok(moved)
}

async fn concern(db: &Connection, moved: &Moved, whispers: &mut Vec<Whisper>) -> Result<()> {
    let Mark { room, person, delivered, read } = moved.now;
    let most = limits::RECEIPTS_SHOWN_MAX as i64 + 1;
    match Size::of(db.get(SIZE, &[&room.0, &most], rows::number).await?) {
        Size::Named => {
            let from = moved.before.read.min(moved.before.delivered);
            let most = limits::RECEIPTS_MAX as i64;
            let row = |row: &Row| {
                Ok((PersonId(row.try_get(0)?), MessageId(row.try_get(1)?), MessageId(row.try_get(2)?)))
            };
            let values: Values<'_> = &[&room.0, &from.0, &delivered.0, &read.0, &person.0, &most];
            let authors = db.list(AUTHORS, values, row).await?;
            whispers.extend(authors.into_iter().map(|author| told(moved, author)));
        }
        Size::Shown if !whispers.contains(&Whisper::Receipts { room }) => {
            whispers.push(Whisper::Receipts { room })
        }
        Size::Shown | Size::Large => {}
    }
    Ok(())
}

async fn readers(db: &Connection, by: &RoomReader) -> Result<Vec<Reader>> {
    let (room, me, most) = (by.room_id(), by.person().0, limits::RECEIPTS_SHOWN_MAX as i64 + 1);
    let row = |row: &Row| {
        let profile = rows::profile(row, 0)?;
        let (delivered, read) = (MessageId(row.try_get(4)?), MessageId(row.try_get(5)?));
        let mark = Mark { room, person: profile.id, delivered, read };
        Ok(Reader { profile, mark, since: rows::time(row, 6)? })
    };
    db.list(READERS, &[&room.0, &me, &most], row).await
}

/// Marks as the columns of a table.
fn columns(marks: &[Mark]) -> [Vec<i64>; 4] {
    let column = |of: fn(&Mark) -> i64| marks.iter().map(of).collect();
    [column(|m| m.room.0), column(|m| m.person.0), column(|m| m.delivered.0), column(|m| m.read.0)]
}

fn mark(row: &Row, at: usize) -> Result<Mark> {
    let (room, person) = (RoomId(row.try_get(at)?), PersonId(row.try_get(at + 1)?));
    let (delivered, read) = (MessageId(row.try_get(at + 2)?), MessageId(row.try_get(at + 3)?));
    Ok(Mark { room, person, delivered, read })
}

fn said(row: &Row) -> Result<(MessageId, Timestamp)> {
    Ok((MessageId(row.try_get(0)?), rows::time(row, 1)?))
}

fn counts(row: &Row, message: MessageId) -> Result<Receipt> {
    let count = |at: usize| row.try_get::<_, i64>(at).map(|n| n as usize);
    Ok(Receipt { message, people: count(0)?, delivered: count(1)?, read: count(2)?, each: None })
}
