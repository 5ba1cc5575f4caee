//! Asking: a message queues replies, and somebody wants another run.

use super::reading;
use crate::asking::{Listener, governs, grace, may_write, places};
use crate::postgres::{
    audit, messages,
    rows::{self, member_columns, person_columns},
    seats,
    transaction::Transaction,
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
use tokio_postgres::Row;

statements! {
    LISTENERS = concat!("SELECT ", person_columns!(), ", ", member_columns!(), ", b.answers FROM bots b
        JOIN members m ON m.room = $1 AND m.person = b.person AND m.standing = 'in' JOIN people p ON p.id = b.person AND p.is_active ORDER BY b.person");
    OPEN_IN = "SELECT count(*) FROM replies WHERE room = $1 AND state IN ('queued', 'sent')";
    QUEUE = "INSERT INTO replies (room, bot, asker, question, state, hops, held_until, since, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $7, $7) RETURNING id";
    AGAIN = "UPDATE replies SET run = run + 1, state = 'queued', holder = NULL, held_until = $2, stop_asked = FALSE, since = $3, updated_at = $3
        WHERE id = $1 AND state NOT IN ('queued', 'sent')";
}

/// Queues a reply for each bot of a held room that answers a message.
pub(in crate::postgres) async fn queue(
    tx: &Transaction,
    room: &Room,
    message: &Message,
    asker: &Profile,
    hops: u32,
) -> Result<Vec<Reply>> {
    let listener = |row: &Row| {
        let (person, member) = (rows::person(row, 0)?, rows::member(row, 11)?);
        let seat = Seat { room: room.clone(), member: Some(member), others: Vec::new() };
        Ok(Listener { person, seat, answers: rows::word(row, 21, Answers::parse)? })
    };
    let mut listeners = tx.list(LISTENERS, &[&room.id.0], listener).await?;
    listeners.retain(|bot| bot.answers(message));
    if listeners.is_empty() {
        return Ok(Vec::new());
    }
    let places = places(message, hops, open_in(tx, room.id).await?);
    let mut replies = Vec::new();
    for bot in listeners.iter().take(places) {
        replies.push(queue_one(tx, bot.person.id, message, asker, hops).await?);
    }
    Ok(replies)
}

async fn queue_one(
    tx: &Transaction,
    bot: PersonId,
    message: &Message,
    asker: &Profile,
    hops: u32,
) -> Result<Reply> {
    let (room, asker, question, hops) = (message.room.0, asker.id.0, message.id.0, i64::from(hops));
    let held_until = grace(tx.now);
    let id =
        tx.get(QUEUE, &[&room, &bot.0, &asker, &question, &hops, &held_until, &tx.now], rows::number).await?;
    queued(tx, ReplyId(id)).await
}

/// Queues another run of the reply that a message was.
pub(super) async fn again(tx: &Transaction, by: &RoomWriter, id: MessageId) -> Result<Reply> {
    let by = RoomWriter::grant(seats::reader(tx, by, &[]).await?)?;
    let message = messages::visible(tx, &by, id).await?;
    let answer = message.answer.as_ref().ok_or(StoreError::NotFound("reply"))?;
    if message.is_gone() {
        return Err(crate::drafts::gone(&message));
    }
    audit::record_any(tx, governs(&by, answer.asker.id, Act::RepeatReply, answer.reply)?).await?;
    if message.version as usize >= limits::VERSIONS_MAX {
        let text = "A message has at most {limit} versions.";
        return Err(Invalid::limit("content", text, limits::VERSIONS_MAX).into());
    }
    let seat = seats::seat(tx, seats::BY_ID, &by.room_id().0, message.author.id).await?;
    let (seat, bot) = seat.ok_or(StoreError::NotFound("room"))?;
    if !bot.is_some_and(|bot| may_write(&bot, seat)) {
        return Err(StoreError::Conflict("This bot does not write here any more."));
    }
    if open_in(tx, by.room_id()).await? >= limits::REPLIES_PER_ROOM_MAX as i64 {
        let text = "A room has at most {limit} replies in progress.";
        return Err(Invalid::limit("reply", text, limits::REPLIES_PER_ROOM_MAX).into());
    }
    match tx.run(AGAIN, &[&answer.reply.0, &grace(tx.now), &tx.now]).await? {
        0 => Err(StoreError::Conflict("This reply is still in progress.")),
        _ => queued(tx, answer.reply).await,
    }
}

async fn open_in(tx: &Transaction, room: RoomId) -> Result<i64> {
    tx.get(OPEN_IN, &[&room.0], rows::number).await
}

async fn queued(tx: &Transaction, id: ReplyId) -> Result<Reply> {
    let open = reading::open(tx, id).await?.ok_or(StoreError::NotFound("reply"))?;
    Ok(open.reply)
}
