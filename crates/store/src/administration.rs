//! What administrators look for, and what they do to others' things. Each method that does something asks for the right again and writes the deed into
//! the audit log, in the transaction that does it.

pub(crate) mod people;
pub(crate) mod replies;
pub(crate) mod rooms;
pub(crate) mod tokens;

pub use people::{PeopleCounts, PeopleFilter, PersonLine};
pub use replies::{RepliesFilter, ReplyFacts};
pub use rooms::{RoomFacts, RoomsFilter};
pub use tokens::TokenFacts;

use crate::{Listed, NewPerson, PersonPatch, Place, Result, Secret, Written};
use domain::{
    audit::Deed,
    ids::{PersonId, ReplyId, RoomId, TokenId},
    people::Person,
    rooms::{NewRoom, Room, RoomPatch},
};
use jiff::Timestamp;

/// A link by which somebody chooses a new password.
#[derive(Debug, Clone, Copy)]
pub struct Reset {
    /// The hash of what the link says.
    pub secret: Secret,
    /// When it is void.
    pub expires_at: Timestamp,
}

/// What administrators look for, and what they do to others' things.
#[async_trait::async_trait]
pub trait Administration: Send + Sync + 'static {
    /// A page of people whose name or address begins with a text, by username.
    async fn list_people(
        &self,
        filter: PeopleFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<PersonLine>>;

    /// How many people there are.
    async fn count_people(&self) -> Result<PeopleCounts>;

    /// A page of rooms whose name or address begins with a text, the newest first.
    async fn list_rooms(
        &self,
        filter: RoomsFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<RoomFacts>>;

    /// One room.
    async fn room_facts(&self, id: RoomId) -> Result<Option<RoomFacts>>;

    /// A page of replies, the newest first.
    async fn list_replies(
        &self,
        filter: RepliesFilter,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<ReplyFacts>>;

    /// A page of tokens that are good, of one person or of all, the newest first.
    async fn list_tokens(
        &self,
        of: Option<PersonId>,
        place: &Place,
        limit: usize,
        now: Timestamp,
    ) -> Result<Listed<TokenFacts>>;

    /// Makes an account; with a reset, whoever has its link chooses the password.
    async fn make_person(
        &self,
        deed: &Deed,
        new: NewPerson,
        reset: Option<Reset>,
        now: Timestamp,
    ) -> Result<Written<Person>>;

    /// Changes somebody's account. The last active administrator stays one: `Conflict`.
    async fn govern_person(
        &self,
        deed: &Deed,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>>;

    /// Keeps a new password for somebody and ends their sessions.
    async fn govern_password(
        &self,
        deed: &Deed,
        id: PersonId,
        hash: &str,
        now: Timestamp,
    ) -> Result<Written<()>>;

    /// Takes somebody's password away and ends their sessions and tokens; whoever has the link chooses another one.
    async fn reset_password(
        &self,
        deed: &Deed,
        id: PersonId,
        reset: Reset,
        now: Timestamp,
    ) -> Result<Written<()>>;

    /// Whose link this is, while it is good.
    async fn reset_of(&self, secret: Secret, now: Timestamp) -> Result<Option<Person>>;

    /// Keeps the password that somebody chose by their link, which is void from then on. `NotFound` for a link that is not good.
    async fn use_reset(&self, secret: Secret, hash: &str, now: Timestamp) -> Result<Written<Person>>;

    /// Ends all sessions of somebody.
    async fn end_sessions(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>>;

    /// Deletes somebody's account: address, password, sessions, tokens and memberships go, and their name to sign in with is free. What they
    /// wrote stays, under the name shown; a room of which they were the last owner passes to its longest-standing moderator, else member; direct
    /// rooms stay with the other person. The last active administrator stays: `Conflict`.
    async fn delete_person(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>>;

    /// Ends a token, whosever it is.
    async fn void_token(&self, deed: &Deed, id: TokenId, now: Timestamp) -> Result<Written<()>>;

    /// Makes a room that nobody is in yet.
    async fn make_room(&self, deed: &Deed, new: NewRoom, now: Timestamp) -> Result<Written<Room>>;

    /// Changes a room of any kind, as far as such a room can be changed.
    async fn govern_room(
        &self,
        deed: &Deed,
        id: RoomId,
        patch: RoomPatch,
        now: Timestamp,
    ) -> Result<Written<Room>>;

    /// Asks to stop a reply, wherever it is; one that nobody runs yet ends at once. Nothing changes for one that has ended.
    async fn halt_reply(&self, deed: &Deed, id: ReplyId, now: Timestamp) -> Result<Written<()>>;

    /// Keeps a value under a name, in place of an earlier one.
    async fn govern_setting(&self, deed: &Deed, name: &str, value: &str, now: Timestamp) -> Result<()>;
}
