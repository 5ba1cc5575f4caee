//! The name of a request. A page that refuses shows it, the header `X-Request-Id` of an answer that refuses has it, and so has the log, so that
//! whoever was refused and whoever keeps the server can speak of the same thing.

use std::fmt;

/// The name of a request: 64 random bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(u64);

tokio::task_local! {
    static HERE: RequestId;
}

impl RequestId {
    pub fn new(bits: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bits))
    }

    /// That of the request being answered, if one is.
    pub fn here() -> Option<Self> {
        HERE.try_with(|id| *id).ok()
    }

    /// Answers a request under this name. Not an `async fn`: that would hold `answer` twice.
    pub fn naming<F: Future>(self, answer: F) -> impl Future<Output = F::Output> {
        HERE.scope(self, answer)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}
