//! Accounts as administrators make, reset and delete them. Whoever an account is for chooses its password by a link that is told once.

use super::named;
use crate::{App, Error, Result, secrets};
use domain::{
    access::Admin,
    audit::{Act, Deed},
    ids::PersonId,
    limits,
    people::{self, Password, Person, Username},
};
use store::{FirstAdmin, NewPerson, Reset};

/// An account that an administrator wants to make.
#[derive(Debug, Clone, Default)]
pub struct AccountDraft {
    /// The name to sign in with.
    pub username: String,
    /// The name shown; the username when empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// Whether it governs the server.
    pub is_admin: bool,
    /// The password; without one the account's owner chooses it by the link.
    pub password: Option<String>,
}

impl App {
    /// Makes an account; without a password also the secret of the link by which it is chosen.
    pub async fn make_person(&self, by: &Admin, draft: AccountDraft) -> Result<(Person, Option<String>)> {
        let username = Username::new(&draft.username)?;
        let display_name = match draft.display_name.trim() {
            "" => String::new(),
            name => people::display_name(name)?,
        };
        let email = people::email(&draft.email)?;
        let (secret, reset, password_hash) = match &draft.password {
            Some(password) => {
                let password = Password::new(password, username.as_str())?;
                (None, None, self.passwords.hash(&password).await?)
            }
            None => {
                let (secret, reset) = self.new_reset();
                (Some(secret), Some(reset), String::new())
            }
        };
        let admin = if draft.is_admin { FirstAdmin::Yes } else { FirstAdmin::No };
        let detail =
            format!("@{}{}", username.as_str(), if draft.is_admin { " (administrator)" } else { "" });
        let deed = Deed::new(by, Act::CreatePerson, PersonId(0), detail);
        let new = NewPerson {
            username,
            display_name,
            email,
            password_hash,
            admin,
            is_bot: false,
            avatar: String::new(),
        };
        let made = self.tell(self.store.make_person(&deed, new, reset, self.now()).await?);
        Ok((made, secret))
    }

    /// Gives somebody a password and ends their sessions.
    pub async fn give_password(&self, by: &Admin, id: PersonId, new: &str) -> Result<()> {
        let person = self.governed(id).await?;
        let hash = self.passwords.hash(&Password::new(new, &person.username)?).await?;
        let deed = Deed::new(by, Act::SetPassword, id, named(&person));
        self.tell(self.store.govern_password(&deed, id, &hash, self.now()).await?);
        Ok(())
    }

    /// Takes somebody's password away and ends their sessions and tokens; the secret of the link by which they choose another one.
    pub async fn reset_password(&self, by: &Admin, id: PersonId) -> Result<String> {
        // Whoever lost the link would be out, and perhaps the last who governs.
        if by.person() == Some(id) {
            return Err(Error::Conflict("Your own password is changed in your settings."));
        }
        let deed = Deed::new(by, Act::ResetPassword, id, named(&self.governed(id).await?));
        let (secret, reset) = self.new_reset();
        self.tell(self.store.reset_password(&deed, id, reset, self.now()).await?);
        Ok(secret)
    }

    fn new_reset(&self) -> (String, Reset) {
        let (text, secret) = secrets::new_secret(&*self.world);
        (text, Reset { secret, expires_at: self.now() + limits::RESET_LASTS })
    }

    /// Whose link this is, while it is good.
    pub async fn reset_of(&self, secret: &str) -> Result<Person> {
        let found = self.store.reset_of(secrets::hash(secret), self.now()).await?;
        found.ok_or(Error::NotFound("link"))
    }

    /// Keeps the password that somebody chose by their link, which is void from then on.
    pub async fn choose_password(&self, secret: &str, new: &str) -> Result<Person> {
        let person = self.reset_of(secret).await?;
        let hash = self.passwords.hash(&Password::new(new, &person.username)?).await?;
        Ok(self.tell(self.store.use_reset(secrets::hash(secret), &hash, self.now()).await?))
    }

    /// Deletes somebody's account. What they wrote stays under the name shown, and others' conversations stay whole.
    pub async fn delete_person(&self, by: &Admin, id: PersonId) -> Result<()> {
        let deed = Deed::new(by, Act::DeletePerson, id, named(&self.governed(id).await?));
        self.tell(self.store.delete_person(&deed, id, self.now()).await?);
        Ok(())
    }
}
