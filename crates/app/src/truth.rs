//! What the hub may ask, answered by the store.

use domain::{
    events::{Changes, Lane},
    ids::{PersonId, ReplyId, RoomId, Seq},
    limits,
    replies::{Reply, ReplyHead},
};
use live::{Truth, Unread};
use std::sync::Arc;
use store::{Store, StoreError};

pub(crate) struct StoreTruth(pub Arc<dyn Store>);

#[async_trait::async_trait]
impl Truth for StoreTruth {
    async fn heads(&self, lanes: &[Lane]) -> Result<Vec<(Lane, Seq)>, Unread> {
        let heads = self.0.heads(lanes).await.map_err(unread)?;
        Ok(heads.into_iter().map(|head| (head.lane, head.seq)).collect())
    }

    async fn changes(&self, lane: Lane, since: Seq) -> Result<Changes, Unread> {
        self.0.changes(lane, since, limits::CHANGES_PAGE_ROWS).await.map_err(unread)
    }

    async fn roster(&self, room: RoomId, limit: usize) -> Result<Vec<PersonId>, Unread> {
        self.0.roster(room, limit).await.map_err(unread)
    }

    async fn rooms_of(&self, person: PersonId) -> Result<Vec<RoomId>, Unread> {
        self.0.room_ids_of(person).await.map_err(unread)
    }

    async fn reply_heads(&self, rooms: &[RoomId]) -> Result<Vec<ReplyHead>, Unread> {
        self.0.reply_heads(rooms).await.map_err(unread)
    }

    async fn mark_sums(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>, Unread> {
        self.0.mark_sums(rooms).await.map_err(unread)
    }

    async fn open_replies(&self, ids: &[ReplyId]) -> Result<Vec<Reply>, Unread> {
        self.0.open_replies(ids).await.map_err(unread)
    }
}

fn unread(error: StoreError) -> Unread {
    Unread(error.to_string())
}
