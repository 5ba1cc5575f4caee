//! What conversations outside of rooms use of the server's tokens.

use crate::Result;
use jiff::Timestamp;

/// Tokens of one day, used by guests and on the bot's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestUsage {
    /// The day in UTC, as days since 1970.
    pub day: i64,
    /// Tokens read.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
}

/// Tokens of conversations outside of rooms. They count in the budget of everyone together.
#[async_trait::async_trait]
pub trait Guests: Send + Sync + 'static {
    /// Sets tokens aside for an answer, of a day's budget for everyone together (0: any number). The day, or `None` when they do not fit.
    async fn set_aside(&self, tokens: i64, budget: i64, now: Timestamp) -> Result<Option<i64>>;

    /// Counts what an answer used, and gives back what was set aside for it.
    async fn settle(&self, used: GuestUsage, aside: i64) -> Result<()>;

    /// What was used from a day on, the newest first.
    async fn guest_usage(&self, from: i64) -> Result<Vec<GuestUsage>>;
}
