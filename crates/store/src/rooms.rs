//! Rooms.

use crate::{Result, Written};
use domain::{
    access::{RoomOwner, Seat},
    audit::{Act, Deed},
    circles::Circle,
    ids::{MessageId, PersonId, RoomId},
    members::{Level, Role},
    people::Profile,
    rooms::{NewRoom, Room, RoomPatch},
};
use jiff::Timestamp;

/// What an address leads to.
#[derive(Debug, Clone)]
pub enum SeatBySlug {
    /// A room and the asker's place in it. Whether they may know of it is for [`domain::access`] to say.
    Here(Box<Seat>),
    /// A room that has this other address now; its seat, so that rights are checked before anyone is told.
    Moved(Box<Seat>),
}

/// One line of a person's list of rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomLine {
    /// The room.
    pub room: Room,
    /// What they may do.
    pub role: Role,
    /// What they want to hear.
    pub level: Level,
    /// The last message they have read.
    pub last_read: MessageId,
    /// Messages of others after it, counted to [`domain::limits::UNREAD_MAX`] + 1.
    pub unread: i64,
    /// Those among them that name the person or everyone, counted the same way.
    pub mentions: i64,
    /// The last message said in it; what came later is not counted.
    pub last: MessageId,
    /// In a direct room or a group, the other people, by shown name.
    pub others: Vec<Profile>,
}

/// A public room in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicRoom {
    /// The room.
    pub room: Room,
    /// How many are in it.
    pub members: i64,
    /// Whether the asker is one of them.
    pub joined: bool,
}

/// Rooms.
#[async_trait::async_trait]
pub trait Rooms: Send + Sync + 'static {
    /// Makes a room whose owner is `by`; without one (the command line) it has no members yet.
    async fn create_room(&self, by: Option<PersonId>, new: NewRoom, now: Timestamp) -> Result<Written<Room>>;

    /// The one room of a circle, made by one of them when there is none. Whoever leaves a group is not in its circle any more: the
    /// room is then found by those who stay, unless they have another one already.
    async fn direct(&self, by: PersonId, circle: Circle, now: Timestamp) -> Result<Written<Room>>;

    /// A room by its address, with `viewer`'s place in it.
    async fn seat(&self, slug: &str, viewer: PersonId) -> Result<Option<SeatBySlug>>;

    /// A room by id, with `viewer`'s place in it.
    async fn seat_in(&self, room: RoomId, viewer: PersonId) -> Result<Option<Seat>>;

    /// The rooms a person is in: by name, then direct rooms and groups by their last message, the latest first.
    async fn rooms_of(&self, person: PersonId) -> Result<Vec<RoomLine>>;

    /// Open public rooms that `viewer` is not banned from, by name, after the `offset` first, at most `limit`.
    async fn public_rooms(&self, viewer: PersonId, offset: usize, limit: usize) -> Result<Vec<PublicRoom>>;

    /// Every room, by id, after `after`; for the command line.
    async fn rooms(&self, after: RoomId, limit: usize) -> Result<Vec<Room>>;

    /// Changes a room. A new name brings a new slug; the old one redirects. Making it private keeps its members.
    async fn update_room(&self, by: &RoomOwner, patch: RoomPatch, now: Timestamp) -> Result<Written<Room>>;
}

/// Gives the lines of groups the names of the others in them.
pub(crate) fn name(lines: &mut [RoomLine], others: Vec<(RoomId, Profile)>) {
    for (room, profile) in others {
        if let Some(line) = lines.iter_mut().find(|line| line.room.id == room) {
            line.others.push(profile);
        }
    }
}

/// What is written down when an administrator changes a room that is not theirs.
pub(crate) fn changed(by: &RoomOwner, patch: &RoomPatch) -> Option<Deed> {
    let room = by.room();
    let (act, detail) = match (&patch.name, patch.archived) {
        (Some(name), _) if *name != room.name => (Act::UpdateRoom, format!("{} → {name}", room.name)),
        (_, Some(true)) if room.archived_at.is_none() => (Act::CloseRoom, room.name.clone()),
        (_, Some(false)) if room.archived_at.is_some() => (Act::OpenRoom, room.name.clone()),
        _ => (Act::UpdateRoom, room.name.clone()),
    };
    Deed::in_office(by, Role::Owner, act, room.id, &detail)
}
