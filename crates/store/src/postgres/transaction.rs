//! One unit of work: takes places in lanes and gathers what must be told.

use super::{
    Client,
    rows::{self, Row, member_columns, person_columns, profile_columns, room_columns},
};
use crate::{Result, StoreError, statements::statements};
use domain::{
    access::{RoomReader, Seat},
    events::{Change, Event, Lane},
    ids::{PersonId, RoomId, Seq},
    members::{Member, Reading},
    people::Person,
    rooms::{Room, RoomKind},
};
use postgres_types::ToSql;

statements! {
    NEXT_IN_ROOM = "UPDATE rooms SET head = head + 1 WHERE id = $1 RETURNING head";
    NEXT_IN_PERSON = "UPDATE people SET lane_head = lane_head + 1 WHERE id = $1 RETURNING lane_head";
    PERSON = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.id = $1");
    LOCK_ROOM = "SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE";
    ROOM = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id = $1");
    MEMBER = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.person = $2");
    PARTNER = concat!("SELECT ", profile_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.person <> $2 LIMIT 1");
    READING = "SELECT m.room, r.slug, m.standing, m.role, m.last_read, m.level FROM members m JOIN rooms r ON r.id = m.room
               WHERE m.room = $1 AND m.person = $2";
    TAKE_LANE_PLACE = "UPDATE members SET lane_seq = $3 WHERE room = $1 AND person = $2";
}

/// One row, or none.
pub(super) async fn find<T>(
    db: &Client,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
    row: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let statement = db.prepare_cached(sql).await?;
    db.query_opt(&statement, params).await?.map(|found| row(&Row(&found))).transpose()
}

/// All rows.
pub(super) async fn list<T>(
    db: &Client,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
    mut row: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let statement = db.prepare_cached(sql).await?;
    db.query(&statement, params).await?.iter().map(|found| row(&Row(found))).collect()
}

/// The one value of the one row.
pub(super) async fn value<T: for<'r> postgres_types::FromSql<'r>>(
    db: &Client,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<T> {
    find(db, sql, params, |row| row.get(0)).await?.ok_or_else(|| StoreError::Bug("a row is missing".into()))
}

pub(super) async fn person(db: &Client, id: PersonId) -> Result<Person> {
    find(db, PERSON, &[&id.0], |row| rows::person(row, 0)).await?.ok_or(StoreError::NotFound("person"))
}

pub(super) async fn room(db: &Client, id: RoomId) -> Result<Room> {
    find(db, ROOM, &[&id.0], |row| rows::room(row, 0)).await?.ok_or(StoreError::NotFound("room"))
}

pub(super) async fn member(db: &Client, room: RoomId, person: PersonId) -> Result<Option<Member>> {
    find(db, MEMBER, &[&room.0, &person.0], |row| rows::member(row, 0)).await
}

pub(super) async fn seat(db: &Client, room: Room, viewer: PersonId) -> Result<Seat> {
    let member = member(db, room.id, viewer).await?;
    let partner = match room.kind {
        RoomKind::Direct => find(db, PARTNER, &[&room.id.0, &viewer.0], |row| rows::profile(row, 0)).await?,
        _ => None,
    };
    Ok(Seat { room, member, partner })
}

/// One unit of work. Every change takes the next place of its lane in here, so places are in commit order.
pub(super) struct Transaction<'c> {
    pub db: &'c Client,
    /// Milliseconds since 1970.
    pub now: i64,
    events: Vec<Event>,
}

impl<'c> Transaction<'c> {
    pub fn new(db: &'c Client, now: jiff::Timestamp) -> Self {
        Self { db, now: now.as_millisecond(), events: Vec::new() }
    }

    pub fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// Runs a statement; how many rows it changed.
    pub async fn run(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        let statement = self.db.prepare_cached(sql).await?;
        Ok(self.db.execute(&statement, params).await?)
    }

    /// Takes a room's lock, which puts commits in the order of places.
    pub async fn lock_room(&self, room: RoomId) -> Result<()> {
        let found = find(self.db, LOCK_ROOM, &[&room.0], |_| Ok(())).await?;
        found.ok_or(StoreError::NotFound("room"))
    }

    /// The right to read, granted again from what is so now.
    pub async fn reader(&self, by: &RoomReader) -> Result<RoomReader> {
        self.reader_in(by.room_id(), by.person()).await
    }

    pub async fn reader_in(&self, room: RoomId, viewer: PersonId) -> Result<RoomReader> {
        self.lock_room(room).await?;
        let seat = seat(self.db, self::room(self.db, room).await?, viewer).await?;
        Ok(RoomReader::grant(&person(self.db, viewer).await?, seat)?)
    }

    /// The next place in a room's lane.
    pub async fn next_in_room(&self, room: RoomId) -> Result<Seq> {
        let next = find(self.db, NEXT_IN_ROOM, &[&room.0], |row| row.get(0)).await?;
        next.map(Seq).ok_or(StoreError::NotFound("room"))
    }

    /// The next place in a person's lane.
    pub async fn next_in_person(&self, person: PersonId) -> Result<Seq> {
        let next = find(self.db, NEXT_IN_PERSON, &[&person.0], |row| row.get(0)).await?;
        next.map(Seq).ok_or(StoreError::NotFound("person"))
    }

    pub fn tell_room(&mut self, room: RoomId, seq: Seq, change: Change) {
        self.events.push(Event { lane: Lane::Room(room), seq, change });
    }

    pub fn tell_person(&mut self, person: PersonId, seq: Seq, change: Change) {
        self.events.push(Event { lane: Lane::Person(person), seq, change });
    }

    /// Tells a person about their own membership as it is now.
    pub async fn tell_reading(&mut self, room: RoomId, person: PersonId) -> Result<()> {
        let seq = self.next_in_person(person).await?;
        self.run(TAKE_LANE_PLACE, &[&room.0, &person.0, &seq.0]).await?;
        if let Some(reading) = self.reading(room, person).await? {
            self.tell_person(person, seq, Change::Reading(reading));
        }
        Ok(())
    }

    async fn reading(&self, room: RoomId, person: PersonId) -> Result<Option<Reading>> {
        find(self.db, READING, &[&room.0, &person.0], |row| rows::reading(row, 0)).await
    }
}
