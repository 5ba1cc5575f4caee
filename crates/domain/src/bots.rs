//! Bots: members that answer.

use crate::{
    Invalid,
    ids::{PersonId, RoomId},
    limits,
    people::Profile,
    replies::Answers,
};
use jiff::Timestamp;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Budgets {
    /// By one person.
    pub person: i64,
    /// In one room.
    pub room: i64,
    /// By everyone together.
    pub day: i64,
}

/// Settings as they may be shown: without keys; and the names of the keys they hold.
pub fn shown(settings: &str) -> (Map<String, Value>, Vec<String>) {
    let (keys, rest): (Map<_, _>, Map<_, _>) = map(settings).into_iter().partition(|(name, _)| is_key(name));
    (rest, keys.into_iter().map(|(name, _)| name).collect())
}

/// New settings in place of old ones. A key that is not named again is kept, because nobody is shown it to send it back; except
/// where the address it was given for is another one now. What is null or empty goes.
pub fn replaced(old: &str, new: &str) -> Result<String, Invalid> {
    settings(new)?;
    let (mut old, mut new) = (map(old), map(new));
    let same_place = old.get("base_url") == new.get("base_url").filter(|url| url.as_str() != Some(""))
        && new.get("url").is_none_or(|url| old.get("url") == Some(url));
    old.retain(|name, _| same_place && is_key(name) && !new.contains_key(name));
    new.append(&mut old);
    new.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
    settings(&Value::Object(new).to_string())
}

fn map(settings: &str) -> Map<String, Value> {
    serde_json::from_str(settings).unwrap_or_default()
}

/// Whether a setting is a key: it can be written and never read. Whoever knows a webhook's address may often use it.
fn is_key(name: &str) -> bool {
    name == "url"
        || ["key", "token", "secret", "password", "credentials"].iter().any(|word| name.ends_with(word))
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

    const OLD: &str = r#"{"api_key":"tea","model":"small","base_url":"https://a.example/v1"}"#;

    #[test]
    fn a_key_is_written_and_never_shown() {
        let (shown, keys) = shown(OLD);
        assert_eq!((shown.len(), keys), (2, vec!["api_key".to_owned()]));
        assert!(!shown.contains_key("api_key"));
    }

    #[test]
    fn a_key_stays_until_another_one_comes_or_its_address_goes() {
        let stays = replaced(OLD, r#"{"model":"big","base_url":"https://a.example/v1"}"#).expect("an object");
        assert!(stays.contains("tea") && stays.contains("big"), "{stays}");
        let another =
            replaced(OLD, r#"{"api_key":"cake","base_url":"https://a.example/v1"}"#).expect("an object");
        assert!(another.contains("cake") && !another.contains("tea"), "{another}");
        for elsewhere in [r#"{"base_url":"https://thief.example"}"#, "{}", r#"{"base_url":""}"#] {
            let moved = replaced(OLD, elsewhere).expect("an object");
            assert!(!moved.contains("tea"), "{moved}");
        }
        let hook = r#"{"url":"https://a.example","token":"tea"}"#;
        assert_eq!(
            replaced(hook, r#"{"url":"https://thief.example"}"#).as_deref(),
            Ok(r#"{"url":"https://thief.example"}"#)
        );
        assert!(replaced(hook, "{}").expect("an object").contains("tea"));
        let taken =
            replaced(OLD, r#"{"api_key":null,"base_url":"https://a.example/v1"}"#).expect("an object");
        assert!(!taken.contains("tea"), "{taken}");
        assert_eq!(
            replaced(r#"{"api_key":"tea"}"#, r#"{"model":""}"#).as_deref(),
            Ok(r#"{"api_key":"tea"}"#)
        );
        assert_eq!(replaced(OLD, "[1]").unwrap_err().field, "settings");
    }
}
