//! What administrators do to others' things.

use super::{
    Sqlite,
    audit::record,
    people,
    rows::{self, person_columns},
    sessions,
    transaction::{find, page, person},
};
use crate::{
    Administration, Listed, PeopleCounts, PeopleFilter, PersonLine, PersonPatch, Place, Result, StoreError,
    Written,
    administration::people::{self as listed, more_of_people},
    statements::statements,
};
use domain::{
    audit::Deed,
    ids::PersonId,
    people::{Person, username_key},
};
use jiff::Timestamp;

statements! {
    PEOPLE = concat!("SELECT ", person_columns!(), more_of_people!());
    COUNT_PEOPLE = listed::COUNTS;
    SET = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

#[async_trait::async_trait]
impl Administration for Sqlite {
    async fn list_people(
        &self,
        filter: PeopleFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<PersonLine>> {
        let (list, place) = (listed::listing(PEOPLE, filter, text, place, limit), place.clone());
        let key = |line: &PersonLine| username_key(&line.person.username);
        self.read(move |db| page(db, list, (&place, limit), person_line, key)).await
    }

    async fn count_people(&self) -> Result<PeopleCounts> {
        let row = |row: &rusqlite::Row<'_>| {
            Ok(PeopleCounts {
                all: row.get(0)?,
                admins: row.get(1)?,
                bots: row.get(2)?,
                inactive: row.get(3)?,
            })
        };
        let counts = self.read(move |db| find(db, COUNT_PEOPLE, [], row)).await?;
        counts.ok_or_else(|| StoreError::Bug("a count has no row".into()))
    }

    async fn govern_person(
        &self,
        deed: &Deed,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            people::update(tx, id, patch)
        })
        .await
    }

    async fn end_sessions(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            person(tx.db, id)?;
            sessions::end_sessions(tx, id, None)
        })
        .await
    }

    async fn govern_setting(&self, deed: &Deed, name: &str, value: &str, now: Timestamp) -> Result<()> {
        let (deed, name, value) = (deed.clone(), name.to_owned(), value.to_owned());
        let set = self.write(now, move |tx| {
            record(tx, &deed)?;
            tx.run(SET, (name, value))
        });
        set.await.map(drop)
    }
}

fn person_line(row: &rusqlite::Row<'_>) -> rusqlite::Result<PersonLine> {
    Ok(PersonLine {
        person: rows::person(row, 0)?,
        seen_at: rows::time_or_none(row, 11)?,
        tokens: row.get(12)?,
    })
}
