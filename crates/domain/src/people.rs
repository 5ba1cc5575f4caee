//! People and bots, and what makes a name or a password acceptable.

use crate::{Invalid, ids::PersonId, limits, messages};
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
    /// One emoji in a bot's face; empty: the lamp. People have their initials.
    #[serde(default)]
    pub avatar: String,
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
    /// One emoji in a bot's face; empty: the lamp. People have their initials.
    #[serde(default)]
    pub avatar: String,
}

impl From<&Person> for Profile {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id,
            username: person.username.clone(),
            display_name: person.display_name.clone(),
            is_bot: person.is_bot,
            avatar: person.avatar.clone(),
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

/// Checks what stands in a bot's face: one emoji, or nothing for the lamp.
pub fn avatar(text: &str) -> Result<String, Invalid> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let rule = "An avatar is one emoji of at most {limit} bytes.";
    messages::emoji(text).map_err(|_| Invalid::limit("avatar", rule, limits::REACTION_BYTES_MAX))
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

/// Everything that makes a password easy to guess: likeness to the name or the address, length, being common, being a number.
pub fn password_faults(text: &str, username: &str, email: &str) -> Vec<Invalid> {
    let invalid = |text| Invalid::new("password", text);
    let (chars, digits) = (text.chars().count(), text.bytes().all(|b| b.is_ascii_digit()));
    if chars > limits::PASSWORD_CHARS_MAX {
        let text = "A password has at most {limit} characters.";
        return vec![Invalid::limit("password", text, limits::PASSWORD_CHARS_MAX)];
    }
    let mut faults = Vec::new();
    if is_alike(text, username) {
        faults.push(invalid("The password is too similar to the username."));
    }
    if is_alike(text, email) {
        faults.push(invalid("The password is too similar to the email address."));
    }
    if chars < limits::PASSWORD_CHARS_MIN {
        let text = "This password is too short. It must contain at least {limit} characters.";
        faults.push(Invalid::limit("password", text, limits::PASSWORD_CHARS_MIN));
    }
    if is_common(text) {
        faults.push(invalid("This password is too common."));
    }
    if digits && !text.is_empty() {
        faults.push(invalid("This password is entirely numeric."));
    }
    faults
}

/// Whether a password shares most of its letters with something known of a person, or with a part of it.
fn is_alike(password: &str, known: &str) -> bool {
    let (password, known) = (username_key(password), username_key(known));
    let parts = known.split(|c: char| !c.is_alphanumeric() && c != '_').chain([known.as_str()]);
    parts.filter(|part| !part.is_empty()).any(|part| {
        let (ours, theirs) = (password.chars().count(), part.chars().count());
        // A short name within a long password gives little away.
        if ours >= 10 * theirs {
            return false;
        }
        let mut left: Vec<char> = part.chars().collect();
        let shared = password.chars().filter(|c| {
            let at = left.iter().position(|other| other == c);
            at.map(|at| left.swap_remove(at)).is_some()
        });
        shared.count() * 20 >= (ours + theirs) * 7
    })
}

/// Whether it is among the first that somebody would try.
fn is_common(password: &str) -> bool {
    let folded = password.trim().to_lowercase();
    COMMON.lines().any(|common| common == folded)
}

/// Those that lists of stolen passwords begin with, one in a line; longer ones only where our other rules let them through.
const COMMON: &str = include_str!("people/common_passwords.txt");

/// A password that may be used, not yet hashed. It does not print itself.
pub struct Password(String);

impl Password {
    /// Checks it; what is told is the first of its [faults](password_faults).
    pub fn new(text: &str, username: &str) -> Result<Self, Invalid> {
        match password_faults(text, username, "").into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(Self(text.into())),
        }
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
        assert!(Password::new("similarname1", "similarname").is_err());
        assert!(Password::new("ada.is.here.today", "ada").is_ok());
        assert!(password_faults("lovelace1", "ada", "ada@lovelace.example").len() == 1);
        assert_eq!(password_faults("1234", "ada", "").len(), 3, "short, common, a number");
        assert_eq!(password_faults("Password1", "ada", "")[0].text, "This password is too common.");
    }

    #[test]
    fn the_list_of_common_passwords_is_in_order_and_folded_as_what_is_compared_with_it() {
        let list: Vec<_> = COMMON.lines().collect();
        assert!(list.is_sorted_by(|one, next| one < next), "each once");
        for word in list {
            assert!(is_common(&word.to_uppercase()) && !is_common(&format!("{word} {word}")), "{word:?}");
        }
    }

    #[test]
    fn an_avatar_is_an_emoji_or_nothing() {
        assert_eq!((avatar(" \u{2615} "), avatar("  ")), (Ok("\u{2615}".into()), Ok(String::new())));
        for bad in ["tea", "<b>", "&", &"\u{2615}".repeat(22)] {
            let refused = avatar(bad).unwrap_err();
            assert_eq!((refused.field, refused.limit), ("avatar", Some(limits::REACTION_BYTES_MAX)), "{bad}");
        }
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
