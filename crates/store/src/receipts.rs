//! How far members took and read what was said, and what has become of a message.

use crate::{Result, Written};
use domain::{
    access::RoomReader,
    events::Whisper,
    ids::{MessageId, PersonId, RoomId},
    limits,
    receipts::{Mark, Moved, Reader, Receipt},
};
use jiff::Timestamp;

/// Marks and receipts. A mark only goes forward, up to the room's last message, and never takes a place in the room's lane.
#[async_trait::async_trait]
pub trait Receipts: Send + Sync + 'static {
    /// Moves marks on, in one transaction; at most one for a person and room. Those that moved. Who is not a member keeps none.
    async fn mark(&self, marks: &[Mark], now: Timestamp) -> Result<Written<Vec<Moved>>>;

    /// Whom it concerns that marks moved: in small rooms each author whose messages lie in between, in larger ones everybody, up to
    /// [`domain::limits::RECEIPTS_SHOWN_MAX`] members.
    async fn moved(&self, moved: &[Moved]) -> Result<Vec<Whisper>>;

    /// What has become of one's own message; `None` where it is not one's own, deleted or not there.
    async fn receipt(&self, by: &RoomReader, message: MessageId) -> Result<Option<Receipt>>;

    /// The same of the latest of one's own after a message, at most [`domain::limits::RECEIPTS_MAX`], ascending. In a room of more than
    /// [`domain::limits::RECEIPTS_SHOWN_MAX`] members: none.
    async fn receipts(&self, by: &RoomReader, after: MessageId) -> Result<Vec<Receipt>>;

    /// By which a change of marks in these rooms is noticed: one number each.
    async fn mark_sums(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>>;
}

/// How much a room tells of its marks by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Who has read.
    Named,
    /// How many have read.
    Shown,
    /// Nothing.
    Large,
}

impl Size {
    /// Of a room with so many members, counted to one more than [`limits::RECEIPTS_SHOWN_MAX`].
    pub fn of(members: i64) -> Self {
        match members as usize {
            n if n <= limits::RECEIPTS_NAMED_MAX => Self::Named,
            n if n <= limits::RECEIPTS_SHOWN_MAX => Self::Shown,
            _ => Self::Large,
        }
    }
}

/// What became of messages, from the marks of everybody else; `None` where these are too many to be read for it.
pub(crate) fn receipts_of(said: &[(MessageId, Timestamp)], readers: &[Reader]) -> Option<Vec<Receipt>> {
    // The author is a member too.
    let size = Size::of(readers.len() as i64 + 1);
    let receipt = |(id, at): &(MessageId, Timestamp)| Receipt::of(*id, *at, readers, size == Size::Named);
    (size != Size::Large).then(|| said.iter().map(receipt).collect())
}

/// What one author is told of a mark that moved: the last of their messages behind it.
pub(crate) fn told(moved: &Moved, (author, delivered, read): (PersonId, MessageId, MessageId)) -> Whisper {
    Whisper::Receipt { room: moved.now.room, author, person: moved.now.person, delivered, read }
}
