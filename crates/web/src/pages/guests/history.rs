//! A guest's conversation as it is kept in their browser, and nowhere else: compressed, sealed, and never more than fits into the cookies.
//!
//! What outgrows them loses its oldest turns, and says so. The newest question and its answer always fit; an answer that does not fit
//! beside its question is cut, visibly. Whatever a browser brings that was not sealed by a process with our key is no conversation.

use crate::seal::Seal;
use bots::{Speaker, Turn};
use domain::limits;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    io::{Read, Write},
};

/// A guest's conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    /// Oldest first.
    #[serde(rename = "t")]
    pairs: VecDeque<Pair>,
    /// Forms that were answered lately, oldest first.
    #[serde(rename = "f")]
    forms: VecDeque<String>,
    /// Older turns were left out.
    #[serde(rename = "o", default)]
    pub lost: bool,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pair {
    #[serde(rename = "q")]
    pub question: String,
    #[serde(rename = "a")]
    pub answer: String,
    /// The answer stops before its end.
    #[serde(rename = "c", default, skip_serializing_if = "is_false")]
    pub cut: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl History {
    /// Reads what a browser brought. What is broken, old, cut or forged is an empty conversation.
    pub fn open(seal: &Seal, sealed: &str) -> Self {
        let packed = seal.open(sealed).unwrap_or_default();
        let mut text = Vec::new();
        let bound = limits::GUEST_HISTORY_BYTES_MAX as u64 + 1;
        match DeflateDecoder::new(&packed[..]).take(bound).read_to_end(&mut text) {
            Ok(_) => serde_json::from_slice(&text).unwrap_or_default(),
            Err(_) => Self::default(),
        }
    }

    /// The conversation with one more turn, and the form that brought it, as text for the cookies.
    pub fn seal_with(mut self, seal: &Seal, mut pair: Pair, form: &str) -> String {
        self.remember(form);
        loop {
            self.pairs.push_back(pair);
            if let Some(packed) = self.packed() {
                return seal.seal(&packed);
            }
            pair = self.pairs.pop_back().expect("it was just put there");
            match self.pairs.pop_front() {
                Some(_) => self.lost = true,
                None => return seal.seal(&self.packed_with_as_much_of(pair)),
            }
        }
    }

    /// Alone with one turn, whose answer is cut to what fits.
    fn packed_with_as_much_of(mut self, pair: Pair) -> Vec<u8> {
        let chars: Vec<char> = pair.answer.chars().collect();
        let mut with = |count: usize| {
            let answer = chars[..count].iter().collect();
            self.pairs = VecDeque::from([Pair { question: pair.question.clone(), answer, cut: true }]);
            self.packed()
        };
        let (mut fits, mut most, mut packed) = (0, chars.len(), with(0).unwrap_or_default());
        while fits < most {
            let tried = (fits + most).div_ceil(2);
            match with(tried) {
                Some(bytes) => (fits, packed) = (tried, bytes),
                None => most = tried - 1,
            }
        }
        packed
    }

    /// Compressed, if it fits.
    fn packed(&self) -> Option<Vec<u8>> {
        let text = serde_json::to_vec(self).ok()?;
        if text.len() > limits::GUEST_HISTORY_BYTES_MAX {
            return None;
        }
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&text).ok()?;
        let packed = packed.finish().ok()?;
        let most = limits::GUEST_COOKIES_MAX * limits::GUEST_COOKIE_BYTES_MAX;
        (Seal::length(packed.len()) <= most).then_some(packed)
    }

    fn remember(&mut self, form: &str) {
        if is_form(form) {
            self.forms.push_back(form.to_owned());
        }
        while self.forms.len() > limits::GUEST_FORMS_MAX {
            self.forms.pop_front();
        }
    }

    /// Whether this form was answered lately.
    pub fn knows(&self, form: &str) -> bool {
        self.forms.iter().any(|known| known == form)
    }

    /// Every question with its answer, oldest first.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    /// The conversation as a mind hears it, ending with a new question.
    pub fn asking(&self, question: &str) -> Vec<Turn> {
        let other = || Speaker::Other(String::new());
        let said = |speaker, content: &str| Turn { speaker, content: content.to_owned() };
        let before = self.pairs.iter();
        let before =
            before.flat_map(|pair| [said(other(), &pair.question), said(Speaker::Own, &pair.answer)]);
        before.chain([said(other(), question)]).collect()
    }
}

/// What our own forms carry: 64 bits in hexadecimal. Nothing else is kept, or somebody could fill the cookies with it.
fn is_form(form: &str) -> bool {
    form.len() == 16 && form.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
