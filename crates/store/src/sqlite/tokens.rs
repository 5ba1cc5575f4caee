//! Tokens of programs.

use super::{
    Sqlite, Transaction,
    rows::{self, person_columns, token_columns},
    transaction::{find, list},
};
use crate::{
    NewToken, Result, Secret, StoreError, Tokens, Written,
    statements::statements,
    tokens::{beyond, rooms_kept},
};
use domain::{
    events::Change,
    ids::{PersonId, TokenId},
    limits,
    people::Person,
    tokens::Token,
};
use jiff::Timestamp;

statements! {
    INSERT = "INSERT INTO tokens (person, secret, name, scope, rooms, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id";
    BY_ID = concat!("SELECT ", token_columns!(), " FROM tokens t WHERE t.id = ?1");
    BY_SECRET = concat!("SELECT ", token_columns!(), ", ", person_columns!(), " FROM tokens t JOIN people p ON p.id = t.person
                        WHERE t.secret = ?1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2) AND p.is_active");
    TOUCH = "UPDATE tokens SET used_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    OPEN = concat!("SELECT ", token_columns!(), " FROM tokens t
                   WHERE t.person = ?1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)
                   ORDER BY COALESCE(t.used_at, t.created_at) DESC, t.id DESC");
    SWEEP = "DELETE FROM tokens WHERE person = ?1 AND (expires_at <= ?2 OR revoked_at <= ?3)";
    REVOKE = "UPDATE tokens SET revoked_at = ?2, lane_seq = ?3 WHERE id = ?1";
}

#[async_trait::async_trait]
impl Tokens for Sqlite {
    async fn create_token(&self, new: NewToken, now: Timestamp) -> Result<Written<Token>> {
        let old = (now - limits::REVOKED_TOKEN_KEPT).as_millisecond();
        self.write(now, move |tx| {
            tx.run(SWEEP, (new.person.0, tx.now, old))?;
            let open = open(tx, new.person)?;
            for token in beyond(&open, &new)? {
                end(tx, token)?;
            }
            let values = (
                new.person.0,
                new.secret.0,
                &new.name,
                new.reach.scope.as_str(),
                rooms_kept(&new.reach)?,
                tx.now,
                new.expires_at.map(Timestamp::as_millisecond),
            );
            let id: i64 = tx.db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?;
            Ok(tx.db.prepare_cached(BY_ID)?.query_row([id], |row| rows::token(row, 0))?)
        })
        .await
    }

    async fn token(&self, secret: Secret, now: Timestamp) -> Result<Option<(Token, Person)>> {
        let row = |row: &rusqlite::Row<'_>| Ok((rows::token(row, 0)?, rows::person(row, 8)?));
        self.read(move |db| find(db, BY_SECRET, (secret.0, now.as_millisecond()), row)).await
    }

    async fn touch_token(&self, id: TokenId, now: Timestamp) -> Result<()> {
        self.write(now, move |tx| tx.run(TOUCH, (id.0, tx.now))).await.map(|_| ())
    }

    async fn tokens_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<Token>> {
        let now = now.as_millisecond();
        self.read(move |db| list(db, OPEN, (person.0, now), |row| rows::token(row, 0))).await
    }

    async fn revoke_token(&self, person: PersonId, id: TokenId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, move |tx| {
            let token = open(tx, person)?.into_iter().find(|token| token.id == id);
            end(tx, &token.ok_or(StoreError::NotFound("token"))?)
        })
        .await
    }
}

fn open(tx: &Transaction<'_>, person: PersonId) -> Result<Vec<Token>> {
    list(tx.db, OPEN, (person.0, tx.now), |row| rows::token(row, 0))
}

pub(super) fn end(tx: &mut Transaction<'_>, token: &Token) -> Result<()> {
    let seq = tx.next_in_person(token.person)?;
    tx.run(REVOKE, (token.id.0, tx.now, seq.0))?;
    tx.tell_person(token.person, seq, Change::TokenEnded(token.id));
    Ok(())
}

/// Ends all of a person's tokens.
pub(super) fn end_tokens(tx: &mut Transaction<'_>, person: PersonId) -> Result<()> {
    open(tx, person)?.iter().try_for_each(|token| end(tx, token))
}
