//! Invitation links.

use crate::{Result, Secret, Written};
use domain::{
    access::RoomModerator,
    ids::{InviteId, PersonId},
    invites::Invite,
    rooms::Room,
};
use jiff::Timestamp;

/// Invitation links.
#[async_trait::async_trait]
pub trait Invites: Send + Sync + 'static {
    /// Makes a link; at most [`domain::limits::INVITES_PER_ROOM_MAX`] open ones per room, else `Conflict`.
    async fn invite(
        &self,
        by: &RoomModerator,
        secret: Secret,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Invite>;

    /// The open links of a room.
    async fn invites(&self, by: &RoomModerator, now: Timestamp) -> Result<Vec<Invite>>;

    /// Withdraws a link.
    async fn withdraw_invite(&self, by: &RoomModerator, id: InviteId, now: Timestamp) -> Result<()>;

    /// The link with this secret and its room, unless it is over, withdrawn, or the room is closed.
    async fn invite_by_secret(&self, secret: Secret, now: Timestamp) -> Result<Option<(Invite, Room)>>;

    /// Comes in by a link. `NotFound` as above, and for the banned. Being in already changes nothing.
    async fn accept_invite(&self, secret: Secret, person: PersonId, now: Timestamp) -> Result<Written<Room>>;
}
