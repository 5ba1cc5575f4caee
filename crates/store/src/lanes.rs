//! The order of changes: heads, and what changed since.

use crate::Result;
use domain::{
    events::{Changes, Lane},
    ids::{PersonId, RoomId, Seq},
};

/// How far a lane has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Which lane.
    pub lane: Lane,
    /// Its last change.
    pub seq: Seq,
}

/// The order of changes.
#[async_trait::async_trait]
pub trait Lanes: Send + Sync + 'static {
    /// The heads of many lanes in one statement each for rooms and people. Unknown ones are left out.
    async fn heads(&self, lanes: &[Lane]) -> Result<Vec<Head>>;

    /// What changed in a lane since `since`, at most `limit` rows, in one snapshot with the head. Without a viewer:
    /// whoever delivers it leaves out messages before a member's `visible_from`.
    async fn changes(&self, lane: Lane, since: Seq, limit: usize) -> Result<Changes>;

    /// The ids of a room's members, ascending, at most `limit`.
    async fn roster(&self, room: RoomId, limit: usize) -> Result<Vec<PersonId>>;

    /// The ids of the rooms a person is in.
    async fn room_ids_of(&self, person: PersonId) -> Result<Vec<RoomId>>;
}

/// Whether a place is unknown or too far behind for changes to be told one by one.
pub(crate) fn is_reset(since: Seq, head: Seq, floor: Seq) -> bool {
    since > head || since < floor || head.0 - since.0 > domain::limits::CHANGES_ROWS_MAX
}

/// The first `limit` of these events by seq, and how far they lead.
pub(crate) fn page_of(mut events: Vec<domain::events::Event>, head: Seq, limit: usize) -> Changes {
    events.sort_by_key(|event| event.seq);
    let more = events.len() > limit;
    events.truncate(limit);
    let upto = match events.last() {
        Some(last) if more => last.seq,
        _ => head,
    };
    Changes::Since { events, upto, more }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::limits::CHANGES_ROWS_MAX;

    #[test]
    fn a_place_is_reset_beyond_the_head_below_the_floor_and_too_far_behind_and_nowhere_else() {
        let head = Seq(CHANGES_ROWS_MAX + 10);
        assert!(!is_reset(head, head, Seq(0)));
        assert!(is_reset(head.next(), head, Seq(0)), "beyond the head");
        assert!(!is_reset(Seq(10), head, Seq(0)), "as far behind as one may be");
        assert!(is_reset(Seq(9), head, Seq(0)), "one further");
        assert!(!is_reset(Seq(20), head, Seq(20)));
        assert!(is_reset(Seq(19), head, Seq(20)), "purged");
    }
}
