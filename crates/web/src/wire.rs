//! The JSON of rooms, people, messages and events: one shape behind every door.
//!
//! Each shape is a type of its own, so that the description of the API (`openapi`) is made from what is really sent; what a
//! field means is said here and read there.

mod administration;
mod bots;
mod chats;
mod events;
mod messages;
mod moderation;
mod people;
mod receipts;
mod replies;
mod rooms;
mod tokens;

pub(crate) use administration::{
    AuditLine, GovernedPerson, ListedPerson, ListedReply, ListedRoom, ListedToken, ResetPerson, next,
};
pub(crate) use bots::{Bot, GuestUsage, Missed, Usage, bot, bot_keys, day, guest_usage, missed, usage};
pub(crate) use chats::{
    Chat, ChatHistory, ChatJoined, ChatMessage, ChatPosted, ChatStarted, ChatUser, ShownChat, Status,
};
pub(crate) use events::{Event, lane, whisper};
pub(crate) use messages::{Message, Version, version};
pub(crate) use moderation::{
    Found, Look, Report, ServerInvite, Settings, found, report, server_invite, settings,
};
pub(crate) use people::{Person, Profile, person, profile};
pub(crate) use receipts::{Receipt, receipt};
pub(crate) use replies::{Reply, open_reply, reply};
pub(crate) use rooms::{
    Candidate, FoundRoom, Invite, Line, Member, Room, ShownRoom, found_room, line, member, room,
};
pub(crate) use tokens::{MadeToken, Token};

use serde::Serialize;
use serde_json::Value;

/// A shape as JSON that more may be added to.
pub(crate) fn value(shape: impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap_or_default()
}
