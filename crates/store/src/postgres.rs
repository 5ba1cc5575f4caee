//! The back end for many processes: a PostgreSQL server, reached through a bounded pool of connections.
//!
//! A room's row is the room's lock: whoever changes a room locks it first, so the places in its lane and the ids of its
//! messages are taken in commit order. Then come the rows of people, by id, and then everything else; one order
//! for all, so that nobody waits in a circle. Rights are read after the lock was had. Statements that do not need each
//! other's answers are sent together.

mod administration;
mod audit;
mod bots;
mod chats;
mod connection;
mod database;
mod encryption;
mod fault;
mod guests;
mod invites;
mod lanes;
mod members;
mod messages;
mod moderation;
mod people;
mod receipts;
mod replies;
mod rooms;
mod rows;
mod seats;
mod sessions;
mod settings;
mod tokens;
mod transaction;

pub use database::reach;

use crate::{Result, Written};
use connection::Connection;
use domain::cursors::Epoch;
use jiff::Timestamp;
use std::{
    future::Future,
    sync::{Arc, RwLock},
};
use transaction::Transaction;

/// Everything durable, in one PostgreSQL database that many processes may share.
pub struct Postgres {
    pool: deadpool_postgres::Pool,
    epoch: RwLock<Epoch>,
}

impl Postgres {
    /// Opens the database that `url` names (`postgres://user:password@host:port/name`) and runs the migrations that are missing;
    /// processes that start together wait for each other. A database written by a newer version is refused. With
    /// `?sslmode=require` everything goes through TLS to a server that proves its name; `sslrootcert` is a file of who vouches for it.
    pub async fn connect(url: &str) -> Result<Self> {
        let pool = database::pool(url)?;
        database::migrate(&mut Connection::open(&pool).await?).await?;
        let epoch = settings::epoch_of(&Connection::open(&pool).await?).await?;
        Ok(Self { pool, epoch: RwLock::new(epoch) })
    }

    /// A connection for one statement, or for several that need no common snapshot.
    async fn connection(&self) -> Result<Connection> {
        Connection::open(&self.pool).await
    }

    /// Does a unit of work in one transaction and answers after its commit returned. It is done again when the server
    /// gave it up for another's sake or the connection was lost before the commit was asked for. When this future is
    /// dropped before that, nothing was done.
    async fn write<T, F, Fut>(&self, now: Timestamp, unit: F) -> Result<Written<T>>
    where
        F: Fn(Arc<Transaction>) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let mut attempt = 1;
        loop {
            let tx = Arc::new(Transaction::new(self.connection().await?, now));
            match tx.through(transaction::WRITING, unit(tx.clone())).await {
                Ok(value) => return Ok(Written { value, events: tx.take_events() }),
                Err(_) if tx.may_be_tried_again() && attempt < domain::limits::DATABASE_ATTEMPTS_MAX => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads in one transaction, which is one snapshot.
    async fn read<T, F, Fut>(&self, unit: F) -> Result<T>
    where
        F: FnOnce(Arc<Transaction>) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let tx = Arc::new(Transaction::new(self.connection().await?, Timestamp::UNIX_EPOCH));
        tx.through(transaction::READING, unit(tx.clone())).await
    }
}

/// Every statement of this back end, so that a test can prepare each.
#[doc(hidden)]
pub fn statements() -> Vec<&'static str> {
    [
        audit::STATEMENTS,
        bots::STATEMENTS,
        chats::STATEMENTS,
        database::STATEMENTS,
        lanes::STATEMENTS,
        moderation::STATEMENTS,
        people::STATEMENTS,
        receipts::STATEMENTS,
        rooms::STATEMENTS,
        seats::STATEMENTS,
        sessions::STATEMENTS,
        guests::STATEMENTS,
        settings::STATEMENTS,
        tokens::STATEMENTS,
        transaction::STATEMENTS,
    ]
    .concat()
    .into_iter()
    .chain(invites::statements())
    .chain(members::statements())
    .chain(administration::statements())
    .chain(messages::statements())
    .chain(replies::statements())
    .collect()
}
