//! What lanes tell: durable changes, and signs that pass.

use super::{
    Member, Message, Person, Room, open_reply,
    replies::grown,
    rooms::{Presence, Reading},
    value,
};
use crate::Web;
use domain::{
    events::{Change, Lane, Whisper},
    ids::{MessageId, RoomId, Seq, SessionId, TokenId},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A durable change and its place in the lane. It holds the state afterwards: applied twice it is the same as once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Event<'c> {
    #[schemars(example = 57)]
    seq: Seq,
    #[serde(flatten)]
    what: What<'c>,
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum What<'c> {
    /// Posted, edited, deleted, reacted to, pinned, or what it quotes changed.
    Message { message: Box<Message<'c>> },
    /// Somebody came, went, or has another role, name or avatar.
    Member { member: Member<'c> },
    /// The room's name, topic, kind or policy changed.
    Room { room: Room<'c> },
    /// One's own lane: how one stands to a room.
    Reading { reading: Reading<'c> },
    /// One's own lane: a message named oneself.
    Mentioned { room_id: RoomId, room: &'c str, message_id: MessageId },
    /// One's own lane: a session is over.
    SessionEnded { session_id: SessionId },
    /// One's own lane: a token is over.
    TokenEnded { token_id: TokenId },
    /// One's own lane: one's own settings changed.
    Person { person: Person<'c> },
}

impl Web {
    /// A durable change.
    pub fn change(&self, seq: Seq, change: &Change) -> Value {
        let what = match change {
            Change::Message(message) => What::Message { message: Box::new(self.shape(message)) },
            Change::Member(member) => What::Member { member: (&**member).into() },
            Change::Room(room) => What::Room { room: (&**room).into() },
            Change::Reading(reading) => What::Reading { reading: reading.into() },
            Change::Mentioned { room, slug, message } => {
                What::Mentioned { room_id: *room, room: slug, message_id: *message }
            }
            Change::SessionEnded(session) => What::SessionEnded { session_id: *session },
            Change::TokenEnded(token) => What::TokenEnded { token_id: *token },
            Change::Person(person) => What::Person { person: (&**person).into() },
        };
        value(Event { seq, what })
    }
}

/// Which lane a frame is about: a room by id, or one's own.
pub(crate) fn lane(frame: &mut Value, lane: Lane) {
    match lane {
        Lane::Room(room) => frame["room_id"] = json!(room),
        Lane::Person(_) => frame["lane"] = json!("me"),
    }
}

pub(crate) fn whisper(whisper: &Whisper) -> Value {
    match whisper {
        Whisper::Typing { room, person, name, typing } => {
            json!({ "type": "typing", "room_id": room, "person": person, "name": name, "typing": typing })
        }
        Whisper::News { room, last, author, posted } => {
            json!({ "type": "news", "room_id": room, "last": last, "author": author, "posted": posted })
        }
        Whisper::Receipt { room, person, delivered, read, .. } => {
            json!({ "type": "receipt", "room_id": room, "person": person, "delivered": delivered, "read": read })
        }
        Whisper::Receipts { room } => json!({ "type": "receipts", "room_id": room }),
        Whisper::Presence(presence) => value(Presence::from(presence)),
        Whisper::Reply(reply) => {
            json!({ "type": "reply", "room_id": reply.room, "reply": open_reply(reply) })
        }
        Whisper::ReplyGrown { room, reply, run, at, text } => grown(*room, *reply, *run, *at, text),
    }
}
