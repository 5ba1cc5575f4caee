//! The replies in progress of one lane: what each says so far, so that a newcomer has the whole and everyone else the new words.
//!
//! Whispers bring them here, and the truth corrects what whispers missed. Both may be late or doubled: within a run a text
//! only grows, a later run outdoes an earlier one, and what has ended does not come back.

use crate::entry::What;
use domain::{
    ids::ReplyId,
    limits,
    messages::Message,
    replies::{Reply, ReplyHead},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};
use tokio::time::Instant;

/// Endings remembered, so that a sign that comes late does not open a reply again.
const ENDED_MAX: usize = 64;

/// The replies in progress of one lane.
#[derive(Default)]
pub(crate) struct Replies {
    open: BTreeMap<ReplyId, Open>,
    ended: VecDeque<(ReplyId, u32)>,
    /// Words heard before those that come before them, by their place. What is read of a reply is a little behind its
    /// whispers: without these somebody who comes first to a room would wait for the reply's end.
    ahead: BTreeMap<(ReplyId, u32), BTreeMap<usize, String>>,
}

struct Open {
    reply: Arc<Reply>,
    /// Since when it is known here: a reading of the truth from before says nothing about it.
    since: Instant,
}

/// What came of a sign.
pub(crate) enum Heard {
    /// Tell this.
    News(What),
    /// It was known.
    Known,
    /// Something before it is missing: read the reply.
    Missing,
}

impl Replies {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<Arc<Reply>> {
        self.open.values().map(|open| open.reply.clone()).collect()
    }

    /// Takes in a reply as it stood somewhere.
    pub fn take(&mut self, reply: Reply) -> Heard {
        if self.ended.iter().any(|(id, run)| *id == reply.id && *run >= reply.run) {
            return Heard::Known;
        }
        let reply = match self.open.get(&reply.id).map(|open| &open.reply) {
            Some(held) if held.run > reply.run => return Heard::Known,
            Some(held) if held.run == reply.run => {
                let merged = Reply {
                    state: held.state.max(reply.state),
                    text: if held.text.len() >= reply.text.len() { held.text.clone() } else { reply.text },
                    steps: if held.steps.len() >= reply.steps.len() {
                        held.steps.clone()
                    } else {
                        reply.steps
                    },
                    ..reply
                };
                if merged.head() == held.head() {
                    return Heard::Known;
                }
                merged
            }
            _ => reply,
        };
        let reply = Arc::new(self.with_ahead(reply));
        let since = Instant::now();
        self.open.insert(reply.id, Open { reply: reply.clone(), since });
        Heard::News(What::Reply { reply, at: None })
    }

    /// Takes in more words.
    pub fn grow(&mut self, id: ReplyId, run: u32, at: usize, words: &str) -> Heard {
        let Some(held) = self.open.get(&id).map(|open| open.reply.clone()) else {
            let ended = self.ended.iter().any(|(ended, last)| *ended == id && *last >= run);
            return if ended { Heard::Known } else { self.keep_ahead(id, run, at, words) };
        };
        let known = held.text.len();
        if run < held.run || (run == held.run && at + words.len() <= known) {
            return Heard::Known;
        }
        let fresh = known.checked_sub(at).and_then(|skip| words.get(skip..));
        let Some(fresh) = fresh.filter(|_| run == held.run) else {
            return self.keep_ahead(id, run, at, words);
        };
        let mut reply = Reply::clone(&held);
        // Many of these are kept for a while; none takes more room than it needs.
        reply.text.reserve_exact(fresh.len());
        reply.text.push_str(fresh);
        let reply = Arc::new(self.with_ahead(reply));
        if let Some(open) = self.open.get_mut(&id) {
            open.reply = reply.clone();
        }
        Heard::News(What::Reply { reply, at: Some(known) })
    }

    /// Keeps words whose predecessors are missing. The reply is read for the first of them; what that did not bring the
    /// comparison does.
    fn keep_ahead(&mut self, id: ReplyId, run: u32, at: usize, words: &str) -> Heard {
        let ahead = self.ahead.entry((id, run)).or_default();
        let heard = if ahead.is_empty() { Heard::Missing } else { Heard::Known };
        if ahead.values().map(String::len).sum::<usize>() + words.len() <= limits::REPLY_BYTES_MAX {
            ahead.insert(at, words.to_owned());
        }
        heard
    }

    /// A reply with the words kept that follow on its text.
    fn with_ahead(&mut self, mut reply: Reply) -> Reply {
        let Some(mut ahead) = self.ahead.remove(&(reply.id, reply.run)) else { return reply };
        while let Some(first) = ahead.first_entry().filter(|first| *first.key() <= reply.text.len()) {
            let (at, words) = first.remove_entry();
            reply.text.push_str(words.get(reply.text.len() - at..).unwrap_or_default());
        }
        if !ahead.is_empty() {
            self.ahead.insert((reply.id, reply.run), ahead);
        }
        reply
    }

    /// A message came: the reply that it was has ended.
    pub fn end(&mut self, message: &Message) {
        let Some(answer) = message.answer.as_deref() else { return };
        if self.open.get(&answer.reply).is_some_and(|open| open.reply.run <= answer.run) {
            self.open.remove(&answer.reply);
        }
        self.ahead.retain(|(id, run), _| *id != answer.reply || *run > answer.run);
        if self.ended.len() == ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back((answer.reply, answer.run));
    }

    /// Compares with the truth as it was read since `asked`: forgets what it does not know, and names what is further there.
    pub fn compare(&mut self, heads: &[ReplyHead], asked: Instant) -> Vec<ReplyId> {
        let is_open = |id: &ReplyId| heads.iter().any(|head| head.reply == *id);
        self.open.retain(|id, open| open.since >= asked || is_open(id));
        self.ahead.retain(|(id, _), _| self.open.contains_key(id) || is_open(id));
        let further = |head: &&ReplyHead| match self.open.get(&head.reply) {
            None => !self.ended.iter().any(|(ended, last)| *ended == head.reply && *last >= head.run),
            Some(open) => {
                let held = open.reply.head();
                head.run > held.run
                    || (head.run == held.run
                        && (head.length > held.length || head.steps > held.steps || head.state > held.state))
            }
        };
        heads.iter().filter(further).map(|head| head.reply).collect()
    }
}
