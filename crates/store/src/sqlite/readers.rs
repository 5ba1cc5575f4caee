//! A few threads that read, each with a connection of its own.

use super::database;
use crate::{Result, StoreError};
use rusqlite::Connection;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
};
use tokio::sync::oneshot;

/// Reads waiting for a thread, at most.
const QUEUE_MAX: usize = 16_384;

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// A queue of reads and the threads that do them. They end when it is dropped.
pub(super) struct Readers {
    queue: mpsc::SyncSender<Read>,
}

impl Readers {
    /// Starts as many threads as there are cores, 2 to 8.
    pub fn start(path: &Path) -> Result<Self> {
        let (queue, waiting) = mpsc::sync_channel::<Read>(QUEUE_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        for _ in 0..threads {
            let (connection, waiting) = (database::reading(path)?, waiting.clone());
            let thread = std::thread::Builder::new().name("sqlite-reader".into());
            thread.spawn(move || work(&connection, &waiting)).map_err(|e| StoreError::Bug(e.to_string()))?;
        }
        Ok(Self { queue })
    }

    /// Reads in one transaction, which is one snapshot.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, result) = oneshot::channel();
        let read = Box::new(move |connection: &Connection| {
            let _ = answer.send(snapshot(connection, work));
        });
        self.queue.try_send(read).map_err(|error| match error {
            mpsc::TrySendError::Full(_) => {
                StoreError::Unavailable(format!("{QUEUE_MAX} reads wait already; that is the limit"))
            }
            mpsc::TrySendError::Disconnected(_) => StoreError::Unavailable("the database is closed".into()),
        })?;
        result.await.map_err(|_| StoreError::Unavailable("the database is closed".into()))?
    }
}

fn work(connection: &Connection, waiting: &Mutex<mpsc::Receiver<Read>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(read) => read(connection),
            Err(_) => return,
        }
    }
}

fn snapshot<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let outcome = work(connection);
    let ended = connection.prepare_cached("COMMIT")?.execute([]);
    if ended.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    outcome
}
