//! The use cases: sign in, make a room, join, post, edit, read. No SQL and no HTTP.
//!
//! Each function reads top-down as its consequences: check, write, tell, return. Rights come in as the proofs of
//! [`domain::access`], so a function that can be called may be called. A read that needs no rule is not forwarded here: the
//! doors ask [`App::store`] for it, with the proof in hand.
//!
//! The surprising part: clock and randomness come in through [`World`], so that a whole server can run inside a test.

mod access;
mod accounts;
mod administration;
mod answering;
mod bots;
mod chats;
mod default_bot;
mod error;
mod guests;
mod invites;
mod marks;
mod members;
mod messages;
mod moderation;
mod passwords;
mod rates;
mod rooms;
mod secrets;
mod sessions;
mod settings;
mod setup;
mod tokens;
mod truth;
mod typing;
mod viewers;
mod world;

pub use accounts::SignUp;
pub use administration::AccountDraft;
pub use answering::{Answerer, Minds};
pub use bots::BotDraft;
pub use default_bot::{DefaultBot, FIRST_BOT};
pub use error::{Error, Result};
pub use guests::{Answer, Asker, Guest};
pub use rooms::RoomDraft;
pub use sessions::SignedIn;
pub use tokens::TokenDraft;
pub use viewers::{Pass, Viewer};
pub use world::{SystemWorld, World};

use live::{Hub, ProcessId, Relay};
use std::sync::Arc;
use store::Store;

/// The product without its doors. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Arc<dyn Store>,
    hub: Hub,
    world: Arc<dyn World>,
    passwords: Arc<passwords::Passwords>,
    rates: Arc<rates::Rates>,
    marks: Arc<marks::Marks>,
    authenticated: Arc<viewers::Authenticated>,
    answering: Arc<answering::Answering>,
    process: ProcessId,
    guests: Arc<guests::Guests>,
    settings: Arc<settings::Settings>,
    house: Option<Arc<default_bot::House>>,
}

impl App {
    /// Puts the parts together. Needs a running tokio runtime, because the hub has tasks.
    pub fn new(store: Arc<dyn Store>, relay: Arc<dyn Relay>, world: Arc<dyn World>) -> Self {
        let process = ProcessId(chance(&*world));
        let hub = Hub::new(Arc::new(truth::StoreTruth(store.clone())), relay, process);
        Self {
            store,
            hub,
            world,
            passwords: Arc::default(),
            rates: Arc::default(),
            marks: Arc::default(),
            authenticated: Arc::default(),
            answering: Arc::default(),
            process,
            guests: Arc::default(),
            settings: Arc::default(),
            house: None,
        }
    }

    /// The truth, for reads that need no rule.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Who must hear of it now.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The time by this server's clock.
    pub fn now(&self) -> jiff::Timestamp {
        self.world.now()
    }

    /// Tells what was written and gives the answer back.
    fn tell<T>(&self, written: store::Written<T>) -> T {
        self.authenticated.forget(&written.events);
        self.hub.tell(written.events);
        written.value
    }
}

/// A number that no other process has.
fn chance(world: &dyn World) -> u64 {
    let mut bytes = [0; 8];
    world.randomize(&mut bytes);
    u64::from_le_bytes(bytes)
}
