//! The server's own bot, as it answers where there is no room: on the guests' page and on the bot's socket.
//!
//! It is the first bot of the database, so what administrators teach it holds here too, after a moment. Without a database that can be
//! read it is what the binary brings along: guests need none.

use crate::{App, Minds};
use bots::{Mind, intents};
use domain::bots::Bot;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// The name that the first bot is called by.
pub const FIRST_BOT: &str = "tertulia";

/// How long what was read of the bot is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// How long it is waited for.
const READ_WITHIN: Duration = Duration::from_millis(500);

/// The bot that answers where there is no room.
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

/// What the binary brings along, and what the database made of it.
pub(crate) struct House {
    own: Arc<DefaultBot>,
    pub(crate) minds: Arc<dyn Minds>,
    /// When it was read, and the bot that was there; `None`: one that may not speak.
    read: Mutex<Option<(Instant, Option<Arc<DefaultBot>>)>>,
}

impl App {
    /// The same with a bot of its own.
    #[must_use]
    pub fn with_default_bot(self, own: DefaultBot, minds: Arc<dyn Minds>) -> Self {
        let house = House { own: Arc::new(own), minds, read: Mutex::default() };
        Self { house: Some(Arc::new(house)), ..self }
    }

    /// The bot that answers where there is no room; `None` when it may not speak.
    pub async fn default_bot(&self) -> Option<Arc<DefaultBot>> {
        let house = self.house.as_ref()?;
        if let Some((at, bot)) = &*house.read.lock().unwrap_or_else(PoisonError::into_inner)
            && at.elapsed() < BELIEVED
        {
            return bot.clone();
        }
        let bot = match timeout(READ_WITHIN, self.first_bot()).await {
            Ok(Ok(Some(bot))) if !bot.is_active => None,
            Ok(Ok(Some(bot))) => Some(house.thinking_as(&bot)),
            Ok(Ok(None)) => Some(house.own.clone()),
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("the first bot cannot be read; guests are answered by the one of the binary");
                Some(house.own.clone())
            }
        };
        *house.read.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), bot.clone()));
        bot
    }

    /// The bot that was made with the database.
    pub async fn first_bot(&self) -> store::Result<Option<Bot>> {
        match self.store.person_by_name(FIRST_BOT).await? {
            Some(person) if person.is_bot => self.store.bot(person.id).await,
            _ => Ok(None),
        }
    }
}

impl House {
    /// The bot as administrators keep it.
    fn thinking_as(&self, bot: &Bot) -> Arc<DefaultBot> {
        let own = &self.own;
        let (mind, guesser, about) = match (bot.mind.as_str(), self.minds.mind(bot)) {
            (_, Err(fault)) => {
                tracing::warn!(%fault, "the first bot's settings cannot be used");
                (own.mind.clone(), own.guesser.clone(), own.about.clone())
            }
            // As it was made; its mind is the one that is here already.
            ("auto", Ok(_)) if bot.settings == "{}" => {
                (own.mind.clone(), own.guesser.clone(), own.about.clone())
            }
            ("intents", Ok(mind)) => (mind.clone(), mind, about(&bot.settings)),
            (_, Ok(mind)) => (mind, own.guesser.clone(), String::new()),
        };
        Arc::new(DefaultBot { name: bot.profile.display_name.clone(), about, mind, guesser })
    }
}

fn about(settings: &str) -> String {
    intents::script_of(settings).map(|script| script.description).unwrap_or_default()
}
