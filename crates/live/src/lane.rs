//! One lane: the log of what happened last, and who listens to it.
//!
//! Places in the log are counted by this process (`position`), places in the order of changes by the store (`Seq`). Whispers
//! take a position but no place. Locks: the log's is taken last but for the listeners'.

use crate::{
    entry::{Entry, What},
    listeners::{Calls, Listeners},
    replies::{Heard, Replies},
    wake::Wake,
};
use domain::{
    events::{Change, Changes, Event, Lane as Name, Whisper},
    ids::{PersonId, ReplyId, Seq},
    limits,
    replies::{Reply, ReplyHead},
};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What came of applying a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It was appended (with those that waited for it), or was known already.
    Done,
    /// Predecessors are missing.
    Gap,
}

pub(crate) struct Lane {
    pub name: Name,
    /// The position after the newest entry; read without the lock to see whether there is something.
    position: AtomicU64,
    log: Mutex<Log>,
    listeners: Arc<Listeners>,
}

struct Log {
    entries: VecDeque<Arc<Entry>>,
    /// Bytes of replies in progress in the entries.
    reply_bytes: usize,
    /// The position when old entries were let go last.
    swept: u64,
    /// The last place told, once it is known.
    last: Option<Seq>,
    waiting: BTreeMap<Seq, Event>,
    replies: Replies,
    /// A room's members, once they were read and unless there are too many.
    roster: Option<HashSet<PersonId>>,
}

impl Log {
    /// Lets go of the oldest entries.
    fn forget(&mut self, count: usize) {
        let bytes: usize = self.entries.drain(..count).map(|entry| entry.reply_bytes()).sum();
        self.reply_bytes -= bytes;
    }
}

impl Lane {
    pub fn new(name: Name, calls: Calls) -> Self {
        let log = Log {
            entries: VecDeque::new(),
            reply_bytes: 0,
            swept: 0,
            last: None,
            waiting: BTreeMap::new(),
            replies: Replies::default(),
            roster: None,
        };
        Self { name, position: AtomicU64::new(0), log: Mutex::new(log), listeners: Listeners::new(calls) }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The position after the newest entry.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    /// The last place told, once it is known.
    pub fn last(&self) -> Option<Seq> {
        self.log().last
    }

    /// Starts to wake a listener. Its place among the listeners, the position from which on entries are for it, and the replies in
    /// progress as they stand there.
    pub fn listen(&self, wake: &Arc<Wake>) -> (usize, u64, Vec<Arc<Reply>>) {
        let place = self.listeners.add(wake);
        let log = self.log();
        (place, self.position(), log.replies.all())
    }

    /// Stops waking the listener at a place.
    pub fn unlisten(&self, place: usize) {
        self.listeners.remove(place);
    }

    /// Whether anybody listens.
    pub fn is_heard(&self) -> bool {
        !self.listeners.is_empty()
    }

    /// Whether it is kept: somebody listens, or a bot speaks. Whoever changes to another transport in the middle of a reply then finds all
    /// that was shown, written down or not.
    pub fn is_needed(&self) -> bool {
        self.is_heard() || !self.log().replies.is_empty()
    }

    /// Appends what is in the log from `position` on to `out`. `false` when some of it is gone already.
    pub fn read_from(&self, position: u64, out: &mut Vec<Arc<Entry>>) -> bool {
        let log = self.log();
        let first = self.position() - log.entries.len() as u64;
        if position < first {
            return false;
        }
        out.extend(log.entries.iter().skip((position - first) as usize).cloned());
        true
    }

    /// Takes in a change: the next place is appended, an earlier one ignored, a later one kept until its predecessors come.
    pub fn apply(&self, event: Event) -> Applied {
        let mut log = self.log();
        let Some(last) = log.last else {
            return self.keep(&mut log, event);
        };
        if event.seq <= last {
            return Applied::Done;
        }
        if event.seq != last.next() {
            return self.keep(&mut log, event);
        }
        self.append_change(&mut log, last.next(), event);
        self.drain_waiting(&mut log);
        let complete = log.waiting.is_empty();
        drop(log);
        self.listeners.ask();
        if complete { Applied::Done } else { Applied::Gap }
    }

    fn keep(&self, log: &mut Log, event: Event) -> Applied {
        // A full waiting room loses the latest: the store, which is read next, has it.
        if log.waiting.len() < limits::LANE_WAITING_MAX {
            log.waiting.insert(event.seq, event);
        }
        Applied::Gap
    }

    /// Takes in what the store says has changed since [`Lane::last`]. When the last place is not known yet, it only learns it.
    pub fn repair(&self, since: Seq, changes: Changes) {
        let mut log = self.log();
        if log.last.is_some_and(|last| last != since) {
            return;
        }
        match changes {
            Changes::Since { events, upto, .. } => {
                for event in events {
                    let from = log.last.unwrap_or(since).next();
                    self.append_change(&mut log, from, event);
                }
                let last = log.last.unwrap_or(since);
                if last < upto {
                    self.append(&mut log, last.next(), upto, What::Nothing);
                }
            }
            Changes::Reset { head } => {
                self.append(&mut log, since.next(), head.max(since.next()), What::Reset)
            }
        }
        if let Some(last) = log.last {
            log.waiting = log.waiting.split_off(&last.next());
        }
        self.drain_waiting(&mut log);
        drop(log);
        self.listeners.ask();
    }

    /// Learns the last place from a read, when it was not known; what waited for it follows. Whether predecessors are still missing.
    pub fn learn(&self, head: Seq) -> Applied {
        let mut log = self.log();
        if log.last.is_none() {
            log.last = Some(head);
            log.waiting = log.waiting.split_off(&head.next());
            self.drain_waiting(&mut log);
            self.listeners.ask();
        }
        if log.waiting.is_empty() { Applied::Done } else { Applied::Gap }
    }

    fn drain_waiting(&self, log: &mut Log) {
        while let Some(next) = log.last.map(Seq::next) {
            let Some(event) = log.waiting.remove(&next) else { return };
            self.append_change(log, next, event);
        }
    }

    /// Appends a passing sign. The reply to read, when the sign shows that some of it was not heard.
    pub fn whisper(&self, whisper: Whisper) -> Option<ReplyId> {
        let mut log = self.log();
        let (heard, reply) = match whisper {
            Whisper::Reply(reply) => (log.replies.take(*reply), None),
            Whisper::ReplyGrown { reply, run, at, text, .. } => {
                (log.replies.grow(reply, run, at, &text), Some(reply))
            }
            other => (Heard::News(What::Whisper(other)), None),
        };
        match heard {
            Heard::News(what) => self.push_sign(log, what),
            Heard::Known => {}
            Heard::Missing => return reply,
        }
        None
    }

    /// Takes in a reply as the truth has it.
    pub fn take_reply(&self, reply: Reply) {
        self.whisper(Whisper::Reply(Box::new(reply)));
    }

    /// Compares the replies in progress with the truth as it was read since `asked`; those to read.
    pub fn compare_replies(&self, heads: &[ReplyHead], asked: tokio::time::Instant) -> Vec<ReplyId> {
        self.log().replies.compare(heads, asked)
    }

    fn push_sign(&self, mut log: MutexGuard<'_, Log>, what: What) {
        let last = log.last.unwrap_or_default();
        self.push(&mut log, Entry::new(self.name, last, last, what));
        drop(log);
        self.listeners.ask();
    }

    fn append_change(&self, log: &mut Log, from: Seq, event: Event) {
        if let (Some(roster), Change::Member(member)) = (&mut log.roster, &event.change) {
            if member.is_in() {
                roster.insert(member.profile.id);
            } else {
                roster.remove(&member.profile.id);
            }
        }
        if let Change::Message(message) = &event.change {
            log.replies.end(message);
        }
        let to = event.seq;
        self.append(log, from, to, What::Change(event.change));
    }

    fn append(&self, log: &mut Log, from: Seq, to: Seq, what: What) {
        self.push(log, Entry::new(self.name, from, to, what));
        log.last = Some(to);
    }

    fn push(&self, log: &mut Log, entry: Entry) {
        log.reply_bytes += entry.reply_bytes();
        log.entries.push_back(Arc::new(entry));
        let mut more = log.entries.len().saturating_sub(limits::LANE_ENTRIES_MAX);
        // The newest is kept, however long it is.
        while more > 0 || (log.reply_bytes > limits::LANE_REPLY_BYTES_MAX && log.entries.len() > 1) {
            log.forget(1);
            more = more.saturating_sub(1);
        }
        self.position.fetch_add(1, Ordering::Release);
    }

    /// Lets go of the entries that were there the last time already. Whoever still wants one falls behind, and reads the store.
    pub fn sweep(&self) {
        let mut log = self.log();
        let position = self.position();
        let new = (position - log.swept) as usize;
        let old = log.entries.len().saturating_sub(new);
        log.forget(old);
        log.entries.shrink_to(new * 2);
        log.swept = position;
    }

    /// Learns a room's members.
    pub fn set_roster(&self, people: Vec<PersonId>) {
        let fits = people.len() <= limits::PRESENCE_ROSTER_MAX;
        self.log().roster = fits.then(|| people.into_iter().collect());
    }

    /// Counts something over the room's members, when they are known.
    pub fn with_roster<T>(&self, read: impl FnOnce(&HashSet<PersonId>) -> T) -> Option<T> {
        self.log().roster.as_ref().map(read)
    }
}
