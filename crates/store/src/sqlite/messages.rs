//! Messages: the trait's methods. Writing is in `writing`, what bots said in `answering`, changing in `changing`, hiding in `hiding`, names in `naming`, reading in `reading`.

mod answering;
mod changing;
mod hiding;
mod naming;
mod paging;
mod reading;
mod writing;

use super::Sqlite;
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
impl Messages for Sqlite {
    async fn post(&self, by: &RoomWriter, draft: Draft, now: Timestamp) -> Result<Written<Posted>> {
        let (by, sheet) = (by.clone(), writing::Sheet::new(draft));
        match sheet.is_plain() && !by.joins() {
            true => self.write_checked(now, move |tx| writing::post(tx, &by, &sheet)).await,
            false => self.write(now, move |tx| writing::post(tx, &by, &sheet)).await,
        }
    }

    async fn posted(&self, by: &RoomWriter, draft: &Draft) -> Result<Option<Message>> {
        let (room, person, draft) = (by.room_id(), by.person(), draft.clone());
        self.read(move |db| writing::posted(db, room, person, &draft)).await
    }

    async fn edit(
        &self,
        by: &RoomWriter,
        id: MessageId,
        content: &str,
        now: Timestamp,
    ) -> Result<Written<Message>> {
        let (by, content) = (by.clone(), content.to_owned());
        self.write(now, move |tx| changing::edit(tx, &by, id, &content)).await
    }

    async fn delete(&self, by: &RoomReader, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        let by = by.clone();
        self.write(now, move |tx| changing::delete(tx, &by, id)).await
    }

    async fn react(
        &self,
        by: &RoomWriter,
        id: MessageId,
        emoji: &str,
        now: Timestamp,
    ) -> Result<Written<Message>> {
        let (by, emoji) = (by.clone(), emoji.to_owned());
        self.write(now, move |tx| changing::react(tx, &by, id, &emoji)).await
    }

    async fn unreact(
        &self,
        by: &RoomWriter,
        id: MessageId,
        emoji: &str,
        now: Timestamp,
    ) -> Result<Written<Message>> {
        let (by, emoji) = (by.clone(), emoji.to_owned());
        self.write(now, move |tx| changing::unreact(tx, &by, id, &emoji)).await
    }

    async fn pin(&self, by: &RoomWriter, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        let by = by.clone();
        self.write(now, move |tx| changing::pin(tx, &by, id)).await
    }

    async fn unpin(&self, by: &RoomWriter, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        let by = by.clone();
        self.write(now, move |tx| changing::unpin(tx, &by, id)).await
    }

    async fn message(&self, by: &RoomReader, id: MessageId) -> Result<Option<Message>> {
        let by = by.clone();
        self.read(move |db| match visible(db, &by, id) {
            Ok(message) => Ok(Some(message)),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn versions(&self, by: &RoomReader, id: MessageId) -> Result<Vec<Version>> {
        let by = by.clone();
        self.read(move |db| reading::versions(db, &visible(db, &by, id)?)).await
    }

    async fn page(&self, by: &RoomReader, at: PageAt, limit: usize) -> Result<Window> {
        let by = by.clone();
        self.read(move |db| paging::page(db, &by, at, limit)).await
    }

    async fn outline(&self, by: &RoomReader, at: PageAt, limit: usize) -> Result<Window<Key>> {
        let by = by.clone();
        self.read(move |db| paging::page(db, &by, at, limit)).await
    }

    async fn pinned(&self, by: &RoomReader) -> Result<Vec<Message>> {
        let by = by.clone();
        self.read(move |db| reading::pinned(db, &by)).await
    }
}
