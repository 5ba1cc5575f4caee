//! One thing that happened, encoded once per format and shared by everyone who hears of it.

use bytes::Bytes;
use domain::{
    events::{Change, Lane, Whisper},
    ids::Seq,
    replies::Reply,
};
use std::sync::{Arc, Mutex, OnceLock};

/// Names an encoding. The first [`Format::FIXED`] are looked up without a lock; further ones (a fragment in a language
/// and time zone, say) in a short list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format(pub u32);

impl Format {
    /// How many formats are looked up without a lock.
    pub const FIXED: u32 = 4;
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A durable change.
    Change(Change),
    /// A passing sign without a place in the order.
    Whisper(Whisper),
    /// A reply in progress.
    Reply {
        /// As it stands.
        reply: Arc<Reply>,
        /// Where in its text the new words begin, in bytes, when nothing else changed; `None`: take it all anew.
        at: Option<usize>,
    },
    /// The lane went on, but there is nothing to tell.
    Nothing,
    /// The lane went on too far to tell each change: fetch a fresh window.
    Reset,
}

/// One thing that happened in a lane.
#[derive(Debug)]
pub struct Entry {
    /// Where.
    pub lane: Lane,
    /// The first place it covers. For a whisper: the lane's place at the time, the same as `to`.
    pub from: Seq,
    /// The last place it covers.
    pub to: Seq,
    /// What.
    pub what: What,
    fixed: [OnceLock<Bytes>; Format::FIXED as usize],
    others: Mutex<Vec<(Format, Bytes)>>,
}

impl Entry {
    /// An entry that nobody has encoded yet.
    pub fn new(lane: Lane, from: Seq, to: Seq, what: What) -> Self {
        Self { lane, from, to, what, fixed: Default::default(), others: Mutex::default() }
    }

    /// Bytes of the reply in progress that it holds.
    pub(crate) fn reply_bytes(&self) -> usize {
        match &self.what {
            What::Reply { reply, .. } => reply.text.len(),
            _ => 0,
        }
    }

    /// The bytes of this entry in a format; `encode` runs for the first who asks.
    pub fn encoded(&self, format: Format, encode: impl FnOnce(&Self) -> Bytes) -> Bytes {
        if let Some(slot) = self.fixed.get(format.0 as usize) {
            return slot.get_or_init(|| encode(self)).clone();
        }
        let held =
            |list: &Vec<(Format, Bytes)>| list.iter().find(|(f, _)| *f == format).map(|(_, b)| b.clone());
        if let Some(bytes) = held(&self.others.lock().unwrap_or_else(|e| e.into_inner())) {
            return bytes;
        }
        let bytes = encode(self);
        let mut others = self.others.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(bytes) = held(&others) {
            return bytes;
        }
        others.push((format, bytes.clone()));
        bytes
    }
}
