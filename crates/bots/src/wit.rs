//! Wit.ai: finds the intent of a message (`GET /message`, <https://wit.ai/docs/http>). It writes no replies; those of the intents it
//! finds stand in the bot's settings.
//!
//! Only the question is sent, once, and only as many characters of it as Wit reads.

use crate::{
    Ask, Fault, FaultKind, Mind, Piece, Secret,
    give::{Give, pieces},
    intents::OUT_OF_SCOPE,
    outside::{Outside, made, read_base},
};
use domain::limits::WIT_CHARS_MAX;
use futures_util::stream::BoxStream;
use http::{Request, header};
use http_body_util::Full;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// The version of the API that the answers are read as.
const VERSION: &str = "20240304";
const DEFAULT_ADDRESS: &str = "https://api.wit.ai";

/// Settings of one bot, or of the server for all bots that say nothing else.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The server access token of the Wit app.
    pub token: Option<Secret>,
    /// The address of the API, if it is not Wit's own.
    pub base_url: Option<String>,
    /// What is answered to each intent.
    pub replies: BTreeMap<String, String>,
    /// What is answered to everything else.
    pub fallback: Option<String>,
}

impl Settings {
    /// These, and where they name no token and no address of their own, with the others' token.
    pub fn or(self, others: &Self) -> Self {
        let token = self.token.or_else(|| others.token.clone().filter(|_| self.base_url.is_none()));
        let base_url = self.base_url.or_else(|| others.base_url.clone());
        Self { token, base_url, ..self }
    }
}

/// The mind.
#[derive(Debug, Clone)]
pub struct Wit {
    settings: Arc<Settings>,
    token: Secret,
    base: String,
    outside: Outside,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    intents: Vec<Intent>,
}

#[derive(Deserialize)]
struct Intent {
    name: String,
    confidence: f64,
}

impl Wit {
    /// A mind with these settings, or what is wrong with them.
    pub fn new(settings: Settings, outside: Outside) -> Result<Self, Fault> {
        let Some(token) = settings.token.clone() else {
            let detail = "there is no token (WIT_AI_TOKEN, or token of the bot)";
            return Err(Fault::new(FaultKind::Settings, detail).about("token"));
        };
        let base = read_base(settings.base_url.as_deref().unwrap_or(DEFAULT_ADDRESS))
            .map_err(|fault| fault.about("base_url"))?;
        Ok(Self { settings: Arc::new(settings), token, base, outside })
    }

    async fn ask(&self, ask: Ask, give: Give) -> Result<(), Fault> {
        let question = ask.turns.last().map_or("", |turn| &turn.content);
        let question: String = question.chars().take(WIT_CHARS_MAX).collect();
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("v", VERSION)
            .append_pair("q", &question)
            .finish();
        let request = Request::get(format!("{}/message?{query}", self.base))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose()))
            .body(Full::default());
        let found: Found = self.outside.exchange(made(request)?, &ask.now).await?.json()?;
        // The likeliest comes first.
        let intent = found.intents.into_iter().next();
        let reply = intent.as_ref().and_then(|intent| self.settings.replies.get(&intent.name));
        let intent = intent.unwrap_or(Intent { name: OUT_OF_SCOPE.to_owned(), confidence: 0.0 });
        let (nearest, confidence) = (intent.name.clone(), intent.confidence.clamp(0.0, 1.0));
        give.piece(Piece::Guess { intent: intent.name, nearest, confidence }).await;
        // Whoever asks for the intent only has written no replies.
        match reply.or(self.settings.fallback.as_ref()) {
            Some(reply) => give.whole(reply.clone()).await,
            None => Ok(()),
        }
    }
}

impl Mind for Wit {
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Piece, Fault>> {
        let mind = self.clone();
        pieces(move |give| async move { mind.ask(ask, give).await })
    }
}
