//! What the hub asks of the store, and nothing more.

use domain::{
    events::{Changes, Lane},
    ids::{PersonId, ReplyId, RoomId, Seq},
    replies::{Reply, ReplyHead},
};

/// The truth could not be read now; the text says why. The hub tries again at the next comparison of heads.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Unread(pub String);

/// What the hub asks of the store; `app` answers.
#[async_trait::async_trait]
pub trait Truth: Send + Sync + 'static {
    /// The heads of many lanes; unknown ones are left out.
    async fn heads(&self, lanes: &[Lane]) -> Result<Vec<(Lane, Seq)>, Unread>;

    /// What changed in a lane since a place, one page.
    async fn changes(&self, lane: Lane, since: Seq) -> Result<Changes, Unread>;

    /// A room's members, at most `limit`.
    async fn roster(&self, room: RoomId, limit: usize) -> Result<Vec<PersonId>, Unread>;

    /// The rooms a person is in.
    async fn rooms_of(&self, person: PersonId) -> Result<Vec<RoomId>, Unread>;

    /// How far the open replies of some rooms are.
    async fn reply_heads(&self, rooms: &[RoomId]) -> Result<Vec<ReplyHead>, Unread>;

    /// By which it is noticed that somebody came further in some rooms: one number each.
    async fn mark_sums(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>, Unread>;

    /// Open replies with their text so far; what has ended is left out.
    async fn open_replies(&self, ids: &[ReplyId]) -> Result<Vec<Reply>, Unread>;
}
