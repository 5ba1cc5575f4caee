//! The list of replies, as jobs: who asked whom, when, and how it went; never what was said.

use crate::{
    Place,
    listing::{Key, Listing},
};
use domain::{
    ids::{ReplyId, RoomId},
    people::Profile,
};
use jiff::Timestamp;

/// Which replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RepliesFilter {
    /// All.
    #[default]
    All,
    /// In progress, or waiting for it.
    Open,
    /// Broken off, or never begun.
    Failed,
}

/// A reply in the list of jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyFacts {
    /// Which.
    pub id: ReplyId,
    /// Where.
    pub room: RoomId,
    /// The room's name.
    pub room_name: String,
    /// Who answers.
    pub bot: Profile,
    /// Who asked.
    pub asker: Profile,
    /// `queued`, `sent`, `complete`, `stopped`, `interrupted` or `failed`.
    pub state: String,
    /// Why it failed, as a word; empty where there is nothing to say.
    pub why: String,
    /// How often it was asked for.
    pub runs: i64,
    /// Somebody asked to stop it.
    pub stop_asked: bool,
    /// Tokens read and written.
    pub tokens: (i64, i64),
    /// When its last run was asked for.
    pub since: Timestamp,
}

impl ReplyFacts {
    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        ["queued", "sent"].contains(&self.state.as_str())
    }
}

/// The columns after the bot's and the asker's.
macro_rules! more_of_replies {
    () => {
        ", a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END, y.id, y.room, r.name, y.state, y.failure, y.run, y.stop_asked, y.tokens_in, y.tokens_out, y.since
         FROM replies y JOIN people p ON p.id = y.bot JOIN people a ON a.id = y.asker JOIN rooms r ON r.id = y.room"
    };
}
pub(crate) use more_of_replies;

/// A page of replies, the newest first.
pub(crate) fn listing(select: &'static str, filter: RepliesFilter, place: &Place, limit: usize) -> Listing {
    let mut list = Listing::new(select, Key::Newest("y.id"), place, limit);
    match filter {
        RepliesFilter::All => {}
        RepliesFilter::Open => list.only("y.state IN ('queued', 'sent')", []),
        RepliesFilter::Failed => list.only("y.state IN ('interrupted', 'failed')", []),
    }
    list
}
