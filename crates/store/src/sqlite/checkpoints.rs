//! Moves what was committed from the log into the database file, off the writer's thread.

use super::database;
use crate::{Result, StoreError};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    thread::JoinHandle,
    time::Duration,
};

/// How often the log is looked at.
const INTERVAL: Duration = Duration::from_secs(1);
/// Bytes of log above which it is moved.
const PASSIVE_BYTES: u64 = 4 << 20;
/// Bytes of log above which it is also cut, which waits for readers and holds the writer for a moment.
const TRUNCATE_BYTES: u64 = 256 << 20;

/// How long cutting the log may wait for readers, and hold the writer meanwhile; it is tried again after [`INTERVAL`].
const PATIENCE: Duration = Duration::from_millis(50);

/// The thread that does it; it ends when this is dropped.
pub(super) struct Checkpoints {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread.
    pub fn start(path: &Path) -> Result<Self> {
        let connection = database::writing(path)?;
        connection.busy_timeout(PATIENCE)?;
        let log = PathBuf::from(format!("{}-wal", path.display()));
        let (stop, stopped) = sync_channel(0);
        let thread = std::thread::Builder::new().name("sqlite-checkpoints".into());
        let thread = thread.spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = move_log(&connection, &log) {
                    tracing::warn!(%error, "the log was not moved into the database file; trying again");
                }
            }
        });
        Ok(Self { stop: Some(stop), thread: Some(thread.map_err(|e| StoreError::Bug(e.to_string()))?) })
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn move_log(connection: &Connection, log: &Path) -> rusqlite::Result<()> {
    let bytes = std::fs::metadata(log).map_or(0, |log| log.len());
    let mode = match bytes {
        TRUNCATE_BYTES.. => "TRUNCATE",
        PASSIVE_BYTES.. => "PASSIVE",
        _ => return Ok(()),
    };
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))
}
