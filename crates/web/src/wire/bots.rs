//! Bots as administrators see them.

use super::value;
use super::{Profile, people::FERRYMAN};
use domain::{
    bots::{self, UsageLine},
    ids::{PersonId, RoomId},
    replies::Answers,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// A bot as administrators see it: of its keys only the names.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Bot<'b> {
    #[schemars(example = 2)]
    id: PersonId,
    #[schemars(example = &"tertulia")]
    username: &'b str,
    #[schemars(example = &"Tertulia")]
    display_name: &'b str,
    /// One emoji in its face; empty: a lamp.
    #[schemars(example = &"⛴️")]
    avatar: &'b str,
    /// Whether it may speak.
    #[schemars(example = true)]
    is_active: bool,
    /// Who made it; null for the server's own.
    owner: Option<PersonId>,
    /// What it thinks with: `auto`, `intents`, `openai`, `webhook`, `wit` or `dialogflow`.
    #[schemars(example = &"intents")]
    mind: &'b str,
    /// When it answers.
    answers: Answers,
    /// What its mind reads, without keys.
    settings: Map<String, Value>,
    /// The names of its keys.
    #[schemars(example = ["api_key"])]
    keys: Vec<String>,
    updated_at: Timestamp,
}

pub(crate) fn bot(bot: &bots::Bot) -> Value {
    value(Bot {
        id: bot.profile.id,
        username: &bot.profile.username,
        display_name: &bot.profile.display_name,
        avatar: &bot.profile.avatar,
        is_active: bot.is_active,
        owner: bot.owner,
        mind: &bot.mind,
        answers: bot.answers,
        settings: settings(&::bots::without_secrets(&bot.settings)),
        keys: bot_keys(bot),
        updated_at: bot.updated_at,
    })
}

fn settings(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The names of a bot's keys.
pub(crate) fn bot_keys(bot: &bots::Bot) -> Vec<String> {
    let shown = settings(&::bots::without_secrets(&bot.settings));
    settings(&bot.settings)
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !shown.contains_key(name))
        .collect()
}

/// A day counted from 1970.
pub(crate) fn day(day: i64) -> Date {
    Timestamp::from_second(day * 86_400).map_or(Date::ZERO, |at| at.to_zoned(TimeZone::UTC).date())
}

/// A question that a bot did not understand.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Missed<'m> {
    #[schemars(example = 7)]
    id: i64,
    #[schemars(example = &"Do you know a funny one?")]
    text: &'m str,
    /// What it came nearest to.
    #[schemars(example = &"joke")]
    intent: &'m str,
    /// How near, from 0 to 1.
    #[schemars(example = 0.14)]
    confidence: f64,
    at: Timestamp,
}

pub(crate) fn missed(missed: &store::Missed) -> Value {
    let store::Missed { id, text, intent, confidence, at, .. } = missed;
    value(Missed { id: *id, text, intent, confidence: *confidence, at: *at })
}

/// What one bot, person and room used on one day.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Usage<'u> {
    /// In UTC.
    day: Date,
    #[schemars(example = FERRYMAN)]
    bot: Profile<'u>,
    /// Who asked.
    person: Profile<'u>,
    room_id: RoomId,
    /// The room's name.
    #[schemars(example = &"General")]
    room: &'u str,
    /// Tokens read.
    input: i64,
    /// Tokens written.
    output: i64,
}

pub(crate) fn usage(line: &UsageLine) -> Value {
    value(Usage {
        day: day(line.day),
        bot: (&line.bot).into(),
        person: (&line.person).into(),
        room_id: line.room,
        room: &line.room_name,
        input: line.input,
        output: line.output,
    })
}

/// What guests used on one day.
#[derive(Serialize, JsonSchema)]
pub(crate) struct GuestUsage {
    /// In UTC.
    day: Date,
    /// Tokens read.
    input: i64,
    /// Tokens written.
    output: i64,
}

pub(crate) fn guest_usage(used: &store::GuestUsage) -> Value {
    value(GuestUsage { day: day(used.day), input: used.input, output: used.output })
}
