//! What can go wrong with a unit of work, by what the caller can do about it.

use domain::{Invalid, access::Refused};

/// The result of a unit of work.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What can go wrong with a unit of work, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such row, or none this person may know of.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The right was lost between the check at the door and the transaction.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The input breaks a rule that only the store can check (a name is taken, a limit of rows).
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It contradicts what is there: the same `client_id` with another draft, the last owner leaving.
    #[error("{0}")]
    Conflict(&'static str),
    /// Somebody else holds this now: stop.
    #[error("Another process has taken this over.")]
    Stale,
    /// The database is away, its disk is full, or its queue is: nothing was written, trying again later may work.
    #[error("The database is not available: {0}")]
    Unavailable(String),
    /// The database answered what it never should; a defect of ours.
    #[error("{0}")]
    Bug(String),
}
