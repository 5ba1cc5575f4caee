//! Rooms.

use super::{
    Sqlite, Transaction, audit, members, replies,
    rows::{self, profile_columns, room_columns},
    transaction::{find, list, person, room, seat},
};
use crate::{
    PublicRoom, Result, RoomLine, Rooms, SeatBySlug, StoreError, Written, rooms::changed,
    statements::statements,
};
use domain::{
    Invalid,
    access::{RoomOwner, Seat},
    circles::{self, Circle},
    events::Change,
    ids::{MessageId, PersonId, RoomId},
    limits,
    members::Role,
    rooms::{NewRoom, Room, RoomKind, RoomPatch, Slug},
};
use jiff::Timestamp;

statements! {
    INSERT = "INSERT INTO rooms (slug, name, topic, kind, pair, created_by, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) RETURNING id";
    TAKEN = "SELECT 1 FROM rooms WHERE slug = ?1 AND id <> ?2 UNION ALL SELECT 1 FROM old_slugs WHERE slug = ?1 AND room <> ?2";
    BY_SLUG = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.slug = ?1");
    BY_OLD_SLUG = concat!("SELECT ", room_columns!(), " FROM old_slugs o JOIN rooms r ON r.id = o.room WHERE o.slug = ?1");
    BY_PAIR = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.pair = ?1");
    ALL = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id > ?1 ORDER BY r.id LIMIT ?2");
    COUNT_OF_PERSON = "SELECT count(*) FROM members WHERE person = ?1 AND standing = 'in'";
    LINES = concat!("SELECT ", room_columns!(), ", m.role, m.level, m.last_read,
        (SELECT count(*) FROM (SELECT 1 FROM messages x WHERE x.room = r.id AND x.id > m.last_read AND x.id >= m.visible_from
            AND x.author <> ?1 AND x.deleted_at IS NULL AND x.hidden_at IS NULL LIMIT ?2)),
        (SELECT count(*) FROM (
            SELECT * FROM (SELECT x.id FROM messages x WHERE x.room = r.id AND x.everyone AND x.id > m.last_read AND x.id >= m.visible_from
                AND x.author <> ?1 AND x.hidden_at IS NULL LIMIT ?2)
            UNION SELECT * FROM (SELECT n.message FROM mentions n JOIN messages x ON x.id = n.message AND x.hidden_at IS NULL WHERE n.person = ?1 AND n.room = r.id AND n.message > m.last_read
                AND n.message >= m.visible_from AND n.lane_seq > 0 LIMIT ?2))),
        r.last_message, ", profile_columns!(), "
        FROM members m JOIN rooms r ON r.id = m.room
        LEFT JOIN members o ON r.kind = 'direct' AND o.room = r.id AND o.person <> ?1
        LEFT JOIN people p ON p.id = o.person
        WHERE m.person = ?1 AND m.standing = 'in' AND (r.kind NOT IN ('direct', 'group') OR r.last_message > 0 OR r.created_by = ?1)
        ORDER BY r.kind IN ('direct', 'group'), CASE WHEN r.kind IN ('direct', 'group') THEN -r.last_message END, r.name COLLATE NOCASE, r.id");
    OF_GROUPS = concat!("SELECT ", profile_columns!(), ", m.room FROM members mine JOIN rooms r ON r.id = mine.room AND r.kind = 'group'
        JOIN members m ON m.room = r.id AND m.person <> ?1 AND m.standing = 'in' JOIN people p ON p.id = m.person
        WHERE mine.person = ?1 AND mine.standing = 'in' ORDER BY p.display_key, p.id");
    STAYING = "SELECT p.id, p.username FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.standing = 'in' ORDER BY p.id";
    REGROUP = "UPDATE rooms SET name = ?2, seq = ?4, updated_at = ?5, pair = CASE WHEN EXISTS (SELECT 1 FROM rooms o WHERE o.pair = ?3 AND o.id <> ?1) THEN NULL ELSE ?3 END WHERE id = ?1";
    // The planner would rather take the index by kind, and sort every public room there is.
    PUBLIC = concat!("SELECT ", room_columns!(), ", (SELECT count(*) FROM members c WHERE c.room = r.id AND c.standing = 'in'),
        coalesce(m.standing = 'in', 0) FROM rooms r INDEXED BY rooms_listed LEFT JOIN members m ON m.room = r.id AND m.person = ?1
        WHERE r.kind = 'public' AND r.archived_at IS NULL AND coalesce(m.standing, '') <> 'banned'
        ORDER BY r.name COLLATE NOCASE, r.id LIMIT ?3 OFFSET ?2");
    UPDATE = "UPDATE rooms SET slug = ?2, name = ?3, topic = ?4, kind = ?5, posting = ?6, history = ?7, archived_at = ?8, seq = ?9, updated_at = ?10 WHERE id = ?1";
    SHOW_ALL = "UPDATE members SET visible_from = 0 WHERE room = ?1 AND visible_from > 0";
    KEEP_SLUG = "INSERT INTO old_slugs (slug, room) VALUES (?1, ?2) ON CONFLICT (slug) DO NOTHING";
    FREE_SLUG = "DELETE FROM old_slugs WHERE slug = ?1 AND room = ?2";
}

#[async_trait::async_trait]
impl Rooms for Sqlite {
    async fn create_room(&self, by: Option<PersonId>, new: NewRoom, now: Timestamp) -> Result<Written<Room>> {
        self.write(now, move |tx| create(tx, by, &new)).await
    }

    async fn direct(&self, by: PersonId, circle: Circle, now: Timestamp) -> Result<Written<Room>> {
        self.write(now, move |tx| direct(tx, by, &circle)).await
    }

    async fn seat(&self, slug: &str, viewer: PersonId) -> Result<Option<SeatBySlug>> {
        let slug = slug.to_owned();
        self.read(move |db| {
            if let Some(room) = find(db, BY_SLUG, [&slug], |row| rows::room(row, 0))? {
                return Ok(Some(SeatBySlug::Here(Box::new(seat(db, room, viewer)?))));
            }
            let moved = find(db, BY_OLD_SLUG, [&slug], |row| rows::room(row, 0))?;
            moved.map(|room| Ok(SeatBySlug::Moved(Box::new(seat(db, room, viewer)?)))).transpose()
        })
        .await
    }

    async fn seat_in(&self, id: RoomId, viewer: PersonId) -> Result<Option<Seat>> {
        self.read(move |db| match room(db, id) {
            Ok(room) => seat(db, room, viewer).map(Some),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn rooms_of(&self, person: PersonId) -> Result<Vec<RoomLine>> {
        self.read(move |db| {
            let mut lines = list(db, LINES, (person.0, limits::UNREAD_MAX + 1), line)?;
            if lines.iter().any(|line| line.room.kind == RoomKind::Group) {
                let people =
                    list(db, OF_GROUPS, [person.0], |row| Ok((RoomId(row.get(4)?), rows::profile(row, 0)?)))?;
                crate::rooms::name(&mut lines, people);
            }
            Ok(lines)
        })
        .await
    }

    async fn public_rooms(&self, viewer: PersonId, offset: usize, limit: usize) -> Result<Vec<PublicRoom>> {
        let row = |row: &rusqlite::Row<'_>| {
            Ok(PublicRoom { room: rows::room(row, 0)?, members: row.get(10)?, joined: row.get(11)? })
        };
        self.read(move |db| list(db, PUBLIC, (viewer.0, offset as i64, limit as i64), row)).await
    }

    async fn rooms(&self, after: RoomId, limit: usize) -> Result<Vec<Room>> {
        self.read(move |db| list(db, ALL, (after.0, limit as i64), |row| rows::room(row, 0))).await
    }

    async fn update_room(&self, by: &RoomOwner, patch: RoomPatch, now: Timestamp) -> Result<Written<Room>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let owner = RoomOwner::grant(tx.reader(&by)?)?;
            audit::record_any(tx, changed(&owner, &patch))?;
            update(tx, owner.room(), patch)
        })
        .await
    }
}

fn line(row: &rusqlite::Row<'_>) -> rusqlite::Result<RoomLine> {
    let partner: Option<i64> = row.get(16)?;
    Ok(RoomLine {
        room: rows::room(row, 0)?,
        role: rows::role(row, 10)?,
        level: rows::level(row, 11)?,
        last_read: MessageId(row.get(12)?),
        unread: row.get(13)?,
        mentions: row.get(14)?,
        last: MessageId(row.get(15)?),
        others: partner.map(|_| rows::profile(row, 16)).transpose()?.into_iter().collect(),
    })
}

pub(super) fn create(tx: &mut Transaction<'_>, by: Option<PersonId>, new: &NewRoom) -> Result<Room> {
    let slug = free_slug(tx, &new.slug, RoomId(0))?;
    let values = (&slug, &new.name, &new.topic, new.kind.as_str(), None::<&str>, by.map(|p| p.0), tx.now);
    let id = RoomId(tx.db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?);
    if let Some(owner) = by {
        has_room_for_more(tx, owner)?;
        members::enter(tx, id, owner, Role::Owner)?;
    }
    room(tx.db, id)
}

fn direct(tx: &mut Transaction<'_>, by: PersonId, circle: &Circle) -> Result<Room> {
    let pair = circle.key();
    if let Some(room) = find(tx.db, BY_PAIR, [&pair], |row| rows::room(row, 0))? {
        return Ok(room);
    }
    let mut people = circle.people().iter().map(|id| person(tx.db, *id)).collect::<Result<Vec<_>>>()?;
    if people.iter().any(|person| !person.is_active) {
        return Err(StoreError::NotFound("person"));
    }
    people.sort_by_key(|person| person.id != by);
    let name = people.iter().map(|person| person.username.as_str()).collect::<Vec<_>>().join(", ");
    let slug = free_slug(tx, &Slug::new(&format!("direct-{}", crate::settings::new_epoch()?))?, RoomId(0))?;
    let values = (slug, name, "", circle.kind().as_str(), Some(&pair), by.0, tx.now);
    let id = RoomId(tx.db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?);
    for person in circle.people() {
        has_room_for_more(tx, *person)?;
        members::enter(tx, id, *person, Role::Member)?;
    }
    room(tx.db, id)
}

/// Names a group anew after those who stayed, and has it found by them.
pub(super) fn regroup(tx: &mut Transaction<'_>, id: RoomId) -> Result<()> {
    let staying = list(tx.db, STAYING, [id.0], |row| Ok((PersonId(row.get(0)?), row.get::<_, String>(1)?)))?;
    let (people, names): (Vec<PersonId>, Vec<String>) = staying.into_iter().unzip();
    let seq = tx.next_in_room(id)?;
    tx.run(REGROUP, (id.0, names.join(", "), circles::key_of_rest(&people), seq.0, tx.now))?;
    let now = room(tx.db, id)?;
    tx.tell_room(id, seq, Change::Room(Box::new(now)));
    Ok(())
}

fn free_slug(tx: &Transaction<'_>, slug: &Slug, room: RoomId) -> Result<String> {
    (1..10_000)
        .map(|n| slug.numbered(n))
        .find_map(|slug| match find(tx.db, TAKEN, (&slug, room.0), |_| Ok(())) {
            Ok(None) => Some(Ok(slug)),
            Ok(Some(())) => None,
            Err(error) => Some(Err(error)),
        })
        .unwrap_or(Err(StoreError::Conflict("Too many rooms have this name.")))
}

/// Refuses when somebody is in as many rooms as one may be.
pub(super) fn has_room_for_more(tx: &Transaction<'_>, person: PersonId) -> Result<()> {
    let count: i64 = tx.db.prepare_cached(COUNT_OF_PERSON)?.query_row([person.0], |row| row.get(0))?;
    if count < limits::ROOMS_PER_PERSON_MAX as i64 {
        return Ok(());
    }
    Err(Invalid::limit("room", "One may be in {limit} rooms at most.", limits::ROOMS_PER_PERSON_MAX).into())
}

pub(super) fn update(tx: &mut Transaction<'_>, before: &Room, patch: RoomPatch) -> Result<Room> {
    patch.check(before.kind)?;
    let mut after = before.clone();
    after.name = patch.name.unwrap_or(after.name);
    after.topic = patch.topic.unwrap_or(after.topic);
    after.kind = patch.kind.unwrap_or(after.kind);
    after.posting = patch.posting.unwrap_or(after.posting);
    after.history = patch.history.unwrap_or(after.history);
    after.archived_at = match patch.archived {
        Some(true) => after.archived_at.or_else(|| Timestamp::from_millisecond(tx.now).ok()),
        Some(false) => None,
        None => after.archived_at,
    };
    if after == *before {
        return Ok(after);
    }
    if after.name != before.name {
        after.slug = free_slug(tx, &Slug::from_name(&after.name), after.id)?;
        tx.run(FREE_SLUG, (&after.slug, after.id.0))?;
        if after.slug != before.slug {
            tx.run(KEEP_SLUG, (&before.slug, after.id.0))?;
        }
    }
    after.seq = tx.next_in_room(after.id)?;
    let archived = after.archived_at.map(Timestamp::as_millisecond);
    let values = (
        after.id.0,
        &after.slug,
        &after.name,
        &after.topic,
        after.kind.as_str(),
        after.posting.as_str(),
        after.history.as_str(),
        archived,
        after.seq.0,
        tx.now,
    );
    tx.run(UPDATE, values)?;
    if archived.is_some() {
        replies::ask_to_stop_all(tx, after.id)?;
    }
    if after.kind == RoomKind::Public && before.kind != RoomKind::Public {
        tx.run(SHOW_ALL, [after.id.0])?;
    }
    tx.tell_room(after.id, after.seq, Change::Room(Box::new(after.clone())));
    Ok(after)
}
