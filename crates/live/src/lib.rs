//! Who must hear of it now: the hub inside this process, the relay between processes.
//!
//! The hub keeps a *lane* for every room and person somebody here listens to. A lane is a short log of what happened
//! last, in order; a [`Connection`] is a set of places in such logs and one waker. Delivering is therefore one append
//! and a wake-up per connection: no task, no queue and no copy per delivery. Whoever falls behind the log is told
//! ([`Delivery::Lagged`]) and resumes from the truth, never silently skipped.
//!
//! Nothing here knows SQL, HTTP or HTML: the truth is asked through [`Truth`], and each transport hands
//! [`Entry::encoded`] the encoder of its format, whose result every other connection of that format shares.
//!
//! The surprising part: losing a hint is harmless. Every half second each process compares its lanes' heads with the truth
//! and catches up, relay or no relay; the relay only makes it faster.

mod connection;
mod entry;
mod hub;
mod lane;
mod listeners;
mod presence;
pub mod relay;
mod replies;
mod truth;
mod wake;

pub use connection::{Closed, Connection, Delivery, Ended, Rights};
pub use entry::{Entry, Format, What};
pub use hub::{ConnectError, Figures, Hub};
pub use relay::{Hint, HintNews, ProcessId, Relay};
pub use truth::{Truth, Unread};
