//! People and bots.

use super::value;
use domain::{ids::PersonId, people};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What everyone sees of a person or a bot.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Profile<'p> {
    id: PersonId,
    /// The name to sign in with and to be mentioned by.
    #[schemars(example = &"ada")]
    username: &'p str,
    /// The name that is shown.
    #[schemars(example = &"Ada")]
    display_name: &'p str,
    is_bot: bool,
    /// One emoji in a bot's face; empty: a lamp, and for people.
    #[schemars(example = &"")]
    avatar: &'p str,
}

/// A bot in examples.
pub(super) const FERRYMAN: Profile<'static> =
    Profile {
        id: PersonId(2), username: "ferryman", display_name: "Ferryman", is_bot: true, avatar: "⛴️"
    };

impl<'p> From<&'p people::Profile> for Profile<'p> {
    fn from(profile: &'p people::Profile) -> Self {
        Self {
            id: profile.id,
            username: &profile.username,
            display_name: &profile.display_name,
            is_bot: profile.is_bot,
            avatar: &profile.avatar,
        }
    }
}

pub(crate) fn profile(profile: &people::Profile) -> Value {
    value(Profile::from(profile))
}

/// A person as they see themselves.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Person<'p> {
    id: PersonId,
    /// The name to sign in with.
    #[schemars(example = &"ada")]
    username: &'p str,
    /// The name that is shown.
    #[schemars(example = &"Ada")]
    display_name: &'p str,
    /// Empty when none was given.
    #[schemars(example = &"ada@example.org")]
    email: &'p str,
    /// Whether they govern the server.
    is_admin: bool,
    is_bot: bool,
    /// The language of their pages; empty: as the browser asks.
    #[schemars(example = &"es")]
    locale: &'p str,
    /// A name of the IANA database; empty: the server's.
    #[schemars(example = &"Europe/Madrid")]
    time_zone: &'p str,
    /// `light`, `dark`, or empty: as the browser asks.
    #[schemars(example = &"dark")]
    theme: &'p str,
}

impl<'p> From<&'p people::Person> for Person<'p> {
    fn from(person: &'p people::Person) -> Self {
        Self {
            id: person.id,
            username: &person.username,
            display_name: &person.display_name,
            email: &person.email,
            is_admin: person.is_admin,
            is_bot: person.is_bot,
            locale: &person.locale,
            time_zone: &person.time_zone,
            theme: &person.theme,
        }
    }
}

pub(crate) fn person(person: &people::Person) -> Value {
    value(Person::from(person))
}
