//! The audit log.

use super::{Postgres, rows, seats, transaction::Transaction};
use crate::{Audit, AuditFilter, Listed, Place, Result, audit::listing, statements::statements};
use domain::{
    access::Admin,
    audit::{Deed, Entry, Subject},
    ids::PersonId,
};
use jiff::Timestamp;
use tokio_postgres::Row;

statements! {
    INSERT = "INSERT INTO audit (person, act, subject, detail, created_at) VALUES ($1, $2, $3, $4, $5)";
}

#[async_trait::async_trait]
impl Audit for Postgres {
    async fn record(&self, deed: &Deed, now: Timestamp) -> Result<()> {
        self.write(now, |tx| async move { record(&tx, deed).await }).await.map(drop)
    }

    async fn audit(&self, filter: &AuditFilter, place: &Place, limit: usize) -> Result<Listed<Entry>> {
        let list = listing(filter, place, limit);
        self.connection().await?.page(list, (place, limit), entry, |entry| entry.id.to_string()).await
    }
}

/// Writes an act down in the transaction that does it, after asking again whether whoever does it may.
pub(super) async fn record(tx: &Transaction, deed: &Deed) -> Result<()> {
    let by = deed.by().person();
    if let Some(by) = by {
        Admin::grant(&seats::person(tx, by).await?)?;
    }
    let (by, act, subject) = (by.map(|by| by.0), deed.act().as_str(), deed.subject().as_str());
    let (subject, detail) = (rows::text(subject), rows::text(deed.detail()));
    tx.run(INSERT, &[&by, &act, &subject, &detail, &tx.now]).await.map(drop)
}

/// The same where there is one.
pub(super) async fn record_any(tx: &Transaction, deed: Option<Deed>) -> Result<()> {
    match deed {
        Some(deed) => record(tx, &deed).await,
        None => Ok(()),
    }
}

fn entry(row: &Row) -> Result<Entry> {
    let by: Option<i64> = row.try_get(1)?;
    let name: Option<String> = row.try_get(2)?;
    Ok(Entry {
        id: row.try_get(0)?,
        by: by.map(|by| (PersonId(by), name.unwrap_or_default())),
        act: row.try_get(3)?,
        subject: rows::word(row, 4, Subject::parse)?,
        detail: row.try_get(5)?,
        at: rows::time(row, 6)?,
    })
}
