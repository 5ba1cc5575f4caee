//! What a bot said becomes a message, or gives the message of an earlier run another text.

use super::{changing, naming, reading};
use crate::endings::Ended;
use crate::postgres::{rows, transaction::Transaction};
use crate::{Result, statements::statements};
use domain::{
    ids::{MessageId, PersonId, ReplyId, RoomId},
    markup::{Mentions, mentions},
    messages::{Message, MessageKind},
    rooms::Room,
};

statements! {
    NEXT_ID = "SELECT nextval('messages_id_seq')";
    INSERT = "WITH r AS (UPDATE rooms SET head = rooms.head + 1, last_message = $2, last_author = $4, last_at = $7
                  FROM rooms before WHERE rooms.id = $1 AND before.id = $1 RETURNING rooms.head, before.last_author, before.last_at)
              INSERT INTO messages (id, room, seq, posted, kind, author, content, everyone, prior_author, prior_at, created_at, reply)
              SELECT $2, $1, r.head, r.head, $3::text, $4, $5::text, $6::boolean, r.last_author, r.last_at, $7, $8::bigint FROM r";
    TOUCH = "UPDATE messages SET seq = $2, updated_at = $3 WHERE id = $1";
    SPEAK = "UPDATE messages SET kind = 'text', content = $2, seq = $3, updated_at = $4 WHERE id = $1";
    KEEP_VERSION = "INSERT INTO versions (message, version, content, created_at) SELECT id, version, content, coalesce(edited_at, created_at) FROM messages WHERE id = $1";
    REPLACE = "UPDATE messages SET content = $2, version = version + 1, edited_at = $4, updated_at = $4, seq = $3 WHERE id = $1";
}

/// Writes the message that a first run became, at the place that the held room gives it. It is told by [`tell`], once the reply
/// has ended too.
pub(in crate::postgres) async fn say(
    tx: &Transaction,
    room: &Room,
    bot: PersonId,
    reply: ReplyId,
    ended: &Ended,
) -> Result<MessageId> {
    let Mentions { names, everyone } = mentions(&ended.text);
    let named = naming::readers(room, naming::somebodies(tx, room.id, &names).await?);
    tx.lock_people(&named).await?;
    let (id, kind) = (tx.get(NEXT_ID, &[], rows::number).await?, ended.kind.as_str());
    tx.run(INSERT, &[&room.id.0, &id, &kind, &bot.0, &ended.text, &everyone, &tx.now, &reply.0]).await?;
    naming::name(tx, room, bot, MessageId(id), &named).await?;
    Ok(MessageId(id))
}

/// Gives the message of an earlier run the text of a later one; the message as it was. A text stays as a version, a notice
/// does not. A run without text takes nothing away, and a deleted message stays deleted; both are touched, because it is the message that
/// tells everybody that the run has ended.
pub(in crate::postgres) async fn say_again(
    tx: &Transaction,
    room: &Room,
    id: MessageId,
    ended: &Ended,
) -> Result<Message> {
    let before = reading::one(tx, room.id, id).await?;
    let seq = tx.next_in_room(room.id).await?.0;
    if ended.leaves(&before) || before.content == ended.text {
        tx.run(TOUCH, &[&id.0, &seq, &tx.now]).await?;
        return Ok(before);
    }
    if before.kind == MessageKind::Notice {
        tx.run(SPEAK, &[&id.0, &ended.text, &seq, &tx.now]).await?;
    } else {
        tx.run(KEEP_VERSION, &[&id.0]).await?;
        tx.run(REPLACE, &[&id.0, &ended.text, &seq, &tx.now]).await?;
    }
    naming::rename(tx, room, before.author.id, id, &ended.text).await?;
    Ok(before)
}

/// Tells of an answer as it is now, and of what quotes it where there was something to quote.
pub(in crate::postgres) async fn tell(
    tx: &Transaction,
    room: RoomId,
    id: MessageId,
    before: Option<&Message>,
) -> Result<Message> {
    let after = changing::told(tx, room, id).await?;
    if before.is_some_and(|before| before.content != after.content) {
        changing::touch_quoting(tx, room, id).await?;
    }
    Ok(after)
}
