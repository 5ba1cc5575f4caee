//! Who is asking: whose secret a cookie or a token is, remembered for a moment.

use crate::{App, Error, Result, secrets};
use domain::{
    access::may_change,
    events::{Change, Event, Lane},
    ids::PersonId,
    limits,
    people::Person,
    sessions::Session,
    tokens::{PassId, Reach, Token},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::Secret;

/// Somebody who showed a session or a token.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub person: Person,
    /// By what.
    pub pass: Pass,
    /// The hash of its secret.
    pub(crate) secret: Secret,
}

/// What somebody showed.
#[derive(Debug, Clone)]
pub enum Pass {
    /// A browser's cookie.
    Session(Session),
    /// A program's token.
    Token(Token),
}

impl Viewer {
    /// How far their right goes by what they showed.
    pub fn reach(&self) -> &Reach {
        match &self.pass {
            Pass::Session(_) => &Reach::ALL,
            Pass::Token(token) => &token.reach,
        }
    }

    /// Whether they may do what belongs to no single room: a token of chosen rooms may not.
    pub fn reaches_all(&self) -> Result<()> {
        match self.reach().rooms {
            None => Ok(()),
            Some(_) => Err(Error::Forbidden("This token is for chosen rooms only.")),
        }
    }

    /// Whether they may change anything at all.
    pub fn may_change(&self) -> Result<()> {
        Ok(may_change(self.reach().scope)?)
    }

    /// The session, when it is one.
    pub fn session(&self) -> Option<&Session> {
        match &self.pass {
            Pass::Session(session) => Some(session),
            Pass::Token(_) => None,
        }
    }

    /// The token, when it is one.
    pub fn token(&self) -> Option<&Token> {
        match &self.pass {
            Pass::Session(_) => None,
            Pass::Token(token) => Some(token),
        }
    }

    /// What a live connection of theirs hangs on.
    pub fn pass_id(&self) -> PassId {
        match &self.pass {
            Pass::Session(session) => PassId::Session(session.id),
            Pass::Token(token) => PassId::Token(token.id),
        }
    }
}

impl App {
    /// Whose cookie this is. An answer is remembered for half a second, so a revocation in another process holds within that
    /// time; one in this process holds at once.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<Arc<Viewer>>> {
        if secret.len() != secrets::SESSION_CHARS {
            return Ok(None);
        }
        self.recall(secrets::hash(secret), Self::by_session).await
    }

    /// Whose token this is, remembered in the same way.
    pub async fn authenticate_token(&self, secret: &str) -> Result<Option<Arc<Viewer>>> {
        if secret.len() != secrets::TOKEN_CHARS {
            return Ok(None);
        }
        self.recall(secrets::hash(secret), Self::by_token).await
    }

    async fn recall<'a, F>(
        &'a self,
        hash: Secret,
        ask: fn(&'a Self, Secret) -> F,
    ) -> Result<Option<Arc<Viewer>>>
    where
        F: Future<Output = Result<Option<Arc<Viewer>>>>,
    {
        let now = self.now();
        let (remembered, ticket) = self.authenticated.find(hash, now);
        if remembered.is_some() {
            return Ok(remembered);
        }
        let viewer = ask(self, hash).await?;
        if let Some(viewer) = &viewer {
            self.authenticated.keep(hash, viewer.clone(), now, ticket);
        }
        Ok(viewer)
    }

    /// The same person by the same session or token as the store knows them at this moment; `None` when that is over.
    pub async fn authenticate_again(&self, viewer: &Viewer) -> Result<Option<Arc<Viewer>>> {
        match viewer.pass {
            Pass::Session(_) => self.by_session(viewer.secret).await,
            Pass::Token(_) => self.by_token(viewer.secret).await,
        }
    }

    async fn by_session(&self, secret: Secret) -> Result<Option<Arc<Viewer>>> {
        let found = self.store.session(secret, self.now()).await?;
        Ok(found.map(|(session, person)| Arc::new(Viewer { person, pass: Pass::Session(session), secret })))
    }

    async fn by_token(&self, secret: Secret) -> Result<Option<Arc<Viewer>>> {
        let found = self.store.token(secret, self.now()).await?;
        Ok(found.map(|(token, person)| Arc::new(Viewer { person, pass: Pass::Token(token), secret })))
    }

    /// Notes that a session or a token is in use, at most every five minutes.
    pub async fn note_use(&self, viewer: &Viewer, address: &str) -> Result<()> {
        let now = self.now();
        let before = match &viewer.pass {
            Pass::Session(session) => Some(session.used_at),
            Pass::Token(token) => token.used_at,
        };
        if before.is_some_and(|before| now.duration_since(before) < jiff::SignedDuration::from_mins(5)) {
            return Ok(());
        }
        self.authenticated.forget_person(viewer.person.id);
        match &viewer.pass {
            Pass::Session(session) => {
                self.store.touch_session(session.id, address, now + limits::SESSION_LASTS, now).await?;
            }
            Pass::Token(token) => self.store.touch_token(token.id, now).await?,
        }
        Ok(())
    }
}

/// How long an answer of the store is believed. Law 5 allows a second for what another process revoked.
const BELIEVED: Duration = Duration::from_millis(500);

/// Who was asked about a moment ago. Bounded: it is emptied when it is full.
#[derive(Default)]
pub(crate) struct Authenticated(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    viewers: HashMap<Secret, (jiff::Timestamp, Arc<Viewer>)>,
    /// Counts what was forgotten, so that an answer read before a revocation is not kept after it.
    forgotten: u64,
}

impl Authenticated {
    fn find(&self, secret: Secret, now: jiff::Timestamp) -> (Option<Arc<Viewer>>, u64) {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh =
            |(at, _): &&(jiff::Timestamp, Arc<Viewer>)| now.duration_since(*at).unsigned_abs() < BELIEVED;
        let viewer = held.viewers.get(&secret).filter(fresh).map(|(_, viewer)| viewer.clone());
        (viewer, held.forgotten)
    }

    fn keep(&self, secret: Secret, viewer: Arc<Viewer>, now: jiff::Timestamp, ticket: u64) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.forgotten != ticket {
            return;
        }
        if held.viewers.len() >= limits::RATE_KEYS_MAX {
            held.viewers.clear();
        }
        held.viewers.insert(secret, (now, viewer));
    }

    fn forget_person(&self, person: PersonId) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.forgotten += 1;
        held.viewers.retain(|_, (_, viewer)| viewer.person.id != person);
    }

    /// Forgets whoever these events say something new about.
    pub(crate) fn forget(&self, events: &[Event]) {
        for event in events {
            if let (
                Lane::Person(person),
                Change::SessionEnded(_) | Change::TokenEnded(_) | Change::Person(_),
            ) = (event.lane, &event.change)
            {
                self.forget_person(person);
            }
        }
    }
}
