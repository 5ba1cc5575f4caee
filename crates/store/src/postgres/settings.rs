//! What the server remembers about itself.

use super::{
    Client, Postgres,
    transaction::{find, value},
};
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
pub(super) async fn epoch_of(db: &Client) -> Result<Epoch> {
    db.execute(KEEP, &[&"epoch", &crate::settings::new_epoch()?.0]).await?;
    value(db, GET, &[&"epoch"]).await.map(Epoch)
}

#[async_trait::async_trait]
impl Settings for Postgres {
    fn epoch(&self) -> Epoch {
        self.epoch.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn renew_epoch(&self) -> Result<Epoch> {
        let epoch = crate::settings::new_epoch()?;
        super::database::client(&self.pool).await?.execute(REPLACE, &[&"epoch", &epoch.0]).await?;
        *self.epoch.write().unwrap_or_else(PoisonError::into_inner) = epoch.clone();
        Ok(epoch)
    }

    async fn ping(&self) -> Result<()> {
        value::<i64>(&*super::database::client(&self.pool).await?, PING, &[]).await.map(drop)
    }

    async fn durability_fault(&self) -> Result<Option<String>> {
        let row = super::database::client(&self.pool).await?.query_one(DURABILITY, &[]).await?;
        let (fsync, commit, pages): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let fault = fsync != "on" || ["off", "local"].contains(&commit.as_str()) || pages != "on";
        Ok(fault.then(|| {
            format!("fsync is {fsync}, synchronous_commit {commit}, full_page_writes {pages}; all must be on")
        }))
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        find(&*super::database::client(&self.pool).await?, GET, &[&name], |row| row.get(0)).await
    }

    async fn setting_or(&self, name: &str, value: &str) -> Result<String> {
        let client = super::database::client(&self.pool).await?;
        client.execute(KEEP, &[&name, &value]).await?;
        Ok(find(&client, GET, &[&name], |row| row.get(0)).await?.unwrap_or_else(|| value.to_owned()))
    }

    async fn forget_setting(&self, name: &str) -> Result<()> {
        super::database::client(&self.pool).await?.execute(FORGET, &[&name]).await?;
        Ok(())
    }
}
