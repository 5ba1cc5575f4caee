//! Invitation links.

use crate::{NewPerson, Result, Secret, Written};
use domain::{
    access::RoomModerator,
    audit::{Act, Deed},
    ids::{InviteId, PersonId},
    invites::{Invite, NewServerInvite, ServerInvite},
    members::Role,
    people::Person,
    rooms::Room,
};
use jiff::Timestamp;

/// The answer to one link to the server too many.
pub(crate) const SERVER_INVITES_TEXT: &str =
    "A server has 200 open invitation links at most. Withdraw one first.";

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

    /// Makes a link to the server; at most [`domain::limits::SERVER_INVITES_MAX`] open ones, else `Conflict`.
    async fn invite_to_server(
        &self,
        deed: &Deed,
        secret: Secret,
        new: NewServerInvite,
        now: Timestamp,
    ) -> Result<ServerInvite>;

    /// The links to the server that still work, the newest first.
    async fn server_invites(&self, now: Timestamp) -> Result<Vec<ServerInvite>>;

    /// Withdraws a link to the server.
    async fn withdraw_server_invite(&self, deed: &Deed, id: InviteId, now: Timestamp) -> Result<()>;

    /// The link to the server with this secret, while it works.
    async fn server_invite(&self, secret: Secret, now: Timestamp) -> Result<Option<ServerInvite>>;

    /// Makes an account by a link to the server, which counts one use of it in the same transaction. `NotFound` when it does not work (any more).
    async fn sign_up_invited(
        &self,
        secret: Secret,
        new: NewPerson,
        now: Timestamp,
    ) -> Result<Written<Person>>;
}

/// What is written down of an act upon a room's links.
pub(crate) fn in_office(by: &RoomModerator, act: Act) -> Option<Deed> {
    Deed::in_office(by, Role::Moderator, act, by.room_id(), &by.room().name)
}
