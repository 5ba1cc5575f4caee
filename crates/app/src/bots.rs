//! Bots, as people have to do with them: asked, stopped, asked again, paid for.

mod keeping;

pub use keeping::BotDraft;

use crate::{App, Result};
use domain::{
    access::{RoomReader, RoomWriter},
    bots::Budgets,
    events::Whisper,
    ids::{MessageId, ReplyId},
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
        self.tell(self.store.stop_reply(by, id, self.now()).await?);
        self.answering.look(id);
        Ok(())
    }

    /// Asks again for the reply that a message was: for the asker, and who governs the room. Its text is replaced when the new one is there, and
    /// kept as a version.
    pub async fn run_again(&self, by: &RoomWriter, message: MessageId) -> Result<Reply> {
        self.rates.post(by.person())?;
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
