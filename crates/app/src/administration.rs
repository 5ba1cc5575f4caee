//! What administrators do to others' things. Every act is written into the audit log by the transaction that does it.

mod accounts;

pub use accounts::AccountDraft;

use crate::{App, Error, Result, RoomDraft};
use domain::{
    access::Admin,
    audit::{Act, Deed, Subject},
    ids::{PersonId, ReplyId, RoomId, TokenId},
    people::{self, Person},
    rooms::{self, Room, RoomPatch},
};
use store::PersonPatch;

impl App {
    /// Makes somebody an administrator, or a member like others. The last administrator stays one.
    pub async fn set_admin(&self, by: &Admin, id: PersonId, is_admin: bool) -> Result<Person> {
        let act = if is_admin { Act::PromotePerson } else { Act::DemotePerson };
        let patch = PersonPatch { is_admin: Some(is_admin), ..PersonPatch::default() };
        self.govern(by, act, id, patch).await
    }

    /// Lets somebody sign in, or keeps them from it and ends their sessions and tokens; what they wrote stays. The last administrator stays
    /// active.
    pub async fn set_active(&self, by: &Admin, id: PersonId, is_active: bool) -> Result<Person> {
        let act = if is_active { Act::ActivatePerson } else { Act::DeactivatePerson };
        let patch = PersonPatch { is_active: Some(is_active), ..PersonPatch::default() };
        self.govern(by, act, id, patch).await
    }

    /// Changes somebody's shown name or address; what is `None` stays.
    pub async fn rename_person(
        &self,
        by: &Admin,
        id: PersonId,
        display_name: Option<String>,
        email: Option<String>,
    ) -> Result<Person> {
        let patch = PersonPatch {
            display_name: display_name.map(|name| people::display_name(&name)).transpose()?,
            email: email.map(|email| people::email(&email)).transpose()?,
            ..PersonPatch::default()
        };
        self.govern(by, Act::UpdatePerson, id, patch).await
    }

    /// Signs somebody out everywhere.
    pub async fn end_sessions(&self, by: &Admin, id: PersonId) -> Result<()> {
        let deed = Deed::new(by, Act::EndSessions, id, named(&self.governed(id).await?));
        self.tell(self.store.end_sessions(&deed, id, self.now()).await?);
        Ok(())
    }

    async fn govern(&self, by: &Admin, act: Act, id: PersonId, patch: PersonPatch) -> Result<Person> {
        let deed = Deed::new(by, act, id, named(&self.governed(id).await?));
        Ok(self.tell(self.store.govern_person(&deed, id, patch, self.now()).await?))
    }

    /// Somebody who can be governed: bots are kept as bots, and deleted accounts not at all.
    pub async fn governed(&self, id: PersonId) -> Result<Person> {
        let found = self.store.person(id).await?.filter(|person| !person.is_bot && !is_deleted(person));
        found.ok_or(Error::NotFound("person"))
    }

    /// Ends a token, whosever it is, and its connections with it.
    pub async fn void_token(&self, by: &Admin, id: TokenId) -> Result<()> {
        let deed = Deed::new(by, Act::RevokeToken, Subject::token(id.0), "");
        self.tell(self.store.void_token(&deed, id, self.now()).await?);
        Ok(())
    }

    /// Makes a room that nobody is in yet.
    pub async fn make_room(&self, by: &Admin, draft: RoomDraft) -> Result<Room> {
        let new = draft.check()?;
        let deed = Deed::new(by, Act::CreateRoom, RoomId(0), &*new.name);
        Ok(self.tell(self.store.make_room(&deed, new, self.now()).await?))
    }

    /// Changes a room's name or topic, closes or opens it, whatever its kind allows; what is said in it stays hidden.
    pub async fn govern_room(&self, by: &Admin, id: RoomId, mut patch: RoomPatch) -> Result<Room> {
        let before = self.store.room_facts(id).await?.ok_or(Error::NotFound("room"))?.room;
        patch.name = patch.name.map(|name| rooms::room_name(&name)).transpose()?;
        patch.topic = patch.topic.map(|topic| rooms::room_topic(&topic)).transpose()?;
        let (act, detail) = match (&patch.name, patch.archived) {
            (Some(name), _) if *name != before.name => (Act::UpdateRoom, format!("{} → {name}", before.name)),
            (_, Some(true)) => (Act::CloseRoom, before.name),
            (_, Some(false)) => (Act::OpenRoom, before.name),
            _ => (Act::UpdateRoom, before.name),
        };
        let deed = Deed::new(by, act, id, detail);
        Ok(self.tell(self.store.govern_room(&deed, id, patch, self.now()).await?))
    }

    /// Stops a reply in progress, wherever it is and wherever it runs. Nothing happens to one that has ended.
    pub async fn halt_reply(&self, by: &Admin, id: ReplyId) -> Result<()> {
        let deed = Deed::new(by, Act::StopReply, id, "");
        self.tell(self.store.halt_reply(&deed, id, self.now()).await?);
        self.answering.look(id);
        Ok(())
    }
}

/// Somebody as the audit log calls them.
fn named(person: &Person) -> String {
    format!("@{}", person.username)
}

/// Nobody can choose a username with a colon; deleted accounts have one.
fn is_deleted(person: &Person) -> bool {
    !person.is_active && person.username.contains(':')
}
