//! What administrators do to others' things. Each method asks for the right again and writes the deed into the audit log, in the transaction that
//! does it.

pub(crate) mod people;

pub use people::{PeopleCounts, PeopleFilter, PersonLine};

use crate::{Listed, PersonPatch, Place, Result, Written};
use domain::{audit::Deed, ids::PersonId, people::Person};
use jiff::Timestamp;

/// What administrators do to others' things.
#[async_trait::async_trait]
pub trait Administration: Send + Sync + 'static {
    /// A page of people whose name or address begins with a text, by username.
    async fn list_people(
        &self,
        filter: PeopleFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<PersonLine>>;

    /// How many people there are.
    async fn count_people(&self) -> Result<PeopleCounts>;

    /// Changes somebody's account. The last active administrator stays one: `Conflict`.
    async fn govern_person(
        &self,
        deed: &Deed,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>>;

    /// Ends all sessions of somebody.
    async fn end_sessions(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>>;

    /// Keeps a value under a name, in place of an earlier one.
    async fn govern_setting(&self, deed: &Deed, name: &str, value: &str, now: Timestamp) -> Result<()>;
}
