//! Bots: members that answer.

use crate::{
    Invalid,
    ids::{PersonId, RoomId},
    limits,
    people::Profile,
    replies::Answers,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A bot: a person that speaks for a machine, and what it thinks with.
#[derive(Clone, PartialEq, Eq)]
pub struct Bot {
    /// Its account.
    pub profile: Profile,
    /// Whether it may speak.
    pub is_active: bool,
    /// Who made it.
    pub owner: Option<PersonId>,
    /// What it thinks with, by name: `intents`, `openai`, `webhook`, `wit` or `dialogflow`.
    pub mind: String,
    /// When it answers.
    pub answers: Answers,
    /// The mind's settings as JSON text, read by the mind alone. May hold a key: never shown.
    pub settings: String,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Without the settings, which may hold a key.
impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bot = f.debug_struct("Bot");
        bot.field("profile", &self.profile).field("is_active", &self.is_active);
        bot.field("mind", &self.mind).field("answers", &self.answers).finish_non_exhaustive()
    }
}

/// What one bot, person and room used on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageLine {
    /// The day in UTC, as days since 1970.
    pub day: i64,
    /// Who answered.
    pub bot: Profile,
    /// Who asked.
    pub person: Profile,
    /// Where.
    pub room: RoomId,
    /// The room's name.
    pub room_name: String,
    /// Tokens read.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
}

/// What was used by somebody, or on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageSum<T> {
    /// By whom, or when.
    pub of: T,
    /// Tokens read.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
}

/// What was used since a day, summed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageSums {
    /// By day in UTC, as days since 1970, the newest first.
    pub days: Vec<UsageSum<i64>>,
    /// By whom it was answered, the greatest first.
    pub bots: Vec<UsageSum<Profile>>,
    /// By whom it was asked, the greatest first, and not all of them where they are many.
    pub people: Vec<UsageSum<Profile>>,
}

/// How many tokens may be used in a day (UTC), read and written together. Zero: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Budgets {
    /// By one person.
    pub person: i64,
    /// In one room.
    pub room: i64,
    /// By everyone together.
    pub day: i64,
}

/// Checks a mind's settings: JSON text of at most [`limits::BOT_SETTINGS_BYTES_MAX`] bytes.
pub fn settings(text: &str) -> Result<String, Invalid> {
    if text.len() > limits::BOT_SETTINGS_BYTES_MAX {
        let text = "The settings of a bot have at most {limit} bytes.";
        return Err(Invalid::limit("settings", text, limits::BOT_SETTINGS_BYTES_MAX));
    }
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Invalid::new("settings", "The settings of a bot are a JSON object.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Profile;

    #[test]
    fn a_bot_that_is_logged_says_who_it_is_and_not_its_key() {
        let bot = Bot {
            profile: Profile {
                id: PersonId(1),
                username: "sage".into(),
                display_name: "Sage".into(),
                is_bot: true,
                avatar: String::new(),
            },
            is_active: true,
            owner: None,
            mind: "openai".into(),
            answers: Answers::Always,
            settings: r#"{"api_key":"sk-tea"}"#.into(),
            updated_at: Timestamp::UNIX_EPOCH,
        };
        let logged = format!("{bot:?}");
        assert!(logged.contains("sage") && !logged.contains("sk-tea"), "{logged}");
    }
}
