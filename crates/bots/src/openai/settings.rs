//! What a bot of this mind can be told.

use crate::{Fault, FaultKind, Secret, outside::read_base};
use domain::limits::MIND_CONTEXT_TOKENS;

/// Where language models are asked unless an address is given.
pub const DEFAULT_ADDRESS: &str = "https://api.openai.com/v1";
/// The model that is asked unless one is named.
pub const DEFAULT_MODEL: &str = "gpt-4o-mini";

/// Settings of one bot, or of the server for all bots that say nothing else.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The address of the API, with its version: `https://api.openai.com/v1`.
    pub base_url: Option<String>,
    /// Its key; servers of one's own often need none.
    pub api_key: Option<Secret>,
    /// The model's name.
    pub model: Option<String>,
    /// From 0 to 2; not sent unless set.
    pub temperature: Option<f64>,
    /// Tokens of one answer, at most; not sent unless set.
    pub max_tokens: Option<u32>,
    /// What the model is told before everything else.
    pub system_prompt: Option<String>,
    /// Tokens the model is given to read, at most.
    pub context_tokens: Option<u32>,
    /// Whether it may use the tools; it may, unless told otherwise.
    pub tools: Option<bool>,
}

impl Settings {
    /// These, and where they say nothing, the others. The key of the others goes only to the address of the others.
    pub fn or(self, others: &Self) -> Self {
        let same_address = self.base_url.is_none() || self.base_url == others.base_url;
        Self {
            api_key: self.api_key.or_else(|| others.api_key.clone().filter(|_| same_address)),
            base_url: self.base_url.or_else(|| others.base_url.clone()),
            model: self.model.or_else(|| others.model.clone()),
            temperature: self.temperature.or(others.temperature),
            max_tokens: self.max_tokens.or(others.max_tokens),
            system_prompt: self.system_prompt.or_else(|| others.system_prompt.clone()),
            context_tokens: self.context_tokens.or(others.context_tokens),
            tools: self.tools.or(others.tools),
        }
    }

    pub(super) fn checked(self) -> Result<Checked, Fault> {
        let wrong = |field, what: &str| Err(Fault::new(FaultKind::Settings, what).about(field));
        let base = read_base(self.base_url.as_deref().unwrap_or(DEFAULT_ADDRESS))
            .map_err(|fault| fault.about("base_url"))?;
        let is_openai = base.starts_with("https://api.openai.com/");
        if is_openai && self.api_key.is_none() {
            return wrong("api_key", "there is no key (OPENAI_API_KEY, or api_key of the bot)");
        }
        if self.temperature.is_some_and(|degrees| !(0.0..=2.0).contains(&degrees)) {
            return wrong("temperature", "temperature is not between 0 and 2");
        }
        if self.max_tokens == Some(0) || self.context_tokens == Some(0) {
            return wrong("max_tokens", "max_tokens and context_tokens are above zero");
        }
        Ok(Checked {
            address: format!("{base}/chat/completions"),
            is_openai,
            key: self.api_key,
            model: self.model.unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
            temperature: self.temperature,
            max_tokens: self.max_tokens,
            system_prompt: self.system_prompt,
            context_tokens: u64::from(self.context_tokens.unwrap_or(MIND_CONTEXT_TOKENS)),
            tools: self.tools.unwrap_or(true),
        })
    }
}

/// Settings that can be used.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) address: String,
    /// OpenAI's own service calls some things otherwise than those that are compatible with it.
    pub(super) is_openai: bool,
    pub(super) key: Option<Secret>,
    pub(super) model: String,
    pub(super) temperature: Option<f64>,
    pub(super) max_tokens: Option<u32>,
    pub(super) system_prompt: Option<String>,
    pub(super) context_tokens: u64,
    pub(super) tools: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: serde_json::Value) -> Settings {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_servers_key_goes_to_the_servers_address_only() {
        let server = settings(serde_json::json!({ "api_key": "tea", "model": "big" }));
        let own = settings(serde_json::json!({ "model": "small" })).or(&server);
        assert_eq!((own.model.as_deref(), own.api_key), (Some("small"), Some(Secret::new("tea"))));
        let elsewhere = settings(serde_json::json!({ "base_url": "https://else.example/v1" })).or(&server);
        assert_eq!((elsewhere.model.as_deref(), elsewhere.api_key), (Some("big"), None));
    }

    #[test]
    fn a_key_is_not_shown_by_what_holds_it() {
        let server = settings(serde_json::json!({ "api_key": "tea-and-cake" }));
        assert!(!format!("{:?} {:?}", server, server.clone().checked().unwrap()).contains("tea-and-cake"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            serde_json::json!({}),
            serde_json::json!({ "base_url": "model.local" }),
            serde_json::json!({ "api_key": "tea", "temperature": 2.5 }),
            serde_json::json!({ "api_key": "tea", "max_tokens": 0 }),
        ] {
            assert_eq!(settings(wrong).checked().unwrap_err().kind, FaultKind::Settings);
        }
        assert!(settings(serde_json::json!({ "base_url": "http://127.0.0.1:11434/v1" })).checked().is_ok());
        assert!(serde_json::from_value::<Settings>(serde_json::json!({ "temprature": 1 })).is_err());
    }
}
