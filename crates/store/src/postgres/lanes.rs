//! The order of changes.

use super::{
    Postgres,
    connection::Connection,
    messages,
    rows::{self, member_columns, person_columns, room_columns},
};
use crate::{Head, Lanes, Result, StoreError, lanes::page_of, statements::statements};
use domain::{
    events::{Change, Changes, Event, Lane},
    ids::{MessageId, PersonId, RoomId, Seq, SessionId, TokenId},
};
use tokio_postgres::Row;

statements! {
    ROOM_HEADS = "SELECT id, head FROM rooms WHERE id = ANY($1)";
    PERSON_HEADS = "SELECT id, lane_head FROM people WHERE id = ANY($1)";
    ROOM_HEAD = "SELECT head, floor FROM rooms WHERE id = $1";
    PERSON_HEAD = concat!("SELECT p.lane_head, p.lane_seq, ", person_columns!(), " FROM people p WHERE p.id = $1");
    MEMBERS_CHANGED = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person
        WHERE m.room = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3");
    ROOM_CHANGED = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id = $1 AND r.seq > $2");
    READINGS_CHANGED = "SELECT m.room, CASE WHEN m.standing = 'in' OR r.kind = 'public' THEN r.slug ELSE '' END, m.standing, m.role, m.last_read, m.level, m.lane_seq FROM members m JOIN rooms r ON r.id = m.room
        WHERE m.person = $1 AND m.lane_seq > $2 ORDER BY m.lane_seq LIMIT $3";
    MENTIONED = "SELECT n.room, CASE WHEN m.standing = 'in' OR r.kind = 'public' THEN r.slug ELSE '' END, n.message, n.lane_seq
        FROM mentions n JOIN rooms r ON r.id = n.room LEFT JOIN members m ON m.room = n.room AND m.person = n.person
        WHERE n.person = $1 AND n.lane_seq > $2 ORDER BY n.lane_seq LIMIT $3";
    SESSIONS_ENDED = "SELECT id, lane_seq FROM sessions WHERE person = $1 AND lane_seq > $2 ORDER BY lane_seq LIMIT $3";
    TOKENS_ENDED = "SELECT id, lane_seq FROM tokens WHERE person = $1 AND lane_seq > $2 ORDER BY lane_seq LIMIT $3";
    ROSTER = "SELECT person FROM members WHERE room = $1 AND standing = 'in' ORDER BY person LIMIT $2";
    ROOM_IDS = "SELECT room FROM members WHERE person = $1 AND standing = 'in' ORDER BY room";
}

#[async_trait::async_trait]
impl Lanes for Postgres {
    async fn heads(&self, lanes: &[Lane]) -> Result<Vec<Head>> {
        let (mut rooms, mut people) = (Vec::new(), Vec::new());
        for lane in lanes {
            match lane {
                Lane::Room(id) => rooms.push(id.0),
                Lane::Person(id) => people.push(id.0),
            }
        }
        let db = self.connection().await?;
        let (mut heads, others) = tokio::try_join!(
            heads_of(&db, ROOM_HEADS, &rooms, |id| Lane::Room(RoomId(id))),
            heads_of(&db, PERSON_HEADS, &people, |id| Lane::Person(PersonId(id))),
        )?;
        heads.extend(others);
        Ok(heads)
    }

    async fn changes(&self, lane: Lane, since: Seq, limit: usize) -> Result<Changes> {
        self.read(|tx| async move {
            match lane {
                Lane::Room(room) => room_changes(&tx, room, since, limit).await,
                Lane::Person(person) => person_changes(&tx, person, since, limit).await,
            }
        })
        .await
    }

    async fn roster(&self, room: RoomId, limit: usize) -> Result<Vec<PersonId>> {
        let person = |row: &Row| rows::number(row).map(PersonId);
        self.connection().await?.list(ROSTER, &[&room.0, &(limit as i64)], person).await
    }

    async fn room_ids_of(&self, person: PersonId) -> Result<Vec<RoomId>> {
        self.connection().await?.list(ROOM_IDS, &[&person.0], |row| rows::number(row).map(RoomId)).await
    }
}

async fn heads_of(
    db: &Connection,
    sql: &'static str,
    ids: &[i64],
    lane: fn(i64) -> Lane,
) -> Result<Vec<Head>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    db.list(sql, &[&ids], |row| Ok(Head { lane: lane(row.try_get(0)?), seq: Seq(row.try_get(1)?) })).await
}

async fn room_changes(db: &Connection, room: RoomId, since: Seq, limit: usize) -> Result<Changes> {
    let row = |row: &Row| Ok((Seq(row.try_get(0)?), Seq(row.try_get(1)?)));
    let head = db.find(ROOM_HEAD, &[&room.0], row).await?;
    let (head, floor) = head.ok_or(StoreError::NotFound("room"))?;
    if crate::lanes::is_reset(since, head, floor) {
        return Ok(Changes::Reset { head });
    }
    let most = limit as i64 + 1;
    let (messages, members, rooms) = tokio::try_join!(
        messages::changed_since(db, room, since, most),
        async { db.list(MEMBERS_CHANGED, &[&room.0, &since.0, &most], |row| rows::member(row, 0)).await },
        async { db.list(ROOM_CHANGED, &[&room.0, &since.0], |row| rows::room(row, 0)).await },
    )?;
    let lane = Lane::Room(room);
    let event = |seq: Seq, change: Change| Event { lane, seq, change };
    let mut events: Vec<Event> =
        messages.into_iter().map(|m| event(m.seq, Change::Message(Box::new(m)))).collect();
    events.extend(members.into_iter().map(|m| event(m.seq, Change::Member(Box::new(m)))));
    events.extend(rooms.into_iter().map(|r| event(r.seq, Change::Room(Box::new(r)))));
    Ok(page_of(events, head, limit))
}

async fn person_changes(db: &Connection, id: PersonId, since: Seq, limit: usize) -> Result<Changes> {
    let row = |row: &Row| Ok((Seq(row.try_get(0)?), Seq(row.try_get(1)?), rows::person(row, 2)?));
    let found = db.find(PERSON_HEAD, &[&id.0], row).await?;
    let (head, own, person) = found.ok_or(StoreError::NotFound("person"))?;
    if crate::lanes::is_reset(since, head, Seq(0)) {
        return Ok(Changes::Reset { head });
    }
    let most = limit as i64 + 1;
    let page: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&id.0, &since.0, &most];
    let (mut changes, mentioned, sessions, tokens) = tokio::try_join!(
        db.list(READINGS_CHANGED, &page, |row| {
            Ok((Seq(row.try_get(6)?), Change::Reading(rows::reading(row, 0)?)))
        }),
        db.list(MENTIONED, &page, |row| {
            let (room, message) = (RoomId(row.try_get(0)?), MessageId(row.try_get(2)?));
            Ok((Seq(row.try_get(3)?), Change::Mentioned { room, slug: row.try_get(1)?, message }))
        }),
        db.list(SESSIONS_ENDED, &page, |row| {
            Ok((Seq(row.try_get(1)?), Change::SessionEnded(SessionId(row.try_get(0)?))))
        }),
        db.list(TOKENS_ENDED, &page, |row| {
            Ok((Seq(row.try_get(1)?), Change::TokenEnded(TokenId(row.try_get(0)?))))
        }),
    )?;
    changes.extend(mentioned);
    changes.extend(sessions);
    changes.extend(tokens);
    if own > since {
        changes.push((own, Change::Person(Box::new(person))));
    }
    let lane = Lane::Person(id);
    let events = changes.into_iter().map(|(seq, change)| Event { lane, seq, change }).collect();
    Ok(page_of(events, head, limit))
}
