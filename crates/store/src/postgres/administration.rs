//! What administrators do to others' things.

use super::{
    Postgres,
    audit::record,
    people,
    rows::{self, person_columns},
    seats, sessions,
};
use crate::{
    Administration, Listed, PeopleCounts, PeopleFilter, PersonLine, PersonPatch, Place, Result, Written,
    administration::people::{self as listed, more_of_people},
    statements::statements,
};
use domain::{
    audit::Deed,
    ids::PersonId,
    people::{Person, username_key},
};
use jiff::Timestamp;
use tokio_postgres::Row;

statements! {
    PEOPLE = concat!("SELECT ", person_columns!(), more_of_people!());
    COUNT_PEOPLE = listed::COUNTS;
    SET = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

#[async_trait::async_trait]
impl Administration for Postgres {
    async fn list_people(
        &self,
        filter: PeopleFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<PersonLine>> {
        let list = listed::listing(PEOPLE, filter, text, place, limit);
        let key = |line: &PersonLine| username_key(&line.person.username);
        self.connection().await?.page(list, (place, limit), person_line, key).await
    }

    async fn count_people(&self) -> Result<PeopleCounts> {
        let row = |row: &Row| {
            let (all, admins) = (row.try_get(0)?, row.try_get(1)?);
            Ok(PeopleCounts { all, admins, bots: row.try_get(2)?, inactive: row.try_get(3)? })
        };
        self.connection().await?.get(COUNT_PEOPLE, &[], row).await
    }

    async fn govern_person(
        &self,
        deed: &Deed,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        let patch = &patch;
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            people::update(&tx, id, patch).await
        })
        .await
    }

    async fn end_sessions(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            seats::person(&tx, id).await?;
            sessions::end_sessions(&tx, id, None).await
        })
        .await
    }

    async fn govern_setting(&self, deed: &Deed, name: &str, value: &str, now: Timestamp) -> Result<()> {
        let (name, value) = (rows::text(name), rows::text(value));
        let (name, value) = (&name, &value);
        let set = self.write(now, |tx| async move {
            record(&tx, deed).await?;
            tx.run(SET, &[name, value]).await
        });
        set.await.map(drop)
    }
}

fn person_line(row: &Row) -> Result<PersonLine> {
    Ok(PersonLine {
        person: rows::person(row, 0)?,
        seen_at: rows::time_or_none(row, 11)?,
        tokens: row.try_get(12)?,
    })
}
