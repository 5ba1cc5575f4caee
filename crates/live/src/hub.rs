//! The hub: every lane somebody here listens to.

use crate::{Connection, Relay, Truth};
use domain::{
    events::Presence,
    events::{Event, Whisper},
    ids::{PersonId, RoomId, SessionId},
};
use std::sync::Arc;

/// Every lane somebody here listens to. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    truth: Arc<dyn Truth>,
    relay: Arc<dyn Relay>,
}

/// One person has as many connections to this process as one may have: [`domain::limits::CONNECTIONS_PER_PERSON_MAX`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("At most {} live connections are open for one person.", domain::limits::CONNECTIONS_PER_PERSON_MAX)]
pub struct TooManyConnections;

impl Hub {
    /// A hub and its tasks, which end when [`Hub::close`] is called or the last clone is dropped. Needs a running tokio runtime.
    pub fn new(truth: Arc<dyn Truth>, relay: Arc<dyn Relay>) -> Self {
        Self { truth, relay }
    }

    /// Tells what was just committed here: [`Hub::apply`], and a hint to the other processes. Never waits.
    pub fn tell(&self, events: Vec<Event>) {
        let _ = (&self.truth, &self.relay, events);
    }

    /// Tells a passing sign, here and to the other processes. Never waits.
    pub fn whisper(&self, whisper: Whisper) {
        let _ = whisper;
    }

    /// Takes in a change, from here or from another process. Idempotent: a lane goes on by its next place only; an
    /// earlier one is ignored, a later one waits [`domain::limits::GAP_WAIT`] for its predecessors, then the lane reads the truth.
    pub fn apply(&self, event: Event) {
        let _ = event;
    }

    /// A new connection of a person. It hears of its own end (session revoked, person deactivated) without watching anything.
    pub fn connect(
        &self,
        person: PersonId,
        session: Option<SessionId>,
    ) -> Result<Connection, TooManyConnections> {
        Ok(Connection::new(self.clone(), person, session))
    }

    /// A connection that counts against [`domain::limits::STREAMS_PER_SESSION_MAX`]: when one too many is open, the oldest of this
    /// session ends with [`crate::Closed::Displaced`].
    pub fn connect_stream(
        &self,
        person: PersonId,
        session: Option<SessionId>,
    ) -> Result<Connection, TooManyConnections> {
        self.connect(person, session)
    }

    /// Who of a room's members is connected somewhere, as known now.
    pub fn presence(&self, room: RoomId) -> Presence {
        let _ = room;
        Presence::default()
    }

    /// Ends every connection with [`crate::Closed::GoingAway`] and stops the tasks.
    pub fn close(&self) {}

    /// Whether other processes can be heard.
    pub fn relay_is_heard(&self) -> bool {
        self.relay.is_heard()
    }
}
