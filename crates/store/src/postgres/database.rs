//! Connecting, and bringing the schema up to date.

use crate::{
    Result, StoreError,
    migrations::{Migration, missing},
};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use std::{str::FromStr, time::Duration};
use tokio_postgres::{Config, NoTls, config::SslMode};

const MIGRATIONS: [Migration; 1] =
    [Migration { number: 1, sql: include_str!("../../migrations/postgres/0001_foundation.sql") }];

/// Connections of one process.
const CONNECTIONS_MAX: usize = 16;
/// How long a unit of work waits for a connection.
const WAIT: Duration = Duration::from_secs(5);
/// Names the lock under which one process at a time brings the schema up to date.
const MIGRATING: i64 = 0x7465_7274_756c;

/// A pool of connections, none of them open yet.
pub(super) fn pool(url: &str) -> Result<Pool> {
    let mut config =
        Config::from_str(url).map_err(|error| StoreError::Unavailable(format!("DATABASE_URL: {error}")))?;
    if config.get_ssl_mode() == SslMode::Require {
        let why = "DATABASE_URL: this version does not speak TLS to the database (sslmode=require)";
        return Err(StoreError::Unavailable(why.into()));
    }
    config.connect_timeout(WAIT).application_name("tertulia");
    let manager =
        Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    let settle = Hook::async_fn(|client, _| {
        Box::pin(async move {
            let settings =
                "SET synchronous_commit = on; SET statement_timeout = '30s'; SET lock_timeout = '10s'";
            client.batch_execute(settings).await.map_err(HookError::Backend)
        })
    });
    let pool = Pool::builder(manager).max_size(CONNECTIONS_MAX).runtime(Runtime::Tokio1).post_create(settle);
    let pool = pool.wait_timeout(Some(WAIT)).create_timeout(Some(WAIT)).build();
    pool.map_err(|error| StoreError::Bug(error.to_string()))
}

/// A connection of the pool.
pub(super) async fn client(pool: &Pool) -> Result<Object> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => error.into(),
        PoolError::Timeout(_) => StoreError::Unavailable(format!(
            "no connection to the database within {} s ({CONNECTIONS_MAX} at most)",
            WAIT.as_secs()
        )),
        error => StoreError::Unavailable(error.to_string()),
    })
}

/// Runs the migrations that are missing, while other processes that start wait.
pub(super) async fn migrate(pool: &Pool) -> Result<()> {
    let mut client = client(pool).await?;
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING]).await?;
    let table = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, checksum TEXT NOT NULL)";
    transaction.batch_execute(table).await?;
    let rows = transaction.query("SELECT number, checksum FROM migrations ORDER BY number", &[]).await?;
    let done: Vec<(i64, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for migration in missing(&MIGRATIONS, &done)? {
        transaction.batch_execute(migration.sql).await?;
        let insert = "INSERT INTO migrations (number, checksum) VALUES ($1, $2)";
        transaction.execute(insert, &[&migration.number, &migration.checksum()]).await?;
    }
    Ok(transaction.commit().await?)
}
