//! Typing: told at once, never kept.

use crate::App;
use domain::{access::RoomWriter, events::Whisper};

impl App {
    /// Tells the room that somebody is typing, or has stopped.
    pub fn typing(&self, by: &RoomWriter, typing: bool) {
        let name = by.profile().display_name.clone();
        self.hub.whisper(Whisper::Typing { room: by.room_id(), person: by.person(), name, typing });
    }
}
