//! Replies in progress on a streamed page: each has slots of its own, pinned below the log. Finished parts are rendered, the
//! open one is text that grows word by word; when it is finished a style hides it and its rendering follows.

use super::Stream;
use crate::{
    fragment::Face,
    replies::{StepView, answering, part_html, reading, steps},
    words::filters,
};
use askama::Template;
use domain::{
    ids::ReplyId,
    markup::{escape, parts},
    messages::Message,
    replies::Reply,
};

/// A reply in progress as this page shows it.
pub(super) struct Band {
    /// Its slots.
    slot: usize,
    run: u32,
    /// The class of everything written of it, by which it is taken away.
    class: usize,
    /// Where the open part begins in the text, and the class of what was written of it.
    open: (usize, usize),
    /// Its text had not begun when its head was written.
    is_mute: bool,
}

#[derive(Template)]
#[template(path = "stream_reply.html")]
struct Head<'r> {
    reply: &'r Reply,
    face: Face,
    slot: usize,
    class: usize,
    state: &'r str,
    is_mute: bool,
    steps: Vec<StepView>,
}

impl Stream {
    /// Writes what is new of a reply.
    pub(super) fn reply(&mut self, reply: &Reply, at: Option<usize>, out: &mut String) {
        let known = self.bands.get(&reply.id).filter(|band| band.run == reply.run && !band.is_mute);
        match (known.is_some(), at) {
            (true, Some(at)) => self.grow(reply, at, out),
            _ => self.begin(reply, out),
        }
    }

    /// Takes the band away that became this message.
    pub(super) fn end_reply(&mut self, message: &Message, out: &mut String) {
        let Some(answer) = message.answer.as_deref() else { return };
        if self.bands.get(&answer.reply).is_some_and(|band| band.run <= answer.run) {
            self.take_away(answer.reply, out);
        }
    }

    fn take_away(&mut self, id: ReplyId, out: &mut String) {
        if let Some(Band { slot, class, .. }) = self.bands.remove(&id) {
            let rules = format!(".b{class}{{display:none}}.log::part(r{slot}){{display:none}}");
            out.push_str(&format!("<style nonce=\"{}\">{rules}</style>", self.nonce));
        }
    }

    /// Writes a reply from its beginning, over what was written of it before.
    fn begin(&mut self, reply: &Reply, out: &mut String) {
        self.take_away(reply.id, out);
        // A room has no more replies than there are slots; if it had, the next ones would be seen as messages.
        let taken = |slot: &usize| self.bands.values().any(|band| band.slot == *slot);
        let Some(slot) = (1..=domain::limits::REPLIES_PER_ROOM_MAX).find(|slot| !taken(slot)) else { return };
        let words = self.locale.words;
        let class = self.next_chunk();
        let is_mute = reply.text.is_empty();
        let state = if is_mute { reading(reply, words) } else { answering(reply, &self.locale) };
        let face = Face::of(&reply.bot);
        let head =
            Head { reply, face, slot, class, state: &state, is_mute, steps: steps(&reply.steps, words) };
        out.push_str(&format!("<style nonce=\"{}\">.log::part(r{slot}){{display:grid}}</style>", self.nonce));
        match words.speak(|| head.render()) {
            Ok(html) => out.push_str(&html),
            Err(error) => tracing::error!(%error, "a reply in progress was not rendered"),
        }
        let mut band = Band { slot, run: reply.run, class, open: (0, class), is_mute };
        self.write(&mut band, &reply.text, 0, out);
        self.bands.insert(reply.id, band);
    }

    fn grow(&mut self, reply: &Reply, at: usize, out: &mut String) {
        let Some(mut band) = self.bands.remove(&reply.id) else { return };
        self.write(&mut band, &reply.text, at, out);
        self.bands.insert(reply.id, band);
    }

    /// Writes the parts that were finished since, and the words of the open one from a byte on.
    fn write(&mut self, band: &mut Band, text: &str, at: usize, out: &mut String) {
        let open: Vec<&str> = parts(text.get(band.open.0..).unwrap_or_default()).collect();
        let Some((last, finished)) = open.split_last() else { return };
        let mut said = at.saturating_sub(band.open.0);
        if !finished.is_empty() || at == 0 {
            out.push_str(&format!(
                "<style nonce=\"{}\">.o{}{{display:none}}</style>",
                self.nonce, band.open.1
            ));
            for part in finished {
                let html = part_html(part, self.locale.words);
                out.push_str(&format!(
                    "<div class=\"words b{}\" slot=\"r{}\">{html}</div>\n",
                    band.class, band.slot
                ));
            }
            let begins = band.open.0 + finished.iter().map(|part| part.len()).sum::<usize>();
            (band.open, said) = ((begins, self.next_chunk()), 0);
        }
        let (is_code, shown) = as_text(last);
        let (was_code, mut before) = as_text(&last[..said.min(last.len())]);
        if was_code != is_code {
            // What was written of it turns out to begin a block of code.
            out.push_str(&format!(
                "<style nonce=\"{}\">.o{}{{display:none}}</style>",
                self.nonce, band.open.1
            ));
            (band.open.1, before) = (self.next_chunk(), "");
        }
        let kind = if is_code { " code" } else { "" };
        if let Some(new) = shown.get(before.len()..).filter(|new| !new.is_empty()) {
            let (class, part, slot) = (band.class, band.open.1, band.slot);
            let new = escape(new);
            out.push_str(&format!(
                "<span class=\"open{kind} b{class} o{part}\" slot=\"r{slot}\">{new}</span>\n"
            ));
        }
    }

    fn next_chunk(&mut self) -> usize {
        self.chunks += 1;
        self.chunks
    }
}

/// An open part as text: of a block of code, the code.
fn as_text(part: &str) -> (bool, &str) {
    if part.starts_with("```") || part.starts_with("~~~") {
        return (true, part.split_once('\n').map_or("", |(_, code)| code));
    }
    (false, part)
}
