//! Chat sessions, as far as they differ from other private rooms.

use crate::{Result, Written};
use domain::{access::RoomReader, chats::ChatDoor, ids::MessageId, people::Person};
use jiff::Timestamp;

/// What was said in a chat session, and no more of it than its own clients want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatLine {
    /// The message.
    pub id: MessageId,
    /// Who said it.
    pub author: Person,
    /// Its text as it is now.
    pub content: String,
}

/// Chat sessions.
#[async_trait::async_trait]
pub trait Chats: Send + Sync + 'static {
    /// Lets somebody in; whether that made them a member. Being in already changes nothing. Somebody banned is refused with `Conflict`, and a
    /// full session with `Invalid`.
    async fn enter_chat(&self, by: &ChatDoor, now: Timestamp) -> Result<Written<bool>>;

    /// Those in a session: its owner first, then in the order in which they came.
    async fn chat_people(&self, by: &RoomReader) -> Result<Vec<Person>>;

    /// What was said before a message, ascending: the newest `limit` messages. Deleted and hidden ones are left out.
    async fn chat_lines(&self, by: &RoomReader, before: MessageId, limit: usize) -> Result<Vec<ChatLine>>;
}
