//! What can go wrong between a bot and what it thinks with.

use std::time::Duration;

/// Why an answer ended badly. Its text is for logs and administrators; readers get words for its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", kind.as_str())]
pub struct Fault {
    /// What kind of thing it was.
    pub kind: FaultKind,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
    /// What exactly, without keys and without anybody's words.
    pub detail: String,
    /// Which of the settings is at fault, where that is known.
    pub field: Option<&'static str>,
}

impl Fault {
    /// A fault of a kind.
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { kind, retry_after: None, detail: detail.into(), field: None }
    }

    /// The same, about one of the settings.
    #[must_use]
    pub fn about(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
}

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Nobody answers at the provider's address, or its certificate is not good.
    Unreachable,
    /// The provider does not accept the key, or forbids the use.
    Refused,
    /// The provider knows no such model or address.
    Unknown,
    /// The provider has too much to do, or the limit of the key is reached.
    Busy,
    /// The provider failed.
    Failed,
    /// The provider said nothing for too long.
    Silent,
    /// The answer broke off, or could not be understood.
    Broken,
    /// The answer was empty.
    Empty,
    /// The question is longer than the bot can read.
    TooLong,
    /// The bot's settings are incomplete or wrong.
    Settings,
}

impl FaultKind {
    const ALL: [Self; 10] = [
        Self::Unreachable,
        Self::Refused,
        Self::Unknown,
        Self::Busy,
        Self::Failed,
        Self::Silent,
        Self::Broken,
        Self::Empty,
        Self::TooLong,
        Self::Settings,
    ];

    /// The word kept in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::Silent => "silent",
            Self::Broken => "broken",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Settings => "settings",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
