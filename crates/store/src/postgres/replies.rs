//! Replies in progress: the trait's methods. Asking is in `queueing`, holding and running in `running`, ending in `closing`, budgets in
//! `spending`, reading in `reading`. Whoever needs a room too holds the room first, then the reply.

mod closing;
mod queueing;
mod reading;
mod running;
mod spending;

use super::{Postgres, messages};
use crate::{Close, Holder, Job, Lease, Leave, Posted, Replies, Result, Written};
use domain::{
    access::{RoomReader, RoomWriter},
    bots::Budgets,
    ids::{MessageId, ReplyId, RoomId},
    messages::Message,
    replies::{Reply, ReplyHead, Step},
};
use jiff::Timestamp;

pub(super) use queueing::queue;
pub(super) use running::{ask_to_stop, ask_to_stop_all, ask_to_stop_one, forget, halt};

/// All statements of this noun's files.
pub(super) fn statements() -> Vec<&'static str> {
    [
        closing::STATEMENTS,
        queueing::STATEMENTS,
        reading::STATEMENTS,
        running::STATEMENTS,
        spending::STATEMENTS,
    ]
    .concat()
}

#[async_trait::async_trait]
impl Replies for Postgres {
    async fn reply_heads(&self, rooms: &[RoomId]) -> Result<Vec<ReplyHead>> {
        reading::heads(&self.connection().await?, rooms).await
    }

    async fn open_replies(&self, ids: &[ReplyId]) -> Result<Vec<Reply>> {
        reading::these(&self.connection().await?, ids).await
    }

    async fn replies_in(&self, by: &RoomReader) -> Result<Vec<Reply>> {
        reading::in_room(&self.connection().await?, by.room_id(), by.visible_from()).await
    }

    async fn take_reply(&self, id: ReplyId, holder: &Holder, now: Timestamp) -> Result<Option<Job>> {
        let written = self.write(now, |tx| async move { running::take(&tx, id, holder).await });
        written.await.map(|written| written.value)
    }

    async fn take_lapsed(&self, holder: &Holder, limit: usize, now: Timestamp) -> Result<Written<Vec<Job>>> {
        let mut events = Vec::new();
        // Most of the time there are none, and that is one question.
        if !running::any_lapsed(&self.connection().await?, now).await? {
            return Ok(Written { value: Vec::new(), events });
        }
        let lost = running::lost(&self.connection().await?, now).await?;
        for id in lost {
            // Each by itself: its room is held before the reply is.
            let ended = self.write(now, |tx| async move { closing::end_lost(&tx, id).await }).await?;
            events.extend(ended.events);
        }
        let taken =
            self.write(now, |tx| async move { running::take_lapsed(&tx, holder, limit).await }).await?;
        Ok(Written { value: taken.value, events })
    }

    async fn hold_replies(&self, leases: &[Lease], until: Timestamp, now: Timestamp) -> Result<Vec<Lease>> {
        let written = self.write(now, |tx| async move { running::hold(&tx, leases, until).await });
        written.await.map(|written| written.value)
    }

    async fn begin_reply(
        &self,
        lease: Lease,
        estimate: i64,
        budgets: Budgets,
        now: Timestamp,
    ) -> Result<Leave> {
        let written =
            self.write(now, |tx| async move { running::begin(&tx, lease, estimate, budgets).await });
        written.await.map(|written| written.value)
    }

    async fn append_reply(
        &self,
        lease: Lease,
        at: usize,
        text: &str,
        steps: &[Step],
        now: Timestamp,
    ) -> Result<bool> {
        let text = crate::endings::plain(text);
        running::append(&self.connection().await?, lease, at, &text, steps, now).await
    }

    async fn stop_asked(&self, lease: Lease) -> Result<bool> {
        Ok(reading::standing(&self.connection().await?, lease).await?.stop_asked)
    }

    async fn close_reply(&self, lease: Lease, close: Close, now: Timestamp) -> Result<Written<Posted>> {
        let close = &close;
        self.write(now, |tx| async move { closing::close(&tx, lease, close).await }).await
    }

    async fn stop_reply(&self, by: &RoomReader, id: ReplyId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move { running::stop(&tx, by, id).await }).await
    }

    async fn run_again(&self, by: &RoomWriter, message: MessageId, now: Timestamp) -> Result<Reply> {
        let written = self.write(now, |tx| async move { queueing::again(&tx, by, message).await });
        written.await.map(|written| written.value)
    }

    async fn shared_history(&self, room: RoomId, upto: MessageId, limit: usize) -> Result<Vec<Message>> {
        messages::shared(&self.connection().await?, room, upto, limit).await
    }
}
