//! Messages.

use crate::{Result, Written};
use domain::{
    access::{RoomReader, RoomWriter},
    ids::{MessageId, Seq},
    messages::{Draft, Message, Version},
    replies::Reply,
};
use jiff::Timestamp;

/// What came of posting a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The message, as it is now.
    pub message: Message,
    /// The same draft had been posted before: this is that message, and nothing was written.
    pub repeated: bool,
    /// The replies it queued, for the bots that answer it. Held by nobody; who posted takes them first.
    pub replies: Vec<Reply>,
}

/// Which part of a room's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageAt {
    /// The newest messages.
    Latest,
    /// The nearest older ones.
    Before(MessageId),
    /// The nearest newer ones.
    After(MessageId),
    /// Half before and half from a message on. `NotFound` when it is not in this room or not visible.
    Around(MessageId),
}

/// Part of a room's history, ascending, and the place in the lane at which it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window<M = Message> {
    /// Ascending by id. Deleted messages are in it, as tombstones.
    pub messages: Vec<M>,
    /// There are older ones.
    pub more_before: bool,
    /// There are newer ones.
    pub more_after: bool,
    /// The room's head in the same snapshot: subscribing from here misses nothing and repeats nothing.
    pub head: Seq,
    /// How often names and faces of people had changed in the same snapshot.
    pub names: i64,
}

impl<M> Window<M> {
    /// The same part with something else in place of its messages.
    pub fn with<N>(&self, messages: Vec<N>) -> Window<N> {
        let Self { more_before, more_after, head, names, .. } = *self;
        Window { messages, more_before, more_after, head, names }
    }
}

/// What a message is known by to whoever has read it before: as long as its `seq` and the names are the same, so is all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Whose.
    pub id: MessageId,
    /// The place of its last change.
    pub seq: Seq,
    /// It is deleted or hidden.
    pub gone: bool,
}

/// Messages. Every change takes the next place in the room's lane, under the room's lock.
#[async_trait::async_trait]
pub trait Messages: Send + Sync + 'static {
    /// Writes a message. A reader of a public room joins in the same transaction. The same `client_id` of the same
    /// person in the same room with the same draft answers with the message from then and no events; with another
    /// draft it is a `Conflict`. A `reply_to` outside the room or not visible is `Invalid`.
    async fn post(&self, by: &RoomWriter, draft: Draft, now: Timestamp) -> Result<Written<Posted>>;

    /// The message that this person sent under this `client_id`, if any, to answer a repetition before any rate limit. `Conflict`
    /// when the draft differs.
    async fn posted(&self, by: &RoomWriter, draft: &Draft) -> Result<Option<Message>>;

    /// Gives one's own message another text; the earlier one is kept as a version. The same text changes nothing.
    /// Messages that quote it change with it.
    async fn edit(
        &self,
        by: &RoomWriter,
        id: MessageId,
        content: &str,
        now: Timestamp,
    ) -> Result<Written<Message>>;

    /// Deletes one's own message, or as a moderator anyone's: text, versions, mentions, reactions and pin go at once,
    /// a tombstone stays. Twice changes nothing. Messages that quote it change with it.
    async fn delete(&self, by: &RoomReader, id: MessageId, now: Timestamp) -> Result<Written<Message>>;

    /// Adds a reaction. The same one twice changes nothing.
    async fn react(
        &self,
        by: &RoomWriter,
        id: MessageId,
        emoji: &str,
        now: Timestamp,
    ) -> Result<Written<Message>>;

    /// Takes a reaction back.
    async fn unreact(
        &self,
        by: &RoomWriter,
        id: MessageId,
        emoji: &str,
        now: Timestamp,
    ) -> Result<Written<Message>>;

    /// Keeps a message at hand for the room.
    async fn pin(&self, by: &RoomWriter, id: MessageId, now: Timestamp) -> Result<Written<Message>>;

    /// Lets it go again.
    async fn unpin(&self, by: &RoomWriter, id: MessageId, now: Timestamp) -> Result<Written<Message>>;

    /// One message of the room.
    async fn message(&self, by: &RoomReader, id: MessageId) -> Result<Option<Message>>;

    /// The earlier texts of a message and the present one, oldest first. Empty when it was deleted.
    async fn versions(&self, by: &RoomReader, id: MessageId) -> Result<Vec<Version>>;

    /// Part of the history, at most `limit` messages.
    async fn page(&self, by: &RoomReader, at: PageAt, limit: usize) -> Result<Window>;

    /// The same part by its keys alone, which takes a fraction of the time.
    async fn outline(&self, by: &RoomReader, at: PageAt, limit: usize) -> Result<Window<Key>>;

    /// The pinned messages, the newest first.
    async fn pinned(&self, by: &RoomReader) -> Result<Vec<Message>>;
}
