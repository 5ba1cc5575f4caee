//! The audit log.

use super::{
    Sqlite, Transaction, rows,
    transaction::{page, person},
};
use crate::{Audit, AuditFilter, Listed, Place, Result, audit::listing, statements::statements};
use domain::{
    access::Admin,
    audit::{Deed, Entry, Subject},
    ids::PersonId,
};
use jiff::Timestamp;

statements! {
    INSERT = "INSERT INTO audit (person, act, subject, detail, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
}

#[async_trait::async_trait]
impl Audit for Sqlite {
    async fn record(&self, deed: &Deed, now: Timestamp) -> Result<()> {
        let deed = deed.clone();
        self.write(now, move |tx| record(tx, &deed)).await.map(drop)
    }

    async fn audit(&self, filter: &AuditFilter, place: &Place, limit: usize) -> Result<Listed<Entry>> {
        let (list, place) = (listing(filter, place, limit), place.clone());
        self.read(move |db| page(db, list, (&place, limit), entry, |entry| entry.id.to_string())).await
    }
}

/// Writes an act down in the transaction that does it, after asking again whether whoever does it may.
pub(super) fn record(tx: &Transaction<'_>, deed: &Deed) -> Result<()> {
    let by = deed.by().person();
    if let Some(by) = by {
        Admin::grant(&person(tx.db, by)?)?;
    }
    let values = (by.map(|by| by.0), deed.act().as_str(), deed.subject().as_str(), deed.detail(), tx.now);
    tx.run(INSERT, values).map(drop)
}

/// The same where there is one.
pub(super) fn record_any(tx: &Transaction<'_>, deed: Option<Deed>) -> Result<()> {
    deed.map_or(Ok(()), |deed| record(tx, &deed))
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    let by: Option<i64> = row.get(1)?;
    let name: Option<String> = row.get(2)?;
    Ok(Entry {
        id: row.get(0)?,
        by: by.map(|by| (PersonId(by), name.unwrap_or_default())),
        act: row.get(3)?,
        subject: rows::word(row, 4, Subject::parse)?,
        detail: row.get(5)?,
        at: rows::time(row, 6)?,
    })
}
