//! Opening the file: pragmas, migrations, connections.

use crate::{
    Result, StoreError,
    migrations::{Migration, missing},
};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{path::Path, time::Duration};

const MIGRATIONS: [Migration; 11] = [
    Migration { number: 1, sql: include_str!("../../migrations/sqlite/0001_foundation.sql") },
    Migration { number: 2, sql: include_str!("../../migrations/sqlite/0002_replies.sql") },
    Migration { number: 3, sql: include_str!("../../migrations/sqlite/0003_rooms_listed.sql") },
    Migration { number: 4, sql: include_str!("../../migrations/sqlite/0004_posting.sql") },
    Migration { number: 5, sql: include_str!("../../migrations/sqlite/0005_administration.sql") },
    Migration { number: 6, sql: include_str!("../../migrations/sqlite/0006_groups.sql") },
    Migration { number: 7, sql: include_str!("../../migrations/sqlite/0007_guest_usage.sql") },
    Migration { number: 8, sql: include_str!("../../migrations/sqlite/0008_moderation.sql") },
    Migration { number: 9, sql: include_str!("../../migrations/sqlite/0009_avatars.sql") },
    Migration { number: 10, sql: include_str!("../../migrations/sqlite/0010_times.sql") },
    Migration { number: 11, sql: include_str!("../../migrations/sqlite/0011_names.sql") },
];

/// Statements a connection keeps prepared; there are fewer.
const STATEMENTS_MAX: usize = 256;

/// Pages of log after which whoever writes moves it: 8 MB.
const LOG_PAGES: u32 = 4_000;

/// Opens the file for writing and brings its schema up to date.
pub(super) fn open(path: &Path) -> Result<Connection> {
    make_private(path)?;
    let mut connection = writing(path)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Makes an empty file nobody else may read, unless there is one.
fn make_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map(|_| ()).map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))
}

/// A connection that writes. `FULL` makes every commit wait for the disk. Pages are small (in a new file), because a commit writes each one it touched
/// whole, and posts in many rooms touch many. Under load the writer itself moves the log into the file after so many pages, and then writes
/// over it: that costs less than making it longer (decision 18). When there is time, somebody else has moved it before.
pub(super) fn writing(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    keep_plans(&connection)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = {LOG_PAGES}; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16000;",
    ))?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reading(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    keep_plans(&connection)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000;")?;
    Ok(connection)
}

/// Prepares each statement once. Without the planner's stability guarantee SQLite prepares anew, for other values, what has
/// a parameter in a `LIMIT`; that took two thirds of the time of a post.
fn keep_plans(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL)",
    )?;
    let done = {
        let mut rows = transaction.prepare("SELECT number, checksum FROM migrations ORDER BY number")?;
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<Vec<_>>>()?
    };
    for migration in missing(&MIGRATIONS, &done)? {
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "INSERT INTO migrations (number, checksum) VALUES (?1, ?2)",
            (migration.number, migration.checksum()),
        )?;
    }
    Ok(transaction.commit()?)
}
