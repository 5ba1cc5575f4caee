//! Writing a message, once.

use super::{naming, reading};
use crate::drafts::{CLIENT_ID_TAKEN, draft_hash};
use crate::sqlite::{
    Transaction,
    members::enter,
    replies,
    rooms::has_room_for_more,
    rows::{self, member_columns, person_columns, room_columns},
    transaction::find,
};
use crate::{Posted, Result, StoreError, statements::statements};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter, Seat},
    events::Change,
    ids::{MessageId, PersonId, RoomId, Seq},
    markup::{Mentions, mentions},
    members::Role,
    messages::{Draft, Message, MessageKind, Prior},
};
use jiff::Timestamp;
use rusqlite::Connection;

statements! {
    SENT = "SELECT id, draft_hash FROM messages WHERE room = ?1 AND author = ?2 AND client_id = ?3";
    DESK = concat!("SELECT r.head + 1, r.last_author, r.last_at, r.last_message, r.bots > 0, m.last_read, ", room_columns!(), ", ", person_columns!(), ", ", member_columns!(),
        " FROM rooms r CROSS JOIN people p LEFT JOIN members m ON m.room = r.id AND m.person = p.id WHERE r.id = ?1 AND p.id = ?2");
    INSERT = "INSERT INTO messages (room, seq, posted, author, content, client_id, draft_hash, reply_to, prior_author, prior_at, created_at, everyone)
              VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    SET_LAST = "UPDATE rooms SET head = ?2, last_message = ?3, last_author = ?4, last_at = ?5 WHERE id = ?1";
    UNREAD = "SELECT EXISTS (SELECT 1 FROM messages x WHERE x.room = ?1 AND x.id > m.last_read AND x.id < ?3 AND x.author <> ?2)
              FROM members m WHERE m.room = ?1 AND m.person = ?2";
    READ_OWN = "UPDATE members SET last_read = ?3 WHERE room = ?1 AND person = ?2";
}

/// What a post needs of its room and its author, read at once.
struct Desk {
    reader: RoomReader,
    /// The place that is taken next.
    seq: Seq,
    prior: Option<Prior>,
    last_message: i64,
    /// Whether bots hear what is said.
    heard: bool,
    last_read: Option<i64>,
}

impl Desk {
    fn read(db: &Connection, room: RoomId, author: PersonId) -> Result<Self> {
        let row = |row: &rusqlite::Row<'_>| {
            let last_read: Option<i64> = row.get(5)?;
            let member = last_read.map(|_| rows::member(row, 27)).transpose()?;
            let (room, person) = (rows::room(row, 6)?, rows::person(row, 16)?);
            let prior_author: Option<i64> = row.get(1)?;
            let prior = match (prior_author, rows::time_or_none(row, 2)?) {
                (Some(author), Some(at)) => Some(Prior { author: PersonId(author), at }),
                _ => None,
            };
            // Who the other one is in a direct room makes no difference to the right to write there.
            let reader = RoomReader::grant(&person, Seat { room, member, others: Vec::new() });
            let (seq, last_message, heard) = (Seq(row.get(0)?), row.get(3)?, row.get(4)?);
            Ok(reader.map(|reader| Self { reader, seq, prior, last_message, heard, last_read }))
        };
        Ok(find(db, DESK, (room.0, author.0), row)?.ok_or(StoreError::NotFound("room"))??)
    }
}

pub(super) fn post(tx: &mut Transaction<'_>, by: &RoomWriter, draft: &Draft) -> Result<Posted> {
    let (room, author) = (by.room_id(), by.person());
    let mut desk = Desk::read(tx.db, room, author)?;
    if let Some(message) = posted(tx.db, room, author, draft)? {
        return Ok(Posted { message, repeated: true, replies: Vec::new() });
    }
    let writer = RoomWriter::grant(desk.reader.clone())?;
    check_reply(tx, &writer, draft)?;
    if writer.joins() {
        has_room_for_more(tx, author)?;
        enter(tx, room, author, Role::Member)?;
        desk = Desk::read(tx.db, room, author)?;
    }
    let named = mentions(draft.content());
    let id = insert(tx, &desk, draft, &named)?;
    naming::name(tx, writer.room(), author, id, &named)?;
    read_own(tx, &desk, id)?;
    let message = match draft.reply_to().is_none() && named.names.is_empty() {
        true => plain(tx, &desk, id, draft, named.everyone)?,
        false => reading::one(tx.db, room, id)?,
    };
    tx.tell_room(message.room, message.seq, Change::Message(Box::new(message.clone())));
    let hops = u32::from(message.author.is_bot);
    let replies = match desk.heard {
        true => replies::queue(tx, writer.room(), &message, &message.author, hops)?,
        false => Vec::new(),
    };
    Ok(Posted { message, repeated: false, replies })
}

/// A message that was just written, names nobody and answers nothing, as reading it would give it.
fn plain(tx: &Transaction<'_>, desk: &Desk, id: MessageId, draft: &Draft, everyone: bool) -> Result<Message> {
    let created_at =
        Timestamp::from_millisecond(tx.now).map_err(|error| StoreError::Bug(error.to_string()))?;
    Ok(Message {
        id,
        room: desk.reader.room_id(),
        seq: desk.seq,
        posted: desk.seq,
        kind: MessageKind::Text,
        author: desk.reader.profile().clone(),
        content: draft.content().to_owned(),
        client_id: draft.client_id().map(str::to_owned),
        reply_to: None,
        mentions: Vec::new(),
        mentions_everyone: everyone,
        reactions: Vec::new(),
        answer: None,
        pinned: false,
        version: 1,
        created_at,
        edited_at: None,
        deleted_at: None,
        prior: desk.prior.clone(),
    })
}

/// The message this draft became when it was sent before.
pub(super) fn posted(
    db: &Connection,
    room: RoomId,
    author: PersonId,
    draft: &Draft,
) -> Result<Option<Message>> {
    let Some(client_id) = draft.client_id() else { return Ok(None) };
    let row = |row: &rusqlite::Row<'_>| Ok((MessageId(row.get(0)?), row.get::<_, Vec<u8>>(1)?));
    match find(db, SENT, (room.0, author.0, client_id), row)? {
        Some((id, hash)) if hash == draft_hash(draft) => reading::one(db, room, id).map(Some),
        Some(_) => Err(StoreError::Conflict(CLIENT_ID_TAKEN)),
        None => Ok(None),
    }
}

fn check_reply(tx: &Transaction<'_>, by: &RoomReader, draft: &Draft) -> Result<()> {
    let Some(id) = draft.reply_to() else { return Ok(()) };
    match reading::visible(tx.db, by, id) {
        Ok(message) if !message.is_deleted() => Ok(()),
        Ok(_) => Err(Invalid::new("reply_to", "The message you answer was deleted.").into()),
        Err(StoreError::NotFound(_)) => {
            Err(Invalid::new("reply_to", "The message you answer is not in this room.").into())
        }
        Err(error) => Err(error),
    }
}

/// Takes the room's next place and writes the message there. A `RETURNING` would build a table for its one row, so there is none.
fn insert(tx: &Transaction<'_>, desk: &Desk, draft: &Draft, named: &Mentions) -> Result<MessageId> {
    let (room, author) = (desk.reader.room_id(), desk.reader.person());
    let hash = draft.client_id().map(|_| draft_hash(draft));
    let values = (
        room.0,
        desk.seq.0,
        author.0,
        draft.content(),
        draft.client_id(),
        hash,
        draft.reply_to().map(|id| id.0),
        desk.prior.as_ref().map(|prior| prior.author.0),
        desk.prior.as_ref().map(|prior| prior.at.as_millisecond()),
        tx.now,
        named.everyone,
    );
    let id = tx.db.prepare_cached(INSERT)?.insert(values)?;
    tx.run(SET_LAST, (room.0, desk.seq.0, id, author.0, tx.now))?;
    Ok(MessageId(id))
}

/// Whoever writes has read. It is told only where something was unread, so that it costs others nothing.
fn read_own(tx: &mut Transaction<'_>, desk: &Desk, id: MessageId) -> Result<()> {
    let (room, author) = (desk.reader.room_id(), desk.reader.person());
    let mine = (room.0, author.0, id.0);
    let behind = desk.last_read.is_some_and(|last_read| last_read < desk.last_message);
    let unread = behind && find(tx.db, UNREAD, mine, |row| row.get(0))? == Some(true);
    tx.run(READ_OWN, mine)?;
    if unread { tx.tell_reading(room, author) } else { Ok(()) }
}
