//! What SQLite's errors mean to the caller.

use crate::StoreError;
use rusqlite::ErrorCode;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let why = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => "the disk is full",
            Some(ErrorCode::SystemIoFailure) => "the disk cannot be read or written",
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program holds the database",
            Some(ErrorCode::ReadOnly) => "the database file is read-only",
            Some(ErrorCode::CannotOpen) => "the database file cannot be opened",
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the database file is damaged",
            Some(ErrorCode::OutOfMemory) => "there is no memory left",
            _ => return Self::Bug(error.to_string()),
        };
        Self::Unavailable(format!("{why} ({error})"))
    }
}
