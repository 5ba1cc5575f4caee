//! Rooms.

use super::{
    Postgres, audit, database,
    members::{enter, has_room_for_more},
    replies,
    rows::{self, profile_columns, room_columns},
    seats,
    transaction::Transaction,
};
use crate::{
    PublicRoom, Result, RoomLine, Rooms, SeatBySlug, StoreError, Written, rooms::changed,
    statements::statements,
};
use domain::{
    access::{RoomOwner, Seat},
    circles::{self, Circle},
    events::Change,
    ids::{MessageId, PersonId, RoomId},
    limits,
    members::Role,
    rooms::{NewRoom, Room, RoomKind, RoomPatch, Slug},
};
use jiff::Timestamp;
use tokio_postgres::Row;

statements! {
    INSERT = "INSERT INTO rooms (slug, name, topic, kind, pair, created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id";
    TAKEN = "SELECT 1::bigint FROM rooms WHERE slug = $1 AND id <> $2 UNION ALL SELECT 1 FROM old_slugs WHERE slug = $1 AND room <> $2";
    BY_PAIR = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.pair = $1");
    ALL = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id > $1 ORDER BY r.id LIMIT $2");
    LINES = concat!("SELECT ", room_columns!(), ", m.role, m.level, m.last_read,
        (SELECT count(*) FROM (SELECT 1 FROM messages x WHERE x.room = r.id AND x.id > m.last_read AND x.id >= m.visible_from
            AND x.author <> $1 AND x.deleted_at IS NULL AND x.hidden_at IS NULL LIMIT $2) AS unread),
        (SELECT count(*) FROM (
            (SELECT x.id FROM messages x WHERE x.room = r.id AND x.everyone AND x.id > m.last_read AND x.id >= m.visible_from
                AND x.author <> $1 AND x.hidden_at IS NULL LIMIT $2)
            UNION (SELECT n.message FROM mentions n JOIN messages x ON x.id = n.message AND x.hidden_at IS NULL WHERE n.person = $1 AND n.room = r.id AND n.message > m.last_read
                AND n.message >= m.visible_from AND n.lane_seq > 0 LIMIT $2)) AS named),
        r.last_message, ", profile_columns!(), "
        FROM members m JOIN rooms r ON r.id = m.room
        LEFT JOIN members o ON r.kind = 'direct' AND o.room = r.id AND o.person <> $1
        LEFT JOIN people p ON p.id = o.person
        WHERE m.person = $1 AND m.standing = 'in' AND (r.kind NOT IN ('direct', 'group') OR r.last_message > 0 OR r.created_by = $1)
        ORDER BY r.kind IN ('direct', 'group'), CASE WHEN r.kind IN ('direct', 'group') THEN -r.last_message END, lower(r.name), r.id");
    OF_GROUPS = concat!("SELECT ", profile_columns!(), ", m.room FROM members mine JOIN rooms r ON r.id = mine.room AND r.kind = 'group'
        JOIN members m ON m.room = r.id AND m.person <> $1 AND m.standing = 'in' JOIN people p ON p.id = m.person
        WHERE mine.person = $1 AND mine.standing = 'in' ORDER BY p.display_key, p.id");
    STAYING = "SELECT p.id, p.username FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.standing = 'in' ORDER BY p.id";
    REGROUP = "UPDATE rooms SET name = $2, seq = $4, updated_at = $5, pair = CASE WHEN EXISTS (SELECT 1 FROM rooms o WHERE o.pair = $3 AND o.id <> $1) THEN NULL ELSE $3 END WHERE id = $1";
    PUBLIC = concat!("SELECT ", room_columns!(), ", (SELECT count(*) FROM members c WHERE c.room = r.id AND c.standing = 'in'),
        coalesce(m.standing = 'in', FALSE) FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.person = $1
        WHERE r.kind = 'public' AND r.archived_at IS NULL AND coalesce(m.standing, '') <> 'banned'
        ORDER BY lower(r.name), r.id OFFSET $2 LIMIT $3");
    UPDATE = "UPDATE rooms SET slug = $2, name = $3, topic = $4, kind = $5, posting = $6, history = $7, archived_at = $8, seq = $9, updated_at = $10 WHERE id = $1";
    SHOW_ALL = "UPDATE members SET visible_from = 0 WHERE room = $1 AND visible_from > 0";
    KEEP_SLUG = "INSERT INTO old_slugs (slug, room) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING";
    FREE_SLUG = "DELETE FROM old_slugs WHERE slug = $1 AND room = $2";
}

#[async_trait::async_trait]
impl Rooms for Postgres {
    async fn create_room(&self, by: Option<PersonId>, new: NewRoom, now: Timestamp) -> Result<Written<Room>> {
        let new = &new;
        self.write(now, |tx| async move { create(&tx, by, new).await }).await
    }

    async fn direct(&self, by: PersonId, circle: Circle, now: Timestamp) -> Result<Written<Room>> {
        let circle = &circle;
        self.write(now, |tx| async move { direct(&tx, by, circle).await }).await
    }

    async fn seat(&self, slug: &str, viewer: PersonId) -> Result<Option<SeatBySlug>> {
        let (db, slug) = (self.connection().await?, rows::text(slug));
        if let Some(seat) = seats::named(&db, seats::BY_SLUG, &slug, viewer).await? {
            return Ok(Some(SeatBySlug::Here(Box::new(seat))));
        }
        let moved = seats::named(&db, seats::BY_OLD_SLUG, &slug, viewer).await?;
        Ok(moved.map(|seat| SeatBySlug::Moved(Box::new(seat))))
    }

    async fn seat_in(&self, id: RoomId, viewer: PersonId) -> Result<Option<Seat>> {
        let db = self.connection().await?;
        seats::named(&db, seats::BY_ID, &id.0, viewer).await
    }

    async fn rooms_of(&self, person: PersonId) -> Result<Vec<RoomLine>> {
        let db = self.connection().await?;
        let mut lines = db.list(LINES, &[&person.0, &(limits::UNREAD_MAX + 1)], line).await?;
        if lines.iter().any(|line| line.room.kind == RoomKind::Group) {
            let row = |row: &Row| Ok((RoomId(row.try_get(4)?), rows::profile(row, 0)?));
            crate::rooms::name(&mut lines, db.list(OF_GROUPS, &[&person.0], row).await?);
        }
        Ok(lines)
    }

    async fn public_rooms(&self, viewer: PersonId, offset: usize, limit: usize) -> Result<Vec<PublicRoom>> {
        let row = |row: &Row| {
            Ok(PublicRoom { room: rows::room(row, 0)?, members: row.try_get(10)?, joined: row.try_get(11)? })
        };
        self.connection().await?.list(PUBLIC, &[&viewer.0, &(offset as i64), &(limit as i64)], row).await
    }

    async fn rooms(&self, after: RoomId, limit: usize) -> Result<Vec<Room>> {
        self.connection().await?.list(ALL, &[&after.0, &(limit as i64)], |row| rows::room(row, 0)).await
    }

    async fn update_room(&self, by: &RoomOwner, patch: RoomPatch, now: Timestamp) -> Result<Written<Room>> {
        let patch = &patch;
        self.write(now, |tx| async move {
            let owner = RoomOwner::grant(seats::reader(&tx, by, &[]).await?)?;
            audit::record_any(&tx, changed(&owner, patch)).await?;
            update(&tx, owner.room(), patch).await
        })
        .await
    }
}

fn line(row: &Row) -> Result<RoomLine> {
    Ok(RoomLine {
        room: rows::room(row, 0)?,
        role: rows::role(row, 10)?,
        level: rows::level(row, 11)?,
        last_read: MessageId(row.try_get(12)?),
        unread: row.try_get(13)?,
        mentions: row.try_get(14)?,
        last: MessageId(row.try_get(15)?),
        others: rows::profile_or_none(row, 16)?.into_iter().collect(),
    })
}

pub(super) async fn create(tx: &Transaction, by: Option<PersonId>, new: &NewRoom) -> Result<Room> {
    let slug = free_slug(tx, &new.slug, RoomId(0)).await?;
    let id = insert(tx, &slug, &new.name, &rows::text(&new.topic), new.kind, None, by).await?;
    if let Some(owner) = by {
        tx.lock_people(&[owner]).await?;
        has_room_for_more(tx, owner).await?;
        enter(tx, id, owner, Role::Owner).await?;
    }
    seats::room(tx, id).await
}

async fn insert(
    tx: &Transaction,
    slug: &str,
    name: &str,
    topic: &str,
    kind: RoomKind,
    pair: Option<&str>,
    by: Option<PersonId>,
) -> Result<RoomId> {
    let (kind, by) = (kind.as_str(), by.map(|person| person.0));
    tx.get(INSERT, &[&slug, &name, &topic, &kind, &pair, &by, &tx.now], rows::number).await.map(RoomId)
}

async fn direct(tx: &Transaction, by: PersonId, circle: &Circle) -> Result<Room> {
    let pair = circle.key();
    if let Some(room) = by_pair(tx, &pair).await? {
        return Ok(room);
    }
    let slug =
        free_slug(tx, &Slug::new(&format!("direct-{}", crate::settings::new_epoch()?))?, RoomId(0)).await?;
    // Whoever made one in the meantime held the same lock.
    if let Some(room) = by_pair(tx, &pair).await? {
        return Ok(room);
    }
    tx.lock_people(circle.people()).await?;
    let mut names = Vec::with_capacity(circle.people().len());
    for id in circle.people() {
        let person = seats::person(tx, *id).await?;
        if !person.is_active {
            return Err(StoreError::NotFound("person"));
        }
        names.insert(if *id == by { 0 } else { names.len() }, person.username);
    }
    let id = insert(tx, &slug, &names.join(", "), "", circle.kind(), Some(&pair), Some(by)).await?;
    for person in circle.people() {
        has_room_for_more(tx, *person).await?;
        enter(tx, id, *person, Role::Member).await?;
    }
    seats::room(tx, id).await
}

/// Names a group anew after those who stayed, and has it found by them.
pub(super) async fn regroup(tx: &Transaction, id: RoomId) -> Result<()> {
    let row = |row: &Row| Ok((PersonId(row.try_get(0)?), row.try_get::<_, String>(1)?));
    let (people, names): (Vec<PersonId>, Vec<String>) =
        tx.list(STAYING, &[&id.0], row).await?.into_iter().unzip();
    let seq = tx.next_in_room(id).await?;
    let key = circles::key_of_rest(&people);
    tx.run(REGROUP, &[&id.0, &names.join(", "), &key, &seq.0, &tx.now]).await?;
    tx.tell_room(id, seq, Change::Room(Box::new(seats::room(tx, id).await?)));
    Ok(())
}

async fn by_pair(tx: &Transaction, pair: &str) -> Result<Option<Room>> {
    tx.find(BY_PAIR, &[&pair], |row| rows::room(row, 0)).await
}

/// A free spelling of a slug. Slugs are given one after another, so that it is still free when it is written.
async fn free_slug(tx: &Transaction, slug: &Slug, room: RoomId) -> Result<String> {
    tx.lock_by_number(database::SLUGS).await?;
    for n in 1..10_000 {
        let slug = slug.numbered(n);
        if tx.find(TAKEN, &[&slug, &room.0], rows::number).await?.is_none() {
            return Ok(slug);
        }
    }
    Err(StoreError::Conflict("Too many rooms have this name."))
}

pub(super) async fn update(tx: &Transaction, before: &Room, patch: &RoomPatch) -> Result<Room> {
    patch.check(before.kind)?;
    let mut after = patched(before, patch, tx.now);
    if after == *before {
        return Ok(after);
    }
    if after.name != before.name {
        after.slug = free_slug(tx, &Slug::from_name(&after.name), after.id).await?;
        tx.run(FREE_SLUG, &[&after.slug, &after.id.0]).await?;
        if after.slug != before.slug {
            tx.run(KEEP_SLUG, &[&before.slug, &after.id.0]).await?;
        }
    }
    after.seq = tx.next_in_room(after.id).await?;
    write_room(tx, &after).await?;
    if after.archived_at.is_some() {
        replies::ask_to_stop_all(tx, after.id).await?;
    }
    if after.kind == RoomKind::Public && before.kind != RoomKind::Public {
        tx.run(SHOW_ALL, &[&after.id.0]).await?;
    }
    tx.tell_room(after.id, after.seq, Change::Room(Box::new(after.clone())));
    Ok(after)
}

fn patched(before: &Room, patch: &RoomPatch, now: i64) -> Room {
    let mut after = before.clone();
    after.name = patch.name.clone().unwrap_or(after.name);
    after.topic = patch.topic.as_deref().map_or(after.topic, |topic| rows::text(topic).into_owned());
    after.kind = patch.kind.unwrap_or(after.kind);
    after.posting = patch.posting.unwrap_or(after.posting);
    after.history = patch.history.unwrap_or(after.history);
    after.archived_at = match patch.archived {
        Some(true) => after.archived_at.or_else(|| Timestamp::from_millisecond(now).ok()),
        Some(false) => None,
        None => after.archived_at,
    };
    after
}

async fn write_room(tx: &Transaction, room: &Room) -> Result<()> {
    let (kind, posting, history) = (room.kind.as_str(), room.posting.as_str(), room.history.as_str());
    let archived_at = room.archived_at.map(Timestamp::as_millisecond);
    let (id, seq) = (room.id.0, room.seq.0);
    tx.run(
        UPDATE,
        &[&id, &room.slug, &room.name, &room.topic, &kind, &posting, &history, &archived_at, &seq, &tx.now],
    )
    .await
    .map(drop)
}
