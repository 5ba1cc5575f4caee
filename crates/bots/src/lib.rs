//! Minds: conversation in, stream of text out. This crate knows no rooms, no storage and no HTTP server.
//!
//! A [`Mind`] is asked with everything it may know ([`Ask`]) and answers piece by piece. Dropping the stream cancels the
//! answer, upstream too. What ends badly ends as a [`Fault`], whose kind the application shows in the reader's language.
//! Clock, chance and tools come in with the question, so that an answer can be repeated in a test.

pub mod dialogflow;
mod embedded;
mod fault;
mod give;
pub mod intents;
pub mod openai;
pub mod outside;
mod secret;
mod source;
pub mod webhook;
pub mod wit;

pub use domain::replies::Step;
pub use fault::{Fault, FaultKind};
pub use secret::Secret;
pub use source::{Defaults, MINDS, MindSource, with_secrets_of, without_secrets};

use futures_util::stream::BoxStream;
use std::sync::Arc;

/// The intent of a question that was not understood, in [`Piece::Guess`].
pub const OUT_OF_SCOPE: &str = "oos";

/// Something that answers.
pub trait Mind: Send + Sync + 'static {
    /// Answers a conversation piece by piece. The stream ends after the answer, or with its first fault; what was given
    /// before a fault stays given. Dropping it cancels the answer.
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Piece, Fault>>;
}

/// A question, with everything a mind may know.
#[derive(Clone)]
pub struct Ask {
    /// Oldest first; the last one is the question.
    pub turns: Vec<Turn>,
    /// The bot's own name.
    pub bot: String,
    /// Who asks.
    pub asker: String,
    /// The room's name; `None` where there is no room (a guest's page).
    pub room: Option<String>,
    /// The time, in the asker's zone.
    pub now: jiff::Zoned,
    /// Chance, for whatever is drawn by lot in this answer.
    pub chance: u64,
    /// What may be done besides talking.
    pub tools: Arc<dyn Toolbox>,
}

/// Something said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who said it.
    pub speaker: Speaker,
    /// The text, as Markdown.
    pub content: String,
}

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// The bot that is asked now.
    Own,
    /// A person, or another bot, by name.
    Other(String),
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// The next words, as Markdown. Never empty.
    Text(String),
    /// A tool was used.
    Step(Step),
    /// What the question was taken for.
    Guess {
        /// The intent's name; [`OUT_OF_SCOPE`] when it was not understood.
        intent: String,
        /// The intent that it comes nearest to, understood or not.
        nearest: String,
        /// From 0 to 1.
        confidence: f64,
    },
    /// What the answer cost so far; the last one counts.
    Usage(Usage),
    /// The answer stops here, but not because everything was said.
    Cut(Cut),
}

/// Tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Read.
    pub input: u64,
    /// Written.
    pub output: u64,
}

/// Why an answer stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The greatest length was reached.
    Length,
    /// The provider withheld the rest.
    Filtered,
}

/// What a mind may do besides talking. Tools act with the asker's rights.
#[async_trait::async_trait]
pub trait Toolbox: Send + Sync + 'static {
    /// What there is.
    fn tools(&self) -> Vec<Tool>;

    /// Uses one. The error is a sentence for the mind, which may try otherwise.
    async fn call(&self, name: &str, arguments: &serde_json::Value) -> Result<String, String>;
}

/// A tool as a model is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name: letters, digits and underscores.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// What it takes, as JSON Schema.
    pub parameters: serde_json::Value,
}

/// No tools.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTools;

#[async_trait::async_trait]
impl Toolbox for NoTools {
    fn tools(&self) -> Vec<Tool> {
        Vec::new()
    }

    async fn call(&self, name: &str, _: &serde_json::Value) -> Result<String, String> {
        Err(format!("There is no tool {name}."))
    }
}
