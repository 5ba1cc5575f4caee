//! Finds entities in a message: the longest value of a list, or what fits a pattern.

use super::script::Entity;
use domain::{Invalid, limits};
use regex::{Regex, RegexBuilder};

/// What finds one entity.
#[derive(Debug)]
pub(super) enum Finder {
    /// Lower-case words with the values they stand for, longest first.
    List(Vec<(String, String)>),
    /// A regular expression.
    Pattern(Regex),
}

impl Finder {
    /// Reads an entity.
    pub(super) fn new(entity: &Entity) -> Result<Self, Invalid> {
        if let Some(pattern) = &entity.pattern {
            return compile(pattern).map(Self::Pattern);
        }
        let values = entity.values.iter().map(|value| (value, value));
        let mut words: Vec<(String, String)> = values
            .chain(&entity.synonyms)
            .map(|(word, value)| (word.trim().to_lowercase(), value.clone()))
            .collect();
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Ok(Self::List(words))
    }

    /// The value in a text. What a pattern finds counts up to the length of a value in a list.
    pub(super) fn find(&self, text: &str) -> Option<String> {
        match self {
            Self::Pattern(pattern) => {
                let found = pattern.captures(text)?;
                let found = found.get(1).or_else(|| found.get(0))?.as_str();
                (found.chars().count() <= limits::ENTITY_VALUE_CHARS_MAX).then(|| found.to_owned())
            }
            Self::List(words) => {
                let text = text.to_lowercase();
                let found = words.iter().find(|(word, _)| stands_in(&text, word));
                found.map(|(_, value)| value.clone())
            }
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, Invalid> {
    if pattern.chars().count() > limits::ENTITY_PATTERN_CHARS_MAX {
        let rule = "A pattern has at most {limit} characters.";
        return Err(Invalid::limit("pattern", rule, limits::ENTITY_PATTERN_CHARS_MAX));
    }
    let compiled = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(limits::ENTITY_PATTERN_BYTES_MAX)
        .dfa_size_limit(limits::ENTITY_PATTERN_BYTES_MAX)
        .build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Invalid::limit(
            "pattern",
            "A pattern takes at most {limit} bytes when it is compiled; repeat less in it.",
            limits::ENTITY_PATTERN_BYTES_MAX,
        ),
        _ => Invalid::new("pattern", "The pattern is not a regular expression."),
    })
}

/// Whether the words stand in a text by themselves. In scripts without spaces they may touch others.
fn stands_in(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + words.len()..]);
        let ends = (words.chars().next(), words.chars().next_back());
        parted(before.chars().next_back(), ends.0) && parted(ends.1, after.chars().next())
    })
}

fn parted(left: Option<char>, right: Option<char>) -> bool {
    /// From here on (Thai, CJK and others) words need no space between them.
    const UNSPACED: char = '\u{0E00}';
    let letter = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() && char < UNSPACED);
    !(letter(left) && letter(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drinks() -> Finder {
        let entity = Entity {
            values: ["tea", "green tea", "咖啡"].map(str::to_owned).to_vec(),
            synonyms: [("Espresso".to_owned(), "咖啡".to_owned())].into(),
            pattern: None,
        };
        Finder::new(&entity).expect("a good list")
    }

    #[test]
    fn the_longest_value_is_found_whatever_its_case_and_not_inside_other_words() {
        let found = |text| drinks().find(text);
        assert_eq!(found("a Green Tea, for me").as_deref(), Some("green tea"));
        assert_eq!(found("TEA").as_deref(), Some("tea"));
        assert_eq!(found("an espresso?").as_deref(), Some("咖啡"));
        assert_eq!(found("我想喝咖啡").as_deref(), Some("咖啡"));
        assert_eq!(found("the team drinks steam"), None);
    }

    #[test]
    fn a_pattern_gives_its_group_and_one_that_explodes_is_refused() {
        let finder =
            |pattern: &str| Finder::new(&Entity { pattern: Some(pattern.to_owned()), ..Entity::default() });
        let table = finder(r"table (\d+)").expect("a good pattern");
        assert_eq!(table.find("Table 12 wants to pay").as_deref(), Some("12"));
        assert_eq!(table.find("the table"), None);
        assert_eq!(table.find(&format!("table {}", "1".repeat(101))), None);
        let order = finder(r"#\d{4}").expect("a good pattern");
        assert_eq!(order.find("where is #1234").as_deref(), Some("#1234"));
        assert_eq!(finder(r"\w{1000}{1000}").map_err(|invalid| invalid.limit).err(), Some(Some(262_144)));
        assert!(finder("(").is_err());
    }
}
