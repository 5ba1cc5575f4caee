//! Repairs typing errors, in questions only: training takes every phrase as it is written.

use std::collections::HashMap;

/// The words that a misspelt one may have meant, by first letter and most frequent first.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    known: HashMap<String, u32>,
    by_letter: HashMap<char, Vec<Vec<char>>>,
}

impl Spelling {
    /// Learns the words of all phrases.
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a String>) -> Self {
        let mut known: HashMap<String, u32> = HashMap::new();
        for word in words {
            match known.get_mut(word) {
                Some(times) => *times += 1,
                None => _ = known.insert(word.clone(), 1),
            }
        }
        let mut often: Vec<_> = known.iter().filter(|(_, times)| **times >= 2).collect();
        often.sort_unstable_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
        let mut by_letter: HashMap<char, Vec<Vec<char>>> = HashMap::new();
        for letters in often.iter().map(|(word, _)| word.chars().collect::<Vec<_>>()) {
            by_letter.entry(letters[0]).or_default().push(letters);
        }
        Self { known, by_letter }
    }

    /// Puts the most frequent known word that is one edit away in the place of each unknown one of four letters or more.
    pub(super) fn repair(&self, words: &mut [String]) {
        for word in words {
            if self.known.contains_key(word.as_str()) {
                continue;
            }
            let letters: Vec<char> = word.chars().collect();
            if letters.len() >= 4
                && let Some(meant) = self.meant(&letters)
            {
                *word = meant.iter().collect();
            }
        }
    }

    fn meant(&self, letters: &[char]) -> Option<&[char]> {
        letters[..2].iter().find_map(|first| {
            let candidates = self.by_letter.get(first)?;
            candidates.iter().find(|known| one_edit(letters, known)).map(Vec::as_slice)
        })
    }
}

/// Whether one insertion, deletion, substitution or swap of neighbours makes one word of the other.
fn one_edit(one: &[char], other: &[char]) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = long.iter().zip(short).take_while(|(one, other)| one == other).count();
    let (long, short) = (&long[same..], &short[same..]);
    if long.len() > short.len() {
        return long[1..] == *short;
    }
    match (long, short) {
        ([], []) => false,
        ([a, b, rest @ ..], [c, d, other @ ..]) if (a, b) == (d, c) && rest == other => true,
        _ => long[1..] == short[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(word: &str) -> String {
        let known = ["weather", "weather", "weathers", "time", "time"].map(str::to_owned);
        let mut words = [word.to_owned()];
        Spelling::of(known.iter()).repair(&mut words);
        words.concat()
    }

    #[test]
    fn one_wrong_key_is_mended() {
        for word in ["wether", "weatther", "weatber", "waether", "ewather"] {
            assert_eq!(repaired(word), "weather", "{word}");
        }
    }

    #[test]
    fn known_short_and_stranger_words_stay_and_a_word_seen_once_is_no_candidate() {
        for word in ["weathers", "tim", "whether", "weathersx"] {
            assert_eq!(repaired(word), word);
        }
    }
}
