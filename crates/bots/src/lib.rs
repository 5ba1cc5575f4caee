//! Minds: conversation in, stream of text out. This crate knows no rooms, no storage and no HTTP server.
//!
//! It is a seam only as yet: [`Mind`] says what the application will ask of a bot. Bots hear and post through the same functions as
//! people do, so nothing else in the house has to change for them.

pub mod intents;

use futures_util::stream::BoxStream;

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Whether the bot itself said it.
    pub own: bool,
    /// The text, as Markdown.
    pub content: String,
}

/// Why a reply ended early.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Interrupted(pub String);

/// Something that answers. Dropping the stream cancels the answer.
pub trait Mind: Send + Sync {
    /// Answers a conversation, oldest turn first, piece by piece.
    fn answer(&self, conversation: Vec<Turn>) -> BoxStream<'_, Result<String, Interrupted>>;
}
