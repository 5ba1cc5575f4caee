//! The embedded mind: from example phrases to the intent of a message and a reply, trained in the process.
//!
//! It needs no service, no key and no model file. [`Script`] is what an author writes, [`Classifier`] finds what a message means,
//! [`Responder`] answers. The same script makes the same bot, and the same conversation, clock and chance the same reply. It knows no
//! rooms and no storage, and remembers nothing between two messages.

mod chance;
mod classifier;
mod dice;
mod entities;
mod evaluation;
mod features;
mod lessons;
mod phrases;
mod responder;
mod script;
mod settings;
mod spelling;
mod starter;
mod template;
mod tokens;
mod training;
mod validation;

pub use chance::Chance;
pub use classifier::{Classifier, Guess, THRESHOLD, confidence};
pub use evaluation::{Figures, evaluate, mistype};
pub use phrases::{Malformed, OUT_OF_SCOPE, Phrase, read_phrases};
pub use responder::{Responder, Response};
pub use script::{Entity, Fallback, Intent, Script, ScriptError};
pub use settings::{check_settings, script_of, settings_of};
pub use starter::{STARTER, starter};
pub use validation::{Effect, threshold_effects};
