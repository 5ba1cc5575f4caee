//! One unit of work: takes places in lanes and gathers what must be told.

use super::{connection::Connection, database, rows};
use crate::{Result, StoreError, statements::statements};
use domain::{
    events::{Change, Event, Lane},
    ids::{PersonId, RoomId, Seq},
};
use std::{
    future::Future,
    ops::Deref,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

pub(super) const WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
pub(super) const READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

statements! {
    LOCK_ROOMS = "SELECT id FROM rooms WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    LOCK_PEOPLE = "SELECT id FROM people WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    NEXT_IN_ROOM = "UPDATE rooms SET head = head + 1 WHERE id = $1 RETURNING head";
    NEXT_IN_PERSON = "UPDATE people SET lane_head = lane_head + 1 WHERE id = $1 RETURNING lane_head";
    TELL_READING = "WITH lane AS (UPDATE people SET lane_head = lane_head + 1 WHERE id = $2 RETURNING lane_head),
        m AS (UPDATE members SET lane_seq = lane.lane_head FROM lane WHERE room = $1 AND person = $2
              RETURNING room, standing, role, last_read, level, lane_seq)
        SELECT m.room, CASE WHEN m.standing = 'in' OR r.kind = 'public' THEN r.slug ELSE '' END, m.standing, m.role, m.last_read, m.level, m.lane_seq FROM m JOIN rooms r ON r.id = m.room";
}

/// One unit of work. Every change takes the next place of its lane in here, under the lane's lock, so places are in commit order.
pub(super) struct Transaction {
    db: Connection,
    /// Milliseconds since 1970.
    pub now: i64,
    events: Mutex<Vec<Event>>,
    /// The commit was asked for: what comes of it is unknown until the answer is there.
    committing: AtomicBool,
}

impl Deref for Transaction {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.db
    }
}

impl Transaction {
    pub fn new(db: Connection, now: jiff::Timestamp) -> Self {
        let (events, committing) = (Mutex::default(), AtomicBool::new(false));
        Self { db, now: now.as_millisecond(), events, committing }
    }

    /// Begins, does the work and commits, or rolls back when it failed. Beginning is sent together with the first statement.
    pub async fn through<T>(&self, begin: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.db.set_spent(true);
        let (begun, done) = tokio::join!(biased; self.db.control(begin), work);
        match begun.and(done) {
            Ok(value) => {
                self.committing.store(true, Relaxed);
                self.db.control("COMMIT").await?;
                self.db.set_spent(false);
                Ok(value)
            }
            Err(error) => {
                let clean = self.db.control("ROLLBACK").await.is_ok();
                self.db.set_spent(!clean);
                Err(error)
            }
        }
    }

    /// Whether nothing was done and trying again may help.
    pub fn may_be_tried_again(&self) -> bool {
        self.db.was_given_up() && !self.committing.load(Relaxed)
    }

    pub fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Holds a room until the end; nobody else changes it or takes a place in its lane.
    pub async fn lock_room(&self, room: RoomId) -> Result<()> {
        let found = self.find(LOCK_ROOMS, &[&[room.0].as_slice()], |_| Ok(())).await?;
        found.ok_or(StoreError::NotFound("room"))
    }

    /// Holds rooms until the end.
    pub async fn lock_rooms(&self, rooms: &[RoomId]) -> Result<()> {
        let ids: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        self.list(LOCK_ROOMS, &[&ids], |_| Ok(())).await.map(drop)
    }

    /// Holds people until the end: before anything that tells them something, all of them at once.
    pub async fn lock_people(&self, people: &[PersonId]) -> Result<()> {
        let ids: Vec<i64> = people.iter().map(|person| person.0).collect();
        self.list(LOCK_PEOPLE, &[&ids], |_| Ok(())).await.map(drop)
    }

    /// Holds what a number stands for until the end.
    pub async fn lock_by_number(&self, number: i64) -> Result<()> {
        self.list(database::LOCK_BY_NUMBER, &[&number], |_| Ok(())).await.map(drop)
    }

    /// The next place in a room's lane.
    pub async fn next_in_room(&self, room: RoomId) -> Result<Seq> {
        let next = self.find(NEXT_IN_ROOM, &[&room.0], |row| Ok(Seq(row.try_get(0)?))).await?;
        next.ok_or(StoreError::NotFound("room"))
    }

    /// The next place in a person's lane.
    pub async fn next_in_person(&self, person: PersonId) -> Result<Seq> {
        let next = self.find(NEXT_IN_PERSON, &[&person.0], |row| Ok(Seq(row.try_get(0)?))).await?;
        next.ok_or(StoreError::NotFound("person"))
    }

    pub fn tell_room(&self, room: RoomId, seq: Seq, change: Change) {
        self.tell(Event { lane: Lane::Room(room), seq, change });
    }

    pub fn tell_person(&self, person: PersonId, seq: Seq, change: Change) {
        self.tell(Event { lane: Lane::Person(person), seq, change });
    }

    fn tell(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// Tells a person about their own membership as it is now.
    pub async fn tell_reading(&self, room: RoomId, person: PersonId) -> Result<()> {
        let row = |row: &tokio_postgres::Row| Ok((Seq(row.try_get(6)?), rows::reading(row, 0)?));
        if let Some((seq, reading)) = self.find(TELL_READING, &[&room.0, &person.0], row).await? {
            self.tell_person(person, seq, Change::Reading(reading));
        }
        Ok(())
    }
}
