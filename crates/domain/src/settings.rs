//! What administrators set while the server runs, and what the configuration says instead: where it says something, it wins.

use crate::{Invalid, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Registration {
    /// Anybody.
    #[default]
    Open,
    /// Whoever has a link that an administrator made.
    Invitation,
    /// Nobody.
    Closed,
}

impl Registration {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invitation => "invitation",
            Self::Closed => "closed",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Invitation, Self::Closed].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// What administrators set while the server runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// Who may make an account. The first one can always be made.
    pub registration: Registration,
    /// Somebody without an account may talk with the server's bot.
    pub guests: bool,
    /// Messages a minute of one guest's address.
    pub guest_posts_per_minute: u32,
    /// Messages a minute of one person; a part of them at once.
    pub posts_per_minute: u32,
    /// Characters of a message, at most [`limits::MESSAGE_CHARS_MAX`].
    pub message_chars_max: usize,
    /// Other sites whose pages may call the API and open sockets.
    pub allowed_origins: Origins,
    /// Who keeps the server, said on the page for signing in; empty says nobody.
    pub keeper: String,
    /// Lines of dialogue on that page; empty for the server's own.
    pub dialogue: String,
    /// What somebody accepts who makes an account, in Markdown; empty for the server's own.
    pub terms: String,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            guests: true,
            guest_posts_per_minute: limits::GUEST_POSTS_PER_MINUTE,
            posts_per_minute: limits::POSTS_PER_MINUTE,
            message_chars_max: limits::MESSAGE_CHARS_MAX,
            allowed_origins: Origins::default(),
            keeper: String::new(),
            dialogue: String::new(),
            terms: String::new(),
        }
    }
}

impl ServerSettings {
    /// Whether these may be kept.
    pub fn check(self) -> Result<Self, Invalid> {
        let rate = |field, per_minute| match (1..=limits::RATE_PER_MINUTE_MAX).contains(&per_minute) {
            true => Ok(()),
            false => {
                let text = "A rate is a number of messages a minute, from 1 to {limit}.";
                Err(Invalid::limit(field, text, limits::RATE_PER_MINUTE_MAX as usize))
            }
        };
        rate("guest_posts_per_minute", self.guest_posts_per_minute)?;
        rate("posts_per_minute", self.posts_per_minute)?;
        if !(1..=limits::MESSAGE_CHARS_MAX).contains(&self.message_chars_max) {
            let text = "The length of a message is a number of characters, from 1 to {limit}.";
            return Err(Invalid::limit("message_chars_max", text, limits::MESSAGE_CHARS_MAX));
        }
        self.check_words()
    }

    /// Whether what is said at the door may be kept; without white space around it.
    fn check_words(self) -> Result<Self, Invalid> {
        let lines: Vec<&str> = self.dialogue.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.len() > limits::DIALOGUE_LINES_MAX {
            let text = "The dialogue has at most {limit} lines.";
            return Err(Invalid::limit("dialogue", text, limits::DIALOGUE_LINES_MAX));
        }
        if lines.iter().any(|line| line.chars().count() > limits::KEEPER_CHARS_MAX) {
            let text = "A line has at most {limit} characters.";
            return Err(Invalid::limit("dialogue", text, limits::KEEPER_CHARS_MAX));
        }
        let (keeper, terms) = (self.keeper.trim().to_owned(), self.terms.trim().replace("\r\n", "\n"));
        if keeper.contains(char::is_control) || keeper.chars().count() > limits::KEEPER_CHARS_MAX {
            let text = "Who keeps the server is one line of at most {limit} characters.";
            return Err(Invalid::limit("keeper", text, limits::KEEPER_CHARS_MAX));
        }
        if terms.chars().count() > limits::TERMS_CHARS_MAX {
            let text = "The terms have at most {limit} characters.";
            return Err(Invalid::limit("terms", text, limits::TERMS_CHARS_MAX));
        }
        Ok(Self { dialogue: lines.join("\n"), keeper, terms, ..self })
    }
}

/// What the configuration says of these; `None` leaves it to the administrators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configured {
    /// `GUESTS`
    pub guests: Option<bool>,
    /// `GUEST_POSTS_PER_MINUTE`
    pub guest_posts_per_minute: Option<NonZeroU32>,
    /// `POSTS_PER_MINUTE`
    pub posts_per_minute: Option<NonZeroU32>,
    /// `CORS_ALLOWED_ORIGINS`, or all by `CORS_ALLOW_ALL_ORIGINS`
    pub allowed_origins: Option<Origins>,
}

impl Configured {
    /// What holds: the configuration where it says something, else what administrators set.
    pub fn over(&self, stored: ServerSettings) -> ServerSettings {
        let number = |configured: Option<NonZeroU32>, stored| configured.map_or(stored, NonZeroU32::get);
        ServerSettings {
            guests: self.guests.unwrap_or(stored.guests),
            guest_posts_per_minute: number(self.guest_posts_per_minute, stored.guest_posts_per_minute),
            posts_per_minute: number(self.posts_per_minute, stored.posts_per_minute),
            allowed_origins: self.allowed_origins.clone().unwrap_or(stored.allowed_origins),
            ..stored
        }
    }
}

/// Sites by origin (`https://app.example.org`) or by host (`app.example.org:8080`); `*` stands for all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Every site there is.
    pub fn all() -> Self {
        Self(vec!["*".into()])
    }

    /// Reads a list, separated by commas or white space.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
        let mut origins = Vec::new();
        for part in parts {
            let origin = part.trim_end_matches('/').to_ascii_lowercase();
            let host = ["http://", "https://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
            let host = host.unwrap_or(&origin);
            let fits = origin == "*"
                || (!host.is_empty()
                    && port_fits(host)
                    && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b)));
            if !fits {
                let text =
                    "An origin is like https://app.example.org or app.example.org:8080, without a path.";
                return Err(Invalid::new("allowed_origins", text));
            }
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        if origins.len() > limits::ALLOWED_ORIGINS_MAX {
            let text = "A server allows at most {limit} other origins.";
            return Err(Invalid::limit("allowed_origins", text, limits::ALLOWED_ORIGINS_MAX));
        }
        Ok(Self(origins))
    }

    /// Whether a page of this origin, as browsers name it, is allowed.
    pub fn allows(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        let host = origin.split_once("://").map(|(_, host)| host);
        self.0.iter().any(|one| one == "*" || *one == origin || Some(one.as_str()) == host)
    }

    /// Whether every origin is allowed.
    pub fn are_all(&self) -> bool {
        self.0.iter().any(|one| one == "*")
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Whether what follows a colon after a host, if there is one, is a port.
fn port_fits(host: &str) -> bool {
    match host.rsplit_once(':') {
        Some((_, port)) if !port.contains(']') => port.parse::<u16>().is_ok_and(|port| port > 0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_allowed_whole_or_by_its_host_and_others_are_not() {
        let origins = Origins::read("https://App.example.org/, localhost:8080\nhttp://[::1]:3000").unwrap();
        for allowed in [
            "https://app.example.org",
            "http://localhost:8080",
            "https://localhost:8080",
            "http://[::1]:3000",
        ] {
            assert!(origins.allows(allowed), "{allowed}");
        }
        for other in [
            "http://app.example.org",
            "https://app.example.org.evil.example",
            "http://localhost",
            "null",
            "",
            "localhost:8080x",
        ] {
            assert!(!origins.allows(other), "{other}");
        }
        assert!(
            Origins::read("*").unwrap().allows("https://any.example") && !Origins::default().allows("null")
        );
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for bad in [
            "https://",
            "https://app.example.org/path",
            "ftp://x y",
            "<b>",
            "https://a@b",
            "javascript:x",
            "h:0",
            "h:",
        ] {
            assert!(Origins::read(bad).is_err(), "{bad:?}");
        }
        let many: String = (0..=limits::ALLOWED_ORIGINS_MAX).map(|n| format!("h{n} ")).collect();
        assert_eq!(Origins::read(&many).unwrap_err().limit, Some(limits::ALLOWED_ORIGINS_MAX));
    }

    #[test]
    fn the_configuration_wins_where_it_says_something() {
        let stored = ServerSettings { guests: true, posts_per_minute: 5, ..ServerSettings::default() };
        let configured = Configured { guests: Some(false), ..Configured::default() };
        assert_eq!(configured.over(stored.clone()), ServerSettings { guests: false, ..stored.clone() });
        assert_eq!(Configured::default().over(stored.clone()), stored);
    }

    #[test]
    fn settings_of_an_earlier_version_are_completed() {
        let read: ServerSettings = serde_json::from_str(r#"{"registration":"closed"}"#).unwrap();
        assert_eq!(read, ServerSettings { registration: Registration::Closed, ..ServerSettings::default() });
    }

    #[test]
    fn a_rate_or_length_out_of_bounds_is_named() {
        let wrong = |settings: ServerSettings| settings.check().unwrap_err().field;
        let fine = ServerSettings::default();
        assert_eq!(wrong(ServerSettings { posts_per_minute: 0, ..fine.clone() }), "posts_per_minute");
        assert_eq!(wrong(ServerSettings { message_chars_max: 10_001, ..fine.clone() }), "message_chars_max");
        let keeper = "Ría Ferries\nand others".to_owned();
        assert_eq!(wrong(ServerSettings { keeper, ..fine.clone() }), "keeper");
        let dialogue = "one\ntwo\nthree".to_owned();
        assert_eq!(wrong(ServerSettings { dialogue, ..fine.clone() }), "dialogue");
        let terms = "x".repeat(limits::TERMS_CHARS_MAX + 1);
        assert_eq!(wrong(ServerSettings { terms, ..fine.clone() }), "terms");
        assert!(fine.check().is_ok());
    }

    #[test]
    fn what_is_said_at_the_door_is_kept_without_the_white_space_around_it() {
        let dialogue = "\r\n  Any news? \r\n\r\nThe boat is late.\r\n".to_owned();
        let kept = ServerSettings { dialogue, keeper: " Ría Ferries ".into(), ..ServerSettings::default() };
        let kept = kept.check().unwrap();
        assert_eq!(
            (kept.dialogue.as_str(), kept.keeper.as_str()),
            ("Any news?\nThe boat is late.", "Ría Ferries")
        );
    }
}
