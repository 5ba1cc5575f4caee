//! What PostgreSQL's errors mean to the caller.

use crate::StoreError;
use deadpool_postgres::{PoolError, TimeoutType};
use domain::limits;
use std::error::Error;
use tokio_postgres::error::SqlState;

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let why = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
            return if is_lost(&error) { Self::Unavailable(why) } else { Self::Bug(why) };
        };
        // Its details are left out: they can hold what people wrote.
        let (code, why) = (said.code().code(), said.message());
        match advice(said.code()) {
            Some(advice) => Self::Unavailable(format!("{advice} ({code}: {why})")),
            None => Self::Bug(format!("PostgreSQL said {code}: {why}")),
        }
    }
}

/// Whether no connection could be had, none that the URL allows, or it broke.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    let from_network = |error: &(dyn Error + 'static)| error.downcast_ref::<std::io::Error>().is_some();
    let said = error.to_string();
    let unreached = said.contains("connecting") || said.contains("TLS handshake");
    unreached || error.is_closed() || error.source().is_some_and(from_network)
}

/// What is the matter, when it is not a defect of ours.
fn advice(code: &SqlState) -> Option<&'static str> {
    Some(match *code {
        SqlState::DISK_FULL => "the database server's disk is full",
        SqlState::OUT_OF_MEMORY => "the database server has no memory left",
        SqlState::TOO_MANY_CONNECTIONS => "the database server takes no more connections",
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => "the database server is stopping",
        SqlState::CANNOT_CONNECT_NOW => "the database server is starting or stopping",
        SqlState::READ_ONLY_SQL_TRANSACTION => "the database server only reads",
        SqlState::QUERY_CANCELED => "the database server took too long",
        SqlState::LOCK_NOT_AVAILABLE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE => "others are changing the same things",
        SqlState::IO_ERROR => "the database server cannot read or write its disk",
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "the database server does not accept this user"
        }
        SqlState::INSUFFICIENT_PRIVILEGE => "the database user lacks a right",
        SqlState::INVALID_CATALOG_NAME => "the database server has no such database",
        _ => return of_class(code.code()),
    })
}

fn of_class(code: &str) -> Option<&'static str> {
    match code.get(..2)? {
        "08" => Some("the connection to the database server broke"),
        "25" if code == "25P03" => Some("the database server ended an idle transaction"),
        "53" => Some("the database server lacks resources"),
        "57" => Some("the database server was interrupted"),
        "58" => Some("the database server's system failed"),
        _ => None,
    }
}

/// Whether the server gave the transaction up for the sake of another one.
pub(super) fn was_given_up(error: &tokio_postgres::Error) -> bool {
    let given_up = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    error.code().is_some_and(|code| given_up.contains(code))
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(TimeoutType::Wait) => {
                let (most, wait) = (limits::DATABASE_CONNECTIONS_MAX, limits::DATABASE_WAIT_MAX);
                Self::Unavailable(format!("all {most} connections were busy for {wait:?}; that is the limit"))
            }
            PoolError::Timeout(_) => {
                let wait = limits::DATABASE_WAIT_MAX;
                Self::Unavailable(format!("the database server did not answer within {wait:?}"))
            }
            PoolError::PostCreateHook(deadpool_postgres::HookError::Backend(error)) => error.into(),
            PoolError::Closed => Self::Unavailable("the database is closed".into()),
            other => Self::Bug(other.to_string()),
        }
    }
}
