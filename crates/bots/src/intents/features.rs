//! From words to a sparse vector: words, stems, pairs of stems, first and last word, and runs of two to four letters within a word.
//!
//! Each feature is known by 64 bits of hash, so a vocabulary of a hundred thousand is exact for all practical purposes. What training
//! never saw counts in the length of the vector and scores nothing: strange words make a message less like anything.

use super::tokens::{stem, words};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Training on so many texts leaves out what only one of them has.
const TEXTS_MANY: usize = 2_000;
/// What a feature that was never seen weighs beside the rarest of the others.
const UNKNOWN: f32 = 1.2;
/// A feature of every text, so that a class can be rare or common as such.
const CONSTANT: f32 = 0.5;

/// A feature of a message with its weight, in 4 bytes: there are many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u32);

impl Entry {
    const WEIGHT_BITS: u32 = 12;
    const WEIGHT_MAX: u32 = (1 << Self::WEIGHT_BITS) - 1;
    /// Features that can be told apart.
    const FEATURES_MAX: usize = 1 << (u32::BITS - Self::WEIGHT_BITS);

    /// A feature with a weight from 0 to 1.
    fn new(feature: usize, weight: f32) -> Self {
        Self((feature as u32) << Self::WEIGHT_BITS | (weight * Self::WEIGHT_MAX as f32).round() as u32)
    }

    /// Which feature.
    #[inline(always)]
    pub(super) fn feature(self) -> usize {
        (self.0 >> Self::WEIGHT_BITS) as usize
    }

    /// What it weighs in its message.
    #[inline(always)]
    pub(super) fn weight(self) -> f32 {
        (self.0 & Self::WEIGHT_MAX) as f32 * (1.0 / Self::WEIGHT_MAX as f32)
    }
}

/// The features that training saw, and how much each says. The first is that of every text, then come the most frequent ones, which
/// so lie together in memory.
#[derive(Debug)]
pub(super) struct Vocabulary {
    places: HashMap<u64, u32, BuildHasherDefault<Identity>>,
    weights: Vec<f32>,
    unknown: f32,
}

/// The hashes are mixed already.
#[derive(Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Vocabulary {
    /// Counts in how many of the texts each feature is, and keeps `most` of them at most, the frequent ones.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> Self {
        let mut seen: HashMap<u64, u32, BuildHasherDefault<Identity>> = HashMap::default();
        let mut total: usize = 0;
        let mut blocks = Blocks::default();
        for text in texts {
            total += 1;
            blocks.fill(text);
            for same in blocks.0.iter().flat_map(|block| block.chunk_by(|one, other| one == other)) {
                *seen.entry(same[0]).or_default() += 1;
            }
        }
        let least = if total < TEXTS_MANY { 1 } else { 2 };
        let mut kept: Vec<(u64, u32)> = seen.into_iter().filter(|&(_, texts)| texts >= least).collect();
        kept.sort_unstable_by_key(|&(hash, texts)| (std::cmp::Reverse(texts), hash));
        kept.truncate(most.min(Entry::FEATURES_MAX) - 1);
        let weight = |texts: u32| (1.0 + ((1.0 + total as f32) / (1.0 + texts as f32)).ln()).sqrt();
        Self {
            weights: std::iter::once(CONSTANT).chain(kept.iter().map(|&(_, texts)| weight(texts))).collect(),
            places: kept.iter().zip(1..).map(|(&(hash, _), place)| (hash, place)).collect(),
            unknown: UNKNOWN * weight(0),
        }
    }

    /// How many features there are.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// The vector of a text, by feature: the constant, and parts for words and for letters, of length 1 together if all of it is
    /// known and shorter the more is not.
    pub(super) fn vector(&self, text: &str) -> Vec<Entry> {
        let mut blocks = Blocks::default();
        blocks.fill(text);
        let mut vector = vec![Entry::new(0, CONSTANT)];
        let mut known = Vec::new();
        for block in &blocks.0 {
            let mut square = 0.0;
            known.clear();
            for same in block.chunk_by(|one, other| one == other) {
                let place = self.places.get(&same[0]).map(|place| *place as usize);
                let weight = (1.0 + (same.len() as f32).ln())
                    * place.map_or(self.unknown, |place| self.weights[place]);
                square += weight * weight;
                known.extend(place.map(|place| (place, weight)));
            }
            let scale = if square > 0.0 { (0.5 / square).sqrt() } else { 0.0 };
            vector.extend(known.iter().map(|&(place, weight)| Entry::new(place, weight * scale)));
        }
        vector.sort_unstable();
        vector
    }
}

/// The features of a text, sorted: first those of words, then those of letters.
#[derive(Default)]
struct Blocks([Vec<u64>; 2]);

impl Blocks {
    fn fill(&mut self, text: &str) {
        let [of_words, of_letters] = &mut self.0;
        of_words.clear();
        of_letters.clear();
        let mut last = None;
        for word in words(text) {
            let stem = stem(word);
            of_words.push(hash(1, &[word]));
            of_words.push(hash(2, &[stem]));
            of_words.push(match last {
                Some(last) => hash(3, &[last, stem]),
                None => hash(4, &[stem]),
            });
            last = Some(stem);
            letters(word, of_letters);
        }
        of_words.extend(last.map(|last| hash(5, &[last])));
        of_words.sort_unstable();
        of_letters.sort_unstable();
    }
}

fn letters(word: &str, into: &mut Vec<u64>) {
    let framed = format!("<{word}>");
    let ends: Vec<usize> = framed.char_indices().map(|(at, _)| at).chain([framed.len()]).collect();
    for size in 2..=4 {
        into.extend(ends.windows(size + 1).map(|window| hash(6, &[&framed[window[0]..window[size]]])));
    }
}

/// FNV-1a with the finish of SplitMix64, so that all bits are worth the same.
fn hash(kind: u8, parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    add(kind);
    for part in parts {
        part.bytes().for_each(&mut add);
        add(0xFF);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_vector_is_1_beside_its_constant_and_less_with_unknown_words() {
        let vocabulary = Vocabulary::of(["what time is it", "tell me the time"].into_iter(), 1_000);
        let square = |text| vocabulary.vector(text).iter().map(|entry| entry.weight().powi(2)).sum::<f32>();
        assert!((square("what time is it") - 1.25).abs() < 0.01, "{}", square("what time is it"));
        assert!(square("what time was it then") < 1.1);
        assert!((square("") - 0.25).abs() < 0.01);
    }

    #[test]
    fn above_the_most_that_are_kept_the_rarest_features_go() {
        let texts = ["time", "time", "tide"];
        let vocabulary = Vocabulary::of(texts.into_iter(), 9);
        assert_eq!(vocabulary.len(), 9);
        assert_eq!(vocabulary.vector("time").len(), 9);
        assert!(vocabulary.vector("tide").len() < 9);
    }
}
