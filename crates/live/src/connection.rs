//! One listener: a WebSocket, an event stream, a streamed page or a waiting poll.

use crate::{Entry, Hub, Unread};
use domain::{
    events::{Changes, Lane},
    ids::{MessageId, PersonId, Seq, SessionId},
};
use std::sync::Arc;

/// What a connection may hear of a room, as found when its rights were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// They are a member; a reader of a public room otherwise.
    pub member: bool,
    /// The first message they may read; zero: all.
    pub visible_from: MessageId,
}

/// What a connection hears, in its lane's order.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// Something happened.
    Entry(Arc<Entry>),
    /// The lane went on, with nothing this reader may see: tell the range, so that they know they missed nothing.
    Skipped {
        /// Where.
        lane: Lane,
        /// The first place covered.
        from: Seq,
        /// The last place covered.
        to: Seq,
    },
    /// This connection fell behind what the lane keeps. Call [`Connection::watch`] again from the last place it has.
    Lagged(Lane),
    /// The right to hear this lane is gone; nothing of it follows.
    Ended(Lane, Ended),
    /// The whole connection is over; nothing follows.
    Closed(Closed),
}

/// Why a lane ended for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// They left a room that does not exist for outsiders.
    Left,
    /// They were removed from one.
    Removed,
    /// They were banned.
    Banned,
    /// The room became private and they are not a member.
    Hidden,
}

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Its session was revoked.
    SignedOut,
    /// Its person was deactivated.
    Deactivated,
    /// The server goes down; resume elsewhere.
    GoingAway,
    /// The same session opened more streamed pages than it may; this one was the oldest.
    Displaced,
}

/// One listener. Dropping it leaves every lane and, when it was the person's last here, their presence.
pub struct Connection {
    hub: Hub,
    person: PersonId,
    session: Option<SessionId>,
}

impl Connection {
    pub(crate) fn new(hub: Hub, person: PersonId, session: Option<SessionId>) -> Self {
        Self { hub, person, session }
    }

    /// Listens to a room from a place on, and returns what changed since. Without a place it starts at the head. The registration
    /// comes first and the read second, so nothing falls between them; what the read returned is not delivered again.
    /// A person's own lane is watched by every connection from its making, silently until this is called for it.
    pub async fn watch(&mut self, lane: Lane, rights: Rights, since: Option<Seq>) -> Result<Changes, Unread> {
        let _ = (&self.hub, self.person, self.session, lane, rights, since);
        Err(Unread("not built yet".into()))
    }

    /// Stops listening to a lane.
    pub fn unwatch(&mut self, lane: Lane) {
        let _ = lane;
    }

    /// How far this connection has come in a lane.
    pub fn place(&self, lane: Lane) -> Option<Seq> {
        let _ = lane;
        None
    }

    /// Waits until something is there, then appends all that is there to `out`. Cancel-safe.
    pub async fn next(&mut self, out: &mut Vec<Delivery>) {
        let _ = out;
    }

    /// Says whether the person behind this connection is attentive. They are away when all their connections are.
    pub fn set_away(&mut self, away: bool) {
        let _ = away;
    }
}
