//! Writing a message, once. Everything it depends on is read in one flight after the room's lock, everything is written in
//! another, and the commit is the third: three round trips, whatever the message names or answers.

use super::{
    naming::{self, Somebody},
    reading,
};
use crate::drafts::{CLIENT_ID_TAKEN, draft_hash};
use crate::postgres::{
    connection::Connection,
    members::{enter, has_room_for_more},
    replies, rows, seats,
    transaction::{LOCK_PEOPLE, TELL_READING, Transaction},
};
use crate::{Posted, Result, StoreError, statements::statements};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
    events::Change,
    ids::{MessageId, PersonId, RoomId},
    markup::{Mentions, mentions},
    members::Role,
    messages::{Draft, Message},
};
use tokio_postgres::Row;

statements! {
    /// The room's lock, and whether bots hear what is said there.
    HOLD = "SELECT bots > 0 FROM rooms WHERE id = $1 FOR NO KEY UPDATE";
    SENT = "SELECT id, draft_hash FROM messages WHERE room = $1 AND author = $2 AND client_id = $3";
    ANSWERED = "SELECT deleted_at IS NOT NULL, hidden_at IS NOT NULL FROM messages WHERE room = $1 AND id = $2";
    UNREAD = "SELECT EXISTS (SELECT 1 FROM messages x WHERE x.room = m.room AND x.id > m.last_read AND x.author <> m.person)
              FROM members m WHERE m.room = $1 AND m.person = $2";
    NEXT_ID = "SELECT nextval('messages_id_seq')";
    INSERT = "WITH r AS (UPDATE rooms SET head = rooms.head + 1, last_message = $2, last_author = $3, last_at = $9
                  FROM rooms before WHERE rooms.id = $1 AND before.id = $1 RETURNING rooms.head, before.last_author, before.last_at)
              INSERT INTO messages (id, room, seq, posted, author, content, client_id, draft_hash, reply_to, everyone, prior_author, prior_at, created_at)
              SELECT $2, $1, r.head, r.head, $3, $4::text, $5::text, $6::bytea, $7::bigint, $8::boolean, r.last_author, r.last_at, $9 FROM r";
    READ_OWN = "UPDATE members SET last_read = $3, updated_at = $4 WHERE room = $1 AND person = $2 AND last_read < $3";
}

/// What a message depends on, as it is while the room is held.
struct Facts {
    by: RoomReader,
    /// Whether bots are in the room.
    heard: bool,
    sent: Option<Sent>,
    /// Whether the message it answers was deleted, and whether it was hidden; `None` when there is none.
    answered: Option<(bool, bool)>,
    named: Vec<Somebody>,
    unread: Option<bool>,
    id: MessageId,
}

type Sent = (MessageId, Vec<u8>);

pub(super) async fn post(tx: &Transaction, by: &RoomWriter, draft: &Draft) -> Result<Posted> {
    let Mentions { names, everyone } = mentions(draft.content());
    let facts = look(tx, by, draft, &names).await?;
    if let Some(id) = same_draft(facts.sent, draft)? {
        return Ok(Posted {
            message: reading::one(tx, by.room_id(), id).await?,
            repeated: true,
            replies: Vec::new(),
        });
    }
    let writer = RoomWriter::grant(facts.by)?;
    check_reply(&writer, draft, facts.answered)?;
    let named = naming::readers(writer.room(), facts.named);
    let unread = facts.unread == Some(true) && !writer.joins();
    let mut told: Vec<PersonId> = named.iter().copied().filter(|id| *id != writer.person()).collect();
    if writer.joins() {
        // Everyone at once, so that people are always held in the order of their ids.
        told.push(writer.person());
        tx.lock_people(&told).await?;
        has_room_for_more(tx, writer.person()).await?;
        enter(tx, writer.room_id(), writer.person(), Role::Member).await?;
    } else if unread {
        told.push(writer.person());
    }
    let new = New { id: facts.id, draft, everyone, named: &named, told: &told, unread };
    let message = write(tx, &writer, &new).await?;
    tx.tell_room(message.room, message.seq, Change::Message(Box::new(message.clone())));
    let hops = u32::from(message.author.is_bot);
    let replies = match facts.heard {
        true => replies::queue(tx, writer.room(), &message, &message.author, hops).await?,
        false => Vec::new(),
    };
    Ok(Posted { message, repeated: false, replies })
}

/// The first flight: the lock, then everything it guards. The id is drawn under the lock, so ids increase in commit order.
async fn look(tx: &Transaction, by: &RoomReader, draft: &Draft, names: &[String]) -> Result<Facts> {
    tx.prepare(&[HOLD, seats::BY_ID, SENT, ANSWERED, naming::SOMEBODIES, UNREAD, NEXT_ID]).await?;
    let (room, person) = (by.room_id(), by.person());
    let (heard, seat, sent, answered, named, unread, id) = tokio::try_join!(
        biased;
        async { tx.find(HOLD, &[&room.0], rows::truth).await },
        seats::seat(tx, seats::BY_ID, &room.0, person),
        sent(tx, room, person, draft),
        answered(tx, room, draft),
        naming::somebodies(tx, room, names),
        async { tx.find(UNREAD, &[&room.0, &person.0], rows::truth).await },
        tx.get(NEXT_ID, &[], rows::number),
    )?;
    let heard = heard.ok_or(StoreError::NotFound("room"))?;
    Ok(Facts { by: seats::granted(seat)?, heard, sent, answered, named, unread, id: MessageId(id) })
}

async fn sent(db: &Connection, room: RoomId, author: PersonId, draft: &Draft) -> Result<Option<Sent>> {
    let Some(client_id) = draft.client_id() else { return Ok(None) };
    let row = |row: &Row| Ok((MessageId(row.try_get(0)?), row.try_get(1)?));
    db.find(SENT, &[&room.0, &author.0, &client_id], row).await
}

/// The message it was, when the same draft was sent before.
fn same_draft(sent: Option<Sent>, draft: &Draft) -> Result<Option<MessageId>> {
    match sent {
        Some((id, hash)) if hash == draft_hash(draft) => Ok(Some(id)),
        Some(_) => Err(StoreError::Conflict(CLIENT_ID_TAKEN)),
        None => Ok(None),
    }
}

/// The message this draft became when it was sent before.
pub(super) async fn posted(
    db: &Connection,
    room: RoomId,
    author: PersonId,
    draft: &Draft,
) -> Result<Option<Message>> {
    match same_draft(sent(db, room, author, draft).await?, draft)? {
        Some(id) => reading::one(db, room, id).await.map(Some),
        None => Ok(None),
    }
}

async fn answered(db: &Connection, room: RoomId, draft: &Draft) -> Result<Option<(bool, bool)>> {
    let row = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?));
    match draft.reply_to() {
        Some(id) => db.find(ANSWERED, &[&room.0, &id.0], row).await,
        None => Ok(None),
    }
}

fn check_reply(by: &RoomReader, draft: &Draft, answered: Option<(bool, bool)>) -> Result<()> {
    let Some(id) = draft.reply_to() else { return Ok(()) };
    match answered.filter(|_| id >= by.visible_from()) {
        Some((false, false)) => Ok(()),
        Some((false, true)) => {
            Err(Invalid::new("reply_to", "The message you answer was hidden by an administrator.").into())
        }
        Some((true, _)) => Err(Invalid::new("reply_to", "The message you answer was deleted.").into()),
        None => Err(Invalid::new("reply_to", "The message you answer is not in this room.").into()),
    }
}

/// A message about to be written.
struct New<'p> {
    id: MessageId,
    draft: &'p Draft,
    everyone: bool,
    named: &'p [PersonId],
    /// Everyone whose lane gets something.
    told: &'p [PersonId],
    /// The author had not read everything.
    unread: bool,
}

/// The second flight. Whoever writes has read; it is told only where something was unread, so that it costs others nothing.
async fn write(tx: &Transaction, by: &RoomWriter, new: &New<'_>) -> Result<Message> {
    tx.prepare(&[LOCK_PEOPLE, INSERT, naming::INSERT, READ_OWN, TELL_READING, reading::ONE]).await?;
    let (room, author, id) = (by.room_id(), by.person(), new.id);
    let (_, _, _, _, _, message) = tokio::try_join!(
        biased;
        async { if new.told.is_empty() { Ok(()) } else { tx.lock_people(new.told).await } },
        insert(tx, by, new),
        naming::name(tx, by.room(), author, id, new.named),
        async { tx.run(READ_OWN, &[&room.0, &author.0, &id.0, &tx.now]).await },
        async { if new.unread { tx.tell_reading(room, author).await } else { Ok(()) } },
        reading::one(tx, room, id),
    )?;
    Ok(message)
}

async fn insert(tx: &Transaction, by: &RoomWriter, new: &New<'_>) -> Result<u64> {
    let (room, id, author, draft) = (by.room_id().0, new.id.0, by.person().0, new.draft);
    let hash = draft.client_id().map(|_| draft_hash(draft));
    let reply_to = draft.reply_to().map(|id| id.0);
    let (content, client_id) = (draft.content(), draft.client_id());
    tx.run(INSERT, &[&room, &id, &author, &content, &client_id, &hash, &reply_to, &new.everyone, &tx.now])
        .await
}
