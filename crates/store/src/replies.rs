//! Replies in progress, and the jobs behind them.
//!
//! A job belongs to one holder at a time, by a *generation* that grows with every taking; whoever writes with an older one
//! is refused ([`StoreError::Stale`](crate::StoreError)) and stops. A reply that is only queued is run by its next holder; one whose mind
//! was asked already is never asked again by itself: it ends as interrupted.

use crate::{Posted, Result, Written};
use domain::{
    access::{RoomReader, RoomWriter},
    bots::Budgets,
    ids::{MessageId, ReplyId, RoomId},
    messages::Message,
    replies::{Ending, Reply, ReplyHead, Step},
};
use jiff::Timestamp;

/// The right to run one reply, for as long as nobody took it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Which.
    pub reply: ReplyId,
    /// Its run.
    pub run: u32,
    /// Grows with every taking; every write names it.
    pub generation: i64,
}

/// Who takes a reply, and until when they hold it unless they say so again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub process: String,
    /// The end of its hold.
    pub until: Timestamp,
}

/// A reply that was taken, to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The right to run it.
    pub lease: Lease,
    /// What is to be said.
    pub reply: Reply,
    /// How many bots in a row have answered each other up to here.
    pub hops: u32,
}

/// What came of asking leave to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The reply is `sent` from now on.
    Granted,
    /// It was stopped before it began.
    StopAsked,
    /// A budget of today is used up.
    OverBudget,
}

/// How a reply ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// How. With no text at all whatever is not `Complete` becomes a notice.
    pub ending: Ending,
    /// Why, as a word; empty where there is nothing to say.
    pub why: String,
    /// Until when the provider asked to be left alone.
    pub retry_at: Option<Timestamp>,
    /// Where `rest` begins, in bytes.
    pub at: usize,
    /// Text not appended yet.
    pub rest: String,
    /// All tools used in this run.
    pub steps: Vec<Step>,
    /// Tokens read.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
}

/// Replies in progress. [`crate::Messages::post`] queues them, in its own transaction, for the bots that answer it.
#[async_trait::async_trait]
pub trait Replies: Send + Sync + 'static {
    /// How far the open replies of some rooms are. Rooms without any are left out.
    async fn reply_heads(&self, rooms: &[RoomId]) -> Result<Vec<ReplyHead>>;

    /// Open replies with their text so far; what has ended is left out.
    async fn open_replies(&self, ids: &[ReplyId]) -> Result<Vec<Reply>>;

    /// The open replies of a room, the oldest first.
    async fn replies_in(&self, by: &RoomReader) -> Result<Vec<Reply>>;

    /// Takes a queued reply that nobody holds now. `None` when somebody does, or it has ended.
    async fn take_reply(&self, id: ReplyId, holder: &Holder, now: Timestamp) -> Result<Option<Job>>;

    /// Takes up to `limit` queued replies whose holders have let go, and ends as interrupted (`lost`) those whose mind had been asked,
    /// whatever the limit.
    async fn take_lapsed(&self, holder: &Holder, limit: usize, now: Timestamp) -> Result<Written<Vec<Job>>>;

    /// Goes on holding; the leases that are still one's own.
    async fn hold_replies(&self, leases: &[Lease], until: Timestamp, now: Timestamp) -> Result<Vec<Lease>>;

    /// Asks leave to ask the mind, writing it down, and sets `estimate` tokens aside of today's budgets until the reply ends.
    /// Asked again under the same lease it is granted again, and nothing more is set aside.
    async fn begin_reply(
        &self,
        lease: Lease,
        estimate: i64,
        budgets: Budgets,
        now: Timestamp,
    ) -> Result<Leave>;

    /// Writes down more text and all steps so far. Whether somebody asked to stop. The last text again is written once; any other `at`
    /// that is not the length of what is there is a `Bug`, and an old lease is `Stale`.
    async fn append_reply(
        &self,
        lease: Lease,
        at: usize,
        text: &str,
        steps: &[Step],
        now: Timestamp,
    ) -> Result<bool>;

    /// Whether somebody asked to stop, without writing. An old lease is `Stale`.
    async fn stop_asked(&self, lease: Lease) -> Result<bool>;

    /// Ends a reply: it becomes a message, or gives the message of an earlier run its new text; without a text the earlier one stays. It always
    /// ends so, even if the bot has gone or the room was closed since: it was asked to stop then, and what it had said stays said. The message may mention people and other
    /// bots, and so queue replies, as any message does (see [`crate::Posted`]); it answers the question.
    async fn close_reply(&self, lease: Lease, close: Close, now: Timestamp) -> Result<Written<Posted>>;

    /// Asks to stop a reply. The asker may, and who governs the room (moderators and up). Nothing changes for one that has ended. A reply that nobody runs
    /// yet ends at once.
    async fn stop_reply(&self, by: &RoomReader, id: ReplyId, now: Timestamp) -> Result<Written<()>>;

    /// Asks for another run of a reply that has ended: the asker, and who governs the room. It is queued, held by nobody.
    async fn run_again(&self, by: &RoomWriter, message: MessageId, now: Timestamp) -> Result<Reply>;

    /// What a bot may be told of a room: the newest messages up to one, ascending, not deleted, and none that a member of the room may
    /// not read.
    async fn shared_history(&self, room: RoomId, upto: MessageId, limit: usize) -> Result<Vec<Message>>;
}
