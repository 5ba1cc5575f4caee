//! Coming, going, and keeping order.

use crate::{App, Error, Result};
use domain::{
    access::{RoomMember, RoomModerator, RoomOwner, RoomReader},
    ids::PersonId,
    members::{Level, Member, Role, Standing},
    people::Person,
};

impl App {
    /// Comes into a public room.
    pub async fn join(&self, by: &RoomReader) -> Result<Member> {
        by.may_change()?;
        Ok(self.tell(self.store.join(by, self.now()).await?))
    }

    /// Leaves a room.
    pub async fn leave(&self, by: &RoomMember) -> Result<()> {
        self.tell(self.store.leave(by, self.now()).await?);
        Ok(())
    }

    /// Brings somebody in by name.
    pub async fn add_member(&self, by: &RoomModerator, username: &str) -> Result<Member> {
        let person = self.somebody(username).await?;
        Ok(self.tell(self.store.add_member(by, person.id, self.now()).await?))
    }

    /// Gives a member another role.
    pub async fn set_role(&self, by: &RoomOwner, person: PersonId, role: Role) -> Result<Member> {
        Ok(self.tell(self.store.set_role(by, person, role, self.now()).await?))
    }

    /// Hands the room over.
    pub async fn transfer(&self, by: &RoomOwner, person: PersonId) -> Result<()> {
        self.tell(self.store.transfer(by, person, self.now()).await?);
        Ok(())
    }

    /// Sends somebody away; they may come back to a public room.
    pub async fn remove(&self, by: &RoomModerator, person: PersonId) -> Result<Member> {
        Ok(self.tell(self.store.dismiss(by, person, Standing::Removed, self.now()).await?))
    }

    /// Shuts somebody out: the room does not exist for them any more.
    pub async fn ban(&self, by: &RoomModerator, person: PersonId) -> Result<Member> {
        Ok(self.tell(self.store.dismiss(by, person, Standing::Banned, self.now()).await?))
    }

    /// Lifts a ban.
    pub async fn unban(&self, by: &RoomModerator, person: PersonId) -> Result<Member> {
        Ok(self.tell(self.store.dismiss(by, person, Standing::Left, self.now()).await?))
    }

    /// Wants to hear more or less of a room.
    pub async fn set_level(&self, by: &RoomMember, level: Level) -> Result<()> {
        self.tell(self.store.set_level(by, level, self.now()).await?);
        Ok(())
    }

    /// An active account by its name.
    pub(crate) async fn somebody(&self, username: &str) -> Result<Person> {
        let person = self.store.person_by_name(username).await?.filter(|p| p.is_active);
        person.ok_or(Error::NotFound("person"))
    }
}
