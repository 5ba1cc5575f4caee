//! The embedded back end: one file, one writer thread, a few readers.
//!
//! Everything that is written goes through one thread, which commits all that waits in one transaction (group commit)
//! with `synchronous=FULL`, and answers after the commit returned. Readers have connections of their own and see a
//! snapshot each (WAL). Checkpoints run on a third kind of thread, so that a post waits for one only under steady load.

mod administration;
mod audit;
mod bots;
mod chats;
mod checkpoints;
mod database;
mod fault;
mod guests;
mod invites;
mod lanes;
mod members;
mod messages;
mod moderation;
mod people;
mod readers;
mod receipts;
mod replies;
mod rooms;
mod rows;
mod sessions;
mod settings;
mod tokens;
mod transaction;
mod writer;

use crate::Result;
use domain::cursors::Epoch;
use rusqlite::Connection;
use std::{path::Path, sync::RwLock};
use transaction::Transaction;

/// Everything durable, in one SQLite file. Dropping it waits for what is being written.
pub struct Sqlite {
    writer: writer::Writer,
    readers: readers::Readers,
    epoch: RwLock<Epoch>,
    checkpoints: checkpoints::Checkpoints,
}

impl Sqlite {
    /// Opens the database at `path`, making it when there is none (mode 0600; the directory must exist), and runs the migrations that are missing. A
    /// database written by a newer version is refused.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = database::open(path)?;
        let epoch = settings::epoch_of(&connection)?;
        let readers = readers::Readers::open(path)?;
        Ok(Self {
            writer: writer::Writer::start(connection, path)?,
            readers,
            epoch: RwLock::new(epoch),
            checkpoints: checkpoints::Checkpoints::start(path)?,
        })
    }

    /// Runs a unit of work on the writer; the answer comes after its commit returned.
    async fn write<T: Send + 'static>(
        &self,
        now: jiff::Timestamp,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<crate::Written<T>> {
        self.writer.run(move |connection| written(connection, now, work)).await
    }

    /// The same for work that checks everything before its first change; see [`writer::Writer::run_checked`].
    async fn write_checked<T: Send + 'static>(
        &self,
        now: jiff::Timestamp,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<crate::Written<T>> {
        self.writer.run_checked(move |connection| written(connection, now, work)).await
    }

    /// Runs a read on one snapshot.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.run(work).await
    }

    /// Limits the file's size in pages, as a full disk would; for tests of what happens then.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: Option<i64>) -> Result<()> {
        let limit = move |c: &Connection| -> Result<()> {
            let size: i64 = c.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let most = pages.map_or(i64::from(u32::MAX - 1), |pages| size + pages);
            c.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))?;
            Ok(())
        };
        self.writer.run(limit).await
    }
}

fn written<T>(
    connection: &Connection,
    now: jiff::Timestamp,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
) -> Result<crate::Written<T>> {
    let mut transaction = Transaction::new(connection, now);
    let value = work(&mut transaction)?;
    Ok(crate::Written { value, events: transaction.into_events() })
}

/// Every statement of this back end, so that a test can prepare each.
#[doc(hidden)]
pub fn statements() -> Vec<&'static str> {
    [
        audit::STATEMENTS,
        bots::STATEMENTS,
        chats::STATEMENTS,
        lanes::STATEMENTS,
        members::STATEMENTS,
        moderation::STATEMENTS,
        people::STATEMENTS,
        receipts::STATEMENTS,
        rooms::STATEMENTS,
        sessions::STATEMENTS,
        guests::STATEMENTS,
        settings::STATEMENTS,
        tokens::STATEMENTS,
        transaction::STATEMENTS,
    ]
    .concat()
    .into_iter()
    .chain(administration::statements())
    .chain(invites::statements())
    .chain(messages::statements())
    .chain(replies::statements())
    .collect()
}
