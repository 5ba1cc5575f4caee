//! What the minimal programs write before they tell anybody.
//!
//! *limit-durable* appends tokens to a table, a page or two for each commit. *limit-kept* writes what a post durably is in any chat whose sending can be
//! repeated: its text, its place in the room, its `client_id` once for ever, the room's counter and the author's read mark. These
//! are two indexes over all rooms, so that each post touches pages of its own. It checks no right, queues no reply and reads nothing.

use anyhow::Result;
use rusqlite::Connection;
use std::path::Path;

const TOKENS: &str = "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, token TEXT NOT NULL);";

/// Pages as small, and the log as long, as the product has them.
const POSTS: &str = "
    PRAGMA page_size = 2048; PRAGMA wal_autocheckpoint = 4000;
    CREATE TABLE IF NOT EXISTS rooms (id INTEGER PRIMARY KEY, head INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS marks (room INTEGER NOT NULL, person INTEGER NOT NULL, last_read INTEGER NOT NULL, PRIMARY KEY (room, person)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, author INTEGER NOT NULL, content TEXT NOT NULL,
        client_id TEXT NOT NULL, created_at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS messages_by_room ON messages (room, id);
    CREATE UNIQUE INDEX IF NOT EXISTS messages_by_client_id ON messages (room, author, client_id);";

/// The text of every message beside its token.
const TEXT: &str = "The lecture begins at nine; bring the second chapter and something to write with.";

/// An open database.
pub(super) struct Table {
    database: Connection,
    kept: bool,
}

impl Table {
    pub(super) fn open(path: &Path, kept: bool) -> Result<Self> {
        let database = Connection::open(path)?;
        database.execute_batch(if kept { POSTS } else { TOKENS })?;
        database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        Ok(Self { database, kept })
    }

    /// Writes everything in one transaction and waits for the disk.
    pub(super) fn keep<'t>(&self, posted: impl Iterator<Item = ((usize, usize), &'t str)>) -> Result<()> {
        self.database.execute_batch("BEGIN IMMEDIATE")?;
        for ((thread, socket), token) in posted {
            let room = (socket << 8 | thread) as i64;
            if self.kept {
                self.post(room, token)?;
            } else {
                let mut insert =
                    self.database.prepare_cached("INSERT INTO messages (room, token) VALUES (?1, ?2)")?;
                insert.execute((room, token))?;
            }
        }
        Ok(self.database.execute_batch("COMMIT")?)
    }

    fn post(&self, room: i64, token: &str) -> Result<()> {
        let run = |sql| self.database.prepare_cached(sql);
        run("INSERT INTO rooms (id, head) VALUES (?1, 1) ON CONFLICT DO UPDATE SET head = head + 1")?
            .execute([room])?;
        let id = run("INSERT INTO messages (room, seq, author, content, client_id, created_at)
            SELECT ?1, head, ?1, ?2, ?3, 1700000000000 FROM rooms WHERE id = ?1")?
        .insert((room, format!("{token} {TEXT}"), token))?;
        let mark =
            "INSERT INTO marks VALUES (?1, ?1, ?2) ON CONFLICT DO UPDATE SET last_read = excluded.last_read";
        run(mark)?.execute((room, id))?;
        Ok(())
    }
}
