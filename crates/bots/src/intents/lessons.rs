//! What is learnt from: each text once, with what it is to every intent, and texts that mean nothing.

use super::{chance::Chance, phrases::Phrase, script::Following, training::Stance};
use std::{borrow::Cow, collections::HashMap};

/// From so many phrases on, texts of random words are made as examples of what means nothing.
const PHRASES_MANY: usize = 2_000;

/// Texts with their stances.
pub(super) struct Lessons<'a> {
    /// Words, and the place of their stance.
    pub(super) texts: Vec<(Cow<'a, [String]>, usize)>,
    /// What a text can be to the intents.
    pub(super) stances: Vec<Stance>,
}

impl<'a> Lessons<'a> {
    /// From the words of each phrase. A text that stands in several intents is an example of all of them.
    pub(super) fn of(
        texts: &'a [Vec<String>],
        phrases: &[Phrase],
        intents: &[String],
        following: &Following<'_>,
    ) -> Self {
        let mut meanings: Vec<(&[String], Vec<usize>)> = Vec::new();
        let mut places: HashMap<&[String], usize> = HashMap::new();
        for (words, phrase) in texts.iter().zip(phrases) {
            let place = *places.entry(words).or_insert_with(|| {
                meanings.push((words, Vec::new()));
                meanings.len() - 1
            });
            meanings[place].1.extend(intents.binary_search(&phrase.intent).ok());
        }
        let mut lessons = Self { texts: Vec::new(), stances: Vec::new() };
        let mut known: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut stance = |mut own: Vec<usize>| {
            own.sort_unstable();
            own.dedup();
            *known.entry(own).or_insert_with_key(|own| {
                lessons.stances.push(towards(own, intents, following));
                lessons.stances.len() - 1
            })
        };
        lessons.texts =
            meanings.into_iter().map(|(words, own)| (Cow::Borrowed(words), stance(own))).collect();
        let none = stance(Vec::new());
        lessons.texts.extend(nonsense(texts).into_iter().map(|words| (Cow::Owned(words), none)));
        lessons
    }
}

fn towards(own: &[usize], intents: &[String], following: &Following<'_>) -> Stance {
    let stance = |class: usize| {
        let meets = || own.iter().any(|own| following.are_rivals(&intents[*own], &intents[class]));
        match own {
            _ if own.contains(&class) => 1,
            _ if own.is_empty() || meets() => -1,
            _ => 0,
        }
    };
    (0..intents.len()).map(stance).collect()
}

/// Half as many texts of random words as there are phrases.
fn nonsense(texts: &[Vec<String>]) -> Vec<Vec<String>> {
    if texts.len() < PHRASES_MANY {
        return Vec::new();
    }
    let words: Vec<&String> = texts.iter().flatten().collect();
    let mut chance = Chance::new(2);
    let mut text = || {
        let length = chance.pick(texts).map_or(0, Vec::len);
        (0..length).filter_map(|_| chance.pick(&words).map(|word| (*word).clone())).collect()
    };
    (0..texts.len() / 2).map(|_| text()).collect()
}
