//! Invitation links.

use crate::{App, Error, Result, secrets};
use domain::{
    access::{Admin, RoomModerator},
    audit::{Act, Deed},
    ids::InviteId,
    invites::{Invite, NewServerInvite, ServerInvite},
    limits,
    members::Standing,
    people::Person,
    rooms::Room,
};

impl App {
    /// Makes a link; its secret is given once and kept as a hash.
    pub async fn invite(&self, by: &RoomModerator) -> Result<(Invite, String)> {
        let (secret, hash) = secrets::new_secret(&*self.world);
        let now = self.now();
        Ok((self.store.invite(by, hash, now + limits::INVITE_LASTS, now).await?, secret))
    }

    /// Withdraws a link.
    pub async fn withdraw_invite(&self, by: &RoomModerator, id: InviteId) -> Result<()> {
        Ok(self.store.withdraw_invite(by, id, self.now()).await?)
    }

    /// Where a link leads. For somebody who is banned there, nowhere.
    pub async fn invitation(&self, person: &Person, secret: &str) -> Result<(Invite, Room)> {
        let found = self.store.invite_by_secret(secrets::hash(secret), self.now()).await?;
        let (invite, room) = found.ok_or(Error::NotFound("invitation"))?;
        let member = self.store.seat_in(room.id, person.id).await?.and_then(|seat| seat.member);
        if member.is_some_and(|member| member.standing == Standing::Banned) {
            return Err(Error::NotFound("invitation"));
        }
        Ok((invite, room))
    }

    /// Comes in by a link.
    pub async fn accept_invite(&self, person: &Person, secret: &str) -> Result<Room> {
        Ok(self.tell(self.store.accept_invite(secrets::hash(secret), person.id, self.now()).await?))
    }

    /// Makes a link by which somebody may make an account here; its secret is given once and kept as a hash.
    pub async fn invite_to_server(&self, by: &Admin, new: NewServerInvite) -> Result<(ServerInvite, String)> {
        let new = new.check()?;
        let (secret, hash) = secrets::new_secret(&*self.world);
        let deed = Deed::new(by, Act::InvitePerson, InviteId(0), new.note.clone());
        Ok((self.store.invite_to_server(&deed, hash, new, self.now()).await?, secret))
    }

    /// Withdraws such a link.
    pub async fn withdraw_server_invite(&self, by: &Admin, id: InviteId) -> Result<()> {
        let deed = Deed::new(by, Act::WithdrawInvite, id, "");
        Ok(self.store.withdraw_server_invite(&deed, id, self.now()).await?)
    }

    /// Whether such a link works.
    pub async fn is_server_invite(&self, secret: &str) -> Result<bool> {
        Ok(self.store.server_invite(secrets::hash(secret), self.now()).await?.is_some())
    }
}
