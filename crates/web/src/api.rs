//! The JSON API: rooms, members, messages and changes, for scripts and for the pages' own modules.

pub(crate) mod bots;
pub(crate) mod me;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod replies;
pub(crate) mod rooms;
