//! What both back ends work out from a draft in the same way.

use crate::StoreError;
use domain::{
    markup,
    messages::{Draft, Message},
};
use sha2::{Digest, Sha256};

/// By which a repeated draft is told from another one under the same `client_id`.
pub(crate) fn draft_hash(draft: &Draft) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(draft.reply_to().map_or(0, |id| id.0).to_be_bytes());
    hash.update(draft.content().as_bytes());
    hash.finalize().to_vec()
}

/// The first words of a quoted message; none when it is gone.
pub(crate) fn quote_excerpt(content: &str, gone: bool) -> String {
    if gone { String::new() } else { markup::excerpt(content, 120) }
}

/// The answer when a `client_id` comes again with another draft.
pub(crate) const CLIENT_ID_TAKEN: &str = "This client_id was used for another message.";

/// Why nothing can be done with a message that is gone.
pub(crate) fn gone(message: &Message) -> StoreError {
    StoreError::Conflict(match message.is_deleted() {
        true => "This message was deleted.",
        false => "This message was hidden by an administrator.",
    })
}

/// Whether this person may change the text of a message.
pub(crate) fn is_author(message: &Message, person: domain::ids::PersonId) -> bool {
    message.author.id == person
}
