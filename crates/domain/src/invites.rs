//! Invitation links.

use crate::{
    Invalid,
    ids::{InviteId, PersonId, RoomId},
    limits,
};
use jiff::Timestamp;

/// A link that makes whoever opens it, signed in, a member of a room. Its secret is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Names the link in lists and when it is withdrawn.
    pub id: InviteId,
    /// Where it leads.
    pub room: RoomId,
    /// Who made it.
    pub created_by: PersonId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// How many people came in by it.
    pub uses: i64,
}

/// A link by which somebody may make an account where that takes an invitation. Its secret is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInvite {
    /// Names the link in lists and when it is withdrawn.
    pub id: InviteId,
    /// Whom it is for, in the administrators' words; may be empty.
    pub note: String,
    /// The username of who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// How many accounts were made by it.
    pub uses: i64,
    /// How many may be.
    pub uses_max: i64,
}

/// A link that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServerInvite {
    /// Whom it is for.
    pub note: String,
    /// How many accounts may be made by it.
    pub uses_max: i64,
    /// How many days it lasts.
    pub days: i64,
}

impl NewServerInvite {
    /// Whether it may be made.
    pub fn check(self) -> Result<Self, Invalid> {
        let note = self.note.split_whitespace().collect::<Vec<_>>().join(" ");
        if note.chars().count() > limits::INVITE_NOTE_CHARS_MAX || note.chars().any(char::is_control) {
            let text = "A note has at most {limit} characters.";
            return Err(Invalid::limit("note", text, limits::INVITE_NOTE_CHARS_MAX));
        }
        if !(1..=limits::INVITE_USES_MAX).contains(&self.uses_max) {
            let text = "An invitation is for 1 to {limit} accounts.";
            return Err(Invalid::limit("uses_max", text, limits::INVITE_USES_MAX as usize));
        }
        if !(1..=limits::INVITE_DAYS_MAX).contains(&self.days) {
            let text = "An invitation lasts 1 to {limit} days.";
            return Err(Invalid::limit("days", text, limits::INVITE_DAYS_MAX as usize));
        }
        Ok(Self { note, ..self })
    }
}
