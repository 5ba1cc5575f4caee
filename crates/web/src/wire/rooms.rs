//! Rooms, and what ties people to them.

use super::{Profile, value};
use domain::{
    events,
    ids::{InviteId, MessageId, PersonId, RoomId},
    members::{self, Level, Role, Standing},
    rooms::{self, History, Posting, RoomKind},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::{PublicRoom, RoomLine};

/// A room.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Room<'r> {
    id: RoomId,
    /// Its address. A room that is renamed keeps its earlier ones.
    #[schemars(example = &"general")]
    slug: &'r str,
    #[schemars(example = &"General")]
    name: &'r str,
    /// Empty when there is none.
    #[schemars(example = &"Everything and nothing")]
    topic: &'r str,
    kind: RoomKind,
    /// Who may write.
    posting: Posting,
    /// What newcomers may read.
    history: History,
    /// Closed to new messages.
    archived: bool,
    created_at: Timestamp,
}

impl<'r> From<&'r rooms::Room> for Room<'r> {
    fn from(room: &'r rooms::Room) -> Self {
        Self {
            id: room.id,
            slug: &room.slug,
            name: &room.name,
            topic: &room.topic,
            kind: room.kind,
            posting: room.posting,
            history: room.history,
            archived: room.archived_at.is_some(),
            created_at: room.created_at,
        }
    }
}

pub(crate) fn room(room: &rooms::Room) -> Value {
    value(Room::from(room))
}

/// A room of one's own list.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Line<'r> {
    #[serde(flatten)]
    room: Room<'r>,
    /// What one may do there.
    #[schemars(example = Role::Member)]
    role: Role,
    /// What one wants to hear.
    level: Level,
    /// The last message one has read; 0 before the first.
    #[schemars(example = 41)]
    last_read: MessageId,
    /// Messages of others after it; 100 stands for more than 99.
    unread: i64,
    /// Those among them that name oneself or everyone, counted the same way.
    mentions: i64,
    /// In a direct room, the other person.
    #[schemars(example = Value::Null)]
    partner: Option<Profile<'r>>,
    /// In a direct room or a group, the other people.
    others: Vec<Profile<'r>>,
}

pub(crate) fn line(line: &RoomLine) -> Value {
    value(Line {
        room: (&line.room).into(),
        role: line.role,
        level: line.level,
        last_read: line.last_read,
        unread: line.unread,
        mentions: line.mentions,
        partner: line.others.first().filter(|_| line.room.kind == RoomKind::Direct).map(Profile::from),
        others: line.others.iter().map(Profile::from).collect(),
    })
}

/// A public room.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FoundRoom<'r> {
    #[serde(flatten)]
    room: Room<'r>,
    /// How many are in it.
    members: i64,
    /// Whether one is oneself.
    joined: bool,
}

pub(crate) fn found_room(found: &PublicRoom) -> Value {
    value(FoundRoom { room: (&found.room).into(), members: found.members, joined: found.joined })
}

/// A room with what one is in it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownRoom<'r> {
    #[serde(flatten)]
    pub room: Room<'r>,
    /// Oneself; null while one only reads along.
    pub member: Option<Member<'r>>,
    /// How many are in it.
    pub members: i64,
    pub presence: Presence<'r>,
}

/// A link by which people may join a room.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Invite {
    pub id: InviteId,
    /// The address to give on, after that of the server.
    #[schemars(example = &"/invites/8c2f6e/")]
    pub path: String,
    pub expires_at: Timestamp,
}

/// A person in a room.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Member<'m> {
    person: Profile<'m>,
    #[schemars(example = Role::Member)]
    role: Role,
    standing: Standing,
    joined_at: Timestamp,
}

impl<'m> From<&'m members::Member> for Member<'m> {
    fn from(member: &'m members::Member) -> Self {
        Self {
            person: (&member.profile).into(),
            role: member.role,
            standing: member.standing,
            joined_at: member.joined_at,
        }
    }
}

pub(crate) fn member(member: &members::Member) -> Value {
    value(Member::from(member))
}

/// A member, or of somebody who may read the room only who it is.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is answered as the one or the other")]
pub(crate) enum Candidate<'m> {
    Member(Member<'m>),
    Person { person: Profile<'m> },
}

/// How one stands to a room, as one's own lane tells it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Reading<'r> {
    room_id: RoomId,
    /// The room's address.
    #[schemars(example = &"general")]
    room: &'r str,
    standing: Standing,
    #[schemars(example = Role::Member)]
    role: Role,
    /// The last message one has read.
    last_read: MessageId,
    level: Level,
}

impl<'r> From<&'r members::Reading> for Reading<'r> {
    fn from(reading: &'r members::Reading) -> Self {
        Self {
            room_id: reading.room,
            room: &reading.slug,
            standing: reading.standing,
            role: reading.role,
            last_read: reading.last_read,
            level: reading.level,
        }
    }
}

/// Who of a room's members is connected.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Presence<'p> {
    #[serde(rename = "type")]
    #[schemars(extend("const" = "presence"))]
    kind: &'static str,
    /// Null when it is not known, and then nobody guesses.
    counts: Option<events::PresenceCounts>,
    /// The people here; empty in large rooms, where only their number is told.
    here: &'p [PersonId],
    /// The people who are connected and away.
    away: &'p [PersonId],
}

impl<'p> From<&'p events::Presence> for Presence<'p> {
    fn from(presence: &'p events::Presence) -> Self {
        Self { kind: "presence", counts: presence.counts, here: &presence.here, away: &presence.away }
    }
}
