//! Saying something, and what may happen to it afterwards.

use crate::{App, Error, Result};
use domain::{
    access::{RoomModerator, RoomReader, RoomWriter},
    events::Change,
    ids::MessageId,
    messages::{self, Draft, Message},
};
use store::Posted;

impl App {
    /// Writes a message down and tells everyone who listens. The first message of a reader of a public room makes them a
    /// member. The same draft under the same `client_id` answers with the message from then, whatever the rate limit says.
    pub async fn post(&self, by: &RoomWriter, draft: Draft) -> Result<Posted> {
        if let Err(limit) = self.may_post(by, draft.content()).await {
            return self.repeated(by, &draft).await?.ok_or(limit);
        }
        let written = self.store.post(by, draft, self.now()).await?;
        if written.events.iter().any(|event| matches!(event.change, Change::Reading(_))) {
            self.note_said(by, written.value.message.id);
        }
        let mut posted = self.tell(written);
        self.ask_bots(std::mem::take(&mut posted.replies));
        Ok(posted)
    }

    /// Gives one's own message another text.
    pub async fn edit(&self, by: &RoomWriter, id: MessageId, content: &str) -> Result<Message> {
        let content = messages::content(content)?;
        self.may_post(by, &content).await?;
        Ok(self.tell(self.store.edit(by, id, &content, self.now()).await?))
    }

    /// Deletes one's own message, or anyone's as a moderator.
    pub async fn delete(&self, by: &RoomReader, id: MessageId) -> Result<Message> {
        by.may_change()?;
        Ok(self.tell(self.store.delete(by, id, self.now()).await?))
    }

    /// Adds a reaction.
    pub async fn react(&self, by: &RoomWriter, id: MessageId, emoji: &str) -> Result<Message> {
        let emoji = messages::emoji(emoji)?;
        self.rates.post(by.person())?;
        Ok(self.tell(self.store.react(by, id, &emoji, self.now()).await?))
    }

    /// Takes a reaction back.
    pub async fn unreact(&self, by: &RoomWriter, id: MessageId, emoji: &str) -> Result<Message> {
        let emoji = messages::emoji(emoji)?;
        self.rates.post(by.person())?;
        Ok(self.tell(self.store.unreact(by, id, &emoji, self.now()).await?))
    }

    /// Keeps a message at hand for the room.
    pub async fn pin(&self, by: &RoomWriter, id: MessageId) -> Result<Message> {
        may_pin(by)?;
        Ok(self.tell(self.store.pin(by, id, self.now()).await?))
    }

    /// Lets it go again.
    pub async fn unpin(&self, by: &RoomWriter, id: MessageId) -> Result<Message> {
        may_pin(by)?;
        Ok(self.tell(self.store.unpin(by, id, self.now()).await?))
    }

    /// Within the length and the rate that administrators set.
    async fn may_post(&self, by: &RoomWriter, content: &str) -> Result<()> {
        messages::within(content, self.settings().await?.message_chars_max)?;
        self.rates.post(by.person())
    }

    async fn repeated(&self, by: &RoomWriter, draft: &Draft) -> Result<Option<Posted>> {
        if draft.client_id().is_none() {
            return Ok(None);
        }
        let message = self.store.posted(by, draft).await.map_err(Error::from)?;
        Ok(message.map(|message| Posted { message, repeated: true, replies: Vec::new() }))
    }
}

/// What a room keeps at hand is its members' affair; who merely passes by does not arrange it.
fn may_pin(by: &RoomWriter) -> Result<()> {
    if by.joins() && RoomModerator::grant(RoomReader::clone(by)).is_err() {
        return Err(Error::Forbidden("You are not a member of this room."));
    }
    Ok(())
}
