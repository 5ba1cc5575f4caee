//! What the server's own bot thinks with, where no bot of the database is asked.

use anyhow::Result;
use app::DefaultBot;
use bots::{MindSource, intents::starter};

/// The bot that answers guests: called as the starter bot, whatever it thinks with.
pub fn default_bot(minds: &MindSource) -> Result<DefaultBot> {
    let guesser = minds.recogniser()?;
    let mind = minds.writer(&guesser)?;
    let script = starter();
    let about = if minds.model()?.is_some() { String::new() } else { script.description };
    Ok(DefaultBot { name: script.name, about, mind, guesser })
}
