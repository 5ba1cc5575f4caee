//! Chat sessions.

use super::{
    Sqlite, Transaction,
    members::enter,
    rooms::has_room_for_more,
    rows::{self, person_columns},
    transaction::{list, member, person, room, seat},
};
use crate::{ChatLine, Chats, Result, StoreError, Written, statements::statements};
use domain::{
    access::RoomReader,
    chats::ChatDoor,
    ids::MessageId,
    limits,
    members::{Role, Standing},
    people::Person,
};
use jiff::Timestamp;

statements! {
    COUNT = "SELECT count(*) FROM members WHERE room = ?1 AND standing = 'in'";
    PEOPLE = concat!("SELECT ", person_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = ?1 AND m.standing = 'in'
        ORDER BY m.role <> 'owner', m.joined_at, m.seq LIMIT ?2");
    LINES = concat!("SELECT m.id, m.content, ", person_columns!(), " FROM messages m JOIN people p ON p.id = m.author
        WHERE m.room = ?1 AND m.id < ?2 AND m.id >= ?3 AND m.deleted_at IS NULL AND m.hidden_at IS NULL ORDER BY m.id DESC LIMIT ?4");
}

#[async_trait::async_trait]
impl Chats for Sqlite {
    async fn enter_chat(&self, by: &ChatDoor, now: Timestamp) -> Result<Written<bool>> {
        let by = by.clone();
        self.write(now, move |tx| let_in(tx, &by)).await
    }

    async fn chat_people(&self, by: &RoomReader) -> Result<Vec<Person>> {
        let values = (by.room_id().0, limits::CHAT_MEMBERS_MAX as i64);
        self.read(move |db| list(db, PEOPLE, values, |row| rows::person(row, 0))).await
    }

    async fn chat_lines(&self, by: &RoomReader, before: MessageId, limit: usize) -> Result<Vec<ChatLine>> {
        let values = (by.room_id().0, before.0, by.visible_from().0, limit as i64);
        let line = |row: &rusqlite::Row<'_>| {
            Ok(ChatLine { id: MessageId(row.get(0)?), content: row.get(1)?, author: rows::person(row, 2)? })
        };
        let lines = self.read(move |db| list(db, LINES, values, line)).await?;
        Ok(lines.into_iter().rev().collect())
    }
}

fn let_in(tx: &mut Transaction<'_>, by: &ChatDoor) -> Result<bool> {
    let seat = seat(tx.db, room(tx.db, by.room_id())?, by.by())?;
    let by = ChatDoor::grant(&person(tx.db, by.by())?, seat, by.who())?;
    match member(tx.db, by.room_id(), by.who())? {
        Some(member) if member.is_in() => return Ok(false),
        Some(member) if member.standing == Standing::Banned => {
            return Err(StoreError::Conflict("This person is banned from the room. Lift the ban first."));
        }
        _ if !person(tx.db, by.who())?.is_active => return Err(StoreError::NotFound("person")),
        _ => {}
    }
    has_room_for_more(tx, by.who())?;
    let count = tx.db.prepare_cached(COUNT)?.query_row([by.room_id().0], |row| row.get(0))?;
    ChatDoor::has_place_for_one_more(count)?;
    enter(tx, by.room_id(), by.who(), Role::Member).map(|_| true)
}
