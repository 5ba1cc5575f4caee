//! Accounts.

use crate::{Result, Written};
use domain::{
    ids::{PersonId, SessionId},
    people::{Person, Username, username_key},
};
use jiff::Timestamp;

/// An account that may be made.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Checked; another person's equal name gives `Invalid` for the field `username`.
    pub username: Username,
    /// The name shown; the username when empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// The password's hash in PHC form; empty for accounts that cannot sign in (bots).
    pub password_hash: String,
    /// Whether the account governs the server.
    pub admin: FirstAdmin,
    /// Speaks for a machine.
    pub is_bot: bool,
    /// Checked by [`domain::people::avatar`]; empty for people.
    pub avatar: String,
}

/// Whether a new account governs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstAdmin {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// It does if no administrator exists, decided inside the transaction.
    IfNone,
}

/// What signing in is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose they are.
    pub person: Person,
    /// The password's hash in PHC form.
    pub password_hash: String,
}

/// What to change of an account; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct PersonPatch {
    /// A new name to sign in with, told likewise; another person's equal name gives `Invalid` for the field `username`. Where the shown
    /// name was the same, it follows.
    pub username: Option<Username>,
    /// A new shown name; told in every room the person is in.
    pub display_name: Option<String>,
    /// A bot's new avatar, or empty; told in every room it is in.
    pub avatar: Option<String>,
    /// A new address.
    pub email: Option<String>,
    /// A language tag, or empty.
    pub locale: Option<String>,
    /// A time zone, or empty.
    pub time_zone: Option<String>,
    /// `light`, `dark`, or empty.
    pub theme: Option<String>,
    /// Whether they govern the server.
    pub is_admin: Option<bool>,
    /// `false` ends all sessions and tokens too.
    pub is_active: Option<bool>,
}

/// Said of a name that somebody else has.
pub(crate) const TAKEN_NAME: &str = "Somebody already has this name.";

/// Why the last administrator cannot be demoted, deactivated or deleted.
pub(crate) const LAST_ADMIN: &str =
    "Somebody must govern this server. Make another person an administrator first.";

/// A deleted account, which keeps only its id and the name shown. Its username is one that nobody can choose.
pub(crate) fn emptied(before: &Person) -> Person {
    Person {
        username: format!("deleted:{}", before.id),
        email: String::new(),
        is_admin: false,
        is_active: false,
        locale: String::new(),
        time_zone: String::new(),
        theme: String::new(),
        ..before.clone()
    }
}

/// The folded names that begin with `prefix`: from the first, up to before the second, by code point.
pub(crate) fn prefix_range(prefix: &str) -> (String, String) {
    let from = username_key(prefix);
    let to = format!("{from}{}", char::MAX);
    (from, to)
}

/// Accounts.
#[async_trait::async_trait]
pub trait People: Send + Sync + 'static {
    /// Makes an account.
    async fn sign_up(&self, new: NewPerson, now: Timestamp) -> Result<Written<Person>>;

    /// Whether there is an administrator yet.
    async fn has_admin(&self) -> Result<bool>;

    /// Somebody by id, deactivated people included.
    async fn person(&self, id: PersonId) -> Result<Option<Person>>;

    /// Somebody by name, compared by [`domain::people::username_key`].
    async fn person_by_name(&self, username: &str) -> Result<Option<Person>>;

    /// What signing in under this name is checked against.
    async fn credentials(&self, username: &str) -> Result<Option<Credentials>>;

    /// Active people whose username or shown name begins with `prefix`, by username, at most `limit`; for mentions and
    /// invitations.
    async fn find_people(&self, prefix: &str, limit: usize) -> Result<Vec<Person>>;

    /// Everyone, by id, after `after`, at most `limit`.
    async fn people(&self, after: PersonId, limit: usize) -> Result<Vec<Person>>;

    /// Changes an account. The last active administrator stays one: `Conflict`.
    async fn update_person(
        &self,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>>;

    /// Keeps a new password and ends every session but `keep`.
    async fn set_password(
        &self,
        id: PersonId,
        hash: &str,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Written<()>>;
}
