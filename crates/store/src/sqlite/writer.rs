//! The one writer: everything that waits is committed together, and each succeeds or fails alone.

use super::database;
use crate::{Result, StoreError};
use domain::limits;
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::JoinHandle,
};
use tokio::sync::oneshot;

/// Units of work in one commit, at most: bounds how long the first of them waits.
const BATCH_MAX: usize = 1_024;

/// Why the neighbours of checked work fail that failed all the same.
const HALF_DONE: &str = "a change could not be finished, and what came with it was undone";

/// A queue of units of work and the thread that does them. Dropping it does what is queued, then ends.
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Work>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(connection: Connection, path: &Path) -> Result<Self> {
        let (queue, waiting) = sync_channel(limits::WRITER_QUEUE_MAX);
        let desk = Desk { connection, path: path.into() };
        let thread = std::thread::Builder::new().name("sqlite-writer".into());
        let thread = thread.spawn(move || desk.work(&waiting)).map_err(|e| StoreError::Bug(e.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Does a unit of work and answers after its commit returned. When this future is dropped the work is done all the same.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.queue(work, false).await
    }

    /// The same for work that checks everything before its first change, so that only the database itself can fail it afterwards. It needs no
    /// savepoint of its own, which would cost it a copy of every page it touches. Should it fail half done all the same, its neighbours in the
    /// transaction fail with it, as on a full disk.
    pub async fn run_checked<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.queue(work, true).await
    }

    async fn queue<T, F>(&self, work: F, is_checked: bool) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let task = Box::new(Task { work: Some(work), is_checked, outcome: None, answer });
        let queue = self.queue.as_ref().expect("the queue is taken only by drop");
        queue.try_send(task).map_err(|error| match error {
            TrySendError::Full(_) => {
                let most = limits::WRITER_QUEUE_MAX;
                StoreError::Unavailable(format!(
                    "{most} changes wait for the disk already; that is the limit"
                ))
            }
            TrySendError::Disconnected(_) => StoreError::Unavailable("the database is closed".into()),
        })?;
        result.await.map_err(|_| StoreError::Unavailable("the database is closed".into()))?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A unit of work with its answer's type forgotten.
trait Work: Send {
    /// Whether it can fail only before its first change.
    fn is_checked(&self) -> bool;
    /// Does it; whether it succeeded.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers, after the commit or with the reason why there was none.
    fn answer(self: Box<Self>, commit: std::result::Result<(), &str>);
}

struct Task<T, F> {
    work: Option<F>,
    is_checked: bool,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T> + Send> Work for Task<T, F> {
    fn is_checked(&self) -> bool {
        self.is_checked
    }

    fn run(&mut self, connection: &Connection) -> bool {
        self.outcome = self.work.take().map(|work| unwound(|| work(connection)));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, commit: std::result::Result<(), &str>) {
        let outcome = match (self.outcome, commit) {
            // Its own answer may rest on what a neighbour had written, which is not there now.
            (_, Err(why)) => Err(StoreError::Unavailable(why.to_owned())),
            (Some(Err(error)), Ok(())) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::Bug("a unit of work was not done".into())),
        };
        // Whoever asked may be gone; the work stands all the same.
        let _ = self.answer.send(outcome);
    }
}

/// Work whose panic is its own failure: the thread goes on for the others.
pub(super) fn unwound<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What the work leaves half done in the database is rolled back; it shares nothing else.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
        Err(StoreError::Bug(format!("a unit of work panicked: {text}")))
    })
}

/// The thread's own things.
struct Desk {
    connection: Connection,
    path: PathBuf,
}

impl Desk {
    fn work(mut self, waiting: &Receiver<Box<dyn Work>>) {
        while let Ok(first) = waiting.recv() {
            let mut batch = vec![first];
            batch.extend(waiting.try_iter().take(BATCH_MAX - 1));
            self.commit(batch);
        }
    }

    fn commit(&mut self, batch: Vec<Box<dyn Work>>) {
        let mut done = Vec::with_capacity(batch.len());
        let outcome = self.attempt(batch, &mut done);
        if let Err(why) = &outcome {
            tracing::warn!(error = %why, units = done.len(), "nothing was written");
            self.recover();
        }
        let told = outcome.as_ref().copied().map_err(String::as_str);
        for work in done {
            work.answer(told);
        }
    }

    fn attempt(
        &self,
        batch: Vec<Box<dyn Work>>,
        done: &mut Vec<Box<dyn Work>>,
    ) -> std::result::Result<(), String> {
        let mut batch = batch.into_iter();
        let begun = self.execute("BEGIN IMMEDIATE");
        if let Err(error) = begun {
            done.extend(batch);
            return Err(error);
        }
        while let Some(mut work) = batch.next() {
            let kept = self.one(&mut *work);
            done.push(work);
            if let Err(error) = kept {
                done.extend(batch);
                return Err(error);
            }
        }
        self.execute("COMMIT")
    }

    /// Does one unit of work so that its failure is its own. An error means the whole transaction is gone (a full disk does that).
    fn one(&self, work: &mut dyn Work) -> std::result::Result<(), String> {
        let before = self.connection.total_changes();
        let is_checked = work.is_checked();
        if !is_checked {
            self.execute("SAVEPOINT unit")?;
        }
        let succeeded = work.run(&self.connection);
        if !succeeded && self.connection.is_autocommit() {
            return Err("the database gave up the transaction, as it does when the disk is full".into());
        }
        if is_checked {
            let is_whole = succeeded || self.connection.total_changes() == before;
            return is_whole.then_some(()).ok_or_else(|| HALF_DONE.into());
        }
        if !succeeded {
            self.execute("ROLLBACK TO unit")?;
        }
        self.execute("RELEASE unit")
    }

    /// Leaves a failed transaction; if even that fails, opens the file anew.
    fn recover(&mut self) {
        if !self.connection.is_autocommit() && self.execute("ROLLBACK").is_err() {
            match database::writing(&self.path) {
                Ok(connection) => self.connection = connection,
                Err(error) => {
                    tracing::error!(%error, "the database cannot be opened again; trying at the next change")
                }
            }
        }
    }

    fn execute(&self, sql: &str) -> std::result::Result<(), String> {
        let run = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        run.map(|_| ()).map_err(|error| match StoreError::from(error) {
            StoreError::Unavailable(why) | StoreError::Bug(why) => why,
            other => other.to_string(),
        })
    }
}

#[cfg(test)]
mod tests;
