//! Connections that read, lent to whoever asks, on the thread that asks.
//!
//! A read of this store is a few walks of an index over pages that are in memory: it takes less time than handing it to another
//! thread and waking up again for the answer (decision 9). As many run at once as there are cores; the others wait their turn.

use super::{database, writer::unwound};
use crate::{Result, StoreError};
use rusqlite::Connection;
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Semaphore;

/// The connections.
pub(super) struct Readers {
    /// One for each connection that is free.
    turns: Semaphore,
    free: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Opens as many connections as there are cores, 2 to 32.
    pub fn open(path: &Path) -> Result<Self> {
        let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 32);
        let free = (0..count).map(|_| database::reading(path)).collect::<Result<Vec<_>>>()?;
        Ok(Self { turns: Semaphore::new(count), free: Mutex::new(free) })
    }

    /// Reads in one transaction, which is one snapshot.
    pub async fn run<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let _turn = self.turns.acquire().await.map_err(|error| StoreError::Bug(error.to_string()))?;
        let connection =
            self.free().pop().ok_or_else(|| StoreError::Bug("more turns than connections".into()))?;
        let outcome = snapshot(&connection, work);
        self.free().push(connection);
        outcome
    }

    fn free(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn snapshot<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let outcome = unwound(|| work(connection));
    let ended = connection.prepare_cached("COMMIT")?.execute([]);
    if ended.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    outcome
}
