//! Chat sessions.

use super::{
    Postgres,
    members::{enter, has_room_for_more},
    rows::{self, person_columns},
    seats,
    transaction::Transaction,
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
use tokio_postgres::Row;

statements! {
    COUNT = "SELECT count(*) FROM members WHERE room = $1 AND standing = 'in'";
    PEOPLE = concat!("SELECT ", person_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.standing = 'in'
        ORDER BY m.role <> 'owner', m.joined_at, m.seq LIMIT $2");
    LINES = concat!("SELECT m.id, m.content, ", person_columns!(), " FROM messages m JOIN people p ON p.id = m.author
        WHERE m.room = $1 AND m.id < $2 AND m.id >= $3 AND m.deleted_at IS NULL AND m.hidden_at IS NULL ORDER BY m.id DESC LIMIT $4");
}

#[async_trait::async_trait]
impl Chats for Postgres {
    async fn enter_chat(&self, by: &ChatDoor, now: Timestamp) -> Result<Written<bool>> {
        self.write(now, |tx| async move { let_in(&tx, by).await }).await
    }

    async fn chat_people(&self, by: &RoomReader) -> Result<Vec<Person>> {
        let (room, limit) = (by.room_id().0, limits::CHAT_MEMBERS_MAX as i64);
        self.connection().await?.list(PEOPLE, &[&room, &limit], |row| rows::person(row, 0)).await
    }

    async fn chat_lines(&self, by: &RoomReader, before: MessageId, limit: usize) -> Result<Vec<ChatLine>> {
        let (room, floor, limit) = (by.room_id().0, by.visible_from().0, limit as i64);
        let line = |row: &Row| {
            Ok(ChatLine {
                id: MessageId(row.try_get(0)?),
                content: row.try_get(1)?,
                author: rows::person(row, 2)?,
            })
        };
        let values: super::connection::Values<'_> = &[&room, &before.0, &floor, &limit];
        let lines = self.connection().await?.list(LINES, values, line).await?;
        Ok(lines.into_iter().rev().collect())
    }
}

async fn let_in(tx: &Transaction, by: &ChatDoor) -> Result<bool> {
    tx.lock_room(by.room_id()).await?;
    tx.lock_people(&[by.who()]).await?;
    let found = seats::seat(tx, seats::BY_ID, &by.room_id().0, by.by()).await?;
    let (seat, person) = found.ok_or(StoreError::NotFound("room"))?;
    let by = ChatDoor::grant(&person.ok_or(StoreError::NotFound("person"))?, seat, by.who())?;
    match seats::member(tx, by.room_id(), by.who()).await? {
        Some(member) if member.is_in() => return Ok(false),
        Some(member) if member.standing == Standing::Banned => {
            return Err(StoreError::Conflict("This person is banned from the room. Lift the ban first."));
        }
        _ if !seats::person(tx, by.who()).await?.is_active => return Err(StoreError::NotFound("person")),
        _ => {}
    }
    has_room_for_more(tx, by.who()).await?;
    ChatDoor::has_place_for_one_more(tx.get(COUNT, &[&by.room_id().0], rows::number).await?)?;
    enter(tx, by.room_id(), by.who(), Role::Member).await.map(|_| true)
}
