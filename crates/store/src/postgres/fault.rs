//! What PostgreSQL's errors mean to the caller (PostgreSQL documentation, appendix A: error codes).

use crate::StoreError;

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(code) = error.code().map(|code| code.code().to_owned()) else {
            return Self::Unavailable(format!("the connection to the database is lost ({error})"));
        };
        let why = match code.as_str() {
            "53100" => "the disk is full",
            "25006" => "the database is read-only",
            "23505" | "40001" | "40P01" | "55P03" | "57014" => "too many changes at the same place",
            code if code.starts_with("53") => "the database has no room for more",
            code if code.starts_with("57P") || code.starts_with("08") => {
                "the database is shutting down or away"
            }
            code if code.starts_with("58") => "the disk cannot be read or written",
            _ => {
                return Self::Bug(format!(
                    "{error} ({code}): {:?}",
                    error.as_db_error().map(ToString::to_string)
                ));
            }
        };
        Self::Unavailable(format!("{why} ({error})"))
    }
}
