//! Which migrations there are, and whether a database fits this binary.

use crate::{Result, StoreError};
use sha2::{Digest, Sha256};

/// One step of the schema.
pub(crate) struct Migration {
    /// Counted from 1.
    pub number: i64,
    /// Its statements.
    pub sql: &'static str,
}

impl Migration {
    /// By which a changed migration is noticed.
    pub fn checksum(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The migrations still to run, given those a database has (number and checksum, ascending).
pub(crate) fn missing<'m>(all: &'m [Migration], done: &[(i64, String)]) -> Result<&'m [Migration]> {
    if let Some((number, _)) = done.last().filter(|(number, _)| *number > all.len() as i64) {
        let known = all.len();
        return Err(StoreError::Unavailable(format!(
            "the database has migration {number}, this program knows {known}: it was written by a newer version; use that one"
        )));
    }
    for ((number, checksum), migration) in done.iter().zip(all) {
        if *number != migration.number || *checksum != migration.checksum() {
            return Err(StoreError::Unavailable(format!(
                "migration {} of the database is not the one this program knows; it was changed after it ran",
                migration.number
            )));
        }
    }
    Ok(&all[done.len()..])
}
