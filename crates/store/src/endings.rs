//! What a run of a reply leaves behind, worked out alike by both back ends.

use crate::{Close, Result, StoreError};
use domain::{
    bots::Budgets,
    messages::{Message, MessageKind},
    replies::{Ending, ReplyState, Step},
};
use std::borrow::Cow;

const DAY_MILLIS: i64 = 86_400_000;

/// What the message is to say, and how the run ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub text: String,
    pub kind: MessageKind,
    pub ending: Ending,
    pub why: String,
}

impl Ended {
    /// Whether it leaves the message of an earlier run as it was: one that is gone, or one with a text when there is no other.
    pub fn leaves(&self, before: &Message) -> bool {
        before.is_gone() || (self.kind == MessageKind::Notice && before.kind == MessageKind::Text)
    }
}

/// Puts a run's end together. Nothing to read is never an answer: it is a notice, and a failure where it was to be complete. Something to read
/// is never a failure.
pub(crate) fn ended(said: &str, close: &Close) -> Ended {
    let text = format!("{said}{}", plain(&close.rest));
    let text = text.trim_end().trim_start_matches('\n').to_owned();
    let (kind, ending, why) = match (text.trim().is_empty(), close.ending) {
        (true, Ending::Complete) => (MessageKind::Notice, Ending::Failed, "empty"),
        (true, ending) => (MessageKind::Notice, ending, ""),
        (false, Ending::Failed) => (MessageKind::Text, Ending::Interrupted, ""),
        (false, ending) => (MessageKind::Text, ending, ""),
    };
    let why = if close.why.is_empty() { why.to_owned() } else { close.why.clone() };
    Ended { text: if kind == MessageKind::Text { text } else { String::new() }, kind, ending, why }
}

/// How a run ends whose process was lost after its mind was asked: with what was said, and with all that was set aside counted as
/// used, because nobody knows better.
pub(crate) fn lost(at: usize, steps: Vec<Step>, aside: i64) -> Close {
    Close { input: aside, ..silent(Ending::Interrupted, "lost", at, steps) }
}

/// How a run ends that somebody stopped before anybody ran it.
pub(crate) fn stopped() -> Close {
    silent(Ending::Stopped, "", 0, Vec::new())
}

fn silent(ending: Ending, why: &str, at: usize, steps: Vec<Step>) -> Close {
    let (rest, retry_at) = (String::new(), None);
    Close { ending, why: why.into(), retry_at, at, rest, steps, input: 0, output: 0 }
}

/// A mind's words as every database can keep them, of the same length: without NUL.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', " ")) } else { Cow::Borrowed(text) }
}

/// The answer to text for another byte than the next one, or for a reply that has not begun.
pub(crate) fn misplaced(at: usize, state: ReplyState, length: usize) -> StoreError {
    let state = state.as_str();
    StoreError::Bug(format!("text for byte {at} of a reply that is {state} and has {length} bytes"))
}

/// The day of a time, in UTC, since 1970.
pub(crate) fn day(millis: i64) -> i64 {
    millis.div_euclid(DAY_MILLIS)
}

/// Whether so many more tokens fit into every budget, given what is used and set aside.
pub(crate) fn fits(used: Budgets, more: i64, budgets: Budgets) -> bool {
    let fits = |used: i64, budget: i64| budget == 0 || used.saturating_add(more) <= budget;
    fits(used.person, budgets.person) && fits(used.room, budgets.room) && fits(used.day, budgets.day)
}

pub(crate) fn to_json(steps: &[Step]) -> Result<String> {
    serde_json::to_string(steps).map_err(|error| StoreError::Bug(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(ending: Ending, rest: &str) -> Close {
        Close { rest: rest.into(), ..silent(ending, "", 0, Vec::new()) }
    }

    #[test]
    fn nothing_to_read_is_a_notice_and_never_complete() {
        for (ending, kept) in [
            (Ending::Complete, Ending::Failed),
            (Ending::Stopped, Ending::Stopped),
            (Ending::Interrupted, Ending::Interrupted),
            (Ending::Failed, Ending::Failed),
        ] {
            let ended = ended("\n ", &close(ending, " \n"));
            assert_eq!((ended.kind, ended.ending, ended.text.as_str()), (MessageKind::Notice, kept, ""));
        }
        assert_eq!(ended("", &close(Ending::Complete, "")).why, "empty");
    }

    #[test]
    fn something_to_read_is_a_message_and_never_a_failure() {
        let ended = ended("\n    code", &close(Ending::Failed, " more \n"));
        assert_eq!((ended.kind, ended.ending), (MessageKind::Text, Ending::Interrupted));
        assert_eq!(ended.text, "    code more");
    }

    #[test]
    fn a_nul_takes_one_byte_whatever_it_becomes() {
        assert_eq!(plain("a\0b"), "a b");
        assert_eq!(plain("ñ"), "ñ");
    }

    #[test]
    fn days_begin_at_midnight_in_utc() {
        assert_eq!((day(-1), day(0), day(DAY_MILLIS - 1), day(DAY_MILLIS)), (-1, 0, 0, 1));
    }
}
