//! What the author of a bot writes: intents with example phrases and replies, as values and as a TOML file.
//!
//! A [`Script`] is edited field by field and checked as a whole; the file is how it is imported and exported. What is written is
//! read back the same, except for comments. Every field and its meaning: `docs/bots.md`.

mod check;

use super::phrases::{OUT_OF_SCOPE, Phrase};
use domain::{Invalid, limits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A bot that answers by intents.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The name it goes by.
    pub name: String,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// An emoji that may stand for its face.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub avatar: String,
    /// The confidence, from 0 to 1, below which it says that it did not understand; [`super::THRESHOLD`] when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// The confidence below which a language model answers instead, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over_below: Option<f32>,
    /// What it says when it did not understand.
    #[serde(default)]
    pub fallback: Fallback,
    /// What it understands.
    #[serde(default)]
    pub intents: Vec<Intent>,
    /// What it finds in messages, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entities: BTreeMap<String, Entity>,
}

/// What is said to a message that means none of the intents.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// Said in turn.
    pub replies: Vec<String>,
    /// Examples of what the bot must not take for one of its intents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phrases: Vec<String>,
}

/// Something that people want, with the ways they say it and what the bot answers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// Its name: letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// Makes it a follow-up: it is understood only right after a reply to one of these intents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Takes the replies of another intent, and goes on in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_like: Option<String>,
    /// Examples of how people say it.
    pub phrases: Vec<String>,
    /// Said in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<String>,
}

/// Something to find in a message: one of a list, or what fits a pattern.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Other words for values of the list.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub synonyms: BTreeMap<String, String>,
    /// A regular expression; its first group, if it has one, is what is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// Why a text is no script.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is not the TOML that is asked for. The words name line, column and key.
    #[error("{0}")]
    Format(#[from] toml::de::Error),
    /// A rule or a limit is broken.
    #[error("{place}: {what}")]
    Invalid {
        /// Where, as `intent "joke", reply 2`.
        place: String,
        /// Which.
        what: Invalid,
    },
}

impl Script {
    /// Reads the file format and checks what it says.
    pub fn read(text: &str) -> Result<Self, ScriptError> {
        if text.len() > limits::SCRIPT_BYTES_MAX {
            let rule = "A script has at most {limit} bytes.";
            let what = Invalid::limit("script", rule, limits::SCRIPT_BYTES_MAX);
            return Err(ScriptError::Invalid { place: "script".to_owned(), what });
        }
        let script: Self = toml::from_str(text)?;
        script.check()?;
        Ok(script)
    }

    /// Writes the file format.
    pub fn write(&self) -> String {
        toml::to_string_pretty(self).expect("strings, numbers, lists and tables are all TOML")
    }

    /// Every rule and limit; the first that is broken, with its place.
    pub fn check(&self) -> Result<(), ScriptError> {
        check::check(self).map_err(|(place, what)| ScriptError::Invalid { place, what })
    }

    /// The example phrases, as the classifier learns them.
    pub fn phrases(&self) -> Vec<Phrase<'_>> {
        let named = self.intents.iter().map(|intent| (intent.name.as_str(), &intent.phrases));
        let all = named.chain([(OUT_OF_SCOPE, &self.fallback.phrases)]);
        all.flat_map(|(intent, phrases)| phrases.iter().map(move |text| Phrase { text, intent })).collect()
    }

    /// A script without replies, as a file of phrases makes it: enough to learn from and to measure.
    pub fn of_phrases(phrases: &[Phrase<'_>]) -> Self {
        let mut script = Self::default();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for &Phrase { text, intent: name } in phrases {
            if name == OUT_OF_SCOPE {
                script.fallback.phrases.push(text.to_owned());
                continue;
            }
            let place = *places.entry(name).or_insert_with(|| {
                script.intents.push(Intent { name: name.to_owned(), ..Intent::default() });
                script.intents.len() - 1
            });
            script.intents[place].phrases.push(text.to_owned());
        }
        script
    }

    /// Which intents follow which others.
    pub(super) fn following(&self) -> Following<'_> {
        Following(self.intents.iter().map(|intent| (intent.name.as_str(), intent.after.as_slice())).collect())
    }
}

/// Of each intent, those that it follows.
pub(super) struct Following<'a>(HashMap<&'a str, &'a [String]>);

impl Following<'_> {
    fn of(&self, intent: &str) -> &[String] {
        self.0.get(intent).copied().unwrap_or_default()
    }

    /// Whether there is a message for which both are in question. There is none for follow-ups of different intents.
    pub(super) fn are_rivals(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.of(one), self.of(other));
        one.is_empty() || other.is_empty() || one.iter().any(|intent| other.contains(intent))
    }

    /// Whether `other` is in question wherever `one` is said: after what it follows, or anywhere.
    pub(super) fn is_in_question(&self, other: &str, one: &str) -> bool {
        self.of(other).is_empty() || self.of(one).iter().any(|intent| self.of(other).contains(intent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAFE: &str = r#"
        name = "Café"
        threshold = 0.2
        hand_over_below = 0.5
        [fallback]
        replies = ["I only know the menu."]
        phrases = ["who won the match"]
        [[intents]]
        name = "order"
        phrases = ["i would like a coffee", "a tea for me"]
        replies = ["One {drink} for {user}.", "What may it be?"]
        [[intents]]
        name = "order.again"
        after = ["order"]
        answers_like = "order"
        phrases = ["the same again"]
        [entities.drink]
        values = ["coffee", "tea"]
        synonyms = { espresso = "coffee" }
        [entities.table]
        pattern = 'table (\d+)'
    "#;

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let script = Script::read(CAFE).expect("a good script");
        assert_eq!(Script::read(&script.write()).expect("written by ourselves"), script);
        assert_eq!(script.threshold, Some(0.2));
        assert!(script.write().contains("threshold = 0.2\n"), "{}", script.write());
        assert_eq!(script.phrases().len(), 4);
        assert_eq!(script.phrases().last().map(|phrase| phrase.intent), Some(OUT_OF_SCOPE));
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let error = Script::read(&CAFE.replace("answers_like", "answer_like")).unwrap_err().to_string();
        assert!(error.contains("line 15") && error.contains("answer_like"), "{error}");
    }

    /// Changes the good script and tells what is wrong then.
    fn complaint(change: impl FnOnce(&mut Script)) -> String {
        let mut script = Script::read(CAFE).expect("a good script");
        change(&mut script);
        script.check().expect_err("something is wrong").to_string()
    }

    #[test]
    fn what_breaks_a_rule_is_told_with_its_place() {
        let long = "é".repeat(limits::PHRASE_CHARS_MAX + 1);
        assert_eq!(
            complaint(|script| script.intents[0].phrases[1] = long),
            "intent \"order\", phrase 2: A phrase has at most 500 characters."
        );
        assert_eq!(
            complaint(|script| script.intents[0].replies[0] = "One {dring}.".to_owned()),
            "intent \"order\", reply 1, {dring}: There is no variable or entity of this name."
        );
        assert_eq!(
            complaint(|script| _ = script.intents[0].replies.pop()),
            "intent \"order\": One reply at least does without {user}, {room} and entities, which not every message has."
        );
        assert_eq!(
            complaint(|script| script.intents[1].after[0] = "orders".to_owned()),
            "intent \"order.again\", after \"orders\": There is no intent of this name."
        );
        assert_eq!(
            complaint(|script| script.intents[1].name = "order".to_owned()),
            "intent \"order\": Another intent has this name."
        );
        assert_eq!(
            complaint(|script| script.threshold = Some(-0.45)),
            "threshold: A confidence is a number from 0 to 1."
        );
        let unclosed = complaint(|script| script.fallback.replies[0] = "Well {user".to_owned());
        assert!(unclosed.starts_with("fallback, reply 1: A brace"), "{unclosed}");
        let pattern = Some("(".to_owned());
        let pattern =
            complaint(|script| script.entities.entry("table".to_owned()).or_default().pattern = pattern);
        assert!(pattern.starts_with("entity \"table\": "), "{pattern}");
    }

    #[test]
    fn a_script_too_long_to_be_read_is_refused_by_its_size() {
        let long = format!("{CAFE}#{}", " ".repeat(limits::SCRIPT_BYTES_MAX));
        assert!(Script::read(&long).unwrap_err().to_string().contains("4194304 bytes"));
    }
}
