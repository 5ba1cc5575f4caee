//! Tokens of programs.

use crate::{Result, Secret, Written};
use domain::{
    ids::{PersonId, RoomId, TokenId},
    people::Person,
    tokens::{Reach, Token},
};
use jiff::Timestamp;

/// A token that may be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose.
    pub person: PersonId,
    /// The hash of its secret.
    pub secret: Secret,
    /// What its owner calls it; empty when it came of a login.
    pub name: String,
    /// What it may be used for.
    pub reach: Reach,
    /// When it ends by itself, if it does.
    pub expires_at: Option<Timestamp>,
}

/// Tokens of programs.
#[async_trait::async_trait]
pub trait Tokens: Send + Sync + 'static {
    /// Makes a token. Of named ones a person has at most [`domain::limits::TOKENS_PER_PERSON_MAX`], which is `Invalid` to exceed; of
    /// those that came of logins the one that was not used for longest ends beyond
    /// [`domain::limits::LOGIN_TOKENS_PER_PERSON_MAX`]. What is long over of this person goes.
    async fn create_token(&self, new: NewToken, now: Timestamp) -> Result<Written<Token>>;

    /// The token with this secret and its person, unless it was revoked or is over, or the person is deactivated.
    async fn token(&self, secret: Secret, now: Timestamp) -> Result<Option<(Token, Person)>>;

    /// Notes that a token is in use.
    async fn touch_token(&self, id: TokenId, now: Timestamp) -> Result<()>;

    /// A person's tokens that are good, the last used first.
    async fn tokens_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<Token>>;

    /// Ends one of a person's tokens, as an event of their lane. `NotFound` when it is not theirs or over.
    async fn revoke_token(&self, person: PersonId, id: TokenId, now: Timestamp) -> Result<Written<()>>;
}

/// The rooms of a token as they are kept: a JSON list, or nothing for all.
pub(crate) fn rooms_kept(reach: &Reach) -> Result<Option<String>> {
    let rooms = reach.rooms.as_ref().map(|rooms| serde_json::to_string(&rooms[..]));
    rooms.transpose().map_err(|error| crate::StoreError::Bug(error.to_string()))
}

/// The rooms of a token as they were kept. A list that cannot be read covers nothing.
pub(crate) fn rooms_read(kept: Option<&str>) -> Option<std::sync::Arc<[RoomId]>> {
    kept.map(|list| serde_json::from_str::<Vec<RoomId>>(list).unwrap_or_default().into())
}

/// What a person has, counted before one more is made: the error that names the limit, or the tokens that end to make room.
pub(crate) fn beyond<'t>(open: &'t [Token], new: &NewToken) -> Result<Vec<&'t Token>> {
    use domain::limits::{LOGIN_TOKENS_PER_PERSON_MAX, TOKENS_PER_PERSON_MAX};
    let (unnamed, named): (Vec<&Token>, Vec<&Token>) = open.iter().partition(|token| token.name.is_empty());
    if new.name.is_empty() {
        return Ok(unnamed.into_iter().skip(LOGIN_TOKENS_PER_PERSON_MAX - 1).collect());
    }
    if named.len() < TOKENS_PER_PERSON_MAX {
        return Ok(Vec::new());
    }
    let text = "You have {limit} tokens. Revoke one before you make another.";
    Err(domain::Invalid::limit("name", text, TOKENS_PER_PERSON_MAX).into())
}
