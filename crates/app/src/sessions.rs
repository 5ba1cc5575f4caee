//! Signing in and out, and who a cookie's secret belongs to.

use crate::{App, Error, Result, secrets};
use domain::{
    events::{Change, Event, Lane},
    ids::{PersonId, SessionId},
    limits,
    people::{Person, username_key},
    sessions::Session,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::{NewSession, Secret};

/// Somebody who is signed in, and by which session.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub person: Person,
    /// By which session.
    pub session: Session,
}

/// What came of signing in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who, and by which session.
    pub viewer: Viewer,
    /// The cookie's value; it is not kept here.
    pub secret: String,
}

impl App {
    /// Checks name and password and opens a session.
    pub async fn log_in(
        &self,
        username: &str,
        password: &str,
        address: &str,
        user_agent: &str,
    ) -> Result<SignedIn> {
        self.rates.log_in(&username_key(username), address)?;
        let credentials = self.store.credentials(username).await?;
        let hash = credentials.as_ref().map(|c| c.password_hash.clone());
        let matches = self.passwords.verify(password, hash).await?;
        match credentials.filter(|c| matches && c.person.is_active) {
            Some(credentials) => {
                self.rates.logged_in(&username_key(username), address);
                self.open_session(credentials.person, address, user_agent).await
            }
            None => Err(Error::WrongPassword),
        }
    }

    /// Opens a session for somebody who has proved who they are.
    pub async fn open_session(&self, person: Person, address: &str, user_agent: &str) -> Result<SignedIn> {
        let (secret, hash) = secrets::new_secret(&*self.world);
        let new = NewSession {
            person: person.id,
            secret: hash,
            user_agent: user_agent.chars().take(200).collect(),
            address: address.into(),
            expires_at: self.now() + limits::SESSION_LASTS,
        };
        let session = self.tell(self.store.log_in(new, self.now()).await?);
        Ok(SignedIn { viewer: Viewer { person, session }, secret })
    }

    /// Ends the viewer's own session; its connections end with it.
    pub async fn log_out(&self, viewer: &Viewer) -> Result<()> {
        self.revoke_session(viewer, viewer.session.id).await
    }

    /// Ends one of the viewer's sessions.
    pub async fn revoke_session(&self, viewer: &Viewer, id: SessionId) -> Result<()> {
        self.tell(self.store.revoke_session(viewer.person.id, id, self.now()).await?);
        Ok(())
    }

    /// Ends all of the viewer's sessions but this one.
    pub async fn revoke_other_sessions(&self, viewer: &Viewer) -> Result<()> {
        let written =
            self.store.revoke_sessions(viewer.person.id, Some(viewer.session.id), self.now()).await?;
        self.tell(written);
        Ok(())
    }

    /// Whose secret this is. An answer is remembered for half a second, so a revocation in another process holds within that
    /// time; one in this process holds at once.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<Arc<Viewer>>> {
        if secret.len() != 64 {
            return Ok(None);
        }
        let hash = secrets::hash(secret);
        let now = self.now();
        let (remembered, ticket) = self.authenticated.find(hash, now);
        if remembered.is_some() {
            return Ok(remembered);
        }
        let viewer = self.authenticate_now(secret).await?;
        if let Some(viewer) = &viewer {
            self.authenticated.keep(hash, viewer.clone(), now, ticket);
        }
        Ok(viewer)
    }

    /// Whose secret this is at this moment, as the store says.
    pub async fn authenticate_now(&self, secret: &str) -> Result<Option<Arc<Viewer>>> {
        let found = self.store.session(secrets::hash(secret), self.now()).await?;
        Ok(found.map(|(session, person)| Arc::new(Viewer { person, session })))
    }

    /// Notes that a session is in use, at most every five minutes.
    pub async fn note_use(&self, viewer: &Viewer, address: &str) -> Result<()> {
        let now = self.now();
        if now.duration_since(viewer.session.used_at) < jiff::SignedDuration::from_mins(5) {
            return Ok(());
        }
        self.authenticated.forget_person(viewer.person.id);
        Ok(self.store.touch_session(viewer.session.id, address, now + limits::SESSION_LASTS, now).await?)
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
            if let (Lane::Person(person), Change::SessionEnded(_) | Change::Person(_)) =
                (event.lane, &event.change)
            {
                self.forget_person(person);
            }
        }
    }
}
