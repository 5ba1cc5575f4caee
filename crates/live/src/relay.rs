//! Between processes: hints that something happened. A hint may be lost, doubled, late or out of order.

mod broker;
pub mod memory;
pub mod nats;
pub mod postgres;
pub mod rabbitmq;
pub mod redis;

pub use broker::{Broker, NotAUrl};

use domain::{
    events::{Event, Lane, Whisper},
    ids::{PersonId, Seq},
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Names a process among those that share a database, from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProcessId(pub u64);

/// What one process lets the others know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// Who says it. A process ignores its own.
    pub from: ProcessId,
    /// What.
    pub news: HintNews,
}

/// What one process lets the others know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintNews {
    /// A change, whole, when it is small enough ([`domain::limits::RELAY_EVENT_BYTES_MAX`]).
    Event(Box<Event>),
    /// A lane has come this far.
    Moved(Lane, Seq),
    /// A passing sign.
    Whisper(Whisper),
    /// The people connected to the sender, and whether they are away. Replaces what it said before.
    Here(Vec<(PersonId, bool)>),
}

/// The way between processes. Held as `Arc<dyn Relay>`.
pub trait Relay: Send + Sync + 'static {
    /// Sends a hint to every other process. Never waits: when its queue is full the hint is dropped and counted.
    fn publish(&self, hint: Hint);

    /// Hears the hints of all processes, from now on and across reconnections. Called once.
    fn subscribe(&self) -> mpsc::Receiver<Hint>;

    /// Whether the others could be heard within the last few seconds.
    fn is_heard(&self) -> bool;

    /// Whether there may be other processes at all. Without them nothing is encoded.
    fn reaches_others(&self) -> bool {
        true
    }

    /// Why the others cannot be heard, as far as that is known.
    fn fault(&self) -> Option<String> {
        None
    }

    /// Hints that were dropped because the queue was full or the relay away, since start.
    fn dropped(&self) -> u64;
}
