//! The audit log: who did what as an administrator.

use crate::{
    Listed, Place, Result,
    listing::{Key, Listing, Value},
};
use domain::{
    audit::{Act, Deed, Entry, Subject},
    ids::PersonId,
};
use jiff::Timestamp;

/// Which lines of the log; what is `None` leaves none out.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// What somebody did.
    pub by: Option<PersonId>,
    /// What was done on the server's own machine.
    pub by_machine: bool,
    /// One kind of act.
    pub act: Option<Act>,
    /// What was done to one thing.
    pub subject: Option<Subject>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// The audit log. What administrators do is written into it by the transaction that does it: whatever does so takes a [`Deed`].
#[async_trait::async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Writes down an act that changes nothing else, such as a look at what is not public.
    async fn record(&self, deed: &Deed, now: Timestamp) -> Result<()>;

    /// A page of the log, the newest line first.
    async fn audit(&self, filter: &AuditFilter, place: &Place, limit: usize) -> Result<Listed<Entry>>;
}

/// The statement for a page, of columns `id, person, username, act, subject, detail, created_at`.
pub(crate) fn listing(filter: &AuditFilter, place: &Place, limit: usize) -> Listing {
    let select = "SELECT a.id, a.person, p.username, a.act, a.subject, a.detail, a.created_at FROM audit a LEFT JOIN people p ON p.id = a.person";
    let mut list = Listing::new(select, Key::Newest("a.id"), place, limit);
    if let Some(by) = filter.by {
        list.only("a.person = ?", [Value::Number(by.0)]);
    }
    if filter.by_machine {
        list.only("a.person IS NULL", []);
    }
    if let Some(act) = filter.act {
        list.only("a.act = ?", [Value::Text(act.as_str().into())]);
    }
    if let Some(subject) = &filter.subject {
        list.only("a.subject = ?", [Value::Text(subject.as_str().into())]);
    }
    // Lines are written in the order of their times, so a time is a place in the log.
    if let Some(from) = filter.from {
        let first =
            "a.id >= (SELECT f.id FROM audit f WHERE f.created_at >= ? ORDER BY f.created_at, f.id LIMIT 1)";
        list.only(first, [Value::Number(from.as_millisecond())]);
    }
    if let Some(until) = filter.until {
        let last = "a.id <= (SELECT u.id FROM audit u WHERE u.created_at < ? ORDER BY u.created_at DESC, u.id DESC LIMIT 1)";
        list.only(last, [Value::Number(until.as_millisecond())]);
    }
    list
}
