//! What a threshold does, told by a bot's own phrases: each is tried on a classifier that learnt the others.

use super::{
    chance::Chance,
    classifier::Classifier,
    evaluation::Outcome,
    phrases::Phrase,
    script::{Following, Script},
};

/// What becomes of a bot's own phrases at a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The confidence below which a guess is rejected.
    pub threshold: f32,
    /// Phrases of an intent that are taken for it.
    pub accepted: usize,
    /// Phrases of an intent that are taken for another one.
    pub mistaken: usize,
    /// Phrases of an intent that are rejected.
    pub rejected: usize,
    /// Phrases that mean none of the intents and are taken for one.
    pub strangers_accepted: usize,
    /// Phrases that mean none of the intents and are rejected.
    pub strangers_rejected: usize,
}

/// Trains `folds` times (2 at least), each time without one part of the phrases, tries these, and counts for each of the
/// thresholds, which are confidences. An intent with a single phrase is always missed: nothing else tells of it.
/// A follow-up's phrase is tried as if said after what it follows.
pub fn threshold_effects(script: &Script, folds: usize, thresholds: &[f32]) -> Vec<Effect> {
    let outcomes = outcomes(&script.phrases(), &script.following(), folds.max(2));
    thresholds.iter().map(|&threshold| effect(&outcomes, threshold)).collect()
}

fn outcomes(phrases: &[Phrase<'_>], following: &Following<'_>, folds: usize) -> Vec<Outcome> {
    let mut order: Vec<usize> = (0..phrases.len()).collect();
    Chance::new(3).shuffle(&mut order);
    // The sort is stable: after it, the phrases of each intent are spread over all parts.
    order.sort_by(|&one, &other| phrases[one].intent.cmp(phrases[other].intent));
    let mut outcomes = Vec::with_capacity(phrases.len());
    for fold in 0..folds.min(phrases.len()) {
        let part = |rest: bool| {
            let places = order.iter().enumerate().filter(move |(at, _)| (at % folds == fold) != rest);
            places.map(|(_, &at)| &phrases[at])
        };
        let classifier = Classifier::learn(&part(true).copied().collect::<Vec<_>>(), following);
        outcomes.extend(part(false).map(|phrase| {
            let in_question = |intent: &str| following.is_in_question(intent, phrase.intent);
            Outcome::of(phrase, classifier.best_among(phrase.text, in_question))
        }));
    }
    outcomes
}

fn effect(outcomes: &[Outcome], threshold: f32) -> Effect {
    let count = |in_scope: bool, is: fn(&Outcome, bool) -> bool| {
        let with =
            |outcome: &&Outcome| outcome.in_scope == in_scope && is(outcome, outcome.confidence >= threshold);
        outcomes.iter().filter(with).count()
    };
    Effect {
        threshold,
        accepted: count(true, |outcome, accepted| accepted && outcome.right),
        mistaken: count(true, |outcome, accepted| accepted && !outcome.right),
        rejected: count(true, |_, accepted| !accepted),
        strangers_accepted: count(false, |_, accepted| accepted),
        strangers_rejected: count(false, |_, accepted| !accepted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intents::starter;

    #[test]
    fn a_higher_threshold_rejects_more_of_both_and_nothing_is_lost_count_of() {
        let starter = starter();
        let (phrases, strangers) = (starter.phrases(), starter.fallback.phrases.len());
        let effects = threshold_effects(&starter, 5, &[0.0, 0.2, 0.5, 1.01]);
        for effect in &effects {
            assert_eq!(effect.accepted + effect.mistaken + effect.rejected, phrases.len() - strangers);
            assert_eq!(effect.strangers_accepted + effect.strangers_rejected, strangers);
        }
        assert!(
            effects.is_sorted_by_key(|effect| (effect.rejected, effect.strangers_rejected)),
            "{effects:?}"
        );
        assert_eq!((effects[0].rejected, effects[3].accepted), (0, 0));
        assert!(effects[0].accepted > effects[0].mistaken, "{effects:?}");
    }

    #[test]
    fn few_phrases_are_enough_to_be_counted() {
        assert_eq!(threshold_effects(&Script::default(), 5, &[0.5])[0].rejected, 0);
        let one = Phrase { text: "hello", intent: "greeting" };
        assert_eq!(threshold_effects(&Script::of_phrases(&[one]), 5, &[0.5])[0].rejected, 1);
    }
}
