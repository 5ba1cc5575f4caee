//! How good a classifier is, told by phrases that it did not learn.

use super::{
    chance::Chance,
    classifier::{Classifier, Guess},
    phrases::{OUT_OF_SCOPE, Phrase},
};

/// Figures, each from 0 to 1; `None` without phrases that tell it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Phrases that mean an intent.
    pub in_scope: usize,
    /// Phrases that mean none.
    pub out_of_scope: usize,
    /// Of those that mean an intent, how many are taken for it when nothing is rejected.
    pub accuracy: Option<f64>,
    /// Of those that mean an intent, how many are taken for it and accepted.
    pub in_scope_recall: Option<f64>,
    /// Of those that mean none, how many are rejected.
    pub out_of_scope_recall: Option<f64>,
    /// The chance that one that means an intent gets a greater confidence than one that means none.
    pub auroc: Option<f64>,
}

/// What became of one phrase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Whether it means an intent.
    pub(super) in_scope: bool,
    /// Whether the best guess is what it means.
    pub(super) right: bool,
    /// The confidence of that guess.
    pub(super) confidence: f32,
}

impl Outcome {
    /// Of a phrase, and the best guess at it.
    pub(super) fn of(phrase: &Phrase<'_>, best: Option<Guess<'_>>) -> Self {
        Self {
            in_scope: phrase.intent != OUT_OF_SCOPE,
            right: best.is_some_and(|guess| guess.intent == phrase.intent),
            confidence: best.map_or(0.0, |guess| guess.confidence()),
        }
    }
}

/// Tries phrases and counts. Below `threshold`, a confidence, a guess is rejected.
pub fn evaluate(classifier: &Classifier, phrases: &[Phrase<'_>], threshold: f32) -> Figures {
    let outcome = |phrase: &Phrase<'_>| Outcome::of(phrase, classifier.best(phrase.text));
    let (inside, outside): (Vec<Outcome>, Vec<Outcome>) =
        phrases.iter().map(outcome).partition(|outcome| outcome.in_scope);
    Figures {
        in_scope: inside.len(),
        out_of_scope: outside.len(),
        accuracy: share(&inside, |outcome| outcome.right),
        in_scope_recall: share(&inside, |outcome| outcome.right && outcome.confidence >= threshold),
        out_of_scope_recall: share(&outside, |outcome| outcome.confidence < threshold),
        auroc: auroc(&inside, &outside),
    }
}

fn share(outcomes: &[Outcome], counts: impl Fn(&Outcome) -> bool) -> Option<f64> {
    let counted = outcomes.iter().filter(|outcome| counts(outcome)).count();
    (!outcomes.is_empty()).then(|| counted as f64 / outcomes.len() as f64)
}

/// By ranks, as Mann and Whitney count: a tie is half a win.
fn auroc(inside: &[Outcome], outside: &[Outcome]) -> Option<f64> {
    if inside.is_empty() || outside.is_empty() {
        return None;
    }
    let mut low: Vec<f32> = outside.iter().map(|outcome| outcome.confidence).collect();
    low.sort_unstable_by(f32::total_cmp);
    let wins = inside.iter().map(|outcome| {
        let below = low.partition_point(|other| *other < outcome.confidence);
        let not_above = low.partition_point(|other| *other <= outcome.confidence);
        (below + not_above) as f64 / 2.0
    });
    Some(wins.sum::<f64>() / (inside.len() * outside.len()) as f64)
}

/// Makes typing errors: each an insertion, a deletion, a substitution or a swap of neighbours in a random word of four letters or
/// more. A text without such a word stays.
pub fn mistype(text: &str, errors: usize, chance: &mut Chance) -> String {
    let mut words: Vec<Vec<char>> = text.split(' ').map(|word| word.chars().collect()).collect();
    for _ in 0..errors {
        let long: Vec<usize> = (0..words.len())
            .filter(|&at| words[at].iter().filter(|char| char.is_alphabetic()).count() >= 4)
            .collect();
        if let Some(&at) = chance.pick(&long) {
            mistype_word(&mut words[at], chance);
        }
    }
    words.iter().map(|word| word.iter().collect()).collect::<Vec<String>>().join(" ")
}

fn mistype_word(word: &mut Vec<char>, chance: &mut Chance) {
    let letter = char::from(b'a' + chance.below(26) as u8);
    let at = chance.below(word.len());
    match chance.below(4) {
        0 => word.insert(chance.below(word.len() + 1), letter),
        1 => _ = word.remove(at),
        2 => word[at] = letter,
        _ => {
            let at = chance.below(word.len() - 1);
            word.swap(at, at + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intents::{Script, read_phrases};

    #[test]
    fn figures_count_what_is_right_accepted_and_rejected() {
        let train =
            read_phrases("red apple\tfruit\nsweet pear\tfruit\nold car\tcar\nfast car\tcar\nblue sky\toos")
                .expect("phrases with intents");
        let test = read_phrases("a red apple\tfruit\nan old car\tcar\nfast car\tfruit\nblue sky\toos")
            .expect("phrases with intents");
        let classifier = Classifier::of(&Script::of_phrases(&train));
        let figures = evaluate(&classifier, &test, 0.0);
        assert_eq!((figures.in_scope, figures.out_of_scope), (3, 1));
        assert_eq!(figures.accuracy, Some(2.0 / 3.0));
        assert_eq!((figures.in_scope_recall, figures.out_of_scope_recall), (figures.accuracy, Some(0.0)));
        assert_eq!(figures.auroc, Some(1.0));
        let all_rejected = evaluate(&classifier, &test, 1.01);
        assert_eq!((all_rejected.in_scope_recall, all_rejected.out_of_scope_recall), (Some(0.0), Some(1.0)));
        let none = evaluate(&classifier, &[], 0.5);
        assert_eq!((none.accuracy, none.auroc), (None, None));
    }

    #[test]
    fn a_tie_is_half_a_win() {
        let outcome = |confidence| Outcome { in_scope: true, right: true, confidence };
        let auroc = auroc(&[outcome(0.5), outcome(0.9)], &[outcome(0.5), outcome(0.1)]);
        assert_eq!(auroc, Some(3.5 / 4.0));
    }

    #[test]
    fn a_typing_error_changes_one_long_word_by_one_letter_and_short_ones_stay() {
        let mut chance = Chance::new(1);
        for _ in 0..200 {
            let wrong = mistype("is it weather", 1, &mut chance);
            let word = wrong.strip_prefix("is it ").expect("short words stay");
            assert!((6..=8).contains(&word.len()), "{word}");
        }
        assert_eq!(mistype("is it so", 1, &mut chance), "is it so");
        assert_eq!(mistype("", 3, &mut chance), "");
    }
}
