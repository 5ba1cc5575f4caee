//! Asking: a message queues replies, and somebody wants another run.

use super::reading;
use crate::asking::{Listener, governs, grace, may_write, places};
use crate::sqlite::{
    Transaction, audit, messages,
    rows::{self, member_columns, person_columns},
    transaction::{find, list, person, seat},
};
use crate::{Result, StoreError, statements::statements};
use domain::{
    Invalid,
    access::{RoomWriter, Seat},
    audit::Act,
    ids::{MessageId, PersonId, ReplyId, RoomId},
    limits,
    messages::Message,
    people::Profile,
    replies::{Answers, Reply},
    rooms::Room,
};

statements! {
    LISTENERS = concat!("SELECT ", person_columns!(), ", ", member_columns!(), ", b.answers FROM bots b CROSS JOIN members m CROSS JOIN people p
        WHERE m.room = ?1 AND m.person = b.person AND m.standing = 'in' AND p.id = b.person AND p.is_active ORDER BY b.person");
    OPEN_IN = "SELECT count(*) FROM replies WHERE room = ?1 AND state IN ('queued', 'sent')";
    QUEUE = "INSERT INTO replies (room, bot, asker, question, state, hops, held_until, since, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6, ?7, ?7, ?7)";
    AGAIN = "UPDATE replies SET run = run + 1, state = 'queued', holder = NULL, held_until = ?2, stop_asked = 0, since = ?3, updated_at = ?3
        WHERE id = ?1 AND state NOT IN ('queued', 'sent')";
}

/// Queues a reply for each bot of a room that answers a message.
pub(in crate::sqlite) fn queue(
    tx: &Transaction<'_>,
    room: &Room,
    message: &Message,
    asker: &Profile,
    hops: u32,
) -> Result<Vec<Reply>> {
    let listener = |row: &rusqlite::Row<'_>| {
        let (person, member) = (rows::person(row, 0)?, rows::member(row, 11)?);
        let seat = Seat { room: room.clone(), member: Some(member), others: Vec::new() };
        Ok(Listener { person, seat, answers: rows::word(row, 21, Answers::parse)? })
    };
    let mut listeners = list(tx.db, LISTENERS, [room.id.0], listener)?;
    listeners.retain(|bot| bot.answers(message));
    if listeners.is_empty() {
        return Ok(Vec::new());
    }
    let places = places(message, hops, open_in(tx, room.id)?);
    let bots = listeners.iter().take(places);
    bots.map(|bot| queue_one(tx, bot.person.id, message, asker, hops)).collect()
}

fn queue_one(
    tx: &Transaction<'_>,
    bot: PersonId,
    message: &Message,
    asker: &Profile,
    hops: u32,
) -> Result<Reply> {
    let values = (message.room.0, bot.0, asker.id.0, message.id.0, hops, grace(tx.now), tx.now);
    let id = tx.db.prepare_cached(QUEUE)?.insert(values)?;
    queued(tx, ReplyId(id))
}

/// Queues another run of the reply that a message was.
pub(super) fn again(tx: &Transaction<'_>, by: &RoomWriter, id: MessageId) -> Result<Reply> {
    let by = RoomWriter::grant(tx.reader(by)?)?;
    let message = messages::visible(tx.db, &by, id)?;
    let answer = message.answer.as_ref().ok_or(StoreError::NotFound("reply"))?;
    if message.is_gone() {
        return Err(crate::drafts::gone(&message));
    }
    audit::record_any(tx, governs(&by, answer.asker.id, Act::RepeatReply, answer.reply)?)?;
    if message.version as usize >= limits::VERSIONS_MAX {
        let text = "A message has at most {limit} versions.";
        return Err(Invalid::limit("content", text, limits::VERSIONS_MAX).into());
    }
    let bot = message.author.id;
    if !may_write(&person(tx.db, bot)?, seat(tx.db, by.room().clone(), bot)?) {
        return Err(StoreError::Conflict("This bot does not write here any more."));
    }
    if open_in(tx, by.room_id())? >= limits::REPLIES_PER_ROOM_MAX as i64 {
        let text = "A room has at most {limit} replies in progress.";
        return Err(Invalid::limit("reply", text, limits::REPLIES_PER_ROOM_MAX).into());
    }
    match tx.run(AGAIN, (answer.reply.0, grace(tx.now), tx.now))? {
        0 => Err(StoreError::Conflict("This reply is still in progress.")),
        _ => queued(tx, answer.reply),
    }
}

fn open_in(tx: &Transaction<'_>, room: RoomId) -> Result<i64> {
    Ok(find(tx.db, OPEN_IN, [room.0], |row| row.get(0))?.unwrap_or(0))
}

fn queued(tx: &Transaction<'_>, id: ReplyId) -> Result<Reply> {
    let open = reading::open(tx.db, id)?.ok_or(StoreError::NotFound("reply"))?;
    Ok(open.reply)
}
