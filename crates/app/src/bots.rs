//! Bots, as people have to do with them: asked, stopped, asked again, paid for.

mod keeping;

pub use keeping::BotDraft;

use crate::{App, Error, Result};
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
    bots::Budgets,
    events::Whisper,
    ids::{MessageId, ReplyId},
    limits,
    replies::Reply,
};

/// The name under which the budgets are kept.
const BUDGETS: &str = "budgets";

impl App {
    /// Has bots answer: says that they were asked, and nudges this process to begin.
    pub(crate) fn ask_bots(&self, replies: Vec<Reply>) {
        for reply in replies {
            let id = reply.id;
            self.hub.whisper(Whisper::Reply(Box::new(reply)));
            self.answering.nudge(id);
        }
    }

    /// Stops a reply in progress, wherever it runs: for the asker, and who governs the room. Nothing happens to one that has ended.
    pub async fn stop_reply(&self, by: &RoomReader, id: ReplyId) -> Result<()> {
        by.may_change()?;
        self.tell(self.store.stop_reply(by, id, self.now()).await?);
        self.answering.look(id);
        Ok(())
    }

    /// Asks again for the reply that a message was: for the asker, and who governs the room. Its text is replaced when the new one is there, and
    /// kept as a version. Not before the time that the provider asked for.
    pub async fn run_again(&self, by: &RoomWriter, message: MessageId) -> Result<Reply> {
        self.rates.post(by.person())?;
        let asked = self.store.message(by, message).await?.ok_or(Error::NotFound("message"))?;
        let until = asked.answer.and_then(|answer| answer.retry_at).filter(|until| *until > self.now());
        if let Some(until) = until {
            let text = "The provider asked for a pause. Ask again when it is over.";
            let wait = until.duration_since(self.now());
            let retry_after = wait.try_into().unwrap_or(limits::RETRY_AFTER_MAX);
            return Err(Error::TooMany { what: Invalid::new("message", text), retry_after });
        }
        let reply = self.store.run_again(by, message, self.now()).await?;
        self.ask_bots(vec![reply.clone()]);
        Ok(reply)
    }

    /// The tokens that may be used in a day.
    pub async fn budgets(&self) -> store::Result<Budgets> {
        let kept = self.store.setting(BUDGETS).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }
}
