//! Opens the store and the relay that the URLs name, and puts the application together.

use crate::configuration::Options;
use anyhow::{Context, Result, bail};
use app::{App, SystemWorld};
use live::{
    Relay,
    relay::{memory::Memory, nats, postgres, rabbitmq, redis},
};
use std::{path::Path, sync::Arc};
use store::{Store, postgres::Postgres, sqlite::Sqlite};

/// Opens the database and brings its schema up to date.
pub async fn open_store(options: &Options) -> Result<Arc<dyn Store>> {
    let url = options.database_url();
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = Path::new(path.trim_start_matches("//"));
        if let Some(directory) = path.parent() {
            make_private(directory)?;
        }
        let store = Sqlite::open(path).with_context(|| format!("opening {}", path.display()))?;
        return Ok(Arc::new(store));
    }
    match scheme(&url) {
        "postgres" | "postgresql" => Ok(Arc::new(Postgres::connect(&url).await?)),
        other => bail!("DATABASE_URL: this version opens sqlite:<path> and postgres://, not {other}"),
    }
}

/// Makes a directory nobody else may look into, unless it is there.
pub fn make_private(directory: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if directory.as_os_str().is_empty() || directory.exists() {
        return Ok(());
    }
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.with_context(|| format!("making the data directory {}", directory.display()))
}

/// The relay that the URL names. Its server may be away: it is never needed.
pub fn open_relay(options: &Options, store: &dyn Store) -> Result<Arc<dyn Relay>> {
    let (url, epoch) = (options.relay_url(), store.epoch());
    Ok(match scheme(&url) {
        "memory" => Arc::new(Memory),
        "redis" | "rediss" => Arc::new(redis::relay(&url, &epoch)?),
        "amqp" | "amqps" => Arc::new(rabbitmq::relay(&url, &epoch)?),
        "nats" | "tls" => Arc::new(nats::relay(&url, &epoch)?),
        "postgres" | "postgresql" => {
            let (config, tls) = store::postgres::reach(&database_of(&url, options)?).context("RELAY_URL")?;
            Arc::new(postgres::relay(config, tls, &epoch))
        }
        other => bail!(
            "RELAY_URL: {other:?} is unknown; it is memory:, postgres:, redis://, rediss://, nats://, tls://, amqp:// or amqps://"
        ),
    })
}

/// The database that `postgres:` means: the one that `DATABASE_URL` names, unless it names one itself.
fn database_of(relay: &str, options: &Options) -> Result<String> {
    if relay.contains("//") {
        return Ok(relay.into());
    }
    let database = options.database_url();
    match scheme(&database) {
        "postgres" | "postgresql" => Ok(database),
        other => bail!("RELAY_URL: postgres: is a relay over the database, and DATABASE_URL names {other}:"),
    }
}

/// The part of a URL that may be shown; the rest can hold a password.
pub fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or(url)
}

/// The application over a store and a relay.
pub fn assemble(store: Arc<dyn Store>, relay: Arc<dyn Relay>) -> App {
    App::new(store, relay, Arc::new(SystemWorld))
}
