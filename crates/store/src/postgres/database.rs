//! Reaching the server: the pool, what every connection is told first, migrations.

use super::{connection::Connection, encryption};
use crate::{
    Result, StoreError,
    migrations::{Migration, missing},
    statements::statements,
};
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use domain::limits;
use std::time::Duration;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

const MIGRATIONS: [Migration; 11] = [
    Migration { number: 1, sql: include_str!("../../migrations/postgres/0001_foundation.sql") },
    Migration { number: 2, sql: include_str!("../../migrations/postgres/0002_replies.sql") },
    Migration { number: 3, sql: include_str!("../../migrations/postgres/0003_rooms_listed.sql") },
    Migration { number: 4, sql: include_str!("../../migrations/postgres/0004_posting.sql") },
    Migration { number: 5, sql: include_str!("../../migrations/postgres/0005_administration.sql") },
    Migration { number: 6, sql: include_str!("../../migrations/postgres/0006_groups.sql") },
    Migration { number: 7, sql: include_str!("../../migrations/postgres/0007_guest_usage.sql") },
    Migration { number: 8, sql: include_str!("../../migrations/postgres/0008_moderation.sql") },
    Migration { number: 9, sql: include_str!("../../migrations/postgres/0009_avatars.sql") },
    Migration { number: 10, sql: include_str!("../../migrations/postgres/0010_times.sql") },
    Migration { number: 11, sql: include_str!("../../migrations/postgres/0011_names.sql") },
];

/// Numbers of the locks that belong to no row.
pub(super) const SLUGS: i64 = 0x7465_7274_0002;
pub(super) const ADMINISTRATORS: i64 = 0x7465_7274_0003;
pub(super) const BOTS: i64 = 0x7465_7274_0004;
pub(super) const BUDGETS: i64 = 0x7465_7274_0005;

statements! {
    LOCK_BY_NUMBER = "SELECT pg_advisory_xact_lock($1)";
    ENCODING = "SELECT current_setting('server_encoding')";
}

const LOCK_MIGRATIONS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(127979060723713)";
const MIGRATIONS_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, checksum TEXT NOT NULL)";
const DONE: &str = "SELECT number, checksum FROM migrations ORDER BY number";
const NOTE_DONE: &str = "INSERT INTO migrations (number, checksum) VALUES ($1, $2)";

/// How the server that `url` names is reached, and how connections to it are encrypted.
pub fn reach(url: &str) -> Result<(Config, Option<MakeRustlsConnect>)> {
    let (url, certificates) = encryption::split(url);
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
        StoreError::Unavailable(format!("the database URL cannot be read: {}", because(&error)))
    })?;
    if config.get_application_name().is_none() {
        config.application_name("tertulia");
    }
    config.connect_timeout(limits::DATABASE_WAIT_MAX).keepalives_idle(Duration::from_secs(60));
    config.tcp_user_timeout(limits::DATABASE_ANSWER_MAX);
    let tls = encryption::tls(&config, certificates.as_deref())?;
    Ok((config, tls))
}

/// The connections to the server that `url` names. None is opened yet.
pub(super) fn pool(url: &str) -> Result<Pool> {
    let (config, tls) = reach(url)?;
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match tls {
        Some(tls) => Manager::from_config(config, tls, recycling),
        None => Manager::from_config(config, NoTls, recycling),
    };
    Pool::builder(manager)
        .max_size(limits::DATABASE_CONNECTIONS_MAX)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(limits::DATABASE_WAIT_MAX))
        .create_timeout(Some(limits::DATABASE_WAIT_MAX))
        .recycle_timeout(Some(limits::DATABASE_WAIT_MAX))
        .post_create(Hook::async_fn(|client, _| {
            Box::pin(async move { client.batch_execute(&session()).await.map_err(HookError::Backend) })
        }))
        .build()
        .map_err(|error| StoreError::Bug(error.to_string()))
}

/// What every connection is told first. A commit waits for the disk; whoever set more than that keeps it.
fn session() -> String {
    format!(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
         SET default_transaction_isolation = 'read committed'; SET jit = off;
         SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {};",
        limits::DATABASE_STATEMENT_MAX.as_millis(),
        limits::DATABASE_LOCK_MAX.as_millis(),
        limits::DATABASE_ANSWER_MAX.as_millis() * 2,
    )
}

fn because(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// Brings the schema up to date. Processes that start together do so one after another.
pub(super) async fn migrate(db: &mut Connection) -> Result<()> {
    let encoding: String = db.get(ENCODING, &[], |row| Ok(row.try_get(0)?)).await?;
    if encoding != "UTF8" {
        let why = format!("its encoding is {encoding}; make one with ENCODING 'UTF8'");
        return Err(StoreError::Unavailable(why));
    }
    db.set_spent(true);
    db.run_plainly("BEGIN").await?;
    db.run_plainly(LOCK_MIGRATIONS).await?;
    db.run_plainly(MIGRATIONS_TABLE).await?;
    let done = db.list(DONE, &[], |row| Ok((row.try_get(0)?, row.try_get(1)?))).await?;
    for migration in missing(&MIGRATIONS, &done)? {
        db.run_plainly(migration.sql).await?;
        db.run(NOTE_DONE, &[&migration.number, &migration.checksum()]).await?;
    }
    db.run_plainly("COMMIT").await?;
    db.set_spent(false);
    Ok(())
}
