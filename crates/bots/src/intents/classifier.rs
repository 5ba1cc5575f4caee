//! From phrases to a classifier, and from a text to the intents that it may mean.

use super::{
    chance::Chance,
    features::Vocabulary,
    phrases::{OUT_OF_SCOPE, Phrase},
    spelling::Spelling,
    tokens::tokens,
    training::Weights,
};

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
    /// Learns. The same phrases in the same order always make the same classifier.
    pub fn train(phrases: &[Phrase]) -> Self {
        let mut intents: Vec<String> = phrases
            .iter()
            .map(|phrase| &phrase.intent)
            .filter(|intent| *intent != OUT_OF_SCOPE)
            .cloned()
            .collect();
        intents.sort_unstable();
        intents.dedup();
        let texts: Vec<Vec<String>> = phrases.iter().map(|phrase| tokens(&phrase.text)).collect();
        let vocabulary = Vocabulary::of(texts.iter().map(Vec::as_slice));
        let spelling = Spelling::of(texts.iter().flatten());
        let mut examples: Vec<_> = texts
            .iter()
            .zip(phrases)
            .map(|(words, phrase)| (vocabulary.vector(words), intents.binary_search(&phrase.intent).ok()))
            .collect();
        examples.extend(nonsense(&texts).iter().map(|words| (vocabulary.vector(words), None)));
        drop(texts);
        let weights = Weights::learn(&examples, vocabulary.len(), intents.len());
        Self { intents, vocabulary, spelling, weights }
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
        let margins = self.margins(text);
        let guesses = self.intents.iter().zip(margins).map(|(intent, margin)| Guess { intent, margin });
        guesses.max_by(|one, other| one.margin.total_cmp(&other.margin))
    }

    fn margins(&self, text: &str) -> Vec<f32> {
        let mut words = tokens(text);
        self.spelling.repair(&mut words);
        self.weights.margins(&self.vocabulary.vector(&words))
    }
}

/// Half as many texts of random words as there are phrases, as examples of what means nothing; none below 2,000 phrases.
fn nonsense(texts: &[Vec<String>]) -> Vec<Vec<String>> {
    if texts.len() < 2_000 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intents::read_phrases;

    const PHRASES: &str = "hello there\tgreeting\ngood morning\tgreeting\nhello again\tgreeting\n\
        what time is it\ttime\ntell me the time\ttime\nwhat is the time now\ttime\n\
        roll the dice\tdice\nthrow a dice for me\tdice\nroll two dice\tdice\n\
        who painted this picture\toos\nmy shoes are wet\toos\n";

    fn trained() -> Classifier {
        Classifier::train(&read_phrases(PHRASES).expect("phrases with intents"))
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
        assert_eq!(Classifier::train(&[]).best("hello"), None);
    }
}
