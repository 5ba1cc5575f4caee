//! What ties a person to a room.

use crate::{
    ids::{MessageId, RoomId, Seq},
    people::Profile,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Somebody's tie to a room. It stays as a tombstone after leaving, so that the change can be read later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Where.
    pub room: RoomId,
    /// Who.
    pub profile: Profile,
    /// What they may do while they are in.
    pub role: Role,
    /// Whether they are in, and if not, why.
    pub standing: Standing,
    /// Since when.
    pub joined_at: Timestamp,
    /// The first message they may read; zero: all.
    pub visible_from: MessageId,
    /// The place of the last change of this tie in the room's lane.
    pub seq: Seq,
}

impl Member {
    /// Whether they are in the room.
    pub fn is_in(&self) -> bool {
        self.standing == Standing::In
    }
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    ReadOnly,
    /// Reads and writes.
    Member,
    /// Also removes messages and people, invites, bans.
    Moderator,
    /// Also governs the room.
    Owner,
}

impl Role {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Owner => "owner",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ReadOnly, Self::Member, Self::Moderator, Self::Owner].into_iter().find(|r| r.as_str() == text)
    }
}

/// Whether somebody is in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A member.
    In,
    /// Went by themselves; may come back.
    Left,
    /// Was sent away; may come back to a public room.
    Removed,
    /// Was shut out: the room does not exist for them.
    Banned,
}

impl Standing {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Left => "left",
            Self::Removed => "removed",
            Self::Banned => "banned",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::In, Self::Left, Self::Removed, Self::Banned].into_iter().find(|s| s.as_str() == text)
    }
}

/// What a person wants to hear of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Every message.
    All,
    /// Mentions.
    Mentions,
    /// Nothing.
    Nothing,
}

impl Level {
    /// The word kept in databases and shown in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::Nothing => "nothing",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Mentions, Self::Nothing].into_iter().find(|l| l.as_str() == text)
    }
}

/// The part of a membership that only its person may see. It lives in the person's lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Where.
    pub room: RoomId,
    /// The room's address at the time; empty when they are not in and the room is not public.
    pub slug: String,
    /// Whether they are in.
    pub standing: Standing,
    /// What they may do.
    pub role: Role,
    /// The last message they have read.
    pub last_read: MessageId,
    /// What they want to hear.
    pub level: Level,
}
