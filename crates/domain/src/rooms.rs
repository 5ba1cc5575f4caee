//! Rooms: what they are, and what makes a name, a topic or a slug acceptable.

use crate::{
    Invalid,
    ids::{RoomId, Seq},
    limits,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A place where messages are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Never reused.
    pub id: RoomId,
    /// Its name in addresses; old ones redirect.
    pub slug: String,
    /// The name shown. A direct room or a group has its people's usernames; pages show the others' names instead.
    pub name: String,
    /// What it is about; may be empty.
    pub topic: String,
    /// Who may find it.
    pub kind: RoomKind,
    /// Who may write in it.
    pub posting: Posting,
    /// What newcomers may read.
    pub history: History,
    /// When it was closed; nobody writes in it since.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The place of its own last change (name, topic, …) in its lane.
    pub seq: Seq,
}

/// Who may find a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Every signed-in person may read it; the first post joins.
    Public,
    /// Does not exist for anyone but its members.
    Private,
    /// The one room of a pair of people.
    Direct,
    /// The one room of a few people; each may leave, and nobody governs.
    Group,
    /// A private room reached by an unguessable address.
    Session,
}

impl RoomKind {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Session => "session",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Public, Self::Private, Self::Direct, Self::Group, Self::Session];
        all.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it is a conversation between certain people: it bears their names, and belongs to all of them alike.
    pub fn is_between_people(self) -> bool {
        matches!(self, Self::Direct | Self::Group)
    }
}

/// Who may write in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Posting {
    /// Every member who is not read-only.
    Everyone,
    /// Owners and moderators.
    Moderators,
}

impl Posting {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Moderators => "moderators",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Everyone, Self::Moderators].into_iter().find(|p| p.as_str() == text)
    }
}

/// What somebody who joins may read of what was said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Everything.
    All,
    /// Only what is said after joining. Never in public rooms, which everyone may read anyway.
    Joining,
}

impl History {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Joining => "joining",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Joining].into_iter().find(|h| h.as_str() == text)
    }
}

/// A room that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoom {
    /// Checked by [`room_name`].
    pub name: String,
    /// The slug to try first; the store adds `-2`, `-3`, … until it is free.
    pub slug: Slug,
    /// Checked by [`room_topic`].
    pub topic: String,
    /// Public, private or session; direct rooms and groups are made for a [`crate::circles::Circle`].
    pub kind: RoomKind,
}

/// What to change of a room; `None` leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomPatch {
    /// A new name; the slug follows it.
    pub name: Option<String>,
    /// A new topic.
    pub topic: Option<String>,
    /// Public or private.
    pub kind: Option<RoomKind>,
    /// Who may write.
    pub posting: Option<Posting>,
    /// What newcomers may read.
    pub history: Option<History>,
    /// Close it (`true`) or open it again.
    pub archived: Option<bool>,
}

impl RoomPatch {
    /// Whether a room of this kind may be changed so. A chat session's address is its client's handle and it stays its owner's
    /// alone; a direct room or a group belongs to its people and has no settings; public and private turn into each other and nothing else.
    pub fn check(&self, kind: RoomKind) -> Result<(), Invalid> {
        match kind {
            RoomKind::Direct => return Err(Invalid::new("room", "A direct room has no settings.")),
            RoomKind::Group => return Err(Invalid::new("room", "A group has no settings.")),
            RoomKind::Session if self.name.is_some() || self.kind.is_some() || self.history.is_some() => {
                return Err(Invalid::new("room", "A chat session keeps its name and stays private."));
            }
            _ => {}
        }
        match self.kind {
            None | Some(RoomKind::Public | RoomKind::Private) => Ok(()),
            Some(_) => Err(Invalid::new("kind", "A room is public or private.")),
        }
    }
}

/// Checks a room's name: 1 to [`limits::ROOM_NAME_CHARS_MAX`] characters, white space folded.
pub fn room_name(text: &str) -> Result<String, Invalid> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Invalid::new("name", "A room needs a name."));
    }
    if name.chars().count() > limits::ROOM_NAME_CHARS_MAX {
        return Err(Invalid::limit(
            "name",
            "A room's name has at most {limit} characters.",
            limits::ROOM_NAME_CHARS_MAX,
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Invalid::new("name", "A name has no control characters."));
    }
    Ok(name)
}

/// Checks a topic: up to [`limits::ROOM_TOPIC_CHARS_MAX`] characters on one line.
pub fn room_topic(text: &str) -> Result<String, Invalid> {
    let topic = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if topic.chars().count() > limits::ROOM_TOPIC_CHARS_MAX {
        return Err(Invalid::limit(
            "topic",
            "A topic has at most {limit} characters.",
            limits::ROOM_TOPIC_CHARS_MAX,
        ));
    }
    Ok(topic)
}

/// A room's name in addresses: lower-case Latin letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

/// Addresses under `/rooms/` that are not rooms.
const TAKEN: [&str; 4] = ["new", "directs", "find", "messages"];

impl Slug {
    /// Checks a slug that somebody chose.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let fits = !text.is_empty()
            && text.len() <= limits::SLUG_CHARS_MAX
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !TAKEN.contains(&text);
        if fits {
            return Ok(Self(text.into()));
        }
        let rule = "An address has 1 to {limit} lower-case letters, digits and hyphens.";
        Err(Invalid::limit("slug", rule, limits::SLUG_CHARS_MAX))
    }

    /// Makes a slug from a name. A name without Latin letters or digits gets `room-` and a number made from it, so
    /// the same name gives the same slug.
    pub fn from_name(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                'ß' => slug.push_str("ss"),
                'æ' => slug.push_str("ae"),
                'ø' => slug.push('o'),
                'ł' => slug.push('l'),
                '\'' | '’' => {}
                _ if slug.ends_with('-') || slug.is_empty() => {}
                _ => slug.push('-'),
            }
        }
        slug.truncate(limits::SLUG_CHARS_MAX - 8);
        let slug = slug.trim_end_matches('-');
        if slug.is_empty() || TAKEN.contains(&slug) {
            // FNV-1a, 32 bits: short, stable, and nothing depends on its being hard to guess.
            let hash =
                name.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
            return Self(format!("room-{hash:08x}"));
        }
        Self(slug.into())
    }

    /// The `n`th spelling of this slug, for when the earlier ones are taken.
    pub fn numbered(&self, n: u32) -> String {
        if n < 2 { self.0.clone() } else { format!("{}-{n}", self.0) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_slug_one_can_type() {
        let pairs = [
            ("General", "general"),
            ("Letters & complaints", "letters-complaints"),
            ("Ría de Moaña!", "ria-de-moana"),
            ("  Straße 9 ", "strasse-9"),
            ("Anna's room", "annas-room"),
        ];
        for (name, slug) in pairs {
            assert_eq!(Slug::from_name(name).as_str(), slug);
        }
    }

    #[test]
    fn a_name_without_latin_letters_gets_a_slug_too() {
        let slug = Slug::from_name("مرحبا");
        assert!(slug.as_str().starts_with("room-"));
        assert_eq!(slug, Slug::from_name("مرحبا"));
        assert_ne!(slug, Slug::from_name("你好"));
        assert!(Slug::new(slug.as_str()).is_ok());
    }

    #[test]
    fn a_slug_never_hides_a_page() {
        assert!(Slug::new("new").is_err());
        assert_ne!(Slug::from_name("New").as_str(), "new");
    }

    #[test]
    fn a_room_needs_a_name_of_reasonable_length() {
        assert_eq!(room_name("  Front   desk "), Ok("Front desk".into()));
        assert!(room_name(" \n").is_err());
        assert!(room_name(&"x".repeat(61)).is_err());
    }
}
