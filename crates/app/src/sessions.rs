//! Signing in and out.

use crate::{App, Error, Pass, Result, Viewer, secrets};
use domain::{
    ids::SessionId,
    limits,
    people::{Person, username_key},
};
use store::NewSession;

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
        let person = self.check_password(username, password, address).await?;
        self.open_session(person, address, user_agent).await
    }

    /// How many more wrong passwords are let through from an address under a name, whether or not somebody has it.
    pub fn tries_left(&self, username: &str, address: &str) -> usize {
        self.rates.tries_left(&username_key(username), address)
    }

    /// Whose name and password these are; wrong ones are counted, for the name and for the address.
    pub(crate) async fn check_password(
        &self,
        username: &str,
        password: &str,
        address: &str,
    ) -> Result<Person> {
        self.rates.log_in(&username_key(username), address)?;
        let credentials = self.store.credentials(username).await?;
        let hash = credentials.as_ref().map(|c| c.password_hash.clone());
        let matches = self.passwords.verify(password, hash).await?;
        match credentials.filter(|c| matches && c.person.is_active) {
            Some(credentials) => {
                self.rates.logged_in(&username_key(username), address);
                Ok(credentials.person)
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
        Ok(SignedIn { viewer: Viewer { person, pass: Pass::Session(session), secret: hash }, secret })
    }

    /// Ends the viewer's own session; its connections end with it.
    pub async fn log_out(&self, viewer: &Viewer) -> Result<()> {
        match viewer.session() {
            Some(session) => self.revoke_session(viewer, session.id).await,
            None => Err(Error::NotFound("session")),
        }
    }

    /// Ends one of the viewer's sessions.
    pub async fn revoke_session(&self, viewer: &Viewer, id: SessionId) -> Result<()> {
        self.tell(self.store.revoke_session(viewer.person.id, id, self.now()).await?);
        Ok(())
    }

    /// Ends all of the viewer's sessions but this one.
    pub async fn revoke_other_sessions(&self, viewer: &Viewer) -> Result<()> {
        let written =
            self.store.revoke_sessions(viewer.person.id, viewer.session().map(|s| s.id), self.now()).await?;
        self.tell(written);
        Ok(())
    }
}
