//! One borrowed connection: prepared statements, waits with an end, and no connection in an unknown state goes back.

use super::{fault, rows};
use crate::{
    Listed, Place, Result, StoreError,
    listing::{Listing, Value, page_of},
};
use deadpool_postgres::{Object, Pool};
use domain::limits::DATABASE_ANSWER_MAX;
use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};
use tokio_postgres::{Row, types::ToSql};

/// What a statement is given.
pub(super) type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

/// A connection of the pool, until it is dropped.
pub(super) struct Connection {
    /// Taken only by drop.
    object: Option<Object>,
    /// It must not be used again: somebody stopped waiting for it in the middle of something.
    spent: AtomicBool,
    given_up: AtomicBool,
}

impl Connection {
    pub async fn open(pool: &Pool) -> Result<Self> {
        let object = Some(pool.get().await?);
        Ok(Self { object, spent: AtomicBool::new(false), given_up: AtomicBool::new(false) })
    }

    /// Keeps it from going back to the pool, or lets it.
    pub fn set_spent(&self, spent: bool) {
        self.spent.store(spent, Relaxed);
    }

    /// Whether the server gave the work up for another's sake, or went away.
    pub fn was_given_up(&self) -> bool {
        self.given_up.load(Relaxed) || self.object().is_closed()
    }

    /// All rows.
    pub async fn list<T>(
        &self,
        sql: &str,
        values: Values<'_>,
        row: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let rows = self.within(async {
            let statement = self.object().prepare_cached(sql).await?;
            self.object().query(&statement, values).await
        });
        rows.await?.iter().map(row).collect()
    }

    /// A page of a long list.
    pub async fn page<T>(
        &self,
        list: Listing,
        (place, limit): (&Place, usize),
        row: impl Fn(&Row) -> Result<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<Listed<T>> {
        let (sql, values) = list.statement()?;
        let values: Vec<Box<dyn ToSql + Sync + Send>> = values
            .into_iter()
            .map(|value| match value {
                Value::Text(text) => Box::new(rows::text(&text).into_owned()) as Box<dyn ToSql + Sync + Send>,
                Value::Number(number) => Box::new(number),
            })
            .collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as _).collect();
        Ok(page_of(self.list(&sql, &values, row).await?, place, limit, key))
    }

    /// One row, or none.
    pub async fn find<T>(
        &self,
        sql: &'static str,
        values: Values<'_>,
        row: impl Fn(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.list(sql, values, row).await?.pop())
    }

    /// The one row of a statement that always has one.
    pub async fn get<T>(
        &self,
        sql: &'static str,
        values: Values<'_>,
        row: impl Fn(&Row) -> Result<T>,
    ) -> Result<T> {
        let found = self.find(sql, values, row).await?;
        found.ok_or_else(|| StoreError::Bug(format!("no row from {sql}")))
    }

    /// Runs a statement; how many rows it changed.
    pub async fn run(&self, sql: &'static str, values: Values<'_>) -> Result<u64> {
        self.within(async {
            let statement = self.object().prepare_cached(sql).await?;
            self.object().execute(&statement, values).await
        })
        .await
    }

    /// Prepares statements that will be sent together, so that none of them overtakes another on its way.
    pub async fn prepare(&self, statements: &[&'static str]) -> Result<()> {
        for sql in statements {
            self.within(self.object().prepare_cached(sql)).await?;
        }
        Ok(())
    }

    /// Runs statements without values, as they are, whatever time they take in the server.
    pub async fn run_plainly(&self, sql: &str) -> Result<()> {
        self.object().batch_execute(sql).await.map_err(|error| self.note(error))
    }

    /// Begins or ends a transaction.
    pub async fn control(&self, sql: &'static str) -> Result<()> {
        self.within(self.object().batch_execute(sql)).await
    }

    async fn within<T>(
        &self,
        answer: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        match tokio::time::timeout(DATABASE_ANSWER_MAX, answer).await {
            Ok(answer) => answer.map_err(|error| self.note(error)),
            Err(_) => {
                self.set_spent(true);
                let why = format!("the database server did not answer within {DATABASE_ANSWER_MAX:?}");
                Err(StoreError::Unavailable(why))
            }
        }
    }

    fn note(&self, error: tokio_postgres::Error) -> StoreError {
        if fault::was_given_up(&error) {
            self.given_up.store(true, Relaxed);
        }
        error.into()
    }

    fn object(&self) -> &Object {
        self.object.as_ref().expect("only drop takes the connection")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.spent.load(Relaxed)
            && let Some(object) = self.object.take()
        {
            // Out of the pool, and closed; the server rolls back what was open.
            drop(Object::take(object));
        }
    }
}
