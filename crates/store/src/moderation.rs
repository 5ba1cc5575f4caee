//! Keeping order over the whole server: reports, and messages that administrators hide, restore or erase.
//!
//! What is not public is open to administrators only where somebody reported it, and a look at it is a deed like any other.

pub(crate) mod listings;

use crate::{Listed, Place, Result, Written};
use domain::{
    access::RoomReader,
    audit::Deed,
    ids::{MessageId, PersonId, RoomId},
    messages::Message,
    reports::{Found, Look, Report, Resolution},
};
use jiff::Timestamp;

/// Which messages; what is `None` or empty leaves none out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Every one of these is in the text, whatever its case. Messages of rooms that are not public are not searched for words.
    pub words: Vec<String>,
    /// What somebody wrote.
    pub author: Option<PersonId>,
    /// What was written in a room.
    pub room: Option<RoomId>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Only hidden ones.
    pub hidden: bool,
    /// Only those that were reported.
    pub reported: bool,
}

/// How many reports there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportCounts {
    /// That wait for somebody.
    pub open: i64,
    /// Of which something came.
    pub resolved: i64,
}

/// Reports, and messages that administrators hide, restore or erase. A message that is neither in a public room nor reported is `NotFound`.
#[async_trait::async_trait]
pub trait Moderation: Send + Sync + 'static {
    /// Asks administrators to look at a message; whether this is new. Somebody's second report of a message changes nothing. `Conflict` when the
    /// message is gone.
    async fn report(&self, by: &RoomReader, id: MessageId, reason: &str, now: Timestamp) -> Result<bool>;

    /// One report.
    async fn one_report(&self, id: i64) -> Result<Option<Report>>;

    /// Open or resolved reports, the newest first.
    async fn reports(&self, open: bool, place: &Place, limit: usize) -> Result<Listed<Report>>;

    /// How many there are.
    async fn count_reports(&self) -> Result<ReportCounts>;

    /// Does what the resolution says about the message of a report, and settles that and every other open report of the message: all of it, or
    /// nothing where it is refused.
    async fn settle_report(
        &self,
        deed: &Deed,
        id: i64,
        resolution: Resolution,
        now: Timestamp,
    ) -> Result<Written<Report>>;

    /// Shows a message with some around it, and writes down that somebody looked.
    async fn look(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Look>;

    /// Messages of public rooms and reported ones, the newest first. A page looks through [`domain::limits::FIND_MESSAGES_MAX`] messages and may have
    /// fewer rows than there is room for, or none, and a next one all the same.
    async fn find_messages(
        &self,
        filter: &MessageFilter,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<Found>>;

    /// Takes a message out of everybody's sight and settles its reports. Its text is kept. Twice changes nothing. Messages that quote it change
    /// with it; a bot that is giving it another text is asked to stop.
    async fn hide(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>>;

    /// Shows it again.
    async fn restore(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>>;

    /// Erases it for good, as if it had been deleted, with what bots kept of it as a question they did not understand, and settles its reports.
    async fn erase(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>>;
}
