//! Signed-in browsers.

use super::{
    Postgres, Transaction,
    rows::{self, person_columns},
    transaction::{find, list, value},
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

macro_rules! session_columns {
    () => {
        "s.id, s.person, s.user_agent, s.address, s.created_at, s.used_at, s.expires_at"
    };
}

statements! {
    INSERT = "INSERT INTO sessions (person, secret, user_agent, address, created_at, used_at, expires_at)
              VALUES ($1, $2, $3, $4, $5, $5, $6) RETURNING id";
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
        self.write(now, move |tx| {
            Box::pin(async move {
                {
                    tx.run(SWEEP, &[&new.person.0, &tx.now]).await?;
                    for session in
                        open(tx, new.person).await?.iter().skip(limits::SESSIONS_PER_PERSON_MAX - 1)
                    {
                        end(tx, session).await?;
                    }
                    let values: &[&(dyn postgres_types::ToSql + Sync)] = &[
                        &new.person.0,
                        &&new.secret.0[..],
                        &new.user_agent,
                        &new.address,
                        &tx.now,
                        &(new.expires_at.as_millisecond()),
                    ];
                    let id = SessionId(value(tx.db, INSERT, values).await?);
                    let session = open(tx, new.person).await?.into_iter().find(|session| session.id == id);
                    session.ok_or_else(|| StoreError::Bug("a session that was just made is not there".into()))
                }
            })
        })
        .await
    }

    async fn session(&self, secret: Secret, now: Timestamp) -> Result<Option<(Session, Person)>> {
        let row = |row: &rows::Row<'_>| Ok((rows::session(row, 0)?, rows::person(row, 7)?));
        self.read(move |db| {
            Box::pin(
                async move { find(db, BY_SECRET, &[&&secret.0[..], &(now.as_millisecond())], row).await },
            )
        })
        .await
    }

    async fn touch_session(
        &self,
        id: SessionId,
        address: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let address = address.to_owned();
        let touch = super::database::client(&self.pool).await?;
        let values: &[&(dyn postgres_types::ToSql + Sync)] =
            &[&id.0, &address, &now.as_millisecond(), &expires_at.as_millisecond()];
        touch.execute(TOUCH, values).await?;
        Ok(())
    }

    async fn sessions_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<Session>> {
        let now = now.as_millisecond();
        self.read(move |db| {
            Box::pin(async move { list(db, OPEN, &[&person.0, &now], |row| rows::session(row, 0)).await })
        })
        .await
    }

    async fn revoke_session(&self, person: PersonId, id: SessionId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, move |tx| {
            Box::pin(async move {
                {
                    let session = open(tx, person).await?.into_iter().find(|session| session.id == id);
                    end(tx, &session.ok_or(StoreError::NotFound("session"))?).await
                }
            })
        })
        .await
    }

    async fn revoke_sessions(
        &self,
        person: PersonId,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Written<()>> {
        self.write(now, move |tx| Box::pin(async move { end_sessions(tx, person, keep).await })).await
    }
}

async fn open(tx: &Transaction<'_>, person: PersonId) -> Result<Vec<Session>> {
    list(tx.db, OPEN, &[&person.0, &tx.now], |row| rows::session(row, 0)).await
}

async fn end(tx: &mut Transaction<'_>, session: &Session) -> Result<()> {
    let seq = tx.next_in_person(session.person).await?;
    tx.run(REVOKE, &[&session.id.0, &tx.now, &seq.0]).await?;
    tx.tell_person(session.person, seq, Change::SessionEnded(session.id));
    Ok(())
}

/// Ends all of a person's sessions but `keep`.
pub(super) async fn end_sessions(
    tx: &mut Transaction<'_>,
    person: PersonId,
    keep: Option<SessionId>,
) -> Result<()> {
    for session in open(tx, person).await?.iter().filter(|session| Some(session.id) != keep) {
        end(tx, session).await?;
    }
    Ok(())
}
