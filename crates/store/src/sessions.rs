//! Signed-in browsers.

use crate::{Result, Written};
use domain::{
    ids::{PersonId, SessionId},
    people::Person,
    sessions::Session,
};
use jiff::Timestamp;

/// The SHA-256 of a random secret. Secrets have 256 bits, so a fast hash is enough and the database holds nothing one
/// could sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Secret(pub [u8; 32]);

/// A session that may be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose.
    pub person: PersonId,
    /// The hash of its secret.
    pub secret: Secret,
    /// The browser's description of itself, cut by the caller.
    pub user_agent: String,
    /// The address it came from.
    pub address: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Signed-in browsers.
#[async_trait::async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// Makes a session; beyond [`domain::limits::SESSIONS_PER_PERSON_MAX`] the oldest ends. Expired ones of this person go.
    async fn log_in(&self, new: NewSession, now: Timestamp) -> Result<Written<Session>>;

    /// The session with this secret and its person, unless it was revoked or is over, or the person is deactivated.
    async fn session(&self, secret: Secret, now: Timestamp) -> Result<Option<(Session, Person)>>;

    /// Notes that a session is in use, from where, and that it lasts longer now.
    async fn touch_session(
        &self,
        id: SessionId,
        address: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<()>;

    /// A person's open sessions, the last used first.
    async fn sessions_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<Session>>;

    /// Ends one of a person's sessions, as an event of their lane. `NotFound` when it is not theirs or over.
    async fn revoke_session(&self, person: PersonId, id: SessionId, now: Timestamp) -> Result<Written<()>>;

    /// Ends all of a person's sessions but `keep`.
    async fn revoke_sessions(
        &self,
        person: PersonId,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Written<()>>;
}
