//! Who somebody is in a room, and rights granted from that.

use super::{
    connection::Connection,
    rows::{self, member_columns, person_columns, profile_columns, room_columns},
    transaction::{LOCK_PEOPLE, LOCK_ROOMS, Transaction},
};
use crate::{Result, StoreError, statements::statements};
use domain::{
    access::{RoomReader, Seat},
    ids::{PersonId, RoomId},
    members::Member,
    people::Person,
    rooms::{Room, RoomKind},
};
use tokio_postgres::{Row, types::ToSql};

/// A room, somebody's tie to it, who they are, and in a direct room of two the other one, as [`seat`] reads it.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT ",
            room_columns!(),
            ", m.room, m.role, m.standing, m.joined_at, m.visible_from, m.seq, ",
            person_columns!(),
            ", q.id, q.username, q.display_name, CASE WHEN q.is_bot THEN q.avatar END
             FROM rooms r LEFT JOIN people p ON p.id = $2 LEFT JOIN members m ON m.room = r.id AND m.person = p.id
             LEFT JOIN members o ON r.kind = 'direct' AND o.room = r.id AND o.person <> $2
             LEFT JOIN people q ON q.id = o.person ",
            $where
        )
    };
}

statements! {
    BY_ID = select!("WHERE r.id = $1");
    BY_SLUG = select!("WHERE r.slug = $1");
    BY_OLD_SLUG = select!("WHERE r.id = (SELECT room FROM old_slugs WHERE slug = $1)");
    PERSON = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.id = $1");
    ROOM = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id = $1");
    OTHERS = concat!("SELECT ", profile_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.person <> $2 AND m.standing = 'in' ORDER BY p.display_key, p.id");
    MEMBER = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.person = $2");
}

pub(super) async fn person(db: &Connection, id: PersonId) -> Result<Person> {
    let found = db.find(PERSON, &[&id.0], |row| rows::person(row, 0)).await?;
    found.ok_or(StoreError::NotFound("person"))
}

pub(super) async fn room(db: &Connection, id: RoomId) -> Result<Room> {
    let found = db.find(ROOM, &[&id.0], |row| rows::room(row, 0)).await?;
    found.ok_or(StoreError::NotFound("room"))
}

pub(super) async fn member(db: &Connection, room: RoomId, person: PersonId) -> Result<Option<Member>> {
    db.find(MEMBER, &[&room.0, &person.0], |row| rows::member(row, 0)).await
}

/// Somebody's place in the room that a statement of this file finds, and who they are.
pub(super) async fn seat(
    db: &Connection,
    sql: &'static str,
    room: &(dyn ToSql + Sync),
    viewer: PersonId,
) -> Result<Option<(Seat, Option<Person>)>> {
    db.find(sql, &[room, &viewer.0], seat_of).await
}

/// The same with the names of everybody else in a group, for those who show them.
pub(super) async fn named(
    db: &Connection,
    sql: &'static str,
    room: &(dyn ToSql + Sync),
    viewer: PersonId,
) -> Result<Option<Seat>> {
    let Some((mut seat, _)) = seat(db, sql, room, viewer).await? else { return Ok(None) };
    if seat.room.kind == RoomKind::Group {
        let id = seat.room.id.0;
        seat.others = db.list(OTHERS, &[&id, &viewer.0], |row| rows::profile(row, 0)).await?;
    }
    Ok(Some(seat))
}

fn seat_of(row: &Row) -> Result<(Seat, Option<Person>)> {
    let viewer = row.try_get::<_, Option<i64>>(16)?.map(|_| rows::person(row, 16)).transpose()?;
    let tied = row.try_get::<_, Option<i64>>(10)?.is_some();
    let member = match &viewer {
        Some(viewer) if tied => Some(rows::tie(row, 10, viewer.into())?),
        _ => None,
    };
    let seat = Seat {
        room: rows::room(row, 0)?,
        member,
        others: rows::profile_or_none(row, 27)?.into_iter().collect(),
    };
    Ok((seat, viewer))
}

/// Locks the room and then the people who will be told something, and grants the right to read from what is so then.
pub(super) async fn reader(tx: &Transaction, by: &RoomReader, told: &[PersonId]) -> Result<RoomReader> {
    tx.prepare(&[LOCK_ROOMS, LOCK_PEOPLE, BY_ID]).await?;
    let (room, viewer) = (by.room_id(), by.person());
    let (_, _, seat) = tokio::try_join!(
        biased;
        tx.lock_room(room),
        async { if told.is_empty() { Ok(()) } else { tx.lock_people(told).await } },
        seat(tx, BY_ID, &room.0, viewer),
    )?;
    granted(seat)
}

/// The right to read that follows from a place.
pub(super) fn granted(seat: Option<(Seat, Option<Person>)>) -> Result<RoomReader> {
    let (seat, viewer) = seat.ok_or(StoreError::NotFound("room"))?;
    Ok(RoomReader::grant(&viewer.ok_or(StoreError::NotFound("person"))?, seat)?)
}
