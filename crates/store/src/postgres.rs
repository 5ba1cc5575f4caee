//! The PostgreSQL back end: many processes over one database.
//!
//! A unit of work is one transaction on one connection of a pool, with `synchronous_commit = on`. Whatever takes a place in a room's
//! lane takes that room's lock first, so that commits are in the order of places here as well; people are locked after rooms.
//! A future that is dropped in mid-transaction takes its connection with it, which rolls the transaction back.

mod database;
mod fault;
mod invites;
mod lanes;
mod members;
mod messages;
mod people;
mod rooms;
mod rows;
mod sessions;
mod settings;
mod transaction;

use crate::Result;
use deadpool_postgres::{Object, Pool};
use domain::cursors::Epoch;
use std::{future::Future, pin::Pin, sync::RwLock};
use transaction::Transaction;

/// A connection, which remembers the statements it has prepared.
type Client = deadpool_postgres::ClientWrapper;

type Work<'w, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'w>>;

/// Everything durable, in a PostgreSQL database.
pub struct Postgres {
    pool: Pool,
    epoch: RwLock<Epoch>,
}

impl Postgres {
    /// Connects to the database at `url` (`postgres://user:password@host/name`) and runs the migrations that are missing. A database
    /// written by a newer version is refused, and so is a URL that asks for TLS, which this version does not speak.
    pub async fn connect(url: &str) -> Result<Self> {
        let pool = database::pool(url)?;
        database::migrate(&pool).await?;
        let client = database::client(&pool).await?;
        let epoch = settings::epoch_of(&client).await?;
        Ok(Self { pool, epoch: RwLock::new(epoch) })
    }

    /// Runs a unit of work; the answer comes after its commit returned.
    async fn write<T: Send>(
        &self,
        now: jiff::Timestamp,
        work: impl for<'w, 'c> FnOnce(&'w mut Transaction<'c>) -> Work<'w, T> + Send,
    ) -> Result<crate::Written<T>> {
        let lease = Lease::take(&self.pool).await?;
        lease.run("BEGIN").await?;
        let mut transaction = Transaction::new(lease.client(), now);
        let outcome = work(&mut transaction).await;
        let events = transaction.into_events();
        match outcome {
            Ok(value) => {
                lease.run("COMMIT").await?;
                lease.give_back();
                Ok(crate::Written { value, events })
            }
            Err(error) => {
                lease.run("ROLLBACK").await?;
                lease.give_back();
                Err(error)
            }
        }
    }

    /// Runs a read on one snapshot.
    async fn read<T: Send>(&self, work: impl for<'w> FnOnce(&'w Client) -> Work<'w, T> + Send) -> Result<T> {
        let lease = Lease::take(&self.pool).await?;
        lease.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let outcome = work(lease.client()).await;
        lease.run("COMMIT").await?;
        lease.give_back();
        outcome
    }
}

/// A connection on loan. Dropped before it is given back, it is closed: nobody gets a connection in mid-transaction.
struct Lease(Option<Object>);

impl Lease {
    async fn take(pool: &Pool) -> Result<Self> {
        database::client(pool).await.map(|client| Self(Some(client)))
    }

    fn client(&self) -> &Client {
        self.0.as_ref().expect("a lease holds its connection until it is given back")
    }

    async fn run(&self, sql: &str) -> Result<()> {
        Ok(self.client().batch_execute(sql).await?)
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

/// Every statement of this back end, so that a test can prepare each.
#[doc(hidden)]
pub fn statements() -> Vec<&'static str> {
    [
        invites::STATEMENTS,
        lanes::STATEMENTS,
        members::STATEMENTS,
        people::STATEMENTS,
        rooms::STATEMENTS,
        sessions::STATEMENTS,
        settings::STATEMENTS,
        transaction::STATEMENTS,
    ]
    .concat()
    .into_iter()
    .chain(messages::statements())
    .collect()
}
