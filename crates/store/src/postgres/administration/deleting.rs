//! Deleting an account. Its row stays, emptied, for the name under which its messages stand.

use super::resets;
use crate::postgres::{database, members, people, rows, seats, sessions, tokens, transaction::Transaction};
use crate::{Result, StoreError, people::emptied, statements::statements};
use domain::{
    events::Change,
    ids::{PersonId, RoomId},
    members::Role,
    rooms::RoomKind,
};

statements! {
    EMPTY = "UPDATE people SET username = $2, username_key = $2, email = '', password_hash = '', is_admin = FALSE, is_active = FALSE, locale = '', time_zone = '',
             theme = '', deleted_at = $3, updated_at = $3, lane_seq = $4 WHERE id = $1 AND deleted_at IS NULL";
    WITHDRAW = "UPDATE invites SET withdrawn_at = $2, updated_at = $2 WHERE created_by = $1 AND withdrawn_at IS NULL";
    UNBLOCK = "DELETE FROM blocks WHERE person = $1";
    SUCCESSOR = "SELECT m.person FROM members m JOIN people p ON p.id = m.person
        WHERE m.room = $1 AND m.person <> $2 AND m.standing = 'in' AND p.is_active AND NOT p.is_bot
        ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 WHEN 'member' THEN 2 ELSE 3 END, m.joined_at, m.person LIMIT 1";
    OWNS = "SELECT 1 FROM members WHERE room = $1 AND person = $2 AND role = 'owner'";
}

/// A room that somebody goes out of, and who is to own it.
struct Leaving {
    room: RoomId,
    kind: RoomKind,
    successor: Option<PersonId>,
}

pub(super) async fn delete(tx: &Transaction, id: PersonId) -> Result<()> {
    tx.lock_by_number(database::ADMINISTRATORS).await?;
    let rooms = people::rooms_in(tx, id).await?;
    tx.lock_rooms(&rooms).await?;
    let mut leaving = Vec::new();
    for room in rooms {
        leaving.extend(going(tx, room, id).await?);
    }
    let told: Vec<PersonId> = leaving.iter().filter_map(|going| going.successor).chain([id]).collect();
    tx.lock_people(&told).await?;
    let before = seats::person(tx, id).await?;
    let after = emptied(&before);
    people::stays_governed(tx, &before, &after).await?;
    sessions::end_sessions(tx, id, None).await?;
    tokens::end_tokens(tx, id).await?;
    tx.run(resets::FORGET, &[&id.0]).await?;
    tx.run(WITHDRAW, &[&id.0, &tx.now]).await?;
    tx.run(UNBLOCK, &[&id.0]).await?;
    let seq = tx.next_in_person(id).await?;
    if tx.run(EMPTY, &[&id.0, &after.username, &tx.now, &seq.0]).await? == 0 {
        return Err(StoreError::NotFound("person"));
    }
    tx.tell_person(id, seq, Change::Person(Box::new(after)));
    for going in leaving {
        if let Some(successor) = going.successor {
            members::set_role(tx, going.room, successor, Role::Owner).await?;
        }
        members::depart(tx, going.kind, going.room, id).await?;
    }
    people::tell_rooms(tx, id).await
}

/// A room passes to somebody else where they owned it. A direct room stays as it is, for the other person.
async fn going(tx: &Transaction, room: RoomId, who: PersonId) -> Result<Option<Leaving>> {
    let kind = seats::room(tx, room).await?.kind;
    if kind == RoomKind::Direct {
        return Ok(None);
    }
    let owns = tx.find(OWNS, &[&room.0, &who.0], |_| Ok(())).await?.is_some();
    let successor = tx.find(SUCCESSOR, &[&room.0, &who.0], rows::number).await?.map(PersonId);
    Ok(Some(Leaving { room, kind, successor: successor.filter(|_| owns) }))
}
