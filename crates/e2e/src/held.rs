//! A write of PostgreSQL that is held up in the middle, so that a process can be killed exactly there.

use crate::{Postgres, until};
use anyhow::Result;

/// The next write of a reply under a condition, which waits. Only the first one does.
pub struct HeldWrite<'p>(&'p Postgres);

impl<'p> HeldWrite<'p> {
    /// Holds the next update of a reply under a condition on `OLD` and `NEW`.
    pub fn of_reply(postgres: &'p Postgres, condition: &str) -> Result<Self> {
        postgres.execute(&format!(
            "CREATE SEQUENCE writes;
             CREATE FUNCTION wait_once() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN IF nextval(''writes'') = 1 THEN PERFORM pg_sleep(600); END IF; RETURN NEW; END';
             CREATE TRIGGER held BEFORE UPDATE ON replies FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION wait_once()"
        ))?;
        Ok(Self(postgres))
    }

    /// Until a write waits there.
    pub async fn reached(&self) -> Result<()> {
        // Dividing by nothing is an error as long as nobody waits.
        let waiting = "SELECT 1 / count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        until("a write that waits", || async { self.0.execute(waiting).ok() }).await
    }

    /// Undoes the write, whose process is gone.
    pub fn undo(self) -> Result<()> {
        self.0
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")?;
        self.0.execute("DROP TRIGGER held ON replies")
    }
}
