//! Signed-in browsers.

use crate::ids::{PersonId, SessionId};
use jiff::Timestamp;

/// One signed-in browser. The secret itself is never kept; the store knows only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names the session in lists and when it is revoked.
    pub id: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// The browser's own description of itself, cut to 200 characters.
    pub user_agent: String,
    /// The address it was last used from.
    pub address: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within a few minutes.
    pub used_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}
