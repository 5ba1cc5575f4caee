//! The order of changes.

use super::{
    Sqlite, messages,
    rows::{self, member_columns, room_columns},
    transaction::{find, list, person},
};
use crate::{Head, Lanes, Result, StoreError, lanes::page_of, statements::statements};
use domain::{
    events::{Change, Changes, Event, Lane},
    ids::{MessageId, PersonId, RoomId, Seq, SessionId, TokenId},
};
use rusqlite::Connection;

statements! {
    ROOM_HEADS = "SELECT id, head FROM rooms WHERE id IN (SELECT value FROM json_each(?1))";
    PERSON_HEADS = "SELECT id, lane_head FROM people WHERE id IN (SELECT value FROM json_each(?1))";
    ROOM_HEAD = "SELECT head, floor FROM rooms WHERE id = ?1";
    PERSON_HEAD = "SELECT lane_head, 0, lane_seq FROM people WHERE id = ?1";
    MEMBERS_CHANGED = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person
        WHERE m.room = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3");
    ROOM_CHANGED = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id = ?1 AND r.seq > ?2");
    READINGS_CHANGED = "SELECT m.room, CASE WHEN m.standing = 'in' OR r.kind = 'public' THEN r.slug ELSE '' END, m.standing, m.role, m.last_read, m.level, m.lane_seq FROM members m JOIN rooms r ON r.id = m.room
        WHERE m.person = ?1 AND m.lane_seq > ?2 ORDER BY m.lane_seq LIMIT ?3";
    MENTIONED = "SELECT n.room, CASE WHEN m.standing = 'in' OR r.kind = 'public' THEN r.slug ELSE '' END, n.message, n.lane_seq
        FROM mentions n JOIN rooms r ON r.id = n.room LEFT JOIN members m ON m.room = n.room AND m.person = n.person
        WHERE n.person = ?1 AND n.lane_seq > ?2 ORDER BY n.lane_seq LIMIT ?3";
    SESSIONS_ENDED = "SELECT id, lane_seq FROM sessions WHERE person = ?1 AND lane_seq > ?2 ORDER BY lane_seq LIMIT ?3";
    TOKENS_ENDED = "SELECT id, lane_seq FROM tokens WHERE person = ?1 AND lane_seq > ?2 ORDER BY lane_seq LIMIT ?3";
    ROSTER = "SELECT person FROM members WHERE room = ?1 AND standing = 'in' ORDER BY person LIMIT ?2";
    ROOM_IDS = "SELECT room FROM members WHERE person = ?1 AND standing = 'in' ORDER BY room";
}

#[async_trait::async_trait]
impl Lanes for Sqlite {
    async fn heads(&self, lanes: &[Lane]) -> Result<Vec<Head>> {
        let (mut rooms, mut people) = (Vec::new(), Vec::new());
        for lane in lanes {
            match lane {
                Lane::Room(id) => rooms.push(id.0),
                Lane::Person(id) => people.push(id.0),
            }
        }
        self.read(move |db| {
            let mut heads = heads(db, ROOM_HEADS, &rooms, |id| Lane::Room(RoomId(id)))?;
            heads.extend(self::heads(db, PERSON_HEADS, &people, |id| Lane::Person(PersonId(id)))?);
            Ok(heads)
        })
        .await
    }

    async fn changes(&self, lane: Lane, since: Seq, limit: usize) -> Result<Changes> {
        self.read(move |db| match lane {
            Lane::Room(room) => room_changes(db, room, since, limit),
            Lane::Person(person) => person_changes(db, person, since, limit),
        })
        .await
    }

    async fn roster(&self, room: RoomId, limit: usize) -> Result<Vec<PersonId>> {
        self.read(move |db| list(db, ROSTER, (room.0, limit as i64), |row| row.get(0).map(PersonId))).await
    }

    async fn room_ids_of(&self, person: PersonId) -> Result<Vec<RoomId>> {
        self.read(move |db| list(db, ROOM_IDS, [person.0], |row| row.get(0).map(RoomId))).await
    }
}

fn heads(db: &Connection, sql: &str, ids: &[i64], lane: fn(i64) -> Lane) -> Result<Vec<Head>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = serde_json::to_string(ids).map_err(|error| StoreError::Bug(error.to_string()))?;
    list(db, sql, [ids], |row| Ok(Head { lane: lane(row.get(0)?), seq: Seq(row.get(1)?) }))
}

fn room_changes(db: &Connection, room: RoomId, since: Seq, limit: usize) -> Result<Changes> {
    let head = find(db, ROOM_HEAD, [room.0], |row| Ok((Seq(row.get(0)?), Seq(row.get(1)?))))?;
    let (head, floor) = head.ok_or(StoreError::NotFound("room"))?;
    if crate::lanes::is_reset(since, head, floor) {
        return Ok(Changes::Reset { head });
    }
    let lane = Lane::Room(room);
    let event = |seq: Seq, change: Change| Event { lane, seq, change };
    let messages = messages::changed_since(db, room, (since, head), limit + 1)?;
    let members = list(db, MEMBERS_CHANGED, (room.0, since.0, limit as i64 + 1), |row| rows::member(row, 0))?;
    let rooms = list(db, ROOM_CHANGED, (room.0, since.0), |row| rows::room(row, 0))?;
    let mut events: Vec<Event> =
        messages.into_iter().map(|m| event(m.seq, Change::Message(Box::new(m)))).collect();
    events.extend(members.into_iter().map(|m| event(m.seq, Change::Member(Box::new(m)))));
    events.extend(rooms.into_iter().map(|r| event(r.seq, Change::Room(Box::new(r)))));
    Ok(page_of(events, head, limit))
}

fn person_changes(db: &Connection, id: PersonId, since: Seq, limit: usize) -> Result<Changes> {
    let head =
        find(db, PERSON_HEAD, [id.0], |row| Ok((Seq(row.get(0)?), Seq(row.get(1)?), Seq(row.get(2)?))))?;
    let (head, floor, own) = head.ok_or(StoreError::NotFound("person"))?;
    if crate::lanes::is_reset(since, head, floor) {
        return Ok(Changes::Reset { head });
    }
    let page = (id.0, since.0, limit as i64 + 1);
    let mut changes = list(db, READINGS_CHANGED, page, |row| {
        Ok((Seq(row.get(6)?), Change::Reading(rows::reading(row, 0)?)))
    })?;
    changes.extend(list(db, MENTIONED, page, |row| {
        let (room, message) = (RoomId(row.get(0)?), MessageId(row.get(2)?));
        Ok((Seq(row.get(3)?), Change::Mentioned { room, slug: row.get(1)?, message }))
    })?);
    changes.extend(list(db, SESSIONS_ENDED, page, |row| {
        Ok((Seq(row.get(1)?), Change::SessionEnded(SessionId(row.get(0)?))))
    })?);
    changes.extend(list(db, TOKENS_ENDED, page, |row| {
        Ok((Seq(row.get(1)?), Change::TokenEnded(TokenId(row.get(0)?))))
    })?);
    if own > since {
        changes.push((own, Change::Person(Box::new(person(db, id)?))));
    }
    let lane = Lane::Person(id);
    let events = changes.into_iter().map(|(seq, change)| Event { lane, seq, change }).collect();
    Ok(page_of(events, head, limit))
}
