//! The pure types and rules of Tertulia: people, rooms, members, messages, who may do what, and every limit.
//!
//! Nothing here reads a clock, a database or a socket; what is needed of them comes in as a parameter. The other
//! crates depend on this one and it depends on none of them, so a rule written here holds behind every door.
//!
//! The surprising part: rights are *values*. [`access::RoomWriter`] can only be had from [`access::RoomWriter::grant`],
//! and the functions that post ask for one, so code that forgot to check does not compile.

pub mod access;
pub mod audit;
pub mod bots;
pub mod chats;
pub mod circles;
pub mod cursors;
pub mod events;
pub mod ids;
pub mod invites;
pub mod limits;
pub mod markup;
pub mod members;
pub mod messages;
pub mod people;
pub mod receipts;
pub mod replies;
pub mod reports;
pub mod rooms;
pub mod sessions;
pub mod settings;
pub mod tokens;

mod invalid;

pub use invalid::Invalid;
