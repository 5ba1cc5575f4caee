//! From phrases to a classifier, and from a text to the intents that it may mean.

use super::{
    features::Vocabulary,
    lessons::Lessons,
    phrases::{OUT_OF_SCOPE, Phrase},
    script::{Following, Script},
    spelling::Spelling,
    tokens::tokens,
    training::Weights,
};
use domain::limits;
use std::collections::BTreeSet;

/// Below this margin a text means none of the intents.
pub const THRESHOLD: f32 = -0.45;

/// A margin between 0 and 1.
pub fn confidence(margin: f32) -> f32 {
    1.0 / (1.0 + (-4.0 * margin).exp())
}

/// What was learnt from phrases.
#[derive(Debug)]
pub struct Classifier {
    intents: Vec<String>,
    vocabulary: Vocabulary,
    spelling: Spelling,
    weights: Weights,
}

/// An intent, and how far inside it a text is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess<'a> {
    /// Which intent.
    pub intent: &'a str,
    /// The margin: above 0 rather inside, below 0 rather outside.
    pub margin: f32,
}

impl Guess<'_> {
    /// The margin between 0 and 1.
    pub fn confidence(&self) -> f32 {
        confidence(self.margin)
    }
}

impl Classifier {
    /// Learns the phrases of a script. The same script always makes the same classifier.
    pub fn of(script: &Script) -> Self {
        Self::learn(&script.phrases(), &script.following())
    }

    pub(super) fn learn(phrases: &[Phrase<'_>], following: &Following<'_>) -> Self {
        let named = phrases.iter().map(|phrase| phrase.intent).filter(|intent| *intent != OUT_OF_SCOPE);
        let intents: Vec<&str> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let lessons = Lessons::of(phrases, &intents, following);
        let most = limits::CLASSIFIER_WEIGHTS_MAX / Weights::width(intents.len());
        let vocabulary = Vocabulary::of(lessons.texts.iter().map(|(text, _)| text.as_str()), most);
        let spelling = Spelling::of(lessons.texts.iter().map(|(text, _)| text.as_str()));
        let mut examples = Vec::new();
        lessons.each(|text, stance| examples.push((vocabulary.vector(text).into_boxed_slice(), stance)));
        let stances = lessons.into_stances();
        let weights = Weights::learn(&examples, &stances, vocabulary.len(), intents.len());
        Self { intents: intents.into_iter().map(str::to_owned).collect(), vocabulary, spelling, weights }
    }

    /// The intents of a text, the best one first. Empty when nothing was learnt.
    pub fn rank(&self, text: &str) -> Vec<Guess<'_>> {
        let mut guesses: Vec<_> = self
            .intents
            .iter()
            .zip(self.margins(text))
            .map(|(intent, margin)| Guess { intent, margin })
            .collect();
        guesses.sort_by(|one, other| other.margin.total_cmp(&one.margin));
        guesses
    }

    /// The best of the intents.
    pub fn best(&self, text: &str) -> Option<Guess<'_>> {
        self.best_among(text, |_| true)
    }

    /// The best of those intents that are in question.
    pub fn best_among(&self, text: &str, in_question: impl Fn(&str) -> bool) -> Option<Guess<'_>> {
        let margins = self.margins(text);
        let guesses = self.intents.iter().zip(margins).map(|(intent, margin)| Guess { intent, margin });
        let guesses = guesses.filter(|guess| in_question(guess.intent));
        guesses.max_by(|one, other| one.margin.total_cmp(&other.margin))
    }

    fn margins(&self, text: &str) -> Vec<f32> {
        self.weights.margins(&self.vocabulary.vector(&self.spelling.repair(&tokens(text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intents::read_phrases;

    const PHRASES: &str = "hello there\tgreeting\ngood morning\tgreeting\nhello again\tgreeting\n\
        what time is it\ttime\ntell me the time\ttime\nwhat is the time now\ttime\n\
        roll the dice\tdice\nthrow a dice for me\tdice\nroll two dice\tdice\n\
        who painted this picture\toos\nmy shoes are wet\toos\n";

    fn trained() -> Classifier {
        Classifier::of(&Script::of_phrases(&read_phrases(PHRASES).expect("phrases with intents")))
    }

    #[test]
    fn what_was_not_an_example_is_understood_with_a_typing_error_too() {
        let classifier = trained();
        for (text, intent) in
            [("hello ada", "greeting"), ("please roll a dice", "dice"), ("what tiem is it", "time")]
        {
            assert_eq!(classifier.best(text).map(|guess| guess.intent), Some(intent), "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_below_the_threshold_and_an_example_is_not() {
        let classifier = trained();
        let margin = |text| classifier.best(text).map_or(f32::NAN, |guess| guess.margin);
        assert!(margin("my shoes are wet") < THRESHOLD, "{}", margin("my shoes are wet"));
        assert!(margin("roll the dice") > THRESHOLD);
        assert!(classifier.rank("hello").iter().all(|guess| guess.intent != OUT_OF_SCOPE));
    }

    #[test]
    fn the_same_phrases_make_the_same_classifier_and_none_make_one_without_answers() {
        assert_eq!(trained().rank("good time"), trained().rank("good time"));
        assert_eq!(Classifier::of(&Script::default()).best("hello"), None);
    }
}
