//! The form of a bot: from settings to fields and back. Each mind has settings of its own; a key goes in and never comes out.

use crate::{body::Fields, failure::Page};
use bots::{
    MINDS,
    intents::{STARTER, Script, script_of, settings_of},
    without_secrets,
};
use domain::{Invalid, bots::Bot, replies::Answers};
use serde_json::{Map, Value, json};

/// What a form says of a bot.
pub(super) struct Written {
    pub username: String,
    pub display_name: String,
    pub avatar: String,
    pub mind: String,
    pub answers: String,
    pub is_active: bool,
    pub prompt: String,
    pub model: String,
    pub temperature: String,
    pub base_url: String,
    pub script: String,
    /// Settings that have no field of their own, as JSON.
    pub more: String,
}

impl Written {
    pub fn of(bot: &Bot) -> Self {
        let own = if bot.mind == "intents" { script_of(&bot.settings) } else { None };
        let script =
            own.as_ref().filter(|_| bot.settings != "{}").map_or_else(|| STARTER.to_owned(), Script::write);
        let rest = if own.is_some() { "{}".to_owned() } else { without_secrets(&bot.settings) };
        let mut rest: Map<String, Value> = serde_json::from_str(&rest).unwrap_or_default();
        let has_fields = is_model(&bot.mind);
        let mut take = |name: &str| match has_fields.then(|| rest.remove(name)).flatten() {
            Some(Value::String(text)) => text,
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let [prompt, model, temperature, base_url] =
            ["system_prompt", "model", "temperature", "base_url"].map(&mut take);
        Self {
            username: bot.profile.username.clone(),
            display_name: bot.profile.display_name.clone(),
            avatar: bot.profile.avatar.clone(),
            mind: bot.mind.clone(),
            answers: bot.answers.as_str().to_owned(),
            is_active: bot.is_active,
            prompt,
            model,
            temperature,
            base_url,
            script,
            more: if rest.is_empty() {
                String::new()
            } else {
                serde_json::to_string_pretty(&rest).unwrap_or_default()
            },
        }
    }

    /// A bot nobody has thought of yet.
    pub fn nobody() -> Self {
        let empty = String::new;
        Self {
            username: empty(),
            display_name: empty(),
            avatar: empty(),
            mind: MINDS[0].to_owned(),
            answers: Answers::Mentioned.as_str().to_owned(),
            is_active: true,
            prompt: empty(),
            model: empty(),
            temperature: empty(),
            base_url: empty(),
            script: STARTER.to_owned(),
            more: empty(),
        }
    }

    pub fn read(fields: &Fields<Page>) -> Self {
        Self {
            username: fields.text("username"),
            display_name: fields.text("display_name"),
            avatar: fields.text("avatar"),
            mind: fields.text("mind"),
            answers: fields.text("answers"),
            is_active: fields.flag("is_active"),
            prompt: fields.text("prompt").replace("\r\n", "\n"),
            model: fields.text("model"),
            temperature: fields.text("temperature"),
            base_url: fields.text("base_url"),
            script: fields.text("script").replace("\r\n", "\n"),
            more: fields.text("more"),
        }
    }

    /// Where in the form a setting is written.
    pub fn field(&self, setting: &'static str) -> &'static str {
        match setting {
            "base_url" | "api_key" | "temperature" if !is_model(&self.mind) => "more",
            "url" | "token" | "credentials" | "project_id" | "max_tokens" => "more",
            own => own,
        }
    }

    /// The settings it comes to, as JSON text.
    pub fn settings(&self, fields: &Fields<Page>) -> Result<String, Invalid> {
        if self.mind == "intents" {
            let script = match self.script.trim() {
                "" => STARTER,
                script => script,
            };
            // What exactly is wrong with it is said in `refuse`.
            let wrong = |_| Invalid::new("script", "The script cannot be read as TOML of this form.");
            return Script::read(script).map(|script| settings_of(&script)).map_err(wrong);
        }
        let mut all: Map<String, Value> = match self.more.trim() {
            "" => Map::new(),
            text => serde_json::from_str(text)
                .map_err(|_| Invalid::new("more", "The settings of a bot are a JSON object."))?,
        };
        if !is_model(&self.mind) {
            return Ok(Value::Object(all).to_string());
        }
        let mut put = |name: &str, value: &str| {
            if !value.trim().is_empty() {
                all.insert(name.to_owned(), json!(value.trim()));
            }
        };
        put("system_prompt", &self.prompt);
        put("model", &self.model);
        put("base_url", &self.base_url);
        put("api_key", &fields.text("api_key"));
        if !self.temperature.trim().is_empty() {
            let degrees = self.temperature.trim().replace(',', ".").parse::<f64>().ok();
            let degrees = degrees.filter(|degrees| (0.0..=2.0).contains(degrees));
            let wrong = Invalid::new("temperature", "A temperature is a number from 0 to 2.");
            all.insert("temperature".to_owned(), json!(degrees.ok_or(wrong)?));
        }
        if fields.flag("key_goes") {
            all.entry("api_key").or_insert(Value::Null);
        }
        Ok(Value::Object(all).to_string())
    }
}

/// Whether the fields for language models are this mind's; those of the others are written as JSON.
fn is_model(mind: &str) -> bool {
    matches!(mind, "auto" | "openai")
}
