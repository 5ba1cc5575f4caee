//! What administrators do to others' things. Every act is written into the audit log by the transaction that does it.

use crate::{App, Error, Result};
use domain::{
    access::Admin,
    audit::{Act, Deed},
    ids::PersonId,
    people::Person,
};
use store::PersonPatch;

impl App {
    /// Makes somebody an administrator, or a member like others. The last administrator stays one.
    pub async fn set_admin(&self, by: &Admin, id: PersonId, is_admin: bool) -> Result<Person> {
        let act = if is_admin { Act::PromotePerson } else { Act::DemotePerson };
        let patch = PersonPatch { is_admin: Some(is_admin), ..PersonPatch::default() };
        self.govern(by, act, id, patch).await
    }

    /// Lets somebody sign in, or keeps them from it and ends their sessions; what they wrote stays. The last administrator stays active.
    pub async fn set_active(&self, by: &Admin, id: PersonId, is_active: bool) -> Result<Person> {
        let act = if is_active { Act::ActivatePerson } else { Act::DeactivatePerson };
        let patch = PersonPatch { is_active: Some(is_active), ..PersonPatch::default() };
        self.govern(by, act, id, patch).await
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

    /// Somebody who can be governed: bots are kept as bots.
    pub(crate) async fn governed(&self, id: PersonId) -> Result<Person> {
        let found = self.store.person(id).await?.filter(|person| !person.is_bot);
        found.ok_or(Error::NotFound("person"))
    }
}

/// Somebody as the audit log calls them.
pub(crate) fn named(person: &Person) -> String {
    format!("@{}", person.username)
}
