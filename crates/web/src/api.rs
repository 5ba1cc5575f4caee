//! The JSON API: rooms, members, messages, changes and tokens, for scripts and for the pages' own modules.

pub(crate) mod administration;
pub(crate) mod bots;
pub(crate) mod chats;
pub(crate) mod me;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod moderation;
pub(crate) mod receipts;
pub(crate) mod replies;
pub(crate) mod rooms;
pub(crate) mod server_settings;
pub(crate) mod tokens;
