//! Dialogflow ES (`projects.agent.sessions.detectIntent`, v2): finds the intent of a message and writes the reply that its agent has for it.
//!
//! Only the question is sent, once, and only as many characters of it as Dialogflow reads. A session is one person with one bot in one
//! room; its name tells Google none of the three.

mod key;

use crate::{
    Ask, Fault, FaultKind, Mind, Piece, Secret,
    give::{Give, pieces},
    intents::OUT_OF_SCOPE,
    outside::{Outside, made, read_base},
};
use domain::limits::DIALOGFLOW_CHARS_MAX;
use futures_util::stream::BoxStream;
use http::{Request, header};
use http_body_util::Full;
use key::Key;
use ring::digest;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

const DEFAULT_ADDRESS: &str = "https://dialogflow.googleapis.com";

/// Settings of one bot, or of the server for all bots that say nothing else.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The agent's project; that of the key unless it is named.
    pub project_id: Option<String>,
    /// The text of the service account's key file.
    pub credentials: Option<Secret>,
    /// The language of the questions: `en`, unless it is named.
    pub language: Option<String>,
    /// The address of the API, if it is not Google's own.
    pub base_url: Option<String>,
}

impl Settings {
    /// These, and where they say nothing, the others. The key of the others goes only to the address of the others.
    pub fn or(self, others: &Self) -> Self {
        let same_address = self.base_url.is_none();
        Self {
            project_id: self.project_id.or_else(|| others.project_id.clone()),
            credentials: self.credentials.or_else(|| others.credentials.clone().filter(|_| same_address)),
            language: self.language.or_else(|| others.language.clone()),
            base_url: self.base_url.or_else(|| others.base_url.clone()),
        }
    }
}

/// The mind.
#[derive(Debug, Clone)]
pub struct Dialogflow(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    key: Key,
    /// The address of the agent's sessions.
    sessions: String,
    language: String,
    outside: Outside,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detected {
    query_result: QueryResult,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct QueryResult {
    fulfillment_text: String,
    intent: Option<Intent>,
    intent_detection_confidence: f64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Intent {
    display_name: String,
    is_fallback: bool,
}

impl Dialogflow {
    /// A mind with these settings, or what is wrong with them.
    pub fn new(settings: Settings, outside: Outside) -> Result<Self, Fault> {
        let Some(credentials) = &settings.credentials else {
            let detail = "there is no key (GOOGLE_APPLICATION_CREDENTIALS, or credentials of the bot)";
            return Err(Fault::new(FaultKind::Settings, detail).about("credentials"));
        };
        let key = Key::read(credentials).map_err(|fault| fault.about("credentials"))?;
        let project = settings.project_id.as_deref().unwrap_or(&key.project_id);
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if project.is_empty() || !project.chars().all(is_name) {
            let detail = "there is no project (DIALOGFLOW_PROJECT_ID, or project_id of the bot)";
            return Err(Fault::new(FaultKind::Settings, detail).about("project_id"));
        }
        let base = read_base(settings.base_url.as_deref().unwrap_or(DEFAULT_ADDRESS))
            .map_err(|fault| fault.about("base_url"))?;
        let sessions = format!("{base}/v2/projects/{project}/agent/sessions");
        let language = settings.language.unwrap_or_else(|| "en".to_owned());
        Ok(Self(Arc::new(Inner { key, sessions, language, outside })))
    }
}

impl Mind for Dialogflow {
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Piece, Fault>> {
        let inner = Arc::clone(&self.0);
        pieces(move |give| async move { inner.ask(ask, give).await })
    }
}

impl Inner {
    async fn ask(&self, ask: Ask, give: Give) -> Result<(), Fault> {
        let question = ask.turns.last().map_or("", |turn| &turn.content);
        let question: String = question.chars().take(DIALOGFLOW_CHARS_MAX).collect();
        let body = json!({"queryInput": {"text": {"text": question, "languageCode": self.language}}});
        let token = self.key.token(&self.outside, &ask.now).await?;
        let request = Request::post(format!("{}/{}:detectIntent", self.sessions, session(&ask)))
            .header(header::AUTHORIZATION, format!("Bearer {}", token.expose()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body.to_string()));
        let answer = self.outside.exchange(made(request)?, &ask.now).await;
        if answer.as_ref().is_err_and(|fault| fault.kind == FaultKind::Refused) {
            // The next question gets a new token; this one is not asked twice.
            self.key.forget_token().await;
        }
        let found = answer?.json::<Detected>()?.query_result;
        let intent = found.intent.filter(|intent| !intent.is_fallback);
        let intent = intent.map_or_else(|| OUT_OF_SCOPE.to_owned(), |intent| intent.display_name);
        let confidence = found.intent_detection_confidence.clamp(0.0, 1.0);
        give.piece(Piece::Guess { nearest: intent.clone(), intent, confidence }).await;
        give.whole(found.fulfillment_text).await
    }
}

/// The name of the conversation, at most 36 bytes.
fn session(ask: &Ask) -> String {
    let parts = [ask.bot.as_str(), ask.asker.as_str(), ask.room.as_deref().unwrap_or_default()];
    let hash = digest::digest(&digest::SHA256, parts.join("\0").as_bytes());
    hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
