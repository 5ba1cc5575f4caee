//! Links by which people choose a new password.

use crate::sqlite::{
    Transaction, people,
    rows::{self, person_columns},
    transaction::find,
};
use crate::{Reset, Result, Secret, StoreError, statements::statements};
use domain::{ids::PersonId, people::Person};

statements! {
    KEEP = "INSERT INTO resets (person, secret, expires_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, expires_at = excluded.expires_at";
    PERSON = concat!("SELECT ", person_columns!(), " FROM resets x JOIN people p ON p.id = x.person
                     WHERE x.secret = ?1 AND x.expires_at > ?2 AND p.is_active");
    FORGET = "DELETE FROM resets WHERE person = ?1";
}

/// Keeps somebody's link, in place of an earlier one.
pub(super) fn keep(tx: &Transaction<'_>, id: PersonId, reset: Reset) -> Result<()> {
    tx.run(KEEP, (id.0, reset.secret.0, reset.expires_at.as_millisecond())).map(drop)
}

pub(super) fn spend(tx: &mut Transaction<'_>, secret: Secret, hash: &str) -> Result<Person> {
    let person = find(tx.db, PERSON, (secret.0, tx.now), |row| rows::person(row, 0))?;
    let person = person.ok_or(StoreError::NotFound("link"))?;
    tx.run(FORGET, [person.id.0])?;
    people::set_password(tx, person.id, hash, None)?;
    Ok(person)
}
