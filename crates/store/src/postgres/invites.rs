//! Invitation links: to rooms here, to the server in `server`.

mod server;

use super::{
    Postgres, audit,
    connection::Connection,
    members::{enter, has_room_for_more},
    rows::{self, room_columns},
    seats,
    transaction::Transaction,
};
use crate::{
    Invites, NewPerson, Result, Secret, StoreError, Written, invites::in_office, statements::statements,
};
use domain::{
    access::RoomModerator,
    audit::{Act, Deed},
    ids::{InviteId, PersonId, RoomId},
    invites::{Invite, NewServerInvite, ServerInvite},
    limits,
    members::{Role, Standing},
    people::Person,
    rooms::Room,
};
use jiff::Timestamp;
use tokio_postgres::Row;

macro_rules! invite_columns {
    () => {
        "i.id, i.room, i.created_by, i.created_at, i.expires_at, i.uses"
    };
}

statements! {
    INSERT = "INSERT INTO invites (room, secret, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    OPEN = concat!("SELECT ", invite_columns!(), " FROM invites i WHERE i.room = $1 AND i.withdrawn_at IS NULL AND i.expires_at > $2 ORDER BY i.id");
    WITHDRAW = "UPDATE invites SET withdrawn_at = $3, updated_at = $3 WHERE id = $1 AND room = $2 AND withdrawn_at IS NULL";
    BY_SECRET = concat!("SELECT ", invite_columns!(), ", ", room_columns!(), " FROM invites i JOIN rooms r ON r.id = i.room
        WHERE i.secret = $1 AND i.withdrawn_at IS NULL AND i.expires_at > $2 AND r.archived_at IS NULL");
    COUNT_USE = "UPDATE invites SET uses = uses + 1, updated_at = $2 WHERE id = $1";
}

/// All statements of this noun's files.
pub(super) fn statements() -> Vec<&'static str> {
    [STATEMENTS, server::STATEMENTS].concat()
}

#[async_trait::async_trait]
impl Invites for Postgres {
    async fn invite(
        &self,
        by: &RoomModerator,
        secret: Secret,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Invite> {
        let written = self.write(now, |tx| async move {
            let by = RoomModerator::grant(seats::reader(&tx, by, &[]).await?)?;
            audit::record_any(&tx, in_office(&by, Act::InviteToRoom)).await?;
            if open(&tx, by.room_id(), tx.now).await?.len() >= limits::INVITES_PER_ROOM_MAX {
                return Err(StoreError::Conflict(
                    "A room has 20 open invitation links at most. Withdraw one first.",
                ));
            }
            let (secret_hash, expires_at) = (secret.0.as_slice(), expires_at.as_millisecond());
            let (room, person) = (by.room_id().0, by.person().0);
            tx.run(INSERT, &[&room, &secret_hash, &person, &tx.now, &expires_at]).await?;
            let found = by_secret(&tx, secret, tx.now).await?.map(|(invite, _)| invite);
            found.ok_or(StoreError::Conflict("This room is closed."))
        });
        written.await.map(|written| written.value)
    }

    async fn invites(&self, by: &RoomModerator, now: Timestamp) -> Result<Vec<Invite>> {
        open(&self.connection().await?, by.room_id(), now.as_millisecond()).await
    }

    async fn withdraw_invite(&self, by: &RoomModerator, id: InviteId, now: Timestamp) -> Result<()> {
        let written = self.write(now, |tx| async move {
            let by = RoomModerator::grant(seats::reader(&tx, by, &[]).await?)?;
            audit::record_any(&tx, in_office(&by, Act::CloseRoomInvite)).await?;
            match tx.run(WITHDRAW, &[&id.0, &by.room_id().0, &tx.now]).await? {
                0 => Err(StoreError::NotFound("invitation")),
                _ => Ok(()),
            }
        });
        written.await.map(|written| written.value)
    }

    async fn invite_by_secret(&self, secret: Secret, now: Timestamp) -> Result<Option<(Invite, Room)>> {
        by_secret(&self.connection().await?, secret, now.as_millisecond()).await
    }

    async fn accept_invite(&self, secret: Secret, id: PersonId, now: Timestamp) -> Result<Written<Room>> {
        self.write(now, |tx| async move { accept(&tx, secret, id).await }).await
    }

    async fn invite_to_server(
        &self,
        deed: &Deed,
        secret: Secret,
        new: NewServerInvite,
        now: Timestamp,
    ) -> Result<ServerInvite> {
        let new = &new;
        let written = self.write(now, |tx| async move { server::invite(&tx, deed, secret, new).await });
        written.await.map(|written| written.value)
    }

    async fn server_invites(&self, now: Timestamp) -> Result<Vec<ServerInvite>> {
        server::open(&self.connection().await?, now.as_millisecond()).await
    }

    async fn withdraw_server_invite(&self, deed: &Deed, id: InviteId, now: Timestamp) -> Result<()> {
        let written = self.write(now, |tx| async move { server::withdraw(&tx, deed, id).await });
        written.await.map(|written| written.value)
    }

    async fn server_invite(&self, secret: Secret, now: Timestamp) -> Result<Option<ServerInvite>> {
        server::by_secret(&self.connection().await?, secret, now.as_millisecond()).await
    }

    async fn sign_up_invited(
        &self,
        secret: Secret,
        new: NewPerson,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        let new = &new;
        self.write(now, |tx| async move { server::sign_up(&tx, secret, new).await }).await
    }
}

async fn open(db: &Connection, room: RoomId, now: i64) -> Result<Vec<Invite>> {
    db.list(OPEN, &[&room.0, &now], invite).await
}

async fn by_secret(db: &Connection, secret: Secret, now: i64) -> Result<Option<(Invite, Room)>> {
    db.find(BY_SECRET, &[&secret.0.as_slice(), &now], |row| Ok((invite(row)?, rows::room(row, 6)?))).await
}

fn invite(row: &Row) -> Result<Invite> {
    Ok(Invite {
        id: InviteId(row.try_get(0)?),
        room: RoomId(row.try_get(1)?),
        created_by: PersonId(row.try_get(2)?),
        created_at: rows::time(row, 3)?,
        expires_at: rows::time(row, 4)?,
        uses: row.try_get(5)?,
    })
}

/// The link says which room to lock; what it and the room say counts only after that.
async fn accept(tx: &Transaction, secret: Secret, id: PersonId) -> Result<Room> {
    let gone = || StoreError::NotFound("invitation");
    let (invite, _) = by_secret(tx, secret, tx.now).await?.ok_or_else(gone)?;
    tx.lock_room(invite.room).await?;
    tx.lock_people(&[id]).await?;
    let (invite, room) = by_secret(tx, secret, tx.now).await?.ok_or_else(gone)?;
    let somebody = seats::person(tx, id).await?;
    match seats::member(tx, room.id, id).await? {
        Some(member) if member.is_in() => return Ok(room),
        Some(member) if member.standing == Standing::Banned => return Err(gone()),
        _ if !somebody.is_active => return Err(gone()),
        _ => {}
    }
    has_room_for_more(tx, id).await?;
    tx.run(COUNT_USE, &[&invite.id.0, &tx.now]).await?;
    enter(tx, room.id, id, Role::Member).await?;
    Ok(room)
}
