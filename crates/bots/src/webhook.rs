//! A program somewhere else: the message goes out, and the body that comes back is the reply.
//!
//! The names are those of Slack's outgoing webhooks, which many programs know already; `conversation` is ours. A body that begins with
//! `{` is JSON with the reply under `text`, any other is the reply itself. The request is sent once.

use crate::{
    Ask, Fault, FaultKind, Mind, Piece, Secret, Speaker,
    give::{Give, pieces},
    outside::{Outside, Whole, made, read_address},
};
use futures_util::stream::BoxStream;
use http::{Request, header};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Settings of one bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the message goes. Whoever knows such an address may often use it, so it is kept like a key.
    pub url: Secret,
    /// A word by which the program knows this server.
    pub token: Option<Secret>,
    /// How the message is written.
    #[serde(default)]
    pub format: Format,
}

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As JSON, with the conversation.
    #[default]
    Json,
    /// As a form without the conversation, as Slack itself does.
    Form,
}

/// The mind.
#[derive(Debug, Clone)]
pub struct Webhook {
    settings: Arc<Settings>,
    address: String,
    outside: Outside,
}

impl Webhook {
    /// A mind with these settings, or what is wrong with them.
    pub fn new(settings: Settings, outside: Outside) -> Result<Self, Fault> {
        let address = read_address(settings.url.expose()).map_err(|fault| fault.about("url"))?;
        Ok(Self { settings: Arc::new(settings), address, outside })
    }

    async fn ask(&self, ask: Ask, give: Give) -> Result<(), Fault> {
        let request = Request::post(&self.address).header(header::ACCEPT, "application/json, text/plain");
        let request = match self.settings.format {
            Format::Json => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Full::from(Value::Object(self.message(&ask, true)).to_string())),
            Format::Form => request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Full::from(form(&self.message(&ask, false)))),
        };
        let answer = self.outside.exchange(made(request)?, &ask.now).await?;
        give.whole(reply(&answer)?).await
    }

    fn message(&self, ask: &Ask, with_conversation: bool) -> serde_json::Map<String, Value> {
        let question = ask.turns.last().map_or("", |turn| &turn.content);
        let at = ask.now.timestamp();
        let mut message = serde_json::Map::new();
        let mut say = |name: &str, value: Value| message.insert(name.to_owned(), value);
        say("text", question.into());
        say("user_name", ask.asker.as_str().into());
        say("channel_name", ask.room.as_deref().unwrap_or_default().into());
        say("trigger_word", ask.bot.as_str().into());
        say("timestamp", format!("{}.{:06}", at.as_second(), at.subsec_microsecond()).into());
        if let Some(token) = &self.settings.token {
            say("token", token.expose().into());
        }
        if with_conversation {
            let turn = |turn: &crate::Turn| match &turn.speaker {
                Speaker::Own => json!({"bot": true, "user_name": ask.bot, "text": turn.content}),
                Speaker::Other(name) => json!({"bot": false, "user_name": name, "text": turn.content}),
            };
            say("conversation", ask.turns.iter().map(turn).collect());
        }
        message
    }
}

impl Mind for Webhook {
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Piece, Fault>> {
        let mind = self.clone();
        pieces(move |give| async move { mind.ask(ask, give).await })
    }
}

fn form(message: &serde_json::Map<String, Value>) -> String {
    let pairs = message.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn reply(answer: &Whole) -> Result<String, Fault> {
    #[derive(Deserialize)]
    struct Reply {
        #[serde(default)]
        text: Option<String>,
    }
    let broken =
        |why: &str| Fault::new(FaultKind::Broken, format!("the answer ({}) {why}", answer.media_type));
    if answer.body.trim_ascii_start().starts_with(b"{") {
        return Ok(answer.json::<Reply>()?.text.unwrap_or_default());
    }
    if answer.media_type.contains("html") {
        return Err(broken("is a page"));
    }
    String::from_utf8(answer.body.to_vec()).map_err(|_| broken("is no text in UTF-8"))
}
