//! Messages, and everything that can be wrong with one before it is written.

use crate::{
    Invalid,
    ids::{MessageId, PersonId, RoomId, Seq},
    limits,
    people::Profile,
    replies::Answer,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was said, with all that hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Unique over all rooms; increases in commit order within one.
    pub id: MessageId,
    /// Where.
    pub room: RoomId,
    /// The place of its last change in the room's lane, whatever changed: text, reactions, pin, or the message it
    /// quotes. Two copies with the same id and seq are the same.
    pub seq: Seq,
    /// The place it took when it was posted; the same as `seq` until something changes.
    pub posted: Seq,
    /// What it is.
    pub kind: MessageKind,
    /// Who said it.
    pub author: Profile,
    /// The text as it was typed (Markdown); empty when deleted.
    pub content: String,
    /// The sender's own name for it, by which a repeated sending is recognised.
    pub client_id: Option<String>,
    /// The message it answers.
    pub reply_to: Option<Quote>,
    /// People named in it.
    pub mentions: Vec<Mention>,
    /// Names everyone in the room.
    pub mentions_everyone: bool,
    /// By emoji, in the order of their first use.
    pub reactions: Vec<Reaction>,
    /// Kept at hand for the room.
    pub pinned: bool,
    /// 1, and one more for each edit.
    pub version: u32,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; its text is gone since.
    pub deleted_at: Option<Timestamp>,
    /// When an administrator hid it. Its text is kept, and shown to nobody but administrators.
    pub hidden_at: Option<Timestamp>,
    /// What a bot answered with: the reply it was.
    pub answer: Option<Box<Answer>>,
    /// The message just before it in the room, from which follows whether it opens a day or continues a speech.
    pub prior: Option<Prior>,
}

impl Message {
    /// Whether this is the message as it was posted, and not a later change of it.
    pub fn is_news(&self) -> bool {
        self.seq == self.posted
    }

    /// Whether it continues what its author was saying: the same author within [`limits::CONTINUES_WITHIN`], the
    /// same day in `zone`, and not an answer to something.
    pub fn continues(&self, zone: &jiff::tz::TimeZone) -> bool {
        self.reply_to.is_none()
            && self.prior.as_ref().is_some_and(|prior| {
                let gap = self.created_at.duration_since(prior.at);
                prior.author == self.author.id
                    && gap.as_millis() <= limits::CONTINUES_WITHIN.as_millis() as i128
                    && !self.opens_day(zone)
            })
    }

    /// Whether it is the first of its day in `zone`.
    pub fn opens_day(&self, zone: &jiff::tz::TimeZone) -> bool {
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        self.prior.as_ref().is_none_or(|prior| day(prior.at) != day(self.created_at))
    }

    /// Whether its text is gone.
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Whether an administrator took its text out of sight.
    pub fn is_hidden(&self) -> bool {
        self.hidden_at.is_some() && !self.is_deleted()
    }

    /// Whether there is nothing to read, for either reason.
    pub fn is_gone(&self) -> bool {
        self.deleted_at.is_some() || self.hidden_at.is_some()
    }

    /// As readers get it: of a hidden message, who wrote it, when and where, and nothing of what it says.
    #[must_use]
    pub fn as_readers_see_it(self) -> Self {
        if !self.is_hidden() {
            return self;
        }
        Self {
            content: String::new(),
            reply_to: None,
            mentions: Vec::new(),
            mentions_everyone: false,
            reactions: Vec::new(),
            pinned: false,
            answer: self.answer.map(|answer| Box::new(Answer { steps: Vec::new(), ..*answer })),
            ..self
        }
    }
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Somebody's words.
    Text,
    /// The server's, about something that happened.
    Notice,
}

impl MessageKind {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Notice => "notice",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Text, Self::Notice].into_iter().find(|k| k.as_str() == text)
    }
}

/// The first words of a message that is answered. When that message is edited or deleted, the answers change too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The message that is answered.
    pub id: MessageId,
    /// Who said it.
    pub author: Profile,
    /// Its first words as plain text, at most 120 characters; empty when it was deleted or hidden.
    pub excerpt: String,
    /// An administrator hid it.
    #[serde(default)]
    pub hidden: bool,
}

/// Somebody named in a message, found by their username at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Who.
    pub person: PersonId,
    /// The name as it is compared: [`crate::people::username_key`].
    pub key: String,
}

/// One emoji and who chose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// In the order they chose it.
    pub people: Vec<PersonId>,
}

/// The message just before another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prior {
    /// Who said it.
    pub author: PersonId,
    /// When.
    pub at: Timestamp,
}

/// An earlier text of an edited message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Counted from 1.
    pub version: u32,
    /// The text then.
    pub content: String,
    /// Since when.
    pub at: Timestamp,
}

/// A message that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    content: String,
    client_id: Option<String>,
    reply_to: Option<MessageId>,
}

impl Draft {
    /// Checks what somebody wants to say. `client_id` is empty or absent when the sender does not repeat itself.
    pub fn new(content: &str, client_id: Option<&str>, reply_to: Option<MessageId>) -> Result<Self, Invalid> {
        let client_id = client_id.filter(|id| !id.is_empty());
        if client_id.is_some_and(|id| id.len() > limits::CLIENT_ID_BYTES_MAX || id.contains('\0')) {
            let text = "A client_id has at most {limit} bytes.";
            return Err(Invalid::limit("client_id", text, limits::CLIENT_ID_BYTES_MAX));
        }
        if reply_to.is_some_and(|id| id.0 <= 0) {
            return Err(Invalid::new("reply_to", "The message you answer is not in this room."));
        }
        Ok(Self { content: self::content(content)?, client_id: client_id.map(Into::into), reply_to })
    }

    /// The text, with line ends as `\n` and without blank lines around it.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The sender's own name for it.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// The message it answers.
    pub fn reply_to(&self) -> Option<MessageId> {
        self.reply_to
    }
}

/// Checks the text of a message, new or edited: something to read, at most [`limits::MESSAGE_CHARS_MAX`] characters.
/// Line ends become `\n`, white space at the end goes, blank lines at the start go, NUL is refused.
pub fn content(text: &str) -> Result<String, Invalid> {
    content_up_to(text, limits::MESSAGE_CHARS_MAX)
}

/// The same with another limit.
pub fn content_up_to(text: &str, chars_max: usize) -> Result<String, Invalid> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_end().trim_start_matches('\n');
    if text.contains('\0') {
        return Err(Invalid::new("content", "A message has no NUL characters."));
    }
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Invalid::new("content", "A message needs at least one character."));
    }
    within(text, chars_max)?;
    Ok(text.into())
}

/// Whether a text has at most so many characters.
pub fn within(text: &str, chars_max: usize) -> Result<(), Invalid> {
    // No text has more characters than bytes, so most need no counting.
    if text.len() > chars_max && text.chars().count() > chars_max {
        let text = "A message has at most {limit} characters.";
        return Err(Invalid::limit("content", text, chars_max));
    }
    Ok(())
}

/// Characters that take no place on paper; a message of nothing else is blank.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Checks an emoji: not blank, short, no letters, digits alone, markup or control characters.
pub fn emoji(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let pictured = text.chars().any(|c| !c.is_ascii() && !c.is_alphanumeric() && !is_invisible(c));
    let plain = text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c.is_alphabetic() || "<>&\"'".contains(c));
    if text.len() <= limits::REACTION_BYTES_MAX && pictured && !plain {
        return Ok(text.into());
    }
    Err(Invalid::limit(
        "emoji",
        "A reaction is one emoji of at most {limit} bytes.",
        limits::REACTION_BYTES_MAX,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_message_is_refused_in_every_disguise() {
        for blank in ["", " ", "\n\n\t", "\r\n", "\u{a0}", "\u{200b}", "\u{feff} \u{2060}"] {
            assert_eq!(content(blank).unwrap_err().field, "content", "{blank:?}");
        }
    }

    #[test]
    fn the_limit_counts_characters_and_is_named() {
        assert!(content(&"ñ".repeat(10_000)).is_ok());
        let error = content(&"ñ".repeat(10_001)).unwrap_err();
        assert_eq!(error.to_string(), "A message has at most 10000 characters.");
    }

    #[test]
    fn line_ends_are_made_alike_and_indentation_stays() {
        assert_eq!(content("\r\n    code\r\nmore \r\n"), Ok("    code\nmore".into()));
    }

    #[test]
    fn a_reaction_is_an_emoji() {
        for good in ["👍", "❤️", "👩‍👩‍👧‍👦", "🇪🇸", "1️⃣", "☕"] {
            assert_eq!(emoji(good).as_deref(), Ok(good));
        }
        for bad in ["", "a", "+1", "<b>", "👍 👍", "ok👍", "\u{200b}", &"👍".repeat(20)] {
            assert!(emoji(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_client_id_has_a_bound_and_an_empty_one_is_none() {
        assert_eq!(Draft::new("hi", Some(""), None).map(|d| d.client_id), Ok(None));
        assert!(Draft::new("hi", Some(&"x".repeat(64)), None).is_ok());
        assert_eq!(Draft::new("hi", Some(&"x".repeat(65)), None).unwrap_err().field, "client_id");
    }
}
