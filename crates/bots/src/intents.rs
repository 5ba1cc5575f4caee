//! The embedded classifier: from example phrases to the intent of a message, trained in the process.
//!
//! It needs no service, no key and no model file. The same phrases in the same order always make the same classifier. It
//! knows no bots, replies or rooms: phrases go in, intents with their margins come out.

mod chance;
mod classifier;
mod features;
mod phrases;
mod spelling;
mod tokens;
mod training;

pub use classifier::{Classifier, Guess, THRESHOLD};
pub use phrases::{Malformed, OUT_OF_SCOPE, Phrase, read_phrases};
