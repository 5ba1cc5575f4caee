//! Bots, and what they used.

use crate::{FirstAdmin, NewPerson, Result, Written};
use domain::{
    audit::Deed,
    bots::{Bot, UsageLine, UsageSums},
    ids::PersonId,
    people::{Person, Username},
    replies::Answers,
};
use jiff::Timestamp;

/// A bot that may be made.
#[derive(Clone)]
pub struct NewBot {
    /// Checked; another person's equal name gives `Invalid` for the field `username`.
    pub username: Username,
    /// The name shown; the username when empty.
    pub display_name: String,
    /// Checked by [`domain::people::avatar`].
    pub avatar: String,
    /// Who makes it; `None`: the server.
    pub owner: Option<PersonId>,
    /// What it thinks with.
    pub mind: String,
    /// When it answers.
    pub answers: Answers,
    /// Checked by [`domain::bots::settings`].
    pub settings: String,
}

impl NewBot {
    /// Its account.
    pub(crate) fn account(&self) -> NewPerson {
        NewPerson {
            username: self.username.clone(),
            display_name: self.display_name.clone(),
            email: String::new(),
            password_hash: String::new(),
            admin: FirstAdmin::No,
            is_bot: true,
            avatar: self.avatar.clone(),
        }
    }
}

/// What to change of a bot; `None` leaves it.
#[derive(Clone, Default)]
pub struct BotPatch {
    /// A new shown name; told in every room it is in.
    pub display_name: Option<String>,
    /// A new avatar, or empty; told in every room it is in.
    pub avatar: Option<String>,
    /// Whether it may speak.
    pub is_active: Option<bool>,
    /// What it thinks with.
    pub mind: Option<String>,
    /// When it answers.
    pub answers: Option<Answers>,
    /// Checked by [`domain::bots::settings`].
    pub settings: Option<String>,
}

/// A question that a bot did not understand.
#[derive(Debug, Clone, PartialEq)]
pub struct Missed {
    /// Its row.
    pub id: i64,
    /// The question.
    pub text: String,
    /// The nearest intent.
    pub intent: String,
    /// How sure it was, from 0 to 1.
    pub confidence: f64,
    /// When.
    pub at: Timestamp,
}

/// Bots, and what they used.
#[async_trait::async_trait]
pub trait Bots: Send + Sync + 'static {
    /// Makes a bot and its account, which cannot sign in. Without a deed the server makes it by itself.
    async fn create_bot(&self, deed: Option<&Deed>, new: NewBot, now: Timestamp) -> Result<Written<Bot>>;

    /// Changes a bot.
    async fn update_bot(
        &self,
        deed: Option<&Deed>,
        id: PersonId,
        patch: BotPatch,
        now: Timestamp,
    ) -> Result<Written<Bot>>;

    /// One bot.
    async fn bot(&self, id: PersonId) -> Result<Option<Bot>>;

    /// All bots, by name, at most [`domain::limits::BOTS_MAX`].
    async fn bots(&self) -> Result<Vec<Bot>>;

    /// The account of a bot.
    async fn bot_person(&self, id: PersonId) -> Result<Option<Person>>;

    /// What was used from one day on (days since 1970, UTC), by day, bot, person and room, the newest day first, at most `limit` lines.
    async fn usage(&self, from: i64, limit: usize) -> Result<Vec<UsageLine>>;

    /// The same summed up, with at most [`domain::limits::USAGE_PEOPLE_MAX`] people.
    async fn usage_sums(&self, from: i64) -> Result<UsageSums>;

    /// Keeps a question that was not understood; the oldest go beyond [`domain::limits::MISSED_MAX`] of a bot.
    async fn keep_missed(&self, bot: PersonId, missed: Missed) -> Result<()>;

    /// Questions that were not understood, the newest first.
    async fn missed(&self, bot: PersonId, limit: usize) -> Result<Vec<Missed>>;

    /// Takes one away. Without a deed another act says so.
    async fn forget_missed(&self, deed: Option<&Deed>, bot: PersonId, id: i64, now: Timestamp) -> Result<()>;
}
