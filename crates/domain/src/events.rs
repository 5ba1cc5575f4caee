//! What happened, in order: the changes of a room and of a person.

use crate::{
    ids::{MessageId, PersonId, ReplyId, RoomId, Seq, SessionId, TokenId},
    members::{Member, Reading},
    messages::Message,
    people::Person,
    replies::Reply,
    rooms::Room,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One ordered row of changes, with a counter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// What happens in a room, for everyone in it.
    Room(RoomId),
    /// What concerns one person, on all of their devices.
    Person(PersonId),
}

/// A durable change and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Where it happened.
    pub lane: Lane,
    /// Its place there.
    pub seq: Seq,
    /// What is so since then.
    pub change: Change,
}

/// The state after a change. Every change is an upsert: applying it twice is the same as once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Room lane: a message was posted, edited, deleted, reacted to, pinned, or what it quotes changed.
    Message(Box<Message>),
    /// Room lane: somebody joined, left, was removed or banned, or has another role or name.
    Member(Box<Member>),
    /// Room lane: name, topic, kind or policy changed, or it was closed.
    Room(Box<Room>),
    /// Person lane: in, out, read further, or wants to hear more or less.
    Reading(Reading),
    /// Person lane: somebody named this person.
    Mentioned {
        /// Where.
        room: RoomId,
        /// The room's address at the time.
        slug: String,
        /// The message that names them.
        message: MessageId,
    },
    /// Person lane: a session was revoked; its connections end.
    SessionEnded(SessionId),
    /// Person lane: a token was revoked; its connections end.
    TokenEnded(TokenId),
    /// Person lane: name, settings, rights. A deactivated person's connections end.
    Person(Box<Person>),
}

/// What changed in a lane since some place, read in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// The rows that changed, by their last change, ascending.
    Since {
        /// At most one event for each row.
        events: Vec<Event>,
        /// How far these events lead: the lane's head, or the last row's seq when the page was cut.
        upto: Seq,
        /// The page was cut; ask again from `upto`.
        more: bool,
    },
    /// The place is unknown (above the head, below a purge's floor) or too far behind: fetch a fresh window and go on from `head`.
    Reset {
        /// The lane's head.
        head: Seq,
    },
}

/// What is told at once and never kept: it has no place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whisper {
    /// Somebody is typing, or stopped.
    Typing {
        /// Where.
        room: RoomId,
        /// Who.
        person: PersonId,
        /// The name to show.
        name: String,
        /// Whether they still are.
        typing: bool,
    },
    /// A room has news; for the lanes of its members. Gathered to one per room and second.
    News {
        /// Where.
        room: RoomId,
        /// The newest message then.
        last: MessageId,
        /// Who wrote it.
        author: PersonId,
        /// New messages since the last such whisper.
        posted: u32,
    },
    /// A reader has come further among what one author said; for that author alone, where a room is small enough for names.
    Receipt {
        /// Where.
        room: RoomId,
        /// Whose messages.
        author: PersonId,
        /// Who took or read them.
        person: PersonId,
        /// The last of them that a device of theirs took.
        delivered: MessageId,
        /// The last of them they read; zero: none that was not read before.
        read: MessageId,
    },
    /// Somebody came further in a room: whoever shows receipts of their own asks for them again.
    Receipts {
        /// Where.
        room: RoomId,
    },
    /// Who of a room's members is connected somewhere.
    Presence(Presence),
    /// A reply in progress as it stands: it was asked for, began, or used a tool.
    Reply(Box<Reply>),
    /// A reply in progress says more.
    ReplyGrown {
        /// Where.
        room: RoomId,
        /// Which.
        reply: ReplyId,
        /// Its run.
        run: u32,
        /// Where in its text the words belong, in bytes.
        at: usize,
        /// The words.
        text: String,
    },
}

/// Who of a room's members is connected somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Presence {
    /// Members connected and attentive, and members connected and away. `None`: other processes cannot be heard,
    /// or the room is larger than [`crate::limits::PRESENCE_ROSTER_MAX`]; nobody guesses.
    pub counts: Option<PresenceCounts>,
    /// The people here, up to [`crate::limits::PRESENCE_NAMES_MAX`]; empty above that.
    pub here: Vec<PersonId>,
    /// The people away, up to the same number.
    pub away: Vec<PersonId>,
}

/// How many members are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct PresenceCounts {
    /// Connected and attentive.
    pub here: usize,
    /// Connected and away.
    pub away: usize,
    /// Members of the room.
    pub members: usize,
}
