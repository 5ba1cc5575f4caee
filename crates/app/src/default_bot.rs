//! What the server's own bot thinks with.

use crate::App;
use bots::Mind;
use std::sync::Arc;

/// The bot that answers where there is no room: on the guests' page and on the bot's socket.
pub struct DefaultBot {
    /// What it is called.
    pub name: String,
    /// What it knows, in a sentence; may be empty.
    pub about: String,
    /// Writes its replies.
    pub mind: Arc<dyn Mind>,
    /// Finds what a message means, and says so with [`bots::Piece::Guess`]. May be the same as `mind`.
    pub guesser: Arc<dyn Mind>,
}

impl App {
    /// The same with a bot of its own.
    #[must_use]
    pub fn with_default_bot(self, default_bot: DefaultBot) -> Self {
        Self { default_bot: Some(Arc::new(default_bot)), ..self }
    }

    /// The bot that answers where there is no room, if there is one.
    pub fn default_bot(&self) -> Option<Arc<DefaultBot>> {
        self.default_bot.clone()
    }
}
