//! Whether what somebody said has reached the others, and whether they have read it.
//!
//! Kept are two marks for each member of a room: how far their devices took what was said, and how far they read. What has become of a
//! message follows from them. Only its author is told.

use crate::{
    ids::{MessageId, PersonId, RoomId},
    people::Profile,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far somebody has come in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub room: RoomId,
    /// Who.
    pub person: PersonId,
    /// The last message that a device of theirs took.
    pub delivered: MessageId,
    /// The last message they read.
    pub read: MessageId,
}

/// A mark that went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// How far it was.
    pub before: Mark,
    /// How far it is.
    pub now: Mark,
}

/// One of the others, and how far they have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub profile: Profile,
    /// Their marks.
    pub mark: Mark,
    /// Since when they are in the room; what was said before was not said to them.
    pub since: Timestamp,
}

/// How far a message came with somebody, or with all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is kept here.
    Sent,
    /// A device took it.
    Delivered,
    /// It was read.
    Read,
}

/// What has become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which.
    pub message: MessageId,
    /// To how many it was said: people, without its author and bots, who were in then and still are.
    pub people: usize,
    /// How many of them a device took it for, or who read it.
    pub delivered: usize,
    /// How many read it.
    pub read: usize,
    /// How far each of them has come, where they are few enough to be named.
    pub each: Option<Vec<(Profile, State)>>,
}

impl Receipt {
    /// What the marks of the others say of a message that was said at a time. `named` says whether each is told.
    pub fn of(message: MessageId, at: Timestamp, readers: &[Reader], named: bool) -> Self {
        let told = readers.iter().filter(|reader| reader.since <= at);
        let each: Vec<(Profile, State)> =
            told.map(|reader| (reader.profile.clone(), reader.mark.state(message))).collect();
        let count = |least: State| each.iter().filter(|(_, state)| *state >= least).count();
        let (people, delivered, read) = (each.len(), count(State::Delivered), count(State::Read));
        Self { message, people, delivered, read, each: named.then_some(each) }
    }

    /// How far it came altogether: as far as with the last of a few; with many, delivered means that somebody has read it.
    pub fn state(&self) -> State {
        let is_named = self.each.is_some();
        match self.people {
            0 => State::Sent,
            all if self.read == all => State::Read,
            all if self.delivered == all || (!is_named && self.read > 0) => State::Delivered,
            _ => State::Sent,
        }
    }
}

impl Mark {
    /// How far a message came with this person.
    pub fn state(&self, message: MessageId) -> State {
        match () {
            () if self.read >= message => State::Read,
            () if self.delivered >= message => State::Delivered,
            () => State::Sent,
        }
    }

    /// As far as either.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        let read = self.read.max(other.read);
        Self { delivered: self.delivered.max(other.delivered).max(read), read, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(id: i64, delivered: i64, read: i64, since: i64) -> Reader {
        let name = format!("p{id}");
        let profile = Profile {
            id: PersonId(id),
            username: name.clone(),
            display_name: name,
            is_bot: false,
            avatar: String::new(),
        };
        let (delivered, read) = (MessageId(delivered), MessageId(read));
        let mark = Mark { room: RoomId(1), person: PersonId(id), delivered, read };
        Reader { profile, mark, since: Timestamp::from_second(since).expect("a time") }
    }

    fn receipt(readers: &[Reader], named: bool) -> Receipt {
        Receipt::of(MessageId(5), Timestamp::from_second(100).expect("a time"), readers, named)
    }

    #[test]
    fn a_message_is_as_far_as_with_the_last_of_a_few() {
        let both = |one, other| receipt(&[one, other], true).state();
        assert_eq!(both(reader(1, 5, 5, 0), reader(2, 4, 4, 0)), State::Sent);
        assert_eq!(both(reader(1, 5, 5, 0), reader(2, 5, 4, 0)), State::Delivered);
        assert_eq!(both(reader(1, 5, 5, 0), reader(2, 0, 9, 0)), State::Read, "who read it has it");
        assert_eq!(receipt(&[], true).state(), State::Sent, "nobody else is there");
    }

    #[test]
    fn of_many_it_says_how_many_and_not_who() {
        let receipt = receipt(&[reader(1, 5, 5, 0), reader(2, 0, 0, 0)], false);
        assert_eq!((receipt.people, receipt.delivered, receipt.read, &receipt.each), (2, 1, 1, &None));
        assert_eq!(receipt.state(), State::Delivered);
    }

    #[test]
    fn whoever_came_later_was_not_spoken_to() {
        let receipt = receipt(&[reader(1, 9, 9, 101), reader(2, 0, 0, 100)], true);
        assert_eq!((receipt.people, receipt.read), (1, 0));
    }
}
