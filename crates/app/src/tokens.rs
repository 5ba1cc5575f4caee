//! Making and ending tokens.

use crate::{App, Error, Result, Viewer, secrets};
use domain::{
    Invalid,
    ids::{PersonId, RoomId, TokenId},
    limits,
    people::Person,
    tokens::{Reach, Scope, Token, token_name},
};
use jiff::Timestamp;
use store::NewToken;

/// What somebody fills in to have a token.
#[derive(Debug, Clone)]
pub struct TokenDraft {
    /// By what name they know it again.
    pub name: String,
    /// Whether it changes things.
    pub scope: Scope,
    /// The addresses of the rooms it is for; empty: all.
    pub rooms: Vec<String>,
    /// When it ends by itself, if it does.
    pub expires_at: Option<Timestamp>,
}

impl App {
    /// Makes a token; its secret is given once and kept as a hash. A token makes none that reaches further than itself.
    pub async fn create_token(&self, by: &Viewer, draft: TokenDraft) -> Result<(Token, String)> {
        by.may_change()?;
        by.reaches_all()?;
        let (name, rooms) = (token_name(&draft.name)?, self.rooms_meant(by, &draft.rooms).await?);
        let now = self.now();
        if draft.expires_at.is_some_and(|end| end <= now) {
            return Err(Invalid::new("expires_at", "A token ends in the future.").into());
        }
        if let Some(end) = by.token().and_then(|token| token.expires_at)
            && draft.expires_at.is_none_or(|asked| asked > end)
        {
            return Err(
                Invalid::new("expires_at", "A token makes none that lasts longer than itself.").into()
            );
        }
        self.mint(&by.person, name, Reach { scope: draft.scope, rooms }, draft.expires_at).await
    }

    /// The rooms of these addresses; the first that is none of theirs to read is named.
    async fn rooms_meant(&self, by: &Viewer, slugs: &[String]) -> Result<Option<std::sync::Arc<[RoomId]>>> {
        if slugs.is_empty() {
            return Ok(None);
        }
        if slugs.len() > limits::TOKEN_ROOMS_MAX {
            let text = "A token is for at most {limit} chosen rooms, or for all.";
            return Err(Invalid::limit("rooms", text, limits::TOKEN_ROOMS_MAX).into());
        }
        let mut rooms = Vec::with_capacity(slugs.len());
        for slug in slugs {
            let found = self.room_reader(by, slug).await.map_err(|error| match error {
                Error::NotFound(_) => Invalid::new("rooms", "One of these rooms is not there.").into(),
                error => error,
            })?;
            rooms.push(found.room_id());
        }
        Ok(Some(rooms.into()))
    }

    /// Checks name and password and gives a token without a name and without bounds.
    pub async fn log_in_token(&self, username: &str, password: &str, address: &str) -> Result<String> {
        let person = self.check_password(username, password, address).await?;
        Ok(self.mint(&person, String::new(), Reach::ALL, None).await?.1)
    }

    /// Makes a token for somebody, whoever asks; for the command line.
    pub async fn mint(
        &self,
        person: &Person,
        name: String,
        reach: Reach,
        expires_at: Option<Timestamp>,
    ) -> Result<(Token, String)> {
        let (text, secret) = secrets::new_token(&*self.world);
        let new = NewToken { person: person.id, secret, name, reach, expires_at };
        Ok((self.tell(self.store.create_token(new, self.now()).await?), text))
    }

    /// Ends one of somebody's tokens; its connections end with it.
    pub async fn revoke_token(&self, person: PersonId, id: TokenId) -> Result<()> {
        self.tell(self.store.revoke_token(person, id, self.now()).await?);
        Ok(())
    }
}
