//! Replies with gaps: `{name}` for a variable or an entity, `{one|another}` for one of several by lot, `{{` and `}}` for braces.
//!
//! A template also recognises what was made from it, so that the conversation itself tells which reply came last.

use super::chance::Chance;
use domain::Invalid;

/// Always known.
const ALWAYS: [&str; 4] = ["bot", "time", "date", "dice"];
/// Known of most messages.
const SOMETIMES: [&str; 2] = ["user", "room"];

/// A reply that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
    Lot(Vec<String>),
}

impl Template {
    /// Reads one.
    pub(super) fn parse(reply: &str) -> Result<Self, Invalid> {
        const UNPAIRED: Invalid =
            Invalid::new("replies", "A brace is without its partner; write {{ or }} for the sign itself.");
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = reply.trim();
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let tail = &rest[at..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                text.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            let (gap, after) =
                tail.strip_prefix('{').and_then(|tail| tail.split_once('}')).ok_or(UNPAIRED)?;
            if gap.contains('{') {
                return Err(UNPAIRED);
            }
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(match gap.contains('|') {
                true => Part::Lot(gap.split('|').map(|choice| choice.trim().to_owned()).collect()),
                false => Part::Name(gap.trim().to_owned()),
            });
            rest = after;
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self(parts))
    }

    /// The variables and entities in it.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether this is a variable, known or not.
    pub(super) fn is_variable(name: &str) -> bool {
        ALWAYS.contains(&name) || SOMETIMES.contains(&name)
    }

    /// Whether this has a value in every conversation.
    pub(super) fn is_always_known(name: &str) -> bool {
        ALWAYS.contains(&name)
    }

    /// Fills the gaps; `None` when a value is missing.
    pub(super) fn fill(
        &self,
        chance: &mut Chance,
        mut value: impl FnMut(&str) -> Option<String>,
    ) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(words) => text.push_str(words),
                Part::Name(name) => text.push_str(&value(name)?),
                Part::Lot(choices) => text.push_str(chance.pick(choices).map_or("", String::as_str)),
            }
        }
        Some(text)
    }

    /// Whether a text can have been made from this. One without words of its own cannot be recognised, unless it is a lot.
    pub(super) fn made(&self, text: &str) -> bool {
        match self.0.as_slice() {
            [Part::Lot(choices)] => return choices.iter().any(|choice| choice == text.trim()),
            parts if !parts.iter().any(|part| matches!(part, Part::Text(_))) => return false,
            _ => {}
        }
        let mut rest = text.trim();
        let mut gap = false;
        for part in &self.0 {
            let Part::Text(words) = part else {
                gap = true;
                continue;
            };
            match rest.find(words.as_str()) {
                Some(at) if at == 0 || gap => rest = &rest[at + words.len()..],
                _ => return false,
            }
            gap = false;
        }
        // The last words may stand in the value before them too: then it is the end that counts.
        let last = self.0.last();
        gap || rest.is_empty()
            || matches!(last, Some(Part::Text(words)) if self.0.len() > 1 && rest.ends_with(words.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(reply: &str) -> Option<String> {
        let template = Template::parse(reply).expect("a good reply");
        template.fill(&mut Chance::new(1), |name| (name == "user").then(|| "ada".to_owned()))
    }

    #[test]
    fn gaps_are_filled_and_a_reply_with_an_unknown_value_is_none() {
        assert_eq!(fill("Hello {user}.").as_deref(), Some("Hello ada."));
        assert_eq!(fill("Hello { user }, {{braces}} stay.").as_deref(), Some("Hello ada, {braces} stay."));
        assert_eq!(fill("Hello {room}."), None);
        let lot = fill("{heads|tails}").expect("no names in it");
        assert!(["heads", "tails"].contains(&lot.as_str()), "{lot}");
        for wrong in ["{user", "user}", "{a{b}}", "}{"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_made_from_a_reply_is_recognised_and_what_was_not_is_not() {
        let template = Template::parse("It is {time}, {user}.").expect("a good reply");
        assert!(template.made("It is 12:30, ada."));
        assert!(template.made("It is 12:30, A. B."));
        for other in ["It is 12:30", "Well: It is 12:30, ada.", "It is 12:30, ada. And more", ""] {
            assert!(!template.made(other), "{other}");
        }
        let lot = Template::parse("{heads|tails}").expect("a good reply");
        assert!(lot.made("tails") && !lot.made("rim"));
        assert!(!Template::parse("{user}").expect("a good reply").made("ada"));
        let plain = Template::parse("Hello.").expect("a good reply");
        assert!(plain.made("Hello.") && !plain.made("Hello. Hello.") && !plain.made("Oh. Hello."));
    }
}
