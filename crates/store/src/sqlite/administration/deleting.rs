//! Deleting an account. Its row stays, emptied, for the name under which its messages stand.

use super::resets;
use crate::sqlite::{
    Transaction, members, people, sessions, tokens,
    transaction::{find, list, person, room},
};
use crate::{Result, StoreError, people::emptied, statements::statements};
use domain::{
    events::Change,
    ids::{PersonId, RoomId},
    members::Role,
    rooms::RoomKind,
};

statements! {
    EMPTY = "UPDATE people SET username = ?2, username_key = ?2, email = '', password_hash = '', is_admin = 0, is_active = 0, locale = '', time_zone = '',
             theme = '', deleted_at = ?3, updated_at = ?3, lane_seq = ?4 WHERE id = ?1 AND deleted_at IS NULL";
    WITHDRAW = "UPDATE invites SET withdrawn_at = ?2, updated_at = ?2 WHERE created_by = ?1 AND withdrawn_at IS NULL";
    UNBLOCK = "DELETE FROM blocks WHERE person = ?1";
    ROOMS_IN = "SELECT room FROM members WHERE person = ?1 AND standing = 'in' ORDER BY room";
    SUCCESSOR = "SELECT m.person FROM members m JOIN people p ON p.id = m.person
        WHERE m.room = ?1 AND m.person <> ?2 AND m.standing = 'in' AND p.is_active AND NOT p.is_bot
        ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 WHEN 'member' THEN 2 ELSE 3 END, m.joined_at, m.person LIMIT 1";
    OWNS = "SELECT 1 FROM members WHERE room = ?1 AND person = ?2 AND role = 'owner'";
}

pub(super) fn delete(tx: &mut Transaction<'_>, id: PersonId) -> Result<()> {
    let before = person(tx.db, id)?;
    let after = emptied(&before);
    people::stays_governed(tx, &before, &after)?;
    sessions::end_sessions(tx, id, None)?;
    tokens::end_tokens(tx, id)?;
    tx.run(resets::FORGET, [id.0])?;
    tx.run(WITHDRAW, (id.0, tx.now))?;
    tx.run(UNBLOCK, [id.0])?;
    let seq = tx.next_in_person(id)?;
    if tx.run(EMPTY, (id.0, &after.username, tx.now, seq.0))? == 0 {
        return Err(StoreError::NotFound("person"));
    }
    tx.tell_person(id, seq, Change::Person(Box::new(after)));
    for room in list(tx.db, ROOMS_IN, [id.0], |row| row.get(0).map(RoomId))? {
        go(tx, room, id)?;
    }
    people::tell_rooms(tx, id)
}

/// Goes out of a room, which passes to somebody else where they owned it. A direct room stays as it is, for the other person.
fn go(tx: &mut Transaction<'_>, id: RoomId, who: PersonId) -> Result<()> {
    let kind = room(tx.db, id)?.kind;
    if kind == RoomKind::Direct {
        return Ok(());
    }
    let owns = find(tx.db, OWNS, (id.0, who.0), |_| Ok(()))?.is_some();
    let successor = find(tx.db, SUCCESSOR, (id.0, who.0), |row| row.get(0).map(PersonId))?;
    if let Some(successor) = successor.filter(|_| owns) {
        members::set_role(tx, id, successor, Role::Owner)?;
    }
    members::depart(tx, kind, id, who)
}
