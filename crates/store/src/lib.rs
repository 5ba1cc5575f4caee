//! The truth: everything durable, behind one trait with two back ends, SQLite and PostgreSQL.
//!
//! A method of [`Store`] is one complete unit of work in the words of the domain: it takes a proof of right, checks it
//! again inside its transaction, writes, and returns what must be told as [`Event`]s already in their lanes' order.
//! No transaction type leaks out. What the two back ends promise alike is written down once, as the tests in
//! `conformance/`, and run on both.
//!
//! Nothing here knows HTTP, sockets or bots, and nothing here tells anybody anything: writing and telling are two
//! steps, and the second is `app`'s.

mod administration;
mod asking;
mod audit;
mod bots;
mod chats;
mod drafts;
mod endings;
mod error;
mod guests;
mod invites;
mod lanes;
mod listing;
mod members;
mod messages;
mod migrations;
mod moderation;
mod people;
mod receipts;
mod replies;
mod rooms;
mod sessions;
mod settings;
mod statements;
mod tokens;

pub mod conformance;
pub mod postgres;
pub mod sqlite;

pub use administration::{
    Administration, PeopleCounts, PeopleFilter, PersonLine, RepliesFilter, ReplyFacts, Reset, RoomFacts,
    RoomsFilter, TokenFacts,
};
pub use audit::{Audit, AuditFilter};
pub use bots::{BotPatch, Bots, Missed, NewBot};
pub use chats::{ChatLine, Chats};
pub use error::{Result, StoreError};
pub use guests::{GuestUsage, Guests};
pub use invites::Invites;
pub use lanes::{Head, Lanes};
pub use listing::{Listed, Place};
pub use members::{Members, RosterPage};
pub use messages::{Key, Messages, PageAt, Posted, Window};
pub use moderation::{MessageFilter, Moderation, ReportCounts};
pub use people::{Credentials, FirstAdmin, NewPerson, People, PersonPatch};
pub use receipts::Receipts;
pub use replies::{Close, Holder, Job, Lease, Leave, Replies};
pub use rooms::{PublicRoom, RoomLine, Rooms, SeatBySlug};
pub use sessions::{NewSession, Secret, Sessions};
pub use settings::Settings;
pub use tokens::{NewToken, Tokens};

use domain::events::Event;

/// Everything durable. Held as `Arc<dyn Store>`.
pub trait Store:
    People
    + Sessions
    + Tokens
    + Rooms
    + Members
    + Invites
    + Messages
    + Lanes
    + Settings
    + Receipts
    + Replies
    + Bots
    + Chats
    + Audit
    + Administration
    + Guests
    + Moderation
{
}

impl<T> Store for T where
    T: People
        + Sessions
        + Tokens
        + Rooms
        + Members
        + Invites
        + Messages
        + Lanes
        + Settings
        + Receipts
        + Replies
        + Bots
        + Chats
        + Audit
        + Administration
        + Guests
        + Moderation
{
}

/// What was written, and what must be told of it, each lane's events in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// The answer.
    pub value: T,
    /// What changed, for the hub and the relay. Empty when nothing did.
    pub events: Vec<Event>,
}
