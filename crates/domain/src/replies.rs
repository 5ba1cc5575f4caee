//! What bots say, while they say it and afterwards.
//!
//! A reply in progress is not yet a message: it is a row of its own, with the text so far. It becomes a message in the
//! transaction that ends it. Asking again (*Retry*, *Regenerate*) is another *run* of the same reply; its text replaces the
//! message's, and the earlier one is kept as a version.

use crate::{
    ids::{MessageId, ReplyId, RoomId},
    people::Profile,
    rooms::RoomKind,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reply in progress. Told as whispers: the durable row is what counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Never reused.
    pub id: ReplyId,
    /// Where.
    pub room: RoomId,
    /// Counted from 1; one more for each time it is asked for again.
    pub run: u32,
    /// Who answers.
    pub bot: Profile,
    /// Who asked.
    pub asker: Profile,
    /// The message that is answered.
    pub question: MessageId,
    /// The message that an earlier run became; this run gives it another text.
    pub message: Option<MessageId>,
    /// Whether it has begun.
    pub state: ReplyState,
    /// The text so far, as Markdown. It only grows within a run.
    pub text: String,
    /// The tools used so far. They only grow within a run.
    pub steps: Vec<Step>,
    /// When this run was asked for.
    pub since: Timestamp,
}

/// How far a reply in progress is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplyState {
    /// Nobody has been asked yet: whoever holds it next may begin.
    Queued,
    /// The mind is being asked. It is not asked again by itself, because somebody may have to pay for it.
    Sent,
}

impl Reply {
    /// How far it is.
    pub fn head(&self) -> ReplyHead {
        ReplyHead {
            room: self.room,
            reply: self.id,
            run: self.run,
            state: self.state,
            length: self.text.len(),
            steps: self.steps.len(),
        }
    }
}

impl ReplyState {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
        }
    }

    /// Reads the word back; `None` for a reply that has ended.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Sent].into_iter().find(|state| state.as_str() == text)
    }
}

/// How far an open reply is, cheap to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyHead {
    /// Where.
    pub room: RoomId,
    /// Which.
    pub reply: ReplyId,
    /// Its run.
    pub run: u32,
    /// Whether it has begun.
    pub state: ReplyState,
    /// Bytes of its text.
    pub length: usize,
    /// How many tools were used.
    pub steps: usize,
}

/// A tool that was used for a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The tool's name.
    pub tool: String,
    /// What it was asked, as JSON text.
    pub arguments: String,
    /// What it answered, or why it did not.
    pub outcome: String,
}

/// What a message that a bot answered with keeps of its reply. A reader takes a reply in progress away when a message comes that names
/// it with the same run or a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The reply it was.
    pub reply: ReplyId,
    /// The run that ended last.
    pub run: u32,
    /// Who asked.
    pub asker: Profile,
    /// The message that is answered.
    pub question: MessageId,
    /// How it ended.
    pub ending: Ending,
    /// Why, as a word: a kind of fault, `length`, `filtered`, `lost`, `budget` or `loop`; empty where there is nothing to say.
    pub why: String,
    /// Until when whoever thinks for the bot asked to be left alone.
    pub retry_at: Option<Timestamp>,
    /// The tools used.
    pub steps: Vec<Step>,
}

/// How a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Everything was said, up to a greatest length.
    Complete,
    /// Somebody stopped it.
    Stopped,
    /// It broke off with some text.
    Interrupted,
    /// It never began to speak: the message is a notice without text.
    Failed,
}

impl Ending {
    const ALL: [Self; 4] = [Self::Complete, Self::Stopped, Self::Interrupted, Self::Failed];

    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }

    /// Reads the word back; `None` for a reply in progress.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.as_str() == text)
    }
}

/// When a bot answers what is said in a room it is in. In a direct room it always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// When it is named.
    Mentioned,
    /// Always.
    Always,
    /// In direct rooms only.
    Direct,
}

impl Answers {
    const ALL: [Self; 3] = [Self::Mentioned, Self::Always, Self::Direct];

    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mentioned => "mentioned",
            Self::Always => "always",
            Self::Direct => "direct",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answers| answers.as_str() == text)
    }

    /// Whether a bot answers a message. Bots answer each other only when named, so that two that always answer do not talk for ever.
    pub fn to(self, room: RoomKind, named: bool, by_bot: bool) -> bool {
        match (self, room) {
            (_, _) if by_bot => named && self != Self::Direct,
            (_, RoomKind::Direct) | (Self::Always, _) => true,
            (Self::Mentioned, _) => named,
            (Self::Direct, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_answers_where_it_was_told_to_and_nowhere_else() {
        assert!(Answers::Mentioned.to(RoomKind::Public, true, false));
        assert!(!Answers::Mentioned.to(RoomKind::Public, false, false));
        assert!(Answers::Mentioned.to(RoomKind::Direct, false, false));
        assert!(Answers::Always.to(RoomKind::Private, false, false));
        assert!(Answers::Direct.to(RoomKind::Direct, false, false));
        assert!(!Answers::Direct.to(RoomKind::Public, true, false));
    }

    #[test]
    fn bots_answer_each_other_only_when_named() {
        assert!(Answers::Always.to(RoomKind::Public, true, true));
        assert!(!Answers::Always.to(RoomKind::Public, false, true));
        assert!(!Answers::Mentioned.to(RoomKind::Direct, false, true));
    }
}
