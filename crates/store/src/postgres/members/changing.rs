//! Leaving, roles, removing and banning.

use super::entering::{told, told_room};
use crate::postgres::{audit, rooms::regroup, rows, seats, transaction::Transaction};
use crate::{Result, StoreError, members::dismissed, statements::statements};
use domain::{
    access::{Refused, RoomMember, RoomModerator, RoomOwner},
    ids::{PersonId, RoomId},
    members::{Member, Role, Standing},
    rooms::RoomKind,
};

statements! {
    DISMISS = "INSERT INTO members (room, person, role, standing, standing_by, joined_at, updated_at, seq) VALUES ($1, $2, 'member', $3, $4, $5, $5, $6)
        ON CONFLICT (room, person) DO UPDATE SET role = CASE WHEN members.role = 'read_only' THEN members.role ELSE 'member' END, standing = $3, standing_by = $4, updated_at = $5, seq = $6";
    SET_ROLE = "UPDATE members SET role = $3, updated_at = $4, seq = $5 WHERE room = $1 AND person = $2";
    OTHER_OWNERS = "SELECT EXISTS (SELECT 1 FROM members WHERE room = $1 AND person <> $2 AND standing = 'in' AND role = 'owner')";
    OTHERS = "SELECT EXISTS (SELECT 1 FROM members WHERE room = $1 AND person <> $2 AND standing = 'in')";
}

const LAST_OWNER: StoreError =
    StoreError::Conflict("A room keeps at least one owner. Make somebody else owner first.");

pub(super) async fn leave(tx: &Transaction, by: &RoomMember) -> Result<()> {
    let (room, id) = (by.room_id(), by.person());
    if by.room().kind == RoomKind::Direct {
        return Err(StoreError::Conflict("A direct room belongs to both; nobody leaves it."));
    }
    let owner = by.member().is_some_and(|m| m.role == Role::Owner);
    if owner && exists(tx, OTHERS, room, id).await? && !exists(tx, OTHER_OWNERS, room, id).await? {
        return Err(StoreError::Conflict("You are the last owner. Hand the room over before you leave."));
    }
    depart(tx, by.room().kind, room, id).await
}

/// Takes a member out of a held room by their own will; they are held too.
pub(in crate::postgres) async fn depart(
    tx: &Transaction,
    kind: RoomKind,
    room: RoomId,
    id: PersonId,
) -> Result<()> {
    put(tx, room, id, Standing::Left, id).await?;
    told(tx, room, id).await?;
    if kind == RoomKind::Group { regroup(tx, room).await } else { Ok(()) }
}

pub(in crate::postgres) async fn set_role(
    tx: &Transaction,
    room: RoomId,
    id: PersonId,
    role: Role,
) -> Result<Member> {
    let before = seats::member(tx, room, id).await?.filter(Member::is_in);
    let before = before.ok_or(StoreError::NotFound("member"))?;
    if before.role == role {
        return Ok(before);
    }
    if before.role == Role::Owner && !exists(tx, OTHER_OWNERS, room, id).await? {
        return Err(LAST_OWNER);
    }
    let seq = tx.next_in_room(room).await?;
    tx.run(SET_ROLE, &[&room.0, &id.0, &role.as_str(), &tx.now, &seq.0]).await?;
    told(tx, room, id).await
}

pub(super) async fn transfer(tx: &Transaction, by: &RoomOwner, id: PersonId) -> Result<()> {
    set_role(tx, by.room_id(), id, Role::Owner).await?;
    if by.person() != id && by.member().is_some_and(|m| m.role == Role::Owner) {
        set_role(tx, by.room_id(), by.person(), Role::Moderator).await?;
    }
    Ok(())
}

pub(super) async fn dismiss(
    tx: &Transaction,
    by: &RoomModerator,
    id: PersonId,
    standing: Standing,
) -> Result<Member> {
    let room = by.room_id();
    let before = seats::member(tx, room, id).await?;
    seats::person(tx, id).await?;
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
    if role == Role::Owner && !exists(tx, OTHER_OWNERS, room, id).await? {
        return Err(LAST_OWNER);
    }
    audit::record_any(tx, dismissed(by, id, role, standing)).await?;
    put(tx, room, id, standing, by.person()).await?;
    // Whoever is not in a room that outsiders do not know of learns nothing of it, not even that they may not enter.
    match was_in || by.room().kind == RoomKind::Public {
        true => told(tx, room, id).await,
        false => told_room(tx, room, id).await,
    }
}

/// Writes down that somebody is not in any more, and by whom.
async fn put(tx: &Transaction, room: RoomId, id: PersonId, standing: Standing, by: PersonId) -> Result<()> {
    let seq = tx.next_in_room(room).await?;
    tx.run(DISMISS, &[&room.0, &id.0, &standing.as_str(), &by.0, &tx.now, &seq.0]).await.map(drop)
}

async fn exists(tx: &Transaction, sql: &'static str, room: RoomId, id: PersonId) -> Result<bool> {
    tx.get(sql, &[&room.0, &id.0], rows::truth).await
}
