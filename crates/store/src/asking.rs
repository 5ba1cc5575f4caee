//! Which bots answer a message, and who may stop a reply or ask for it again: what both back ends decide in the same way.

use crate::Result;
use domain::{
    access::{Refused, RoomModerator, RoomReader, RoomWriter, Seat},
    audit::{Act, Deed},
    ids::{PersonId, ReplyId},
    limits,
    members::Role,
    messages::{Message, MessageKind},
    people::Person,
    replies::Answers,
};

/// A bot that may hear a message, and where it stands in the room.
pub(crate) struct Listener {
    pub person: Person,
    pub seat: Seat,
    pub answers: Answers,
}

impl Listener {
    /// Whether it answers. A name for everyone is no bot's own.
    pub fn answers(&self, message: &Message) -> bool {
        let named = message.mentions.iter().any(|mention| mention.person == self.person.id);
        message.author.id != self.person.id
            && self.answers.to(self.seat.room.kind, named, message.author.is_bot)
            && may_write(&self.person, self.seat.clone())
    }
}

/// Whether somebody is in a room and may write there.
pub(crate) fn may_write(person: &Person, seat: Seat) -> bool {
    let writer = RoomReader::grant(person, seat).and_then(RoomWriter::grant);
    writer.is_ok_and(|writer| !writer.joins())
}

/// How many replies a message may queue in a room where some are open; none beyond the last hop, and none to a notice.
pub(crate) fn places(message: &Message, hops: u32, open: i64) -> usize {
    let open = usize::try_from(open).unwrap_or(0);
    match message.kind {
        MessageKind::Text if hops <= limits::BOT_HOPS_MAX => {
            limits::REPLIES_PER_ROOM_MAX.saturating_sub(open)
        }
        _ => 0,
    }
}

/// Until when whoever queued a reply may take it before others do.
pub(crate) fn grace(now: i64) -> i64 {
    now + limits::REPLY_GRACE.as_millis() as i64
}

/// Refuses unless it is the asker, or somebody who governs the room. Gives what there is to write down.
pub(crate) fn governs(by: &RoomReader, asker: PersonId, act: Act, id: ReplyId) -> Result<Option<Deed>> {
    if by.person() == asker {
        return Ok(None);
    }
    if RoomModerator::grant(by.clone()).is_ok() {
        return Ok(Deed::in_office(by, Role::Moderator, act, id, &by.room().name));
    }
    Err(Refused::Forbidden("Only whoever asked and moderators may do this.").into())
}
