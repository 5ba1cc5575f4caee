//! What becomes of one's own messages, on a streamed page: each holds all that may, and a style that follows shows one.

use super::Stream;
use crate::{
    fragment::base,
    receipts::{shown, with_all},
};
use domain::{ids::MessageId, limits, messages::Message, receipts::State};

impl Stream {
    /// A message's HTML; one's own with its tick as it was before.
    pub(super) fn with_tick(&mut self, message: &Message, html: String, out: &mut String) -> String {
        if message.author.id != self.reader.person() || message.is_deleted() {
            self.came.remove(&message.id);
            return html;
        }
        let state = *self.came.entry(message.id).or_insert(State::Sent);
        if self.came.len() > limits::RECEIPTS_MAX {
            self.came.pop_first();
        }
        out.push_str(&format!("<style nonce=\"{}\">{}</style>", self.nonce, shown(self.chunks, state)));
        with_all(&html, &base(message), self.locale.words)
    }

    /// Writes how far one's own messages came since, when somebody came further.
    pub(super) async fn tell_receipts(&mut self, out: &mut String) {
        let Some((first, _)) = self.came.first_key_value().filter(|_| self.is_moved) else { return };
        self.is_moved = false;
        let after = MessageId(first.0 - 1);
        let receipts = match self.web.app.store().receipts(&self.reader, after).await {
            Ok(receipts) => receipts,
            Err(error) => return tracing::warn!(%error, "receipts were not read; the next mark asks again"),
        };
        for receipt in receipts {
            let Some(held) = self.came.get_mut(&receipt.message) else { continue };
            let state = receipt.state();
            if *held != state
                && let Some((_, chunk)) = self.slots.get(&receipt.message)
            {
                *held = state;
                out.push_str(&format!("<style nonce=\"{}\">{}</style>\n", self.nonce, shown(*chunk, state)));
            }
        }
    }
}
