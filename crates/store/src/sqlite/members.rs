//! Who is in a room.

use super::{
    Sqlite, Transaction, audit, bots,
    rooms::{self, has_room_for_more},
    rows::{self, member_columns, profile_columns},
    transaction::{list, member, person},
};
use crate::{
    Members, Result, RosterPage, StoreError, Written,
    members::{dismissed, in_office},
    people::prefix_range,
    statements::statements,
};
use domain::{
    access::{Refused, RoomMember, RoomModerator, RoomOwner, RoomReader},
    audit::Act,
    events::Change,
    ids::{PersonId, RoomId},
    members::{Level, Member, Role, Standing},
    people::Profile,
    rooms::RoomKind,
};
use jiff::Timestamp;

statements! {
    ENTER = "INSERT INTO members (room, person, role, standing, visible_from, last_read, joined_at, updated_at, seq)
        SELECT r.id, ?2, ?3, 'in', CASE WHEN r.history = 'joining' AND r.kind <> 'public' AND r.last_message > 0 THEN r.last_message + 1 ELSE 0 END,
               r.last_message, ?4, ?4, ?5 FROM rooms r WHERE r.id = ?1
        ON CONFLICT (room, person) DO UPDATE SET role = CASE WHEN members.role = 'read_only' THEN members.role ELSE excluded.role END, standing = 'in', standing_by = NULL, standing_why = '',
            visible_from = excluded.visible_from, last_read = max(last_read, excluded.last_read), joined_at = ?4, updated_at = ?4, seq = ?5";
    DISMISS = "INSERT INTO members (room, person, role, standing, standing_by, joined_at, updated_at, seq) VALUES (?1, ?2, 'member', ?3, ?4, ?5, ?5, ?6)
        ON CONFLICT (room, person) DO UPDATE SET role = CASE WHEN members.role = 'read_only' THEN members.role ELSE 'member' END, standing = ?3, standing_by = ?4, updated_at = ?5, seq = ?6";
    SET_ROLE = "UPDATE members SET role = ?3, updated_at = ?4, seq = ?5 WHERE room = ?1 AND person = ?2";
    OTHER_OWNERS = "SELECT EXISTS (SELECT 1 FROM members WHERE room = ?1 AND person <> ?2 AND standing = 'in' AND role = 'owner')";
    OTHERS = "SELECT EXISTS (SELECT 1 FROM members WHERE room = ?1 AND person <> ?2 AND standing = 'in')";
    MEMBERS = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.standing = 'in'
        ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 WHEN 'member' THEN 2 ELSE 3 END, p.display_key, p.id LIMIT ?3 OFFSET ?2");
    COUNT = "SELECT count(*) FROM members WHERE room = ?1 AND standing = 'in'";
    BANNED = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.standing = 'banned' ORDER BY p.display_key");
    MENTIONABLE = concat!("SELECT ", profile_columns!(), " FROM people p LEFT JOIN members m ON m.room = ?1 AND m.person = p.id
        WHERE p.is_active AND (p.username_key >= ?2 AND p.username_key < ?3 OR p.display_key >= ?2 AND p.display_key < ?3)
        AND (m.standing = 'in' OR ?4 AND coalesce(m.standing, '') <> 'banned')
        ORDER BY coalesce(m.standing, '') <> 'in', p.username_key LIMIT ?5");
    SET_LEVEL = "UPDATE members SET level = ?3, updated_at = ?4 WHERE room = ?1 AND person = ?2 AND level <> ?3";
}

/// Makes somebody a member and tells the room and the person.
pub(super) fn enter(tx: &mut Transaction<'_>, room: RoomId, id: PersonId, role: Role) -> Result<Member> {
    let seq = tx.next_in_room(room)?;
    tx.run(ENTER, (room.0, id.0, role.as_str(), tx.now, seq.0))?;
    told(tx, room, id)
}

/// Tells the room about a membership that just took the room's next place, and the person about theirs.
fn told(tx: &mut Transaction<'_>, room: RoomId, id: PersonId) -> Result<Member> {
    let member = told_room(tx, room, id)?;
    tx.tell_reading(room, id)?;
    Ok(member)
}

/// Tells the room alone.
fn told_room(tx: &mut Transaction<'_>, room: RoomId, id: PersonId) -> Result<Member> {
    let member = member(tx.db, room, id)?.ok_or(StoreError::NotFound("member"))?;
    if member.profile.is_bot {
        bots::moved(tx, &member)?;
    }
    tx.tell_room(room, member.seq, Change::Member(Box::new(member.clone())));
    Ok(member)
}

#[async_trait::async_trait]
impl Members for Sqlite {
    async fn join(&self, by: &RoomReader, now: Timestamp) -> Result<Written<Member>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let reader = tx.reader(&by)?;
            if let Some(member) = reader.member() {
                return Ok(member.clone());
            }
            if reader.room().archived_at.is_some() {
                return Err(Refused::Forbidden("This room is closed.").into());
            }
            has_room_for_more(tx, by.person())?;
            enter(tx, by.room_id(), by.person(), Role::Member)
        })
        .await
    }

    async fn leave(&self, by: &RoomMember, now: Timestamp) -> Result<Written<()>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let member = RoomMember::grant(tx.reader(&by)?)?;
            leave(tx, &member)
        })
        .await
    }

    async fn add_member(&self, by: &RoomModerator, id: PersonId, now: Timestamp) -> Result<Written<Member>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let by = RoomModerator::grant(tx.reader(&by)?)?;
            let somebody = person(tx.db, id)?;
            match member(tx.db, by.room_id(), id)? {
                Some(member) if member.is_in() => return Ok(member),
                Some(member) if member.standing == Standing::Banned => {
                    return Err(StoreError::Conflict(
                        "This person is banned from the room. Lift the ban first.",
                    ));
                }
                _ if !somebody.is_active => return Err(StoreError::NotFound("person")),
                _ => {}
            }
            has_room_for_more(tx, id)?;
            audit::record_any(tx, in_office(&by, Role::Moderator, Act::AddMember, id))?;
            enter(tx, by.room_id(), id, Role::Member)
        })
        .await
    }

    async fn set_role(
        &self,
        by: &RoomOwner,
        id: PersonId,
        role: Role,
        now: Timestamp,
    ) -> Result<Written<Member>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let by = RoomOwner::grant(tx.reader(&by)?)?;
            audit::record_any(tx, in_office(&by, Role::Owner, Act::ChangeRole, id))?;
            set_role(tx, by.room_id(), id, role)
        })
        .await
    }

    async fn transfer(&self, by: &RoomOwner, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let by = RoomOwner::grant(tx.reader(&by)?)?;
            audit::record_any(tx, in_office(&by, Role::Owner, Act::ChangeRole, id))?;
            set_role(tx, by.room_id(), id, Role::Owner)?;
            if by.person() != id && by.member().is_some_and(|m| m.role == Role::Owner) {
                set_role(tx, by.room_id(), by.person(), Role::Moderator)?;
            }
            Ok(())
        })
        .await
    }

    async fn dismiss(
        &self,
        by: &RoomModerator,
        id: PersonId,
        standing: Standing,
        now: Timestamp,
    ) -> Result<Written<Member>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let by = RoomModerator::grant(tx.reader(&by)?)?;
            dismiss(tx, &by, id, standing)
        })
        .await
    }

    async fn members(&self, by: &RoomReader, offset: usize, limit: usize) -> Result<RosterPage> {
        let room = by.room_id();
        self.read(move |db| {
            let members =
                list(db, MEMBERS, (room.0, offset as i64, limit as i64), |row| rows::member(row, 0))?;
            let total = db.prepare_cached(COUNT)?.query_row([room.0], |row| row.get(0))?;
            Ok(RosterPage { members, total })
        })
        .await
    }

    async fn banned(&self, by: &RoomModerator) -> Result<Vec<Member>> {
        let room = by.room_id();
        self.read(move |db| list(db, BANNED, [room.0], |row| rows::member(row, 0))).await
    }

    async fn mentionable(&self, by: &RoomReader, prefix: &str, limit: usize) -> Result<Vec<Profile>> {
        let (from, to) = prefix_range(prefix);
        let values = (by.room_id().0, from, to, by.room().kind == RoomKind::Public, limit as i64);
        self.read(move |db| list(db, MENTIONABLE, values, |row| rows::profile(row, 0))).await
    }

    async fn set_level(&self, by: &RoomMember, level: Level, now: Timestamp) -> Result<Written<()>> {
        let by = by.clone();
        self.write(now, move |tx| {
            let by = RoomMember::grant(tx.reader(&by)?)?;
            match tx.run(SET_LEVEL, (by.room_id().0, by.person().0, level.as_str(), tx.now))? {
                0 => Ok(()),
                _ => tx.tell_reading(by.room_id(), by.person()),
            }
        })
        .await
    }
}

fn leave(tx: &mut Transaction<'_>, by: &RoomMember) -> Result<()> {
    let (room, id) = (by.room_id(), by.person());
    if by.room().kind == RoomKind::Direct {
        return Err(StoreError::Conflict("A direct room belongs to both; nobody leaves it."));
    }
    let owner = by.member().is_some_and(|m| m.role == Role::Owner);
    if owner && exists(tx, OTHERS, room, id)? && !exists(tx, OTHER_OWNERS, room, id)? {
        return Err(StoreError::Conflict("You are the last owner. Hand the room over before you leave."));
    }
    depart(tx, by.room().kind, room, id)
}

/// Takes a member out of a room by their own will.
pub(super) fn depart(tx: &mut Transaction<'_>, kind: RoomKind, room: RoomId, id: PersonId) -> Result<()> {
    let seq = tx.next_in_room(room)?;
    tx.run(DISMISS, (room.0, id.0, Standing::Left.as_str(), id.0, tx.now, seq.0))?;
    told(tx, room, id)?;
    if kind == RoomKind::Group { rooms::regroup(tx, room) } else { Ok(()) }
}

pub(super) fn set_role(tx: &mut Transaction<'_>, room: RoomId, id: PersonId, role: Role) -> Result<Member> {
    let before = member(tx.db, room, id)?.filter(Member::is_in).ok_or(StoreError::NotFound("member"))?;
    if before.role == role {
        return Ok(before);
    }
    if before.role == Role::Owner && !exists(tx, OTHER_OWNERS, room, id)? {
        return Err(StoreError::Conflict("A room keeps at least one owner. Make somebody else owner first."));
    }
    let seq = tx.next_in_room(room)?;
    tx.run(SET_ROLE, (room.0, id.0, role.as_str(), tx.now, seq.0))?;
    told(tx, room, id)
}

fn dismiss(tx: &mut Transaction<'_>, by: &RoomModerator, id: PersonId, standing: Standing) -> Result<Member> {
    let room = by.room_id();
    let before = member(tx.db, room, id)?;
    person(tx.db, id)?;
    if id == by.person() {
        return Err(StoreError::Conflict("To go yourself, leave the room."));
    }
    let role = before.as_ref().filter(|m| m.is_in()).map_or(Role::ReadOnly, |m| m.role);
    if !by.outranks(role) {
        return Err(Refused::Forbidden("Only owners may act on owners and moderators.").into());
    }
    let was_in = before.as_ref().is_some_and(Member::is_in);
    match (standing, before) {
        (Standing::Removed, before) if !before.as_ref().is_some_and(Member::is_in) => {
            return Err(StoreError::NotFound("member"));
        }
        (Standing::Left, before) if before.as_ref().is_none_or(|m| m.standing != Standing::Banned) => {
            return Err(StoreError::NotFound("ban"));
        }
        (Standing::Banned, Some(before)) if before.standing == Standing::Banned => return Ok(before),
        (Standing::In, _) => return Err(StoreError::Bug("nobody is dismissed into a room".into())),
        _ => {}
    }
    if role == Role::Owner && !exists(tx, OTHER_OWNERS, room, id)? {
        return Err(StoreError::Conflict("A room keeps at least one owner. Make somebody else owner first."));
    }
    audit::record_any(tx, dismissed(by, id, role, standing))?;
    let seq = tx.next_in_room(room)?;
    tx.run(DISMISS, (room.0, id.0, standing.as_str(), by.person().0, tx.now, seq.0))?;
    // Whoever is not in a room that outsiders do not know of learns nothing of it, not even that they may not enter.
    if was_in || by.room().kind == RoomKind::Public { told(tx, room, id) } else { told_room(tx, room, id) }
}

fn exists(tx: &Transaction<'_>, sql: &str, room: RoomId, id: PersonId) -> Result<bool> {
    Ok(tx.db.prepare_cached(sql)?.query_row((room.0, id.0), |row| row.get(0))?)
}
