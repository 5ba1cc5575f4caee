//! People and bots, and what makes a name or a password acceptable.

use crate::{Invalid, ids::PersonId, limits};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Somebody with an account, or a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Never reused.
    pub id: PersonId,
    /// The name used to sign in and in mentions, as it was chosen.
    pub username: String,
    /// The name shown; the username when nothing else was chosen.
    pub display_name: String,
    /// Empty when not given. Shown to the person and to administrators only.
    pub email: String,
    /// May govern public rooms and the server.
    pub is_admin: bool,
    /// Speaks for a machine.
    pub is_bot: bool,
    /// A deactivated account cannot sign in; its messages stay.
    pub is_active: bool,
    /// Language tag (BCP 47); empty: as the browser says.
    pub locale: String,
    /// IANA time zone; empty: the server's.
    pub time_zone: String,
    /// `light`, `dark`, or empty for the system's.
    pub theme: String,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// What everyone in a room may know of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Who it is.
    pub id: PersonId,
    /// The name in mentions.
    pub username: String,
    /// The name shown.
    pub display_name: String,
    /// Speaks for a machine.
    pub is_bot: bool,
}

impl From<&Person> for Profile {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id,
            username: person.username.clone(),
            display_name: person.display_name.clone(),
            is_bot: person.is_bot,
        }
    }
}

/// A name to sign in with: letters, digits and `@ . + - _`, in any script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Checks a chosen name; it is normalised to NFKC.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let name: String = text.trim().nfkc().collect();
        if name.is_empty() {
            return Err(Invalid::new("username", "This field may not be blank."));
        }
        if name.chars().count() > limits::USERNAME_CHARS_MAX {
            let text = "Ensure this field has no more than {limit} characters.";
            return Err(Invalid::limit("username", text, limits::USERNAME_CHARS_MAX));
        }
        if !name.chars().all(|c| c.is_alphanumeric() || "@.+-_".contains(c)) {
            let text = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
            return Err(Invalid::new("username", text));
        }
        Ok(Self(name))
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two names are compared.
    pub fn key(&self) -> String {
        username_key(&self.0)
    }
}

/// Folds a name so that names that look alike are equal: NFKC, then lower case of the upper case (which also folds
/// `ß` and final sigma), then NFKC again.
pub fn username_key(name: &str) -> String {
    let folded: String =
        name.trim().nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    folded.nfkc().collect()
}

/// Checks a shown name: 1 to [`limits::DISPLAY_NAME_CHARS_MAX`] characters, none of them control characters.
pub fn display_name(text: &str) -> Result<String, Invalid> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Invalid::new("display_name", "A name needs at least one character."));
    }
    if name.chars().count() > limits::DISPLAY_NAME_CHARS_MAX {
        let text = "A name has at most {limit} characters.";
        return Err(Invalid::limit("display_name", text, limits::DISPLAY_NAME_CHARS_MAX));
    }
    if name.chars().any(char::is_control) {
        return Err(Invalid::new("display_name", "A name has no control characters."));
    }
    Ok(name)
}

/// Checks an address: empty, or something with one `@` between two parts and no space.
pub fn email(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let fits = text.is_empty()
        || (text.chars().count() <= limits::EMAIL_CHARS_MAX
            && !text.contains(char::is_whitespace)
            && text.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.')
            }));
    if fits { Ok(text.into()) } else { Err(Invalid::new("email", "Enter a valid email address.")) }
}

/// A password that may be used, not yet hashed. It does not print itself.
pub struct Password(String);

impl Password {
    /// Checks length and likeness to the name.
    pub fn new(text: &str, username: &str) -> Result<Self, Invalid> {
        let chars = text.chars().count();
        if chars < limits::PASSWORD_CHARS_MIN {
            let text = "This password is too short. It must contain at least {limit} characters.";
            return Err(Invalid::limit("password", text, limits::PASSWORD_CHARS_MIN));
        }
        if chars > limits::PASSWORD_CHARS_MAX {
            let text = "A password has at most {limit} characters.";
            return Err(Invalid::limit("password", text, limits::PASSWORD_CHARS_MAX));
        }
        if !username.is_empty() && username_key(text) == username_key(username) {
            return Err(Invalid::new("password", "The password is too similar to the username."));
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Invalid::new("password", "This password is entirely numeric."));
        }
        Ok(Self(text.into()))
    }

    /// The text, for the hasher.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_have_one_key() {
        for (one, other) in [("Ada", "ada"), ("STRASSE", "straße"), ("ｂｏｂ", "bob"), ("ΣΊΣΥΦΟΣ", "σίσυφος")]
        {
            assert_eq!(username_key(one), username_key(other), "{one} {other}");
        }
        assert_ne!(username_key("ada"), username_key("bob"));
    }

    #[test]
    fn a_username_may_be_in_any_script_but_has_no_spaces() {
        assert!(Username::new("أمل").is_ok());
        assert!(Username::new("marta.iglesias+x@home-1_2").is_ok());
        for bad in ["", "  ", "ada lovelace", "<b>", "a\u{0}b"] {
            assert!(Username::new(bad).is_err(), "{bad:?}");
        }
        assert!(Username::new(&"a".repeat(150)).is_ok());
        assert_eq!(Username::new(&"a".repeat(151)).unwrap_err().limit, Some(150));
    }

    #[test]
    fn passwords_that_are_easy_to_guess_are_refused() {
        assert!(Password::new("a short sentence", "ada").is_ok());
        for bad in ["", "1234567", "short", "12345678901"] {
            assert!(Password::new(bad, "ada").is_err(), "{bad:?}");
        }
        assert!(Password::new("AdaLovelace", "adalovelace").is_err());
    }

    #[test]
    fn an_email_is_optional_and_plain() {
        assert_eq!(email(" ada@example.org "), Ok("ada@example.org".into()));
        assert_eq!(email(""), Ok(String::new()));
        for bad in ["ada", "ada@", "@example.org", "a b@example.org", "a@b@c.org", "a@localhost"] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }
}
