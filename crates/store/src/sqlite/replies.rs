//! Replies in progress: the trait's methods. Asking is in `queueing`, holding and running in `running`, ending in `closing`, budgets in
//! `spending`, reading in `reading`.

mod closing;
mod queueing;
mod reading;
mod running;
mod spending;

use super::{Sqlite, messages};
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
impl Replies for Sqlite {
    async fn reply_heads(&self, rooms: &[RoomId]) -> Result<Vec<ReplyHead>> {
        let rooms = rooms.iter().copied().collect();
        self.read(move |db| reading::heads(db, &rooms)).await
    }

    async fn open_replies(&self, ids: &[ReplyId]) -> Result<Vec<Reply>> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.read(move |db| reading::these(db, &ids)).await
    }

    async fn replies_in(&self, by: &RoomReader) -> Result<Vec<Reply>> {
        let (room, from) = (by.room_id(), by.visible_from());
        self.read(move |db| reading::in_room(db, room, from)).await
    }

    async fn take_reply(&self, id: ReplyId, holder: &Holder, now: Timestamp) -> Result<Option<Job>> {
        let holder = holder.clone();
        let written = self.write(now, move |tx| running::take(tx, id, &holder)).await?;
        Ok(written.value)
    }

    async fn take_lapsed(&self, holder: &Holder, limit: usize, now: Timestamp) -> Result<Written<Vec<Job>>> {
        // Most of the time there are none, and then the writer is left alone.
        if !self.read(move |db| running::any_lapsed(db, now)).await? {
            return Ok(Written { value: Vec::new(), events: Vec::new() });
        }
        let holder = holder.clone();
        self.write(now, move |tx| running::take_lapsed(tx, &holder, limit)).await
    }

    async fn hold_replies(&self, leases: &[Lease], until: Timestamp, now: Timestamp) -> Result<Vec<Lease>> {
        let leases = leases.to_vec();
        let written = self.write(now, move |tx| running::hold(tx, leases, until)).await?;
        Ok(written.value)
    }

    async fn begin_reply(
        &self,
        lease: Lease,
        estimate: i64,
        budgets: Budgets,
        now: Timestamp,
    ) -> Result<Leave> {
        let written = self.write(now, move |tx| running::begin(tx, lease, estimate, budgets)).await?;
        Ok(written.value)
    }

    async fn append_reply(
        &self,
        lease: Lease,
        at: usize,
        text: &str,
        steps: &[Step],
        now: Timestamp,
    ) -> Result<bool> {
        let (text, steps) = (crate::endings::plain(text).into_owned(), steps.to_vec());
        let written = self.write(now, move |tx| running::append(tx, lease, at, &text, &steps)).await?;
        Ok(written.value)
    }

    async fn stop_asked(&self, lease: Lease) -> Result<bool> {
        self.read(move |db| Ok(reading::standing(db, lease)?.stop_asked)).await
    }

    async fn close_reply(&self, lease: Lease, close: Close, now: Timestamp) -> Result<Written<Posted>> {
        self.write(now, move |tx| closing::close(tx, lease, &close)).await
    }

    async fn stop_reply(&self, by: &RoomReader, id: ReplyId, now: Timestamp) -> Result<Written<()>> {
        let by = by.clone();
        self.write(now, move |tx| running::stop(tx, &by, id)).await
    }

    async fn run_again(&self, by: &RoomWriter, message: MessageId, now: Timestamp) -> Result<Reply> {
        let by = by.clone();
        let written = self.write(now, move |tx| queueing::again(tx, &by, message)).await?;
        Ok(written.value)
    }

    async fn shared_history(&self, room: RoomId, upto: MessageId, limit: usize) -> Result<Vec<Message>> {
        self.read(move |db| messages::shared(db, room, upto, limit)).await
    }
}
