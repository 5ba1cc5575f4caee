//! From what the database says of a bot to the mind that answers for it.

use crate::{
    Fault, FaultKind, Mind, dialogflow, embedded::Embedded, intents, openai, outside::Outside, webhook, wit,
};
use domain::{bots::Bot, ids::PersonId, limits::BOTS_MAX};
use serde::de::DeserializeOwned;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What a bot can think with, by the names kept in databases. `auto` is the server's language model where there is one, else the starter bot.
pub const MINDS: [&str; 6] = ["auto", "intents", "openai", "webhook", "wit", "dialogflow"];
/// Settings that are set and used, and never read back.
const SECRETS: [&str; 4] = ["api_key", "token", "url", "credentials"];

/// What the server says for all bots that say nothing else.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// Of language models.
    pub openai: openai::Settings,
    /// Of Wit.ai.
    pub wit: wit::Settings,
    /// Of Dialogflow.
    pub dialogflow: dialogflow::Settings,
}

/// Makes minds, and keeps those of bots that did not change.
pub struct MindSource {
    defaults: Defaults,
    outside: Outside,
    kept: Mutex<HashMap<PersonId, Kept>>,
}

struct Kept {
    kind: String,
    settings: String,
    mind: Arc<dyn Mind>,
}

impl MindSource {
    /// A source with the server's own settings.
    pub fn new(defaults: Defaults, outside: Outside) -> Self {
        Self { defaults, outside, kept: Mutex::default() }
    }

    /// The mind of a bot: the same one as before unless the bot changed.
    pub fn mind(&self, bot: &Bot) -> Result<Arc<dyn Mind>, Fault> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same =
            kept.get(&bot.profile.id).filter(|kept| kept.kind == bot.mind && kept.settings == bot.settings);
        if let Some(same) = same {
            return Ok(same.mind.clone());
        }
        let mind = self.build(&bot.mind, &bot.settings)?;
        if kept.len() >= BOTS_MAX {
            kept.clear();
        }
        let (kind, settings) = (bot.mind.clone(), bot.settings.clone());
        kept.insert(bot.profile.id, Kept { kind, settings, mind: mind.clone() });
        Ok(mind)
    }

    /// A mind of a kind (one of [`MINDS`]) with settings as JSON text, or what is wrong with them. Nothing is asked yet.
    pub fn build(&self, kind: &str, settings: &str) -> Result<Arc<dyn Mind>, Fault> {
        let (defaults, outside) = (&self.defaults, self.outside.clone());
        Ok(match kind {
            "auto" if self.model()?.is_some() => return self.build("openai", settings),
            "auto" => return self.build("intents", "{}"),
            "intents" => Arc::new(Embedded::new(script(settings)?, self.model()?)?),
            "openai" => Arc::new(openai::OpenAi::new(
                read::<openai::Settings>(settings)?.or(&defaults.openai),
                outside,
            )?),
            "webhook" => Arc::new(webhook::Webhook::new(read(settings)?, outside)?),
            "wit" => Arc::new(wit::Wit::new(read::<wit::Settings>(settings)?.or(&defaults.wit), outside)?),
            "dialogflow" => Arc::new(dialogflow::Dialogflow::new(
                read::<dialogflow::Settings>(settings)?.or(&defaults.dialogflow),
                outside,
            )?),
            other => {
                let detail = format!("there is no mind {other:?}; there are {}", MINDS.join(", "));
                return Err(Fault::new(FaultKind::Settings, detail));
            }
        })
    }

    /// What is wrong with settings that somebody wants to save. Nothing is asked.
    pub fn check(&self, kind: &str, settings: &str) -> Result<(), Fault> {
        if kind == "auto" {
            // Read by nobody while there is no language model, and by it when there is one.
            read::<openai::Settings>(settings)?;
        }
        self.build(kind, settings).map(drop)
    }

    /// The server's language model, when it has one: a key or an address is configured.
    pub fn model(&self) -> Result<Option<Arc<dyn Mind>>, Fault> {
        let settings = &self.defaults.openai;
        if settings.api_key.is_none() && settings.base_url.is_none() {
            return Ok(None);
        }
        Ok(Some(Arc::new(openai::OpenAi::new(settings.clone(), self.outside.clone())?)))
    }

    /// What finds the intent of a message when no bot is asked: Dialogflow or Wit.ai where configured, else the starter bot.
    pub fn recogniser(&self) -> Result<Arc<dyn Mind>, Fault> {
        self.build(self.recogniser_kind(), "{}")
    }

    fn recogniser_kind(&self) -> &'static str {
        match &self.defaults {
            Defaults { dialogflow, .. } if dialogflow.credentials.is_some() => "dialogflow",
            Defaults { wit, .. } if wit.token.is_some() => "wit",
            _ => "intents",
        }
    }

    /// Who writes where no bot is asked: the language model, else who finds intents, unless that is Wit.ai, which has no replies; then the
    /// starter bot.
    pub fn writer(&self, recogniser: &Arc<dyn Mind>) -> Result<Arc<dyn Mind>, Fault> {
        match self.model()? {
            Some(model) => Ok(model),
            None if self.recogniser_kind() == "wit" => self.build("intents", "{}"),
            None => Ok(recogniser.clone()),
        }
    }
}

/// Settings as they may be shown: without their secrets.
pub fn without_secrets(settings: &str) -> String {
    let mut map = as_map(settings);
    map.retain(|name, _| !SECRETS.contains(&name.as_str()));
    serde_json::Value::Object(map).to_string()
}

/// Changed settings of the same mind, with the secrets of the earlier ones where the changed ones name none; `null` takes one away. No
/// secret follows to another address: it could be read there.
pub fn with_secrets_of(changed: &str, earlier: &str) -> String {
    let (mut map, earlier) = (as_map(changed), as_map(earlier));
    let same_url = map.get("url").is_none_or(|url| earlier.get("url") == Some(url));
    if same_url && map.get("base_url") == earlier.get("base_url") {
        for (name, value) in earlier.into_iter().filter(|(name, _)| SECRETS.contains(&name.as_str())) {
            map.entry(name).or_insert(value);
        }
    }
    map.retain(|name, value| !(value.is_null() && SECRETS.contains(&name.as_str())));
    serde_json::Value::Object(map).to_string()
}

fn as_map(settings: &str) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(settings).unwrap_or_default()
}

/// The script of an embedded bot; without one it is the starter bot.
fn script(settings: &str) -> Result<intents::Script, Fault> {
    match as_map(settings).is_empty() {
        true => Ok(intents::starter()),
        false => read(settings),
    }
}

fn read<T: DeserializeOwned>(settings: &str) -> Result<T, Fault> {
    serde_json::from_str(settings)
        .map_err(|error| Fault::new(FaultKind::Settings, format!("the settings: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn changed(changed: Value, earlier: Value) -> Value {
        serde_json::from_str(&with_secrets_of(&changed.to_string(), &earlier.to_string())).unwrap()
    }

    #[test]
    fn a_secret_is_set_kept_and_taken_away_and_never_read_back() {
        let earlier = json!({"api_key": "sk-tea", "model": "small", "base_url": "https://a.example"});
        assert_eq!(
            without_secrets(&earlier.to_string()),
            r#"{"base_url":"https://a.example","model":"small"}"#
        );
        let same = json!({"base_url": "https://a.example", "model": "big"});
        assert_eq!(changed(same.clone(), earlier.clone())["api_key"], "sk-tea");
        let mut other = same.clone();
        other["api_key"] = json!("sk-cake");
        assert_eq!(changed(other, earlier.clone())["api_key"], "sk-cake");
        let mut without = same;
        without["api_key"] = Value::Null;
        assert_eq!(changed(without, earlier.clone()).get("api_key"), None);
        assert_eq!(
            changed(json!({"base_url": "https://b.example"}), earlier).get("api_key"),
            None,
            "not there"
        );

        let hook = json!({"url": "https://a.example", "token": "tea"});
        assert_eq!(changed(json!({"format": "form"}), hook.clone())["token"], "tea");
        assert_eq!(changed(json!({"url": "https://b.example"}), hook).get("token"), None, "nor there");
    }
}
