//! Making and keeping accounts.

use crate::{App, Error, Result, Viewer, secrets};
use domain::{
    ids::PersonId,
    people::{self, Password, Person, Username},
    settings::Registration,
};
use store::{FirstAdmin, NewPerson, PersonPatch, Secret, StoreError};

/// The answer to an invitation that is over, withdrawn, used up or none.
const NOT_INVITED: &str = "This invitation does not work, or does not any more.";

/// What somebody fills in to have an account.
#[derive(Debug, Clone, Default)]
pub struct SignUp {
    /// The name to sign in with.
    pub username: String,
    /// The password, in clear.
    pub password: String,
    /// The name shown; the username when empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// The secret of a link to the server, for where an account takes an invitation; may be empty.
    pub invitation: String,
}

impl App {
    /// Makes an account for somebody at `address`, if this server takes one from them. `admin` says whether it may be the first
    /// administrator's, which can always be made.
    pub async fn sign_up(&self, form: SignUp, admin: FirstAdmin, address: &str) -> Result<Person> {
        let invitation = self.entry(admin, &form.invitation).await?;
        let username = Username::new(&form.username)?;
        let password = Password::new(&form.password, username.as_str())?;
        let display_name = match form.display_name.trim() {
            "" => String::new(),
            name => people::display_name(name)?,
        };
        let email = people::email(&form.email)?;
        self.rates.sign_up(address)?;
        let password_hash = self.passwords.hash(&password).await?;
        let new = NewPerson {
            username,
            display_name,
            email,
            password_hash,
            admin,
            is_bot: false,
            avatar: String::new(),
        };
        let made = match invitation {
            Some(secret) => self.store.sign_up_invited(secret, new, self.now()).await,
            None => self.store.sign_up(new, self.now()).await,
        };
        match made {
            Err(StoreError::NotFound(_)) => Err(Error::Forbidden(NOT_INVITED)),
            made => Ok(self.tell(made?)),
        }
    }

    /// Whether this server takes an account from somebody with this invitation (or with none: empty).
    pub async fn may_sign_up(&self, admin: FirstAdmin, invitation: &str) -> Result<()> {
        self.entry(admin, invitation).await.map(drop)
    }

    /// How somebody may come in: freely, or by the invitation with this secret.
    async fn entry(&self, admin: FirstAdmin, invitation: &str) -> Result<Option<Secret>> {
        let registration = self.settings().await?.registration;
        let is_first = match admin {
            FirstAdmin::Yes => true,
            FirstAdmin::IfNone => registration != Registration::Open && !self.store.has_admin().await?,
            FirstAdmin::No => false,
        };
        match registration {
            _ if is_first => Ok(None),
            Registration::Open => Ok(None),
            Registration::Closed => Err(Error::Forbidden("This server takes no new accounts.")),
            Registration::Invitation if invitation.is_empty() => Err(Error::Forbidden(
                "Here an account takes an invitation. Ask whoever keeps this server for one.",
            )),
            Registration::Invitation if !self.is_server_invite(invitation).await? => {
                Err(Error::Forbidden(NOT_INVITED))
            }
            Registration::Invitation => Ok(Some(secrets::hash(invitation))),
        }
    }

    /// Changes the viewer's password and ends their other sessions.
    pub async fn change_password(&self, viewer: &Viewer, old: &str, new: &str, address: &str) -> Result<()> {
        self.is_own_password(viewer, old, address).await?;
        self.set_password(viewer.person.id, &viewer.person.username, new, Some(viewer)).await
    }

    /// Whether this is the viewer's password; a wrong one is counted like one at the sign-in.
    pub async fn is_own_password(&self, viewer: &Viewer, password: &str, address: &str) -> Result<()> {
        self.check_password(&viewer.person.username, password, address).await.map(drop)
    }

    /// Gives an account another password and ends its sessions; `keep` keeps their own.
    pub async fn set_password(
        &self,
        id: PersonId,
        username: &str,
        new: &str,
        keep: Option<&Viewer>,
    ) -> Result<()> {
        let password = Password::new(new, username)?;
        let hash = self.passwords.hash(&password).await?;
        self.tell(
            self.store
                .set_password(id, &hash, keep.and_then(Viewer::session).map(|s| s.id), self.now())
                .await?,
        );
        Ok(())
    }

    /// Changes an account; shown name, address, language and zone are checked.
    pub async fn update_person(&self, id: PersonId, mut patch: PersonPatch) -> Result<Person> {
        patch.display_name = patch.display_name.map(|name| people::display_name(&name)).transpose()?;
        patch.email = patch.email.map(|email| people::email(&email)).transpose()?;
        if patch
            .time_zone
            .as_ref()
            .is_some_and(|zone| !zone.is_empty() && jiff::tz::TimeZone::get(zone).is_err())
        {
            return Err(domain::Invalid::new("time_zone", "There is no such time zone.").into());
        }
        if patch.theme.as_ref().is_some_and(|theme| !["", "light", "dark"].contains(&theme.as_str())) {
            return Err(domain::Invalid::new("theme", "A theme is light, dark or empty.").into());
        }
        Ok(self.tell(self.store.update_person(id, patch, self.now()).await?))
    }
}
