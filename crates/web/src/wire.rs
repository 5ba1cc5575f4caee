//! The JSON of rooms, people, messages and events: one shape behind every door.
//!
//! Each shape is a type of its own, so that the description of the API (`openapi`) is made from what is really sent; what a
//! field means is said here and read there.

mod bots;
mod events;
mod messages;
mod people;
mod replies;
mod rooms;

pub(crate) use bots::{bot, bot_keys, day};
pub(crate) use events::{lane, whisper};
pub(crate) use messages::Message;
pub(crate) use people::{Person, Profile, person, profile};
pub(crate) use replies::{open_reply, reply};
pub(crate) use rooms::{Member, Room, line, member, room};

use serde::Serialize;
use serde_json::Value;

/// A shape as JSON that more may be added to.
fn value(shape: impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap_or_default()
}
