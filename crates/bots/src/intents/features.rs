//! From words to a sparse vector: words, stems, pairs of stems, first and last word, and runs of two to four letters within a word.
//!
//! Each feature is known by 64 bits of hash, so a vocabulary of a hundred thousand is exact for all practical purposes. What training
//! never saw counts in the length of the vector at the greatest weight and scores nothing: strange words make a message less like anything.

use super::tokens::stem;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Training on so many texts leaves out what only one of them has.
const TEXTS_MANY: usize = 2_000;
/// A feature of every text, so that a class can be rare or common as such.
const CONSTANT: f32 = 0.5;

/// A message as (feature, weight), by feature.
pub(super) type Vector = Vec<(u32, f32)>;

/// The features that training saw, and how much each says.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    index: HashMap<u64, u32, BuildHasherDefault<Identity>>,
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
    /// Counts in how many of the texts each feature is.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a [String]>) -> Self {
        let mut seen: HashMap<u64, u32, BuildHasherDefault<Identity>> = HashMap::default();
        let mut total: usize = 0;
        for words in texts {
            total += 1;
            for block in blocks(words) {
                for (hash, _) in block {
                    *seen.entry(hash).or_default() += 1;
                }
            }
        }
        let least = if total < TEXTS_MANY { 1 } else { 2 };
        let mut kept: Vec<(u64, u32)> = seen.into_iter().filter(|&(_, texts)| texts >= least).collect();
        kept.sort_unstable();
        let weight = |texts: u32| (1.0 + ((1.0 + total as f32) / (1.0 + texts as f32)).ln()).sqrt();
        Self {
            weights: kept.iter().map(|&(_, texts)| weight(texts)).collect(),
            index: kept.iter().zip(0..).map(|(&(hash, _), at)| (hash, at)).collect(),
            unknown: weight(0),
        }
    }

    /// How many features there are, the constant one included.
    pub(super) fn len(&self) -> usize {
        self.weights.len() + 1
    }

    /// The vector of a text, of length 1 if all of it is known and shorter the more is not, with a constant behind it.
    pub(super) fn vector(&self, words: &[String]) -> Vector {
        let mut vector = Vector::new();
        for block in blocks(words) {
            let start = vector.len();
            let mut square = 0.0;
            for (hash, times) in block {
                let at = self.index.get(&hash).copied();
                let weight =
                    (1.0 + (times as f32).ln()) * at.map_or(self.unknown, |at| self.weights[at as usize]);
                square += weight * weight;
                vector.extend(at.map(|at| (at, weight)));
            }
            let scale = if square > 0.0 { (0.5 / square).sqrt() } else { 0.0 };
            vector[start..].iter_mut().for_each(|(_, weight)| *weight *= scale);
        }
        vector.sort_unstable_by_key(|&(at, _)| at);
        vector.push((self.weights.len() as u32, CONSTANT));
        vector
    }
}

/// The features of a text with how often each is there: first those of words, then those of letters.
fn blocks(words: &[String]) -> [Vec<(u64, u32)>; 2] {
    let (mut of_words, mut of_letters) = (Vec::new(), Vec::new());
    let mut last = None;
    for word in words {
        let stem = stem(word);
        of_words.push(hash(1, &[word]));
        of_words.push(hash(2, &[stem]));
        of_words.push(match last {
            Some(last) => hash(3, &[last, stem]),
            None => hash(4, &[stem]),
        });
        last = Some(stem);
        letters(word, &mut of_letters);
    }
    of_words.extend(last.map(|last| hash(5, &[last])));
    [counted(of_words), counted(of_letters)]
}

fn letters(word: &str, into: &mut Vec<u64>) {
    let framed = format!("<{word}>");
    let ends: Vec<usize> = framed.char_indices().map(|(at, _)| at).chain([framed.len()]).collect();
    for size in 2..=4 {
        into.extend(ends.windows(size + 1).map(|window| hash(6, &[&framed[window[0]..window[size]]])));
    }
}

fn counted(mut hashes: Vec<u64>) -> Vec<(u64, u32)> {
    hashes.sort_unstable();
    hashes.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u32)).collect()
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
