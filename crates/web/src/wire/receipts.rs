//! What has become of a message.

use super::{Profile, value};
use crate::words::Words;
use domain::{
    ids::MessageId,
    receipts::{self, State},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What has become of a message of one's own.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Receipt<'r> {
    id: MessageId,
    /// As far as with the last of a few; of many, `delivered` means that somebody has read it.
    state: State,
    /// The same in words of one's language.
    #[schemars(example = &"Read by Bob")]
    words: String,
    /// To how many people it was said, without oneself and bots.
    people: usize,
    /// How many of them a device took it for.
    delivered: usize,
    /// How many of them read it.
    read: usize,
    /// How far it came with each; null in rooms of more than 20 members.
    each: Option<Vec<Each<'r>>>,
}

/// How far a message came with somebody.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Each<'r> {
    person: Profile<'r>,
    state: State,
}

pub(crate) fn receipt(receipt: &receipts::Receipt, words: Words) -> Value {
    let each = receipt.each.as_ref().map(|each| {
        each.iter().map(|(profile, state)| Each { person: profile.into(), state: *state }).collect()
    });
    value(Receipt {
        id: receipt.message,
        state: receipt.state(),
        words: crate::receipts::line(receipt, words),
        people: receipt.people,
        delivered: receipt.delivered,
        read: receipt.read,
        each,
    })
}
