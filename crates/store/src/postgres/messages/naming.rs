//! Who a message names, as rows, and telling them.

use crate::postgres::{
    Transaction,
    transaction::{find, list},
};
use crate::{Result, statements::statements};
use domain::{
    access::RoomReader,
    events::Change,
    ids::{MessageId, PersonId},
    markup::{Mentions, mentions},
    rooms::RoomKind,
};

statements! {
    SOMEBODY = "SELECT p.id, m.standing FROM people p LEFT JOIN members m ON m.person = p.id AND m.room = $2
                WHERE p.username_key = $1 AND p.is_active";
    NAMED = "SELECT person FROM mentions WHERE message = $1";
    INSERT = "INSERT INTO mentions (message, person, room, lane_seq) VALUES ($1, $2, $3, $4)";
    REMOVE = "DELETE FROM mentions WHERE message = $1 AND person = $2";
    EVERYONE = "UPDATE messages SET everyone = $2 WHERE id = $1";
}

/// Writes down who a message names and tells those who were not named before. Returns whether it names everyone.
pub(super) async fn name(
    tx: &mut Transaction<'_>,
    by: &RoomReader,
    id: MessageId,
    content: &str,
) -> Result<()> {
    let Mentions { names, everyone } = mentions(content);
    let before: Vec<PersonId> = list(tx.db, NAMED, &[&id.0], |row| row.get(0).map(PersonId)).await?;
    let mut now = Vec::new();
    for name in names {
        now.extend(somebody(tx, by, &name).await?.filter(|person| !now.contains(person)));
    }
    for gone in before.iter().filter(|person| !now.contains(person)) {
        tx.run(REMOVE, &[&id.0, &gone.0]).await?;
    }
    now.sort_unstable();
    for person in now.into_iter().filter(|person| !before.contains(person)) {
        tell(tx, by, id, person).await?;
    }
    tx.run(EVERYONE, &[&id.0, &everyone]).await.map(|_| ())
}

/// The person of this name, if they may read the room.
async fn somebody(tx: &Transaction<'_>, by: &RoomReader, name: &str) -> Result<Option<PersonId>> {
    let row =
        |row: &crate::postgres::rows::Row<'_>| Ok((PersonId(row.get(0)?), row.get::<Option<String>>(1)?));
    let found = find(tx.db, SOMEBODY, &[&name, &(by.room_id().0)], row).await?;
    let public = by.room().kind == RoomKind::Public;
    Ok(found
        .filter(|(_, standing)| match standing.as_deref() {
            Some("in") => true,
            Some("banned") => false,
            _ => public,
        })
        .map(|(person, _)| person))
}

async fn tell(tx: &mut Transaction<'_>, by: &RoomReader, id: MessageId, person: PersonId) -> Result<()> {
    if person == by.person() {
        return tx.run(INSERT, &[&id.0, &person.0, &(by.room_id().0), &0_i64]).await.map(|_| ());
    }
    let seq = tx.next_in_person(person).await?;
    tx.run(INSERT, &[&id.0, &person.0, &(by.room_id().0), &seq.0]).await?;
    let (room, slug) = (by.room_id(), by.room().slug.clone());
    tx.tell_person(person, seq, Change::Mentioned { room, slug, message: id });
    Ok(())
}
