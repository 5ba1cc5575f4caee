//! Repairs typing errors, in questions only: training takes every phrase as it is written.

use super::tokens::words;
use std::collections::HashMap;

/// The words that a misspelt one may have meant, by first letter and most frequent first.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    known: HashMap<Box<str>, u32>,
    by_letter: HashMap<char, Vec<Box<[char]>>>,
}

impl Spelling {
    /// Learns the words of all texts.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut known: HashMap<Box<str>, u32> = HashMap::new();
        for word in texts.flat_map(words) {
            match known.get_mut(word) {
                Some(times) => *times += 1,
                None => _ = known.insert(word.into(), 1),
            }
        }
        let mut often: Vec<_> = known.iter().filter(|(_, times)| **times >= 2).collect();
        often.sort_unstable_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
        let mut by_letter: HashMap<char, Vec<Box<[char]>>> = HashMap::new();
        for letters in often.iter().map(|(word, _)| word.chars().collect::<Box<[char]>>()) {
            by_letter.entry(letters[0]).or_default().push(letters);
        }
        Self { known, by_letter }
    }

    /// Puts the most frequent known word that is one edit away in the place of each unknown one of four letters or more.
    pub(super) fn repair(&self, text: &str) -> String {
        let mut repaired = String::with_capacity(text.len());
        for word in words(text) {
            if !repaired.is_empty() {
                repaired.push(' ');
            }
            match self.meant(word) {
                Some(meant) => repaired.extend(meant),
                None => repaired.push_str(word),
            }
        }
        repaired
    }

    fn meant(&self, word: &str) -> Option<&[char]> {
        if self.known.contains_key(word) {
            return None;
        }
        let letters: Vec<char> = word.chars().collect();
        if letters.len() < 4 {
            return None;
        }
        letters[..2].iter().find_map(|first| {
            let candidates = self.by_letter.get(first)?;
            candidates.iter().find(|known| one_edit(&letters, known)).map(AsRef::as_ref)
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
    use crate::intents::{Chance, mistype};
    use proptest::prelude::*;

    fn repaired(text: &str) -> String {
        Spelling::of(["weather weather weathers", "time time"].into_iter()).repair(text)
    }

    #[test]
    fn one_wrong_key_is_mended() {
        for word in ["wether", "weatther", "weatber", "waether", "ewather"] {
            assert_eq!(repaired(word), "weather", "{word}");
        }
        assert_eq!(repaired("what tiem is it ?"), "what time is it ?");
    }

    #[test]
    fn known_short_and_stranger_words_stay_and_a_word_seen_once_is_no_candidate() {
        for word in ["weathers", "tim", "whether", "weathersx", ""] {
            assert_eq!(repaired(word), word);
        }
    }

    proptest! {
        #[test]
        fn a_repair_is_one_edit_away_and_never_another_number_of_words(text in "[a-zé]{1,9}( [a-zé]{1,9}){0,4}", seed: u64) {
            let typed = mistype(&text, 1, &mut Chance::new(seed));
            let spelling = Spelling::of([text.as_str(), text.as_str()].into_iter());
            let repaired = spelling.repair(&typed);
            prop_assert_eq!(words(&repaired).count(), words(&typed).count());
            for (before, after) in words(&typed).zip(words(&repaired)).filter(|(before, after)| before != after) {
                let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
                prop_assert!(one_edit(&before, &after));
            }
        }
    }
}
