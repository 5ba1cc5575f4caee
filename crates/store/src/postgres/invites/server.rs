//! Invitation links to the server.

use crate::postgres::{audit::record, connection::Connection, people, rows, transaction::Transaction};
use crate::{NewPerson, Result, Secret, StoreError, invites::SERVER_INVITES_TEXT, statements::statements};
use domain::{
    audit::Deed,
    ids::InviteId,
    invites::{NewServerInvite, ServerInvite},
    limits,
    people::Person,
};
use tokio_postgres::Row;

macro_rules! open {
    ($where:literal) => {
        concat!(
            "SELECT i.id, i.note, p.username, i.created_at, i.expires_at, i.uses, i.uses_max FROM server_invites i JOIN people p ON p.id = i.created_by
             WHERE i.withdrawn_at IS NULL AND i.expires_at > $1 AND i.uses < i.uses_max ",
            $where
        )
    };
}

statements! {
    INSERT = "INSERT INTO server_invites (secret, note, created_by, created_at, expires_at, uses_max) VALUES ($1, $2, $3, $4, $5, $6)";
    OPEN = open!("ORDER BY i.id DESC");
    BY_SECRET = open!("AND i.secret = $2");
    WITHDRAW = "UPDATE server_invites SET withdrawn_at = $2, updated_at = $2 WHERE id = $1 AND withdrawn_at IS NULL";
    USE = "UPDATE server_invites SET uses = uses + 1, updated_at = $2 WHERE secret = $1 AND withdrawn_at IS NULL AND expires_at > $2 AND uses < uses_max";
}

pub(super) async fn invite(
    tx: &Transaction,
    deed: &Deed,
    secret: Secret,
    new: &NewServerInvite,
) -> Result<ServerInvite> {
    if open(tx, tx.now).await?.len() >= limits::SERVER_INVITES_MAX {
        return Err(StoreError::Conflict(SERVER_INVITES_TEXT));
    }
    let by = deed.by().person().ok_or(StoreError::NotFound("person"))?;
    let (hash, expires_at) = (secret.0.as_slice(), tx.now + new.days * 86_400_000);
    tx.run(INSERT, &[&hash, &rows::text(&new.note), &by.0, &tx.now, &expires_at, &new.uses_max]).await?;
    let made = by_secret(tx, secret, tx.now).await?.ok_or(StoreError::NotFound("invitation"))?;
    record(tx, &deed.on(made.id)).await?;
    Ok(made)
}

pub(super) async fn open(db: &Connection, now: i64) -> Result<Vec<ServerInvite>> {
    db.list(OPEN, &[&now], server_invite).await
}

pub(super) async fn by_secret(db: &Connection, secret: Secret, now: i64) -> Result<Option<ServerInvite>> {
    db.find(BY_SECRET, &[&now, &secret.0.as_slice()], server_invite).await
}

pub(super) async fn withdraw(tx: &Transaction, deed: &Deed, id: InviteId) -> Result<()> {
    record(tx, deed).await?;
    match tx.run(WITHDRAW, &[&id.0, &tx.now]).await? {
        0 => Err(StoreError::NotFound("invitation")),
        _ => Ok(()),
    }
}

pub(super) async fn sign_up(tx: &Transaction, secret: Secret, new: &NewPerson) -> Result<Person> {
    match tx.run(USE, &[&secret.0.as_slice(), &tx.now]).await? {
        0 => Err(StoreError::NotFound("invitation")),
        _ => people::sign_up(tx, new).await,
    }
}

fn server_invite(row: &Row) -> Result<ServerInvite> {
    Ok(ServerInvite {
        id: InviteId(row.try_get(0)?),
        note: row.try_get(1)?,
        created_by: row.try_get(2)?,
        created_at: rows::time(row, 3)?,
        expires_at: rows::time(row, 4)?,
        uses: row.try_get(5)?,
        uses_max: row.try_get(6)?,
    })
}
