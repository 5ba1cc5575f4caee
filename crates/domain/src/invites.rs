//! Invitation links.

use crate::ids::{InviteId, PersonId, RoomId};
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
