//! What the server remembers about itself.

use super::{Sqlite, transaction::find};
use crate::{Result, Settings, statements::statements};
use domain::cursors::Epoch;
use rusqlite::Connection;
use std::sync::PoisonError;

statements! {
    GET = "SELECT value FROM settings WHERE name = ?1";
    KEEP = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
    REPLACE = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    FORGET = "DELETE FROM settings WHERE name = ?1";
    PING = "SELECT 1";
}

/// The database's incarnation, chosen when it has none.
pub(super) fn epoch_of(db: &Connection) -> Result<Epoch> {
    db.execute(KEEP, ("epoch", &crate::settings::new_epoch()?.0))?;
    let epoch = find(db, GET, ["epoch"], |row| row.get(0))?;
    epoch.map(Epoch).ok_or(crate::StoreError::NotFound("epoch"))
}

#[async_trait::async_trait]
impl Settings for Sqlite {
    fn epoch(&self) -> Epoch {
        self.epoch.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn renew_epoch(&self) -> Result<Epoch> {
        let epoch = crate::settings::new_epoch()?;
        let text = epoch.0.clone();
        self.writer.run(move |db| Ok(db.execute(REPLACE, ("epoch", &text))?)).await?;
        *self.epoch.write().unwrap_or_else(PoisonError::into_inner) = epoch.clone();
        Ok(epoch)
    }

    async fn ping(&self) -> Result<()> {
        self.read(|db| Ok(db.query_row(PING, [], |_| Ok(()))?)).await
    }

    async fn durability_fault(&self) -> Result<Option<String>> {
        self.writer
            .run(|db| {
                let synchronous: i64 = db.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
                let journal: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
                let fault = (synchronous < 2 || journal != "wal").then(|| {
                    format!(
                        "synchronous is {synchronous} (2 is FULL) and journal_mode {journal} (wal is needed)"
                    )
                });
                Ok(fault)
            })
            .await
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.read(move |db| find(db, GET, [name], |row| row.get(0))).await
    }

    async fn setting_or(&self, name: &str, value: &str) -> Result<String> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.writer
            .run(move |db| {
                db.execute(KEEP, (&name, &value))?;
                Ok(find(db, GET, [name], |row| row.get(0))?.unwrap_or(value))
            })
            .await
    }

    async fn forget_setting(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.writer.run(move |db| Ok(db.execute(FORGET, [name])?)).await?;
        Ok(())
    }
}
