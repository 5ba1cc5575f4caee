//! Who a message names, as rows, and telling them.

use crate::sqlite::{
    Transaction,
    transaction::{find, list},
};
use crate::{Result, statements::statements};
use domain::{
    events::Change,
    ids::{MessageId, PersonId},
    markup::Mentions,
    rooms::{Room, RoomKind},
};

statements! {
    SOMEBODY = "SELECT p.id, m.standing FROM people p LEFT JOIN members m ON m.person = p.id AND m.room = ?2
                WHERE p.username_key = ?1 AND p.is_active";
    NAMED = "SELECT person FROM mentions WHERE message = ?1";
    INSERT = "INSERT INTO mentions (message, person, room, lane_seq) VALUES (?1, ?2, ?3, ?4)";
    REMOVE = "DELETE FROM mentions WHERE message = ?1 AND person = ?2";
    EVERYONE = "UPDATE messages SET everyone = ?2 WHERE id = ?1";
}

/// Writes down who a new message names and tells them.
pub(super) fn name(
    tx: &mut Transaction<'_>,
    room: &Room,
    author: PersonId,
    id: MessageId,
    named: &Mentions,
) -> Result<()> {
    for person in everybody(tx, room, named)? {
        tell(tx, room, author, id, person)?;
    }
    Ok(())
}

/// Writes down who an edited message names now and tells those it did not name before.
pub(super) fn rename(
    tx: &mut Transaction<'_>,
    room: &Room,
    author: PersonId,
    id: MessageId,
    named: &Mentions,
) -> Result<()> {
    let before: Vec<PersonId> = list(tx.db, NAMED, [id.0], |row| row.get(0).map(PersonId))?;
    let now = everybody(tx, room, named)?;
    for gone in before.iter().filter(|person| !now.contains(person)) {
        tx.run(REMOVE, (id.0, gone.0))?;
    }
    for person in now.into_iter().filter(|person| !before.contains(person)) {
        tell(tx, room, author, id, person)?;
    }
    tx.run(EVERYONE, (id.0, named.everyone)).map(|_| ())
}

/// The people behind the names, each once, by id.
fn everybody(tx: &Transaction<'_>, room: &Room, named: &Mentions) -> Result<Vec<PersonId>> {
    let mut people = Vec::new();
    for name in &named.names {
        people.extend(somebody(tx, room, name)?);
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// The person of this name, if they may read the room.
fn somebody(tx: &Transaction<'_>, room: &Room, name: &str) -> Result<Option<PersonId>> {
    let row = |row: &rusqlite::Row<'_>| Ok((PersonId(row.get(0)?), row.get::<_, Option<String>>(1)?));
    let found = find(tx.db, SOMEBODY, (name, room.id.0), row)?;
    let public = room.kind == RoomKind::Public;
    Ok(found
        .filter(|(_, standing)| match standing.as_deref() {
            Some("in") => true,
            Some("banned") => false,
            _ => public,
        })
        .map(|(person, _)| person))
}

fn tell(
    tx: &mut Transaction<'_>,
    room: &Room,
    author: PersonId,
    id: MessageId,
    person: PersonId,
) -> Result<()> {
    if person == author {
        return tx.run(INSERT, (id.0, person.0, room.id.0, 0)).map(|_| ());
    }
    let seq = tx.next_in_person(person)?;
    tx.run(INSERT, (id.0, person.0, room.id.0, seq.0))?;
    tx.tell_person(person, seq, Change::Mentioned { room: room.id, slug: room.slug.clone(), message: id });
    Ok(())
}
