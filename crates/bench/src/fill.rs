//! Much data at once, written into the database of a server that does not run: a million posts would take minutes.

use anyhow::{Result, ensure};
use rusqlite::Connection;
use std::path::Path;

/// Repeats a room's messages until it has `count` of them.
pub fn messages(database: &Path, slug: &str, count: usize) -> Result<()> {
    let mut database = Connection::open(database)?;
    let write = database.transaction()?;
    write.execute(
        "CREATE TEMP TABLE said AS SELECT row_number() OVER (ORDER BY m.id) - 1 AS place, m.* FROM messages m
         JOIN rooms r ON r.id = m.room WHERE r.slug = ?1",
        [slug],
    )?;
    let said: i64 = write.query_row("SELECT count(*) FROM said", (), |row| row.get(0))?;
    ensure!(said > 0, "nothing was said in {slug}");
    let more = i64::try_from(count)? - said;
    write.execute(
        "INSERT INTO messages (room, seq, posted, kind, author, content, client_id, draft_hash, prior_author, prior_at, created_at)
         WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < ?2)
         SELECT r.id, r.head + n, r.head + n, s.kind, s.author, s.content, 'more-' || n, s.draft_hash, s.prior_author, s.prior_at, r.last_at
         FROM more CROSS JOIN rooms r CROSS JOIN said s ON s.place = n % ?3 WHERE r.slug = ?1",
        (slug, more, said),
    )?;
    write.execute(
        "UPDATE rooms SET head = head + ?2, last_message = (SELECT max(id) FROM messages WHERE room = rooms.id) WHERE slug = ?1",
        (slug, more),
    )?;
    Ok(write.commit()?)
}

/// The slug of a room that [`rooms`] makes.
pub fn slug(room: i64) -> String {
    format!("many-{room}")
}

/// Members of each room that [`rooms`] makes.
const MEMBERS: i64 = 5;
/// Rooms that each of its people are in.
const ROOMS_EACH: i64 = 10;

/// Makes the rooms from `first` to `all`, public, and as many people as it takes for each room to have some members and each person to be in some
/// rooms. Whoever has an account is the first in that row.
pub fn rooms(database: &Path, first: i64, all: i64) -> Result<()> {
    let mut database = Connection::open(database)?;
    let write = database.transaction()?;
    let people = all * MEMBERS / ROOMS_EACH;
    write.execute(
        "INSERT INTO people (username, username_key, display_name, display_key, created_at, updated_at)
         WITH RECURSIVE more (n) AS (SELECT 1 + (SELECT max(id) FROM people) UNION ALL SELECT n + 1 FROM more WHERE n < ?1)
         SELECT 'many' || n, 'many' || n, 'many' || n, 'many' || n, 0, 0 FROM more WHERE n <= ?1",
        [people],
    )?;
    write.execute(
        "INSERT INTO rooms (slug, name, kind, head, created_by, created_at, updated_at)
         WITH RECURSIVE more (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM more WHERE n + 1 < ?2)
         SELECT 'many-' || n, 'Many ' || n, 'public', ?3, 1, 0, 0 FROM more",
        (first, all, MEMBERS),
    )?;
    write.execute(
        "INSERT INTO members (room, person, role, standing, joined_at, updated_at, seq)
         WITH RECURSIVE more (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM more WHERE n + 1 < ?2),
             seats (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM seats WHERE k + 1 < ?3)
         SELECT r.id, 1 + (n / ?4 + k * ?2 / ?4) % ?5, CASE k WHEN 0 THEN 'owner' ELSE 'member' END, 'in', 0, 0, k + 1
         FROM more CROSS JOIN seats CROSS JOIN rooms r ON r.slug = 'many-' || n",
        (first, all, MEMBERS, ROOMS_EACH, people),
    )?;
    Ok(write.commit()?)
}
