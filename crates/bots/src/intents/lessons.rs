//! What is learnt from: each text once, with what it is to every intent, and texts that mean nothing.

use super::{
    chance::Chance,
    phrases::Phrase,
    script::Following,
    tokens::{tokens, words},
    training::Stance,
};
use std::collections::HashMap;

/// How often an intent hears that a text of which nothing is known does not mean it. Without this a bot of few intents takes every
/// stranger for one of them, because nothing ever told it of strangers.
const NOTHING: usize = 24;
/// From so many phrases on, texts of random words are made as further examples of what means nothing.
const PHRASES_MANY: usize = 2_000;

/// Texts with their stances.
pub(super) struct Lessons {
    /// Those of the phrases: words, and the place of their stance.
    pub(super) texts: Vec<(String, u32)>,
    /// The place of the stance of what means nothing.
    none: u32,
    /// What a text can be to the intents.
    stances: Vec<Stance>,
}

impl Lessons {
    /// From phrases. A text that stands in several intents is an example of all of them. `intents` is sorted.
    pub(super) fn of(phrases: &[Phrase<'_>], intents: &[&str], following: &Following<'_>) -> Self {
        let mut meanings: Vec<(String, Vec<usize>)> = Vec::with_capacity(phrases.len());
        let mut places: HashMap<String, usize> = HashMap::new();
        for phrase in phrases {
            let text = tokens(phrase.text);
            let place = *places.entry(text).or_insert_with_key(|text| {
                meanings.push((text.clone(), Vec::new()));
                meanings.len() - 1
            });
            meanings[place].1.extend(intents.binary_search(&phrase.intent).ok());
        }
        let mut stances = Vec::new();
        let mut known: HashMap<Vec<usize>, u32> = HashMap::new();
        let mut stance = |mut own: Vec<usize>| {
            own.sort_unstable();
            own.dedup();
            *known.entry(own).or_insert_with_key(|own| {
                stances.push(towards(own, intents, following));
                stances.len() as u32 - 1
            })
        };
        let texts = meanings.into_iter().map(|(text, own)| (text, stance(own))).collect();
        let none = stance(Vec::new());
        Self { texts, none, stances }
    }

    /// The stances alone, when the texts are no longer needed.
    pub(super) fn into_stances(self) -> Vec<Stance> {
        self.stances
    }

    /// Everything that is learnt: the phrases, nothing at all many times, and with many phrases a third as many texts of random words.
    pub(super) fn each(&self, mut learn: impl FnMut(&str, u32)) {
        self.texts.iter().for_each(|(text, stance)| learn(text, *stance));
        (0..NOTHING).for_each(|_| learn("", self.none));
        if self.texts.len() < PHRASES_MANY {
            return;
        }
        let all: Vec<&str> = self.texts.iter().flat_map(|(text, _)| words(text)).collect();
        let mut chance = Chance::new(2);
        for _ in 0..self.texts.len() / 3 {
            let length = chance.pick(&self.texts).map_or(0, |(text, _)| words(text).count());
            let drawn: Vec<&str> = (0..length).filter_map(|_| chance.pick(&all).copied()).collect();
            learn(&drawn.join(" "), self.none);
        }
    }
}

fn towards(own: &[usize], intents: &[&str], following: &Following<'_>) -> Stance {
    let stance = |class: usize| {
        let meets = || own.iter().any(|own| following.are_rivals(intents[*own], intents[class]));
        match own {
            _ if own.contains(&class) => 1,
            _ if own.is_empty() || meets() => -1,
            _ => 0,
        }
    };
    (0..intents.len()).map(stance).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intents::{Intent, Script};

    #[test]
    fn a_phrase_of_two_intents_belongs_to_both_and_follow_ups_that_never_meet_leave_each_other_alone() {
        let intent = |name: &str, after: &[&str], phrases: &[&str]| Intent {
            name: name.to_owned(),
            after: after.iter().map(|name| (*name).to_owned()).collect(),
            phrases: phrases.iter().map(|text| (*text).to_owned()).collect(),
            ..Intent::default()
        };
        let script = Script {
            intents: vec![
                intent("coin", &[], &["a coin", "heads"]),
                intent("coin.more", &["coin"], &["again", "flip again"]),
                intent("dice", &[], &["a die", "Heads"]),
                intent("dice.more", &["dice"], &["Again"]),
            ],
            ..Script::default()
        };
        let intents = ["coin", "coin.more", "dice", "dice.more"];
        let lessons = Lessons::of(&script.phrases(), &intents, &script.following());
        let stance = |text: &str| {
            let found = lessons.texts.iter().find(|(words, _)| words == text).expect("it was learnt");
            lessons.stances[found.1 as usize].clone()
        };
        assert_eq!(stance("a coin"), [1, -1, -1, -1]);
        assert_eq!(stance("heads"), [1, -1, 1, -1]);
        assert_eq!(stance("again"), [-1, 1, -1, 1]);
        assert_eq!(stance("flip again"), [-1, 1, -1, 0]);
        assert_eq!(lessons.texts.len(), 5);
    }
}
