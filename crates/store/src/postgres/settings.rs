//! What the server remembers about itself.

use super::{Postgres, connection::Connection, rows};
use crate::{Result, Settings, statements::statements};
use domain::cursors::Epoch;
use std::sync::PoisonError;

statements! {
    GET = "SELECT value FROM settings WHERE name = $1";
    KEEP = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    REPLACE = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    FORGET = "DELETE FROM settings WHERE name = $1";
    PING = "SELECT 1::bigint";
    DURABILITY = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')";
}

/// The database's incarnation, chosen when it has none.
pub(super) async fn epoch_of(db: &Connection) -> Result<Epoch> {
    keep(db, "epoch", &crate::settings::new_epoch()?.0).await.map(Epoch)
}

async fn get(db: &Connection, name: &str) -> Result<Option<String>> {
    db.find(GET, &[&name], |row| Ok(row.try_get(0)?)).await
}

/// Two statements and no transaction: whoever comes second sees what the first one committed. Again, should it be forgotten in between.
async fn keep(db: &Connection, name: &str, value: &str) -> Result<String> {
    loop {
        db.run(KEEP, &[&name, &value]).await?;
        if let Some(kept) = get(db, name).await? {
            return Ok(kept);
        }
    }
}

#[async_trait::async_trait]
impl Settings for Postgres {
    fn epoch(&self) -> Epoch {
        self.epoch.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn renew_epoch(&self) -> Result<Epoch> {
        let epoch = crate::settings::new_epoch()?;
        self.connection().await?.run(REPLACE, &[&"epoch", &epoch.0]).await?;
        *self.epoch.write().unwrap_or_else(PoisonError::into_inner) = epoch.clone();
        Ok(epoch)
    }

    async fn ping(&self) -> Result<()> {
        self.connection().await?.get(PING, &[], rows::number).await.map(drop)
    }

    /// Asked on a connection like those that write, so a setting of the user's or the database's counts too.
    async fn durability_fault(&self) -> Result<Option<String>> {
        let row = |row: &tokio_postgres::Row| {
            let (fsync, commit, pages): (&str, &str, &str) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let sound = fsync == "on" && pages == "on" && matches!(commit, "on" | "remote_apply");
            Ok((!sound).then(|| {
                format!("fsync is {fsync}, synchronous_commit {commit} and full_page_writes {pages}; all three must be on")
            }))
        };
        self.connection().await?.get(DURABILITY, &[], row).await
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        get(&self.connection().await?, name).await
    }

    async fn setting_or(&self, name: &str, value: &str) -> Result<String> {
        keep(&self.connection().await?, name, value).await
    }

    async fn forget_setting(&self, name: &str) -> Result<()> {
        self.connection().await?.run(FORGET, &[&name]).await.map(drop)
    }
}
