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

/// A bot: a person that speaks for a machine, and what it thinks with.
#[derive(Debug, Clone, PartialEq, Eq)]
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
