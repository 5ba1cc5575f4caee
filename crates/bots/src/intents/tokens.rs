//! From a text to words: lowercase, runs of letters and digits with the apostrophe kept inside, `?` as a word of its own, digits as 0.

/// The words of a text.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut rest = text.chars().flat_map(char::to_lowercase).peekable();
    while let Some(mut char) = rest.next() {
        if char == '’' {
            char = '\'';
        }
        let inside =
            char == '\'' && !word.is_empty() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        if char.is_alphanumeric() || inside {
            word.push(char);
            continue;
        }
        end(&mut word, &mut tokens);
        if char == '?' {
            tokens.push("?".to_owned());
        }
    }
    end(&mut word, &mut tokens);
    tokens
}

fn end(word: &mut String, tokens: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    let word = std::mem::take(word);
    tokens.push(match word.contains(|char: char| char.is_numeric()) {
        true => word.chars().map(|char| if char.is_numeric() { '0' } else { char }).collect(),
        false => word,
    });
}

/// A word without its commonest English endings. Wrong often, and the same way every time, which is all that is asked of it.
pub(super) fn stem(word: &str) -> &str {
    let cut = |end: &str, left: usize| word.strip_suffix(end).filter(|stem| stem.chars().count() >= left);
    cut("'s", 1)
        .or_else(|| cut("ing", 3))
        .or_else(|| cut("ies", 3))
        .or_else(|| cut("s", 3).filter(|stem| !stem.ends_with('s')))
        .or_else(|| cut("ed", 3))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_a_stem_and_short_words_stay() {
        assert_eq!(["books", "booked", "booking", "book's"].map(stem), ["book"; 4]);
        assert_eq!(["is", "sing", "bed", "kiss", "é"].map(stem), ["is", "sing", "bed", "kiss", "é"]);
    }

    #[test]
    fn words_are_lowercase_with_their_apostrophes_and_numbers_are_alike() {
        assert_eq!(tokens("What's the TIME, at 10:45?"), ["what's", "the", "time", "at", "00", "00", "?"]);
        assert_eq!(tokens("'quoted' it’s room2"), ["quoted", "it's", "room0"]);
        assert_eq!(tokens("  …  "), [""; 0]);
    }
}
