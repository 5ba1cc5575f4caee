//! Links by which people choose a new password.

use crate::postgres::{
    people,
    rows::{self, person_columns},
    transaction::Transaction,
};
use crate::{Reset, Result, Secret, StoreError, statements::statements};
use domain::{ids::PersonId, people::Person};

statements! {
    KEEP = "INSERT INTO resets (person, secret, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, expires_at = excluded.expires_at";
    PERSON = concat!("SELECT ", person_columns!(), " FROM resets x JOIN people p ON p.id = x.person
                     WHERE x.secret = $1 AND x.expires_at > $2 AND p.is_active");
    FORGET = "DELETE FROM resets WHERE person = $1";
}

/// Keeps somebody's link, in place of an earlier one.
pub(super) async fn keep(tx: &Transaction, id: PersonId, reset: Reset) -> Result<()> {
    let (secret, expires_at) = (reset.secret.0.as_slice(), reset.expires_at.as_millisecond());
    tx.run(KEEP, &[&id.0, &secret, &expires_at]).await.map(drop)
}

pub(super) async fn spend(tx: &Transaction, secret: Secret, hash: &str) -> Result<Person> {
    let person = tx.find(PERSON, &[&secret.0.as_slice(), &tx.now], |row| rows::person(row, 0)).await?;
    let person = person.ok_or(StoreError::NotFound("link"))?;
    // Of two who use it at once, one takes it away.
    if tx.run(FORGET, &[&person.id.0]).await? == 0 {
        return Err(StoreError::NotFound("link"));
    }
    people::set_password(tx, person.id, hash, None).await?;
    Ok(person)
}
