//! Signed-in browsers.

use super::{
    Postgres,
    rows::{self, person_columns},
    seats,
    transaction::Transaction,
};
use crate::{NewSession, Result, Secret, Sessions, StoreError, Written, statements::statements};
use domain::{
    events::Change,
    ids::{PersonId, SessionId},
    limits,
    people::Person,
    sessions::Session,
};
use jiff::Timestamp;
use tokio_postgres::Row;

macro_rules! session_columns {
    () => {
        "s.id, s.person, s.user_agent, s.address, s.created_at, s.used_at, s.expires_at"
    };
}

statements! {
    INSERT = concat!("INSERT INTO sessions AS s (person, secret, user_agent, address, created_at, used_at, expires_at)
              VALUES ($1, $2, $3, $4, $5, $5, $6) RETURNING ", session_columns!());
    BY_SECRET = concat!("SELECT ", session_columns!(), ", ", person_columns!(), " FROM sessions s JOIN people p ON p.id = s.person
                        WHERE s.secret = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND p.is_active");
    TOUCH = "UPDATE sessions SET address = $2, used_at = $3, expires_at = $4 WHERE id = $1 AND revoked_at IS NULL";
    OPEN = concat!("SELECT ", session_columns!(), " FROM sessions s WHERE s.person = $1 AND s.revoked_at IS NULL AND s.expires_at > $2
                   ORDER BY s.used_at DESC, s.id DESC");
    SWEEP = "DELETE FROM sessions WHERE person = $1 AND expires_at <= $2";
    REVOKE = "UPDATE sessions SET revoked_at = $2, lane_seq = $3 WHERE id = $1";
}

#[async_trait::async_trait]
impl Sessions for Postgres {
    async fn log_in(&self, new: NewSession, now: Timestamp) -> Result<Written<Session>> {
        let new = &new;
        self.write(now, |tx| async move { log_in(&tx, new).await }).await
    }

    async fn session(&self, secret: Secret, now: Timestamp) -> Result<Option<(Session, Person)>> {
        let row = |row: &Row| Ok((rows::session(row, 0)?, rows::person(row, 7)?));
        let (secret, now) = (secret.0.as_slice(), now.as_millisecond());
        self.connection().await?.find(BY_SECRET, &[&secret, &now], row).await
    }

    async fn touch_session(
        &self,
        id: SessionId,
        address: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let (address, now, expires_at) =
            (rows::text(address), now.as_millisecond(), expires_at.as_millisecond());
        self.connection().await?.run(TOUCH, &[&id.0, &address, &now, &expires_at]).await.map(drop)
    }

    async fn sessions_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<Session>> {
        let now = now.as_millisecond();
        self.connection().await?.list(OPEN, &[&person.0, &now], |row| rows::session(row, 0)).await
    }

    async fn revoke_session(&self, person: PersonId, id: SessionId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            tx.lock_people(&[person]).await?;
            let session = open(&tx, person).await?.into_iter().find(|session| session.id == id);
            end(&tx, &session.ok_or(StoreError::NotFound("session"))?).await
        })
        .await
    }

    async fn revoke_sessions(
        &self,
        person: PersonId,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Written<()>> {
        self.write(now, |tx| async move { end_sessions(&tx, person, keep).await }).await
    }
}

async fn log_in(tx: &Transaction, new: &NewSession) -> Result<Session> {
    tx.lock_people(&[new.person]).await?;
    seats::person(tx, new.person).await?;
    tx.run(SWEEP, &[&new.person.0, &tx.now]).await?;
    for session in open(tx, new.person).await?.iter().skip(limits::SESSIONS_PER_PERSON_MAX - 1) {
        end(tx, session).await?;
    }
    let (user_agent, address) = (rows::text(&new.user_agent), rows::text(&new.address));
    let (secret, expires_at) = (new.secret.0.as_slice(), new.expires_at.as_millisecond());
    tx.get(INSERT, &[&new.person.0, &secret, &user_agent, &address, &tx.now, &expires_at], |row| {
        rows::session(row, 0)
    })
    .await
}

async fn open(tx: &Transaction, person: PersonId) -> Result<Vec<Session>> {
    tx.list(OPEN, &[&person.0, &tx.now], |row| rows::session(row, 0)).await
}

async fn end(tx: &Transaction, session: &Session) -> Result<()> {
    let seq = tx.next_in_person(session.person).await?;
    tx.run(REVOKE, &[&session.id.0, &tx.now, &seq.0]).await?;
    tx.tell_person(session.person, seq, Change::SessionEnded(session.id));
    Ok(())
}

/// Ends all of a person's sessions but `keep`.
pub(super) async fn end_sessions(tx: &Transaction, person: PersonId, keep: Option<SessionId>) -> Result<()> {
    tx.lock_people(&[person]).await?;
    for session in open(tx, person).await?.iter().filter(|session| Some(session.id) != keep) {
        end(tx, session).await?;
    }
    Ok(())
}
