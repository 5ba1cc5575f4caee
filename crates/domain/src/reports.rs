//! Reports: somebody asks the administrators to look at a message.

use crate::{
    Invalid,
    access::Admin,
    audit::{Act, Deed},
    ids::{MessageId, PersonId},
    limits,
    messages::{Message, Version},
    people::Profile,
    rooms::Room,
};
use jiff::Timestamp;

/// What came of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Nothing was wrong.
    Dismissed,
    /// The message was hidden.
    Hidden,
    /// The message was erased.
    Erased,
    /// Its author was deactivated.
    Deactivated,
}

impl Resolution {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dismissed => "dismissed",
            Self::Hidden => "hidden",
            Self::Erased => "erased",
            Self::Deactivated => "deactivated",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Dismissed, Self::Hidden, Self::Erased, Self::Deactivated];
        all.into_iter().find(|resolution| resolution.as_str() == text)
    }
}

/// Somebody's wish that the administrators look at a message. It says where and by whom the message is, not what it says: that is
/// a [`Look`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Counted up in the order of writing.
    pub id: i64,
    /// Which message.
    pub message: MessageId,
    /// Where it is.
    pub room: Room,
    /// Who wrote it.
    pub author: Profile,
    /// Who asks.
    pub reporter: Profile,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// What came of it, when, and by whom (`None`: a command on the server's machine); while it is open, nothing.
    pub resolved: Option<(Resolution, Timestamp, Option<Profile>)>,
}

impl Report {
    /// What is done besides settling it, in words of the audit log; nothing where it is dismissed.
    pub fn remedy(&self, by: &Admin, resolution: Resolution) -> Option<Deed> {
        let act = match resolution {
            Resolution::Dismissed => return None,
            Resolution::Hidden => return Some(Deed::new(by, Act::HideMessage, self.message, "")),
            Resolution::Erased => return Some(Deed::new(by, Act::EraseMessage, self.message, "")),
            Resolution::Deactivated if self.author.is_bot => Act::UpdateBot,
            Resolution::Deactivated => Act::DeactivatePerson,
        };
        Some(Deed::new(by, act, self.author.id, format!("@{}", self.author.username)))
    }
}

/// A message among those that administrators may find: of a public room, or reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub room: Room,
    /// Who wrote it.
    pub author: Profile,
    /// What it says, hidden or not; `None` where that is read in a [`Look`] only, because the room is not public.
    pub content: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// It was deleted.
    pub is_deleted: bool,
    /// It is hidden.
    pub is_hidden: bool,
    /// Open reports of it.
    pub reports: i64,
}

/// What an administrator sees who looks at a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Where.
    pub room: Room,
    /// The message itself.
    pub id: MessageId,
    /// The message and up to [`limits::LOOK_AROUND`] before and after it, with their texts even when they are hidden.
    pub messages: Vec<Message>,
    /// Its texts, the oldest first.
    pub versions: Vec<Version>,
    /// Who hid it, when somebody did.
    pub hidden_by: Option<Profile>,
    /// Every report of it, the newest first.
    pub reports: Vec<Report>,
}

impl Look {
    /// The message itself.
    pub fn message(&self) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == self.id)
    }

    /// Who wrote it.
    pub fn author(&self) -> Option<PersonId> {
        self.message().map(|message| message.author.id)
    }
}

/// Checks why somebody reports a message: at most [`limits::REPORT_REASON_CHARS_MAX`] characters, or nothing.
pub fn reason(text: &str) -> Result<String, Invalid> {
    let text = text.replace('\0', " ");
    let text = text.trim();
    if text.chars().count() > limits::REPORT_REASON_CHARS_MAX {
        let text = "A reason has at most {limit} characters.";
        return Err(Invalid::limit("reason", text, limits::REPORT_REASON_CHARS_MAX));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_an_end_and_may_be_left_out() {
        assert_eq!(reason("  "), Ok(String::new()));
        assert_eq!(reason(" spam\0 "), Ok("spam".into()));
        assert!(reason(&"ñ".repeat(limits::REPORT_REASON_CHARS_MAX)).is_ok());
        let error = reason(&"ñ".repeat(limits::REPORT_REASON_CHARS_MAX + 1)).unwrap_err();
        assert_eq!(error.limit, Some(limits::REPORT_REASON_CHARS_MAX));
    }

    #[test]
    fn what_came_of_it_is_read_back() {
        for word in ["dismissed", "hidden", "erased", "deactivated"] {
            assert_eq!(Resolution::parse(word).map(Resolution::as_str), Some(word));
        }
        assert_eq!(Resolution::parse("forgotten"), None);
    }
}
