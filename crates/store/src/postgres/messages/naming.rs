//! Who a message names, as rows, and telling them.

use crate::postgres::{connection::Connection, rows, transaction::Transaction};
use crate::{Result, statements::statements};
use domain::{
    events::Change,
    ids::{MessageId, PersonId, RoomId, Seq},
    markup::{Mentions, mentions},
    rooms::{Room, RoomKind},
};
use tokio_postgres::Row;

statements! {
    SOMEBODIES = "SELECT p.id, m.standing FROM people p LEFT JOIN members m ON m.person = p.id AND m.room = $2
                  WHERE p.username_key = ANY($1) AND p.is_active ORDER BY p.id";
    NAMED = "SELECT person FROM mentions WHERE message = $1";
    INSERT = "WITH lane AS (UPDATE people SET lane_head = lane_head + 1 WHERE id = ANY($3) AND id <> $4 RETURNING id, lane_head)
              INSERT INTO mentions (message, person, room, lane_seq)
              SELECT $1::bigint, lane.id, $2::bigint, lane.lane_head FROM lane
              UNION ALL SELECT $1, $4::bigint, $2, 0 WHERE $4 = ANY($3) RETURNING person, lane_seq";
    REMOVE = "DELETE FROM mentions WHERE message = $1 AND NOT person = ANY($2)";
    EVERYONE = "UPDATE messages SET everyone = $2 WHERE id = $1";
}

/// Somebody whose name was found, and what ties them to the room.
pub(super) type Somebody = (PersonId, Option<String>);

/// The people of these names, by id.
pub(super) async fn somebodies(db: &Connection, room: RoomId, names: &[String]) -> Result<Vec<Somebody>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let row = |row: &Row| Ok((PersonId(row.try_get(0)?), row.try_get(1)?));
    db.list(SOMEBODIES, &[&names, &room.0], row).await
}

/// Those of them who may read the room.
pub(super) fn readers(room: &Room, found: Vec<Somebody>) -> Vec<PersonId> {
    let public = room.kind == RoomKind::Public;
    let may_read = |standing: Option<&str>| match standing {
        Some("in") => true,
        Some("banned") => false,
        _ => public,
    };
    found.into_iter().filter(|(_, tie)| may_read(tie.as_deref())).map(|(person, _)| person).collect()
}

/// Writes down that a message names these people, who are held, and tells each but its author.
pub(super) async fn name(
    tx: &Transaction,
    room: &Room,
    author: PersonId,
    id: MessageId,
    people: &[PersonId],
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = people.iter().map(|person| person.0).collect();
    let row = |row: &Row| Ok((PersonId(row.try_get(0)?), Seq(row.try_get(1)?)));
    let mut places = tx.list(INSERT, &[&id.0, &room.id.0, &ids, &author.0], row).await?;
    places.sort_unstable();
    for (person, seq) in places.into_iter().filter(|(person, _)| *person != author) {
        let slug = room.slug.clone();
        tx.tell_person(person, seq, Change::Mentioned { room: room.id, slug, message: id });
    }
    Ok(())
}

/// Writes down who a message names with its new text: those gone go, those who are new are told.
pub(super) async fn rename(
    tx: &Transaction,
    room: &Room,
    author: PersonId,
    id: MessageId,
    content: &str,
) -> Result<()> {
    let Mentions { names, everyone } = mentions(content);
    let now = readers(room, somebodies(tx, room.id, &names).await?);
    let ids: Vec<i64> = now.iter().map(|person| person.0).collect();
    tx.run(REMOVE, &[&id.0, &ids]).await?;
    let before = tx.list(NAMED, &[&id.0], |row| rows::number(row).map(PersonId)).await?;
    let new: Vec<PersonId> = now.into_iter().filter(|person| !before.contains(person)).collect();
    tx.lock_people(&new).await?;
    name(tx, room, author, id, &new).await?;
    tx.run(EVERYONE, &[&id.0, &everyone]).await.map(drop)
}
