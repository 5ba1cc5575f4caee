//! Writing a message, once.

use super::{naming, reading};
use crate::drafts::{CLIENT_ID_TAKEN, draft_hash};
use crate::sqlite::{
    Transaction, members::enter, replies, rooms::has_room_for_more, rows, transaction::find,
};
use crate::{Posted, Result, StoreError, statements::statements};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
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
    DESK = "SELECT r.head + 1, r.last_author, r.last_at, r.last_message, r.bots > 0, r.seq, m.seq, m.standing = 'in' AND p.is_active, p.is_admin, m.last_read
            FROM rooms r CROSS JOIN people p LEFT JOIN members m ON m.room = r.id AND m.person = p.id WHERE r.id = ?1 AND p.id = ?2";
    INSERT = "INSERT INTO messages (room, seq, posted, author, content, client_id, draft_hash, reply_to, prior_author, prior_at, created_at, everyone)
              VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    SET_LAST = "UPDATE rooms SET head = ?2, last_message = ?3, last_author = ?4, last_at = ?5 WHERE id = ?1";
    UNREAD = "SELECT EXISTS (SELECT 1 FROM messages x WHERE x.room = ?1 AND x.id > m.last_read AND x.id < ?3 AND x.author <> ?2)
              FROM members m WHERE m.room = ?1 AND m.person = ?2";
    READ_OWN = "UPDATE members SET last_read = ?3, updated_at = ?4 WHERE room = ?1 AND person = ?2";
}

/// A draft with what follows from its text alone, worked out before it reaches the one thread that writes.
pub(super) struct Sheet {
    draft: Draft,
    hash: Option<Vec<u8>>,
    named: Mentions,
}

impl Sheet {
    pub fn new(draft: Draft) -> Self {
        let hash = draft.client_id().map(|_| draft_hash(&draft));
        let named = mentions(draft.content());
        Self { draft, hash, named }
    }

    /// Names nobody and answers nothing.
    pub fn is_plain(&self) -> bool {
        self.draft.reply_to().is_none() && self.named.names.is_empty()
    }
}

/// What a post needs of its room and its author, read at once.
struct Desk {
    /// The place that is taken next.
    seq: Seq,
    prior: Option<Prior>,
    last_message: i64,
    /// Whether bots hear what is said.
    heard: bool,
    last_read: Option<i64>,
    /// The last change of the room's row, and of the membership of somebody who is in and active.
    room_seq: Seq,
    member_seq: Option<Seq>,
    is_admin: bool,
}

impl Desk {
    fn read(db: &Connection, room: RoomId, author: PersonId) -> Result<Self> {
        let row = |row: &rusqlite::Row<'_>| {
            let prior = match (row.get(1)?, rows::time_or_none(row, 2)?) {
                (Some(author), Some(at)) => Some(Prior { author: PersonId(author), at }),
                _ => None,
            };
            let is_in: Option<bool> = row.get(7)?;
            let member_seq: Option<i64> = row.get(6)?;
            Ok(Self {
                seq: Seq(row.get(0)?),
                prior,
                last_message: row.get(3)?,
                heard: row.get(4)?,
                room_seq: Seq(row.get(5)?),
                member_seq: member_seq.filter(|_| is_in == Some(true)).map(Seq),
                is_admin: row.get(8)?,
                last_read: row.get(9)?,
            })
        };
        find(db, DESK, (room.0, author.0), row)?.ok_or(StoreError::NotFound("room"))
    }

    /// Whether everything the right follows from is as it was when it was given. Every change of a room or a membership takes a place in the lane, a
    /// new name of the author too.
    fn bears(&self, by: &RoomWriter) -> bool {
        self.room_seq == by.room().seq
            && self.member_seq.is_some()
            && self.member_seq == by.member().map(|member| member.seq)
            && self.is_admin == by.is_admin()
    }
}

pub(super) fn post(tx: &mut Transaction<'_>, by: &RoomWriter, sheet: &Sheet) -> Result<Posted> {
    let (room, author) = (by.room_id(), by.person());
    let mut desk = Desk::read(tx.db, room, author)?;
    let again;
    let mut writer = by;
    if !desk.bears(by) || by.joins() || !sheet.is_plain() {
        let reader = tx.reader(by)?;
        if let Some(message) = posted(tx.db, room, author, &sheet.draft)? {
            return Ok(repeated(message));
        }
        again = RoomWriter::grant(reader)?;
        check_reply(tx, &again, &sheet.draft)?;
        if again.joins() {
            has_room_for_more(tx, author)?;
            enter(tx, room, author, Role::Member)?;
            desk = Desk::read(tx.db, room, author)?;
        }
        writer = &again;
    }
    let Some(id) = insert(tx, &desk, writer, sheet)? else {
        let sent = posted(tx.db, room, author, &sheet.draft)?;
        return sent
            .map(repeated)
            .ok_or_else(|| StoreError::Bug("a client_id is taken by no message".into()));
    };
    naming::name(tx, writer.room(), author, id, &sheet.named)?;
    read_own(tx, &desk, (room, author, id))?;
    let message = match sheet.is_plain() {
        true => plain(tx, &desk, writer, id, sheet)?,
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

fn repeated(message: Message) -> Posted {
    Posted { message, repeated: true, replies: Vec::new() }
}

/// A message that was just written, names nobody and answers nothing, as reading it would give it.
fn plain(
    tx: &Transaction<'_>,
    desk: &Desk,
    by: &RoomWriter,
    id: MessageId,
    sheet: &Sheet,
) -> Result<Message> {
    let created_at =
        Timestamp::from_millisecond(tx.now).map_err(|error| StoreError::Bug(error.to_string()))?;
    Ok(Message {
        id,
        room: by.room_id(),
        seq: desk.seq,
        posted: desk.seq,
        kind: MessageKind::Text,
        author: by.profile().clone(),
        content: sheet.draft.content().to_owned(),
        client_id: sheet.draft.client_id().map(str::to_owned),
        reply_to: None,
        mentions: Vec::new(),
        mentions_everyone: sheet.named.everyone,
        reactions: Vec::new(),
        answer: None,
        pinned: false,
        version: 1,
        created_at,
        edited_at: None,
        deleted_at: None,
        hidden_at: None,
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
        Ok(message) if !message.is_gone() => Ok(()),
        Ok(message) if message.is_hidden() => {
            Err(Invalid::new("reply_to", "The message you answer was hidden by an administrator.").into())
        }
        Ok(_) => Err(Invalid::new("reply_to", "The message you answer was deleted.").into()),
        Err(StoreError::NotFound(_)) => {
            Err(Invalid::new("reply_to", "The message you answer is not in this room.").into())
        }
        Err(error) => Err(error),
    }
}

/// Takes the room's next place and writes the message there; nothing when its `client_id` was used before. A `RETURNING` would build a table
/// for its one row, so there is none.
fn insert(tx: &Transaction<'_>, desk: &Desk, by: &RoomWriter, sheet: &Sheet) -> Result<Option<MessageId>> {
    let (room, author) = (by.room_id(), by.person());
    let values = (
        room.0,
        desk.seq.0,
        author.0,
        sheet.draft.content(),
        sheet.draft.client_id(),
        &sheet.hash,
        sheet.draft.reply_to().map(|id| id.0),
        desk.prior.as_ref().map(|prior| prior.author.0),
        desk.prior.as_ref().map(|prior| prior.at.as_millisecond()),
        tx.now,
        sheet.named.everyone,
    );
    match tx.db.prepare_cached(INSERT)?.insert(values) {
        Ok(id) => {
            tx.run(SET_LAST, (room.0, desk.seq.0, id, author.0, tx.now))?;
            Ok(Some(MessageId(id)))
        }
        Err(error) if is_taken(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a unique index refused a row; the only one of `messages` is that of `client_id`.
fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// Whoever writes has read. It is told only where something was unread, so that it costs others nothing.
fn read_own(tx: &mut Transaction<'_>, desk: &Desk, own: (RoomId, PersonId, MessageId)) -> Result<()> {
    let (room, author, id) = own;
    let mine = (room.0, author.0, id.0);
    let behind = desk.last_read.is_some_and(|last_read| last_read < desk.last_message);
    let unread = behind && find(tx.db, UNREAD, mine, |row| row.get(0))? == Some(true);
    tx.run(READ_OWN, (room.0, author.0, id.0, tx.now))?;
    if unread { tx.tell_reading(room, author) } else { Ok(()) }
}
