//! From a text to words: lowercase, runs of letters and digits with the apostrophe kept inside, digits as 0. `?`, each emoji and each
//! sign of a script without spaces are words of their own. Latin, Greek and Cyrillic letters lose their accents, which many leave out
//! in a hurry.

use unicode_normalization::UnicodeNormalization;

/// The words of a text, parted by single spaces.
pub(super) fn tokens(text: &str) -> String {
    match text.is_ascii() {
        true => tokens_of(text.chars()),
        false => tokens_of(text.nfkd().filter(|char| !is_accent(*char)).nfc()),
    }
}

/// The words again.
pub(super) fn words(tokens: &str) -> impl Iterator<Item = &str> {
    tokens.split(' ').filter(|word| !word.is_empty())
}

fn tokens_of(chars: impl Iterator<Item = char>) -> String {
    let mut tokens = String::new();
    let mut inside = false;
    let mut rest = chars.flat_map(char::to_lowercase).peekable();
    while let Some(char) = rest.next() {
        let letter = match char {
            '\'' | '’' if inside && rest.peek().is_some_and(|next| next.is_alphanumeric()) => Some('\''),
            _ if char.is_numeric() => Some('0'),
            _ => char.is_alphanumeric().then_some(char),
        };
        let alone = char == '?' || is_emoji(char) || is_unspaced(char);
        if !tokens.is_empty() && !tokens.ends_with(' ') && (alone || letter.is_none() || !inside) {
            tokens.push(' ');
        }
        tokens.extend(letter.or(alone.then_some(char)));
        inside = letter.is_some() && !alone;
    }
    tokens.truncate(tokens.trim_end().len());
    tokens
}

fn is_accent(char: char) -> bool {
    ('\u{0300}'..='\u{036F}').contains(&char)
}

/// Symbols and pictographs, without the marks that only change their colour or style.
fn is_emoji(char: char) -> bool {
    matches!(char, '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1FAFF}')
}

/// Thai, Lao, Myanmar, Khmer, kana and Han: no space tells where a word ends, and pairs of signs tell nearly as much as words.
fn is_unspaced(char: char) -> bool {
    matches!(char, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
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
    use proptest::prelude::*;

    #[test]
    fn forms_of_a_word_share_a_stem_and_short_words_stay() {
        assert_eq!(["books", "booked", "booking", "book's"].map(stem), ["book"; 4]);
        assert_eq!(["is", "sing", "bed", "kiss", "é"].map(stem), ["is", "sing", "bed", "kiss", "é"]);
    }

    #[test]
    fn words_are_lowercase_with_their_apostrophes_and_numbers_are_alike() {
        assert_eq!(tokens("What's the TIME, at 10:45?"), "what's the time at 00 00 ?");
        assert_eq!(tokens("'quoted' it’s room2 ②"), "quoted it's room0 0");
        assert_eq!(tokens("  … "), "");
    }

    #[test]
    fn accents_and_styles_of_writing_make_no_difference_and_other_scripts_keep_their_marks() {
        assert_eq!(tokens("¿Qué hora es?"), "que hora es ?");
        assert_eq!(tokens("cafe\u{301} ＣＡＦÉ"), "cafe cafe");
        assert_eq!(tokens("が と か"), "が と か");
        assert_eq!(tokens("안녕하세요, 現在几点了？"), "안녕하세요 現 在 几 点 了 ?");
        assert_eq!(tokens("hi👋🏽 ok❤️?"), "hi 👋 ok ❤ ?");
    }

    proptest! {
        #[test]
        fn any_text_becomes_words_and_these_stay_as_they_are(text in "\\PC{0,60}|[a-zA-Z'’? é0-9👋]{0,40}") {
            let once = tokens(&text);
            prop_assert!(words(&once).all(|word| !word.is_empty() && !word.contains(char::is_whitespace)));
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
            words(&once).for_each(|word| assert!(word.starts_with(stem(word))));
        }
    }
}
