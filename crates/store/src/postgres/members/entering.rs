//! Coming into a room.

use crate::postgres::{audit, bots, rows, seats, transaction::Transaction};
use crate::{Result, StoreError, members::in_office, statements::statements};
use domain::{
    Invalid,
    access::{Refused, RoomModerator, RoomReader},
    audit::Act,
    events::Change,
    ids::{PersonId, RoomId},
    limits,
    members::{Member, Role, Standing},
};

statements! {
    ENTER = "INSERT INTO members (room, person, role, standing, visible_from, last_read, joined_at, updated_at, seq)
        SELECT r.id, $2::bigint, $3::text, 'in', CASE WHEN r.history = 'joining' AND r.kind <> 'public' AND r.last_message > 0 THEN r.last_message + 1 ELSE 0 END,
               r.last_message, $4::bigint, $4, $5::bigint FROM rooms r WHERE r.id = $1
        ON CONFLICT (room, person) DO UPDATE SET role = CASE WHEN members.role = 'read_only' THEN members.role ELSE excluded.role END, standing = 'in', standing_by = NULL, standing_why = '',
            visible_from = excluded.visible_from, last_read = greatest(members.last_read, excluded.last_read), joined_at = $4, updated_at = $4, seq = $5";
    COUNT_OF_PERSON = "SELECT count(*) FROM members WHERE person = $1 AND standing = 'in'";
}

/// Makes somebody, who is held, a member, and tells the room and the person.
pub(in crate::postgres) async fn enter(
    tx: &Transaction,
    room: RoomId,
    id: PersonId,
    role: Role,
) -> Result<Member> {
    let seq = tx.next_in_room(room).await?;
    tx.run(ENTER, &[&room.0, &id.0, &role.as_str(), &tx.now, &seq.0]).await?;
    told(tx, room, id).await
}

/// Tells the room about a membership that just took the room's next place, and the person about theirs.
pub(super) async fn told(tx: &Transaction, room: RoomId, id: PersonId) -> Result<Member> {
    let member = told_room(tx, room, id).await?;
    tx.tell_reading(room, id).await?;
    Ok(member)
}

/// Tells the room alone.
pub(super) async fn told_room(tx: &Transaction, room: RoomId, id: PersonId) -> Result<Member> {
    let member = seats::member(tx, room, id).await?.ok_or(StoreError::NotFound("member"))?;
    if member.profile.is_bot {
        bots::moved(tx, &member).await?;
    }
    tx.tell_room(room, member.seq, Change::Member(Box::new(member.clone())));
    Ok(member)
}

pub(super) async fn join(tx: &Transaction, by: &RoomReader) -> Result<Member> {
    let reader = seats::reader(tx, by, &[by.person()]).await?;
    if let Some(member) = reader.member() {
        return Ok(member.clone());
    }
    if reader.room().archived_at.is_some() {
        return Err(Refused::Forbidden("This room is closed.").into());
    }
    has_room_for_more(tx, by.person()).await?;
    enter(tx, by.room_id(), by.person(), Role::Member).await
}

pub(super) async fn add(tx: &Transaction, by: &RoomModerator, id: PersonId) -> Result<Member> {
    let somebody = seats::person(tx, id).await?;
    match seats::member(tx, by.room_id(), id).await? {
        Some(member) if member.is_in() => return Ok(member),
        Some(member) if member.standing == Standing::Banned => {
            return Err(StoreError::Conflict("This person is banned from the room. Lift the ban first."));
        }
        _ if !somebody.is_active => return Err(StoreError::NotFound("person")),
        _ => {}
    }
    has_room_for_more(tx, id).await?;
    audit::record_any(tx, in_office(by, Role::Moderator, Act::AddMember, id)).await?;
    enter(tx, by.room_id(), id, Role::Member).await
}

/// Refuses when somebody, who is held, is in as many rooms as one may be.
pub(in crate::postgres) async fn has_room_for_more(tx: &Transaction, person: PersonId) -> Result<()> {
    let count = tx.get(COUNT_OF_PERSON, &[&person.0], rows::number).await?;
    if count < limits::ROOMS_PER_PERSON_MAX as i64 {
        return Ok(());
    }
    Err(Invalid::limit("room", "One may be in {limit} rooms at most.", limits::ROOMS_PER_PERSON_MAX).into())
}
