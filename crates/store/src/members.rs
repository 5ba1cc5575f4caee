//! Who is in a room.

use crate::{Result, Written};
use domain::{
    access::{RoomMember, RoomModerator, RoomOwner, RoomReader},
    audit::{Act, Deed},
    ids::PersonId,
    members::{Level, Member, Role, Standing},
    people::Profile,
};
use jiff::Timestamp;

/// A page of a room's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterPage {
    /// By role, then shown name.
    pub members: Vec<Member>,
    /// How many there are in all.
    pub total: i64,
}

/// Who is in a room. Every change takes the next place in the room's lane and in the person's.
#[async_trait::async_trait]
pub trait Members: Send + Sync + 'static {
    /// Comes in by oneself (public rooms). Being in already changes nothing.
    async fn join(&self, by: &RoomReader, now: Timestamp) -> Result<Written<Member>>;

    /// Goes. The last owner of a room with other members must name a successor first: `Conflict`. Nobody leaves a direct room; everybody
    /// may leave a group, which those who stay go on being found by.
    async fn leave(&self, by: &RoomMember, now: Timestamp) -> Result<Written<()>>;

    /// Brings somebody in. Being in already changes nothing; a ban is refused with `Conflict`.
    async fn add_member(
        &self,
        by: &RoomModerator,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Written<Member>>;

    /// Gives a member another role. The last owner keeps theirs: `Conflict`.
    async fn set_role(
        &self,
        by: &RoomOwner,
        person: PersonId,
        role: Role,
        now: Timestamp,
    ) -> Result<Written<Member>>;

    /// Makes a member an owner and the giver a moderator, in one step.
    async fn transfer(&self, by: &RoomOwner, person: PersonId, now: Timestamp) -> Result<Written<()>>;

    /// Sends somebody away: `standing` is `Removed`, `Banned`, or, to lift a ban, `Left`. Only people whom the
    /// giver outranks. Banning reaches people who were never in, too.
    async fn dismiss(
        &self,
        by: &RoomModerator,
        person: PersonId,
        standing: Standing,
        now: Timestamp,
    ) -> Result<Written<Member>>;

    /// Those in the room.
    async fn members(&self, by: &RoomReader, offset: usize, limit: usize) -> Result<RosterPage>;

    /// Those shut out of it.
    async fn banned(&self, by: &RoomModerator) -> Result<Vec<Member>>;

    /// Active people whose username or shown name begins with `prefix` and who may read the room, members first, at most `limit`.
    async fn mentionable(&self, by: &RoomReader, prefix: &str, limit: usize) -> Result<Vec<Profile>>;

    /// Wants to hear more or less.
    async fn set_level(&self, by: &RoomMember, level: Level, now: Timestamp) -> Result<Written<()>>;
}

/// What is written down of an act upon a member, or somebody who becomes one.
pub(crate) fn in_office(by: &RoomReader, role: Role, act: Act, id: PersonId) -> Option<Deed> {
    Deed::in_office(by, role, act, id, &by.room().name)
}

/// What is written down when somebody of a role is sent away, banned, or let in again.
pub(crate) fn dismissed(by: &RoomModerator, id: PersonId, role: Role, standing: Standing) -> Option<Deed> {
    let needed = if role < Role::Moderator { Role::Moderator } else { Role::Owner };
    let act = match standing {
        Standing::Banned => Act::BanMember,
        Standing::Left => Act::LiftBan,
        Standing::In | Standing::Removed => Act::RemoveMember,
    };
    in_office(by, needed, act, id)
}
