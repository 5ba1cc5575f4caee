//! A few threads that read, each with a connection of its own.

use super::{database, writer::unwound};
use crate::{Result, StoreError};
use rusqlite::Connection;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
};
use tokio::sync::oneshot;

/// Reads waiting for a thread, at most.
const QUEUE_MAX: usize = 16_384;

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// A queue of reads and the threads that do them. Dropping it does what is queued, then ends them.
pub(super) struct Readers {
    queue: Option<mpsc::SyncSender<Read>>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Readers {
    /// Starts as many threads as there are cores, 2 to 8.
    pub fn start(path: &Path) -> Result<Self> {
        let (queue, waiting) = mpsc::sync_channel::<Read>(QUEUE_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let mut threads = Vec::with_capacity(count);
        for _ in 0..count {
            let (connection, waiting) = (database::reading(path)?, waiting.clone());
            let thread = std::thread::Builder::new().name("sqlite-reader".into());
            let thread = thread.spawn(move || work(&connection, &waiting));
            threads.push(thread.map_err(|e| StoreError::Bug(e.to_string()))?);
        }
        Ok(Self { queue: Some(queue), threads })
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
        let queue = self.queue.as_ref().expect("the queue is taken only by drop");
        queue.try_send(read).map_err(|error| match error {
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
    let outcome = unwound(|| work(connection));
    let ended = connection.prepare_cached("COMMIT")?.execute([]);
    if ended.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    outcome
}
