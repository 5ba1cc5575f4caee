//! What can go wrong with a use case, by what the caller can do about it.

use domain::{Invalid, access::Refused};
use std::time::Duration;
use store::StoreError;

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with a use case, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or none this person may know of.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// They may know of it, but not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A bot's settings cannot be used.
    #[error("These settings cannot be used: {what}")]
    Settings {
        /// Which of them; `script` for the words of a bot that answers by intents.
        field: &'static str,
        /// What is wrong and where, as the mind says it.
        what: String,
    },
    /// Name and password do not match; never said which.
    #[error("Name and password do not match.")]
    WrongPassword,
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(&'static str),
    /// A rate limit; the text names it.
    #[error("{what}")]
    TooMany {
        /// Which limit.
        what: Invalid,
        /// How long to wait.
        retry_after: Duration,
    },
    /// The database is away or full; nothing was written.
    #[error(
        "The server cannot write this down now. Nothing was lost that it said it had. Try again in a moment."
    )]
    Unavailable(String),
    /// A defect of ours.
    #[error("Something went wrong here.")]
    Bug(String),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown => Self::NotFound("room"),
            Refused::Forbidden(why) => Self::Forbidden(why),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::NotFound(what),
            StoreError::Refused(refused) => refused.into(),
            StoreError::Invalid(invalid) => Self::Invalid(invalid),
            StoreError::Conflict(why) => Self::Conflict(why),
            StoreError::Stale => Self::Bug("a stale lease came to somebody who holds none".into()),
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Bug(what) => Self::Bug(what),
        }
    }
}
