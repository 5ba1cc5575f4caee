//! Invitation links: to rooms here, to the server in `server`.

mod server;

use super::{
    Sqlite, Transaction, audit,
    members::enter,
    rooms::has_room_for_more,
    rows::{self, room_columns},
    transaction::{find, list, member, person},
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
use rusqlite::{Connection, Row};

macro_rules! invite_columns {
    () => {
        "i.id, i.room, i.created_by, i.created_at, i.expires_at, i.uses"
    };
}

statements! {
    INSERT = "INSERT INTO invites (room, secret, created_by, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    OPEN = concat!("SELECT ", invite_columns!(), " FROM invites i WHERE i.room = ?1 AND i.withdrawn_at IS NULL AND i.expires_at > ?2 ORDER BY i.id");
    WITHDRAW = "UPDATE invites SET withdrawn_at = ?3, updated_at = ?3 WHERE id = ?1 AND room = ?2 AND withdrawn_at IS NULL";
    BY_SECRET = concat!("SELECT ", invite_columns!(), ", ", room_columns!(), " FROM invites i JOIN rooms r ON r.id = i.room
        WHERE i.secret = ?1 AND i.withdrawn_at IS NULL AND i.expires_at > ?2 AND r.archived_at IS NULL");
    COUNT_USE = "UPDATE invites SET uses = uses + 1, updated_at = ?2 WHERE id = ?1";
}

/// All statements of this noun's files.
pub(super) fn statements() -> Vec<&'static str> {
    [STATEMENTS, server::STATEMENTS].concat()
}

#[async_trait::async_trait]
impl Invites for Sqlite {
    async fn invite(
        &self,
        by: &RoomModerator,
        secret: Secret,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Invite> {
        let by = by.clone();
        let written = self.write(now, move |tx| {
            let by = RoomModerator::grant(tx.reader(&by)?)?;
            audit::record_any(tx, in_office(&by, Act::InviteToRoom))?;
            if open(tx.db, by.room_id(), tx.now)?.len() >= limits::INVITES_PER_ROOM_MAX {
                return Err(StoreError::Conflict(
                    "A room has 20 open invitation links at most. Withdraw one first.",
                ));
            }
            tx.run(INSERT, (by.room_id().0, secret.0, by.person().0, tx.now, expires_at.as_millisecond()))?;
            let found = by_secret(tx.db, secret, tx.now)?.map(|(invite, _)| invite);
            found.ok_or(StoreError::Conflict("This room is closed."))
        });
        written.await.map(|written| written.value)
    }

    async fn invites(&self, by: &RoomModerator, now: Timestamp) -> Result<Vec<Invite>> {
        let room = by.room_id();
        self.read(move |db| open(db, room, now.as_millisecond())).await
    }

    async fn withdraw_invite(&self, by: &RoomModerator, id: InviteId, now: Timestamp) -> Result<()> {
        let by = by.clone();
        let written = self.write(now, move |tx| {
            let by = RoomModerator::grant(tx.reader(&by)?)?;
            audit::record_any(tx, in_office(&by, Act::CloseRoomInvite))?;
            match tx.run(WITHDRAW, (id.0, by.room_id().0, tx.now))? {
                0 => Err(StoreError::NotFound("invitation")),
                _ => Ok(()),
            }
        });
        written.await.map(|written| written.value)
    }

    async fn invite_by_secret(&self, secret: Secret, now: Timestamp) -> Result<Option<(Invite, Room)>> {
        self.read(move |db| by_secret(db, secret, now.as_millisecond())).await
    }

    async fn accept_invite(&self, secret: Secret, id: PersonId, now: Timestamp) -> Result<Written<Room>> {
        self.write(now, move |tx| accept(tx, secret, id)).await
    }

    async fn invite_to_server(
        &self,
        deed: &Deed,
        secret: Secret,
        new: NewServerInvite,
        now: Timestamp,
    ) -> Result<ServerInvite> {
        let deed = deed.clone();
        let written = self.write(now, move |tx| server::invite(tx, &deed, secret, &new));
        written.await.map(|written| written.value)
    }

    async fn server_invites(&self, now: Timestamp) -> Result<Vec<ServerInvite>> {
        self.read(move |db| server::open(db, now.as_millisecond())).await
    }

    async fn withdraw_server_invite(&self, deed: &Deed, id: InviteId, now: Timestamp) -> Result<()> {
        let deed = deed.clone();
        let written = self.write(now, move |tx| server::withdraw(tx, &deed, id));
        written.await.map(|written| written.value)
    }

    async fn server_invite(&self, secret: Secret, now: Timestamp) -> Result<Option<ServerInvite>> {
        self.read(move |db| server::by_secret(db, secret, now.as_millisecond())).await
    }

    async fn sign_up_invited(
        &self,
        secret: Secret,
        new: NewPerson,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        self.write(now, move |tx| server::sign_up(tx, secret, &new)).await
    }
}

fn open(db: &Connection, room: RoomId, now: i64) -> Result<Vec<Invite>> {
    list(db, OPEN, (room.0, now), invite)
}

fn by_secret(db: &Connection, secret: Secret, now: i64) -> Result<Option<(Invite, Room)>> {
    find(db, BY_SECRET, (secret.0, now), |row| Ok((invite(row)?, rows::room(row, 6)?)))
}

fn invite(row: &Row<'_>) -> rusqlite::Result<Invite> {
    Ok(Invite {
        id: InviteId(row.get(0)?),
        room: RoomId(row.get(1)?),
        created_by: PersonId(row.get(2)?),
        created_at: rows::time(row, 3)?,
        expires_at: rows::time(row, 4)?,
        uses: row.get(5)?,
    })
}

fn accept(tx: &mut Transaction<'_>, secret: Secret, id: PersonId) -> Result<Room> {
    let (invite, room) = by_secret(tx.db, secret, tx.now)?.ok_or(StoreError::NotFound("invitation"))?;
    let somebody = person(tx.db, id)?;
    match member(tx.db, room.id, id)? {
        Some(member) if member.is_in() => return Ok(room),
        Some(member) if member.standing == Standing::Banned => {
            return Err(StoreError::NotFound("invitation"));
        }
        _ if !somebody.is_active => return Err(StoreError::NotFound("invitation")),
        _ => {}
    }
    has_room_for_more(tx, id)?;
    tx.run(COUNT_USE, (invite.id.0, tx.now))?;
    enter(tx, room.id, id, Role::Member)?;
    Ok(room)
}
