//! Tokens of programs.

use super::{
    Postgres,
    rows::{self, person_columns, token_columns},
    seats,
    transaction::Transaction,
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
use tokio_postgres::Row;

statements! {
    INSERT = concat!("INSERT INTO tokens AS t (person, secret, name, scope, rooms, created_at, expires_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ", token_columns!());
    BY_SECRET = concat!("SELECT ", token_columns!(), ", ", person_columns!(), " FROM tokens t JOIN people p ON p.id = t.person
                        WHERE t.secret = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND p.is_active");
    TOUCH = "UPDATE tokens SET used_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    OPEN = concat!("SELECT ", token_columns!(), " FROM tokens t
                   WHERE t.person = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
                   ORDER BY COALESCE(t.used_at, t.created_at) DESC, t.id DESC");
    SWEEP = "DELETE FROM tokens WHERE person = $1 AND (expires_at <= $2 OR revoked_at <= $3)";
    REVOKE = "UPDATE tokens SET revoked_at = $2, lane_seq = $3 WHERE id = $1";
}

#[async_trait::async_trait]
impl Tokens for Postgres {
    async fn create_token(&self, new: NewToken, now: Timestamp) -> Result<Written<Token>> {
        let new = &new;
        self.write(now, |tx| async move { create(&tx, new, now).await }).await
    }

    async fn token(&self, secret: Secret, now: Timestamp) -> Result<Option<(Token, Person)>> {
        let row = |row: &Row| Ok((rows::token(row, 0)?, rows::person(row, 8)?));
        let (secret, now) = (secret.0.as_slice(), now.as_millisecond());
        self.connection().await?.find(BY_SECRET, &[&secret, &now], row).await
    }

    async fn touch_token(&self, id: TokenId, now: Timestamp) -> Result<()> {
        self.connection().await?.run(TOUCH, &[&id.0, &now.as_millisecond()]).await.map(drop)
    }

    async fn tokens_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<Token>> {
        let now = now.as_millisecond();
        self.connection().await?.list(OPEN, &[&person.0, &now], |row| rows::token(row, 0)).await
    }

    async fn revoke_token(&self, person: PersonId, id: TokenId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            tx.lock_people(&[person]).await?;
            let token = open(&tx, person).await?.into_iter().find(|token| token.id == id);
            end(&tx, &token.ok_or(StoreError::NotFound("token"))?).await
        })
        .await
    }
}

async fn create(tx: &Transaction, new: &NewToken, now: Timestamp) -> Result<Token> {
    tx.lock_people(&[new.person]).await?;
    seats::person(tx, new.person).await?;
    let old = (now - limits::REVOKED_TOKEN_KEPT).as_millisecond();
    tx.run(SWEEP, &[&new.person.0, &tx.now, &old]).await?;
    let open = open(tx, new.person).await?;
    for token in beyond(&open, new)? {
        end(tx, token).await?;
    }
    let (secret, name, scope) = (new.secret.0.as_slice(), rows::text(&new.name), new.reach.scope.as_str());
    let (rooms, expires_at) = (rooms_kept(&new.reach)?, new.expires_at.map(Timestamp::as_millisecond));
    tx.get(INSERT, &[&new.person.0, &secret, &name, &scope, &rooms, &tx.now, &expires_at], |row| {
        rows::token(row, 0)
    })
    .await
}

async fn open(tx: &Transaction, person: PersonId) -> Result<Vec<Token>> {
    tx.list(OPEN, &[&person.0, &tx.now], |row| rows::token(row, 0)).await
}

pub(super) async fn end(tx: &Transaction, token: &Token) -> Result<()> {
    let seq = tx.next_in_person(token.person).await?;
    tx.run(REVOKE, &[&token.id.0, &tx.now, &seq.0]).await?;
    tx.tell_person(token.person, seq, Change::TokenEnded(token.id));
    Ok(())
}

/// Ends all of a person's tokens, who are held.
pub(super) async fn end_tokens(tx: &Transaction, person: PersonId) -> Result<()> {
    for token in &open(tx, person).await? {
        end(tx, token).await?;
    }
    Ok(())
}
