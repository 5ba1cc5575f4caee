//! Phrases with their intents, one a line: `text<TAB>intent`, UTF-8, no header.

/// The intent of phrases that mean none of the intents.
pub const OUT_OF_SCOPE: &str = "oos";

/// An example of how somebody says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phrase<'a> {
    /// The words.
    pub text: &'a str,
    /// What they mean; [`OUT_OF_SCOPE`] for nothing that the bot knows.
    pub intent: &'a str,
}

/// A line that is not `text<TAB>intent`.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is not a text, a tab and an intent")]
pub struct Malformed {
    /// Its number, from 1.
    pub line: usize,
}

/// Reads phrases; empty lines are passed over.
pub fn read_phrases(lines: &str) -> Result<Vec<Phrase<'_>>, Malformed> {
    let numbered = lines.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    numbered
        .map(|(line, number)| {
            let (text, intent) = line.rsplit_once('\t').ok_or(Malformed { line: number })?;
            let (text, intent) = (text.trim(), intent.trim());
            if text.is_empty() || intent.is_empty() {
                return Err(Malformed { line: number });
            }
            Ok(Phrase { text, intent })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intent_is_behind_the_last_tab_and_a_line_without_one_is_named() {
        let phrases = read_phrases("hello\tgreeting\r\n\none\ttwo\tthree\n").expect("well-formed");
        assert_eq!(phrases.len(), 2);
        assert_eq!((phrases[1].text, phrases[1].intent), ("one\ttwo", "three"));
        assert_eq!(read_phrases("hello\tgreeting\n\nhello").map_err(|error| error.line), Err(3));
        assert!(read_phrases("\tgreeting").is_err());
    }
}
