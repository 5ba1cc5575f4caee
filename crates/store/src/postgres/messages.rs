//! Messages: the trait's methods. Writing is in `writing`, what bots said in `answering`, changing in `changing`, hiding in `hiding`, names in `naming`, reading in `reading`.

mod answering;
mod changing;
mod hiding;
mod naming;
mod paging;
mod reading;
mod writing;

use super::Postgres;
use crate::{Key, Messages, PageAt, Posted, Result, StoreError, Window, Written};
use domain::{
    access::{RoomReader, RoomWriter},
    ids::MessageId,
    messages::{Draft, Message, Version},
};
use jiff::Timestamp;

pub(super) use answering::{say, say_again, tell};
pub(super) use hiding::{erase, hide, restore};
pub(super) use reading::{all_versions, changed_since, shared, unhidden, unhidden_around, visible};

/// All statements of this noun's files.
pub(super) fn statements() -> Vec<&'static str> {
    [
        reading::STATEMENTS,
        paging::STATEMENTS,
        writing::STATEMENTS,
        answering::STATEMENTS,
        changing::STATEMENTS,
        hiding::STATEMENTS,
        naming::STATEMENTS,
    ]
    .concat()
}

#[async_trait::async_trait]
impl Messages for Postgres {
    async fn post(&self, by: &RoomWriter, draft: Draft, now: Timestamp) -> Result<Written<Posted>> {
        let draft = &draft;
        self.write(now, |tx| async move { writing::post(&tx, by, draft).await }).await
    }

    async fn posted(&self, by: &RoomWriter, draft: &Draft) -> Result<Option<Message>> {
        writing::posted(&self.connection().await?, by.room_id(), by.person(), draft).await
    }

    async fn edit(
        &self,
        by: &RoomWriter,
        id: MessageId,
        content: &str,
        now: Timestamp,
    ) -> Result<Written<Message>> {
        self.write(now, |tx| async move { changing::edit(&tx, by, id, content).await }).await
    }

    async fn delete(&self, by: &RoomReader, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        self.write(now, |tx| async move { changing::delete(&tx, by, id).await }).await
    }

    async fn react(
        &self,
        by: &RoomWriter,
        id: MessageId,
        emoji: &str,
        now: Timestamp,
    ) -> Result<Written<Message>> {
        self.write(now, |tx| async move { changing::react(&tx, by, id, emoji).await }).await
    }

    async fn unreact(
        &self,
        by: &RoomWriter,
        id: MessageId,
        emoji: &str,
        now: Timestamp,
    ) -> Result<Written<Message>> {
        self.write(now, |tx| async move { changing::unreact(&tx, by, id, emoji).await }).await
    }

    async fn pin(&self, by: &RoomWriter, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        self.write(now, |tx| async move { changing::pin(&tx, by, id).await }).await
    }

    async fn unpin(&self, by: &RoomWriter, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        self.write(now, |tx| async move { changing::unpin(&tx, by, id).await }).await
    }

    async fn message(&self, by: &RoomReader, id: MessageId) -> Result<Option<Message>> {
        match visible(&self.connection().await?, by, id).await {
            Ok(message) => Ok(Some(message)),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn versions(&self, by: &RoomReader, id: MessageId) -> Result<Vec<Version>> {
        self.read(|tx| async move { reading::versions(&tx, &visible(&tx, by, id).await?).await }).await
    }

    async fn page(&self, by: &RoomReader, at: PageAt, limit: usize) -> Result<Window> {
        self.read(|tx| async move { paging::page(&tx, by, at, limit).await }).await
    }

    async fn outline(&self, by: &RoomReader, at: PageAt, limit: usize) -> Result<Window<Key>> {
        self.read(|tx| async move { paging::page(&tx, by, at, limit).await }).await
    }

    async fn pinned(&self, by: &RoomReader) -> Result<Vec<Message>> {
        reading::pinned(&self.connection().await?, by).await
    }
}
