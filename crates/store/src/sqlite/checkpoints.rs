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
    cut: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread.
    pub fn start(path: &Path) -> Result<Self> {
        let connection = database::writing(path)?;
        connection.busy_timeout(PATIENCE)?;
        let log = PathBuf::from(format!("{}-wal", path.display()));
        let (cut, asked) = sync_channel(1);
        let thread = std::thread::Builder::new().name("sqlite-checkpoints".into());
        let thread = thread.spawn(move || {
            let mut wanted = false;
            loop {
                match asked.recv_timeout(INTERVAL) {
                    Ok(()) => wanted = true,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                match move_log(&connection, &log, wanted) {
                    Ok(cut) => wanted &= !cut,
                    Err(error) => {
                        tracing::warn!(%error, "the log was not moved into the database file; trying again")
                    }
                }
            }
        });
        Ok(Self { cut: Some(cut), thread: Some(thread.map_err(|e| StoreError::Bug(e.to_string()))?) })
    }
}

impl Checkpoints {
    /// Has the log cut soon, whatever its size: what was erased in the file is still in the log until then.
    pub fn cut_soon(&self) {
        if let Some(cut) = &self.cut {
            let _ = cut.try_send(());
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.cut.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether the log was cut.
fn move_log(connection: &Connection, log: &Path, wanted: bool) -> rusqlite::Result<bool> {
    let bytes = std::fs::metadata(log).map_or(0, |log| log.len());
    let mode = match bytes {
        TRUNCATE_BYTES.. => "TRUNCATE",
        _ if wanted => "TRUNCATE",
        PASSIVE_BYTES.. => "PASSIVE",
        _ => return Ok(false),
    };
    // The first column says whether a reader or the writer was in the way.
    let busy: bool = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(0))?;
    Ok(mode == "TRUNCATE" && !busy)
}
