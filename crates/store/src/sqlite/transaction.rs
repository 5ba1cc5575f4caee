//! One unit of work: takes places in lanes and gathers what must be told.

use super::rows::{self, member_columns, optional, person_columns, profile_columns, room_columns};
use crate::{
    Listed, Place, Result, StoreError,
    listing::{self, Listing, page_of},
    statements::statements,
};
use domain::{
    access::{RoomReader, Seat},
    events::{Change, Event, Lane},
    ids::{PersonId, RoomId, Seq},
    members::{Member, Reading},
    people::Person,
    rooms::Room,
};
use rusqlite::{CachedStatement, Connection, Params, Row, params_from_iter, types::Value};

statements! {
    NEXT_IN_ROOM = "UPDATE rooms SET head = head + 1 WHERE id = ?1 RETURNING head";
    NEXT_IN_PERSON = "UPDATE people SET lane_head = lane_head + 1 WHERE id = ?1 RETURNING lane_head";
    PERSON = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.id = ?1");
    ROOM = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id = ?1");
    MEMBER = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.person = ?2");
    OTHERS = concat!("SELECT ", profile_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.person <> ?2 AND m.standing = 'in' ORDER BY p.display_key, p.id");
    READING = "SELECT m.room, CASE WHEN m.standing = 'in' OR r.kind = 'public' THEN r.slug ELSE '' END, m.standing, m.role, m.last_read, m.level FROM members m JOIN rooms r ON r.id = m.room
               WHERE m.room = ?1 AND m.person = ?2";
    TAKE_LANE_PLACE = "UPDATE members SET lane_seq = ?3 WHERE room = ?1 AND person = ?2";
}

/// One row, or none.
pub(super) fn find<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    optional(db.prepare_cached(sql)?.query_row(params, row))
}

/// All rows.
pub(super) fn list<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement: CachedStatement<'_> = db.prepare_cached(sql)?;
    Ok(statement.query_map(params, row)?.collect::<rusqlite::Result<_>>()?)
}

/// A page of a long list.
pub(super) fn page<T>(
    db: &Connection,
    list: Listing,
    (place, limit): (&Place, usize),
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    key: impl Fn(&T) -> String,
) -> Result<Listed<T>> {
    let (sql, values) = list.statement()?;
    let values = values.into_iter().map(|value| match value {
        listing::Value::Text(text) => Value::Text(text),
        listing::Value::Number(number) => Value::Integer(number),
    });
    let rows = self::list(db, &sql, params_from_iter(values), row)?;
    Ok(page_of(rows, place, limit, key))
}

pub(super) fn person(db: &Connection, id: PersonId) -> Result<Person> {
    find(db, PERSON, [id.0], |row| rows::person(row, 0))?.ok_or(StoreError::NotFound("person"))
}

pub(super) fn room(db: &Connection, id: RoomId) -> Result<Room> {
    find(db, ROOM, [id.0], |row| rows::room(row, 0))?.ok_or(StoreError::NotFound("room"))
}

pub(super) fn member(db: &Connection, room: RoomId, person: PersonId) -> Result<Option<Member>> {
    find(db, MEMBER, (room.0, person.0), |row| rows::member(row, 0))
}

pub(super) fn seat(db: &Connection, room: Room, viewer: PersonId) -> Result<Seat> {
    let member = member(db, room.id, viewer)?;
    let others = match room.kind.is_between_people() {
        true => list(db, OTHERS, (room.id.0, viewer.0), |row| rows::profile(row, 0))?,
        false => Vec::new(),
    };
    Ok(Seat { room, member, others })
}

/// One unit of work. Every change takes the next place of its lane in here, so places are in commit order.
pub(super) struct Transaction<'c> {
    pub db: &'c Connection,
    /// Milliseconds since 1970.
    pub now: i64,
    events: Vec<Event>,
}

impl<'c> Transaction<'c> {
    pub fn new(db: &'c Connection, now: jiff::Timestamp) -> Self {
        Self { db, now: now.as_millisecond(), events: Vec::new() }
    }

    pub fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// Runs a statement; how many rows it changed.
    pub fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.db.prepare_cached(sql)?.execute(params)?)
    }

    /// The right to read, granted again from what is so now.
    pub fn reader(&self, by: &RoomReader) -> Result<RoomReader> {
        self.reader_in(by.room_id(), by.person())
    }

    pub fn reader_in(&self, room: RoomId, viewer: PersonId) -> Result<RoomReader> {
        let seat = seat(self.db, self::room(self.db, room)?, viewer)?;
        Ok(RoomReader::grant(&person(self.db, viewer)?, seat)?)
    }

    /// The next place in a room's lane.
    pub fn next_in_room(&self, room: RoomId) -> Result<Seq> {
        let next = find(self.db, NEXT_IN_ROOM, [room.0], |row| row.get(0))?;
        next.map(Seq).ok_or(StoreError::NotFound("room"))
    }

    /// The next place in a person's lane.
    pub fn next_in_person(&self, person: PersonId) -> Result<Seq> {
        let next = find(self.db, NEXT_IN_PERSON, [person.0], |row| row.get(0))?;
        next.map(Seq).ok_or(StoreError::NotFound("person"))
    }

    pub fn tell_room(&mut self, room: RoomId, seq: Seq, change: Change) {
        self.events.push(Event { lane: Lane::Room(room), seq, change });
    }

    pub fn tell_person(&mut self, person: PersonId, seq: Seq, change: Change) {
        self.events.push(Event { lane: Lane::Person(person), seq, change });
    }

    /// Tells a person about their own membership as it is now.
    pub fn tell_reading(&mut self, room: RoomId, person: PersonId) -> Result<()> {
        let seq = self.next_in_person(person)?;
        self.run(TAKE_LANE_PLACE, (room.0, person.0, seq.0))?;
        if let Some(reading) = self.reading(room, person)? {
            self.tell_person(person, seq, Change::Reading(reading));
        }
        Ok(())
    }

    fn reading(&self, room: RoomId, person: PersonId) -> Result<Option<Reading>> {
        find(self.db, READING, (room.0, person.0), |row| rows::reading(row, 0))
    }
}
