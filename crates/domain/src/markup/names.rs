//! The names in a text: `@ana`, `@all`.

use super::source;
use crate::{limits, people::username_key};
use pulldown_cmark::{Event, Tag, TagEnd};
use unicode_normalization::char::is_combining_mark;

/// Who a text names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    /// Names as they are compared, each once, at most [`limits::MENTIONS_MAX`].
    pub names: Vec<String>,
    /// It names everyone (`@all`, `@everyone`, `@here`).
    pub everyone: bool,
}

/// A piece of running text: words, or a name with its `@`.
pub(crate) enum Piece<'t> {
    Words(&'t str),
    Name(&'t str),
}

/// Finds who a text names. Names in code and in links do not count.
pub fn mentions(content: &str) -> Mentions {
    let mut found = Mentions::default();
    if !content.contains('@') {
        return found;
    }
    let mut inert = 0;
    let mut text = String::new();
    for event in source::events(&source::plain_definitions(content)) {
        match event {
            Event::Text(part) | Event::InlineHtml(part) | Event::Html(part) if inert == 0 => {
                text.push_str(&part)
            }
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }) => inert += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image) => inert -= 1,
            _ => {
                collect(&text, &mut found);
                text.clear();
            }
        }
    }
    collect(&text, &mut found);
    found
}

fn collect(text: &str, found: &mut Mentions) {
    for piece in pieces(text) {
        let Piece::Name(name) = piece else { continue };
        let key = username_key(&name[1..]);
        if names_everyone(&key) {
            found.everyone = true;
        } else if found.names.len() < limits::MENTIONS_MAX && !found.names.contains(&key) {
            found.names.push(key);
        }
    }
}

/// Whether a name as it is compared means everyone in the room.
pub(crate) fn names_everyone(key: &str) -> bool {
    matches!(key, "all" | "everyone" | "here")
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || "@.+-_".contains(c)
}

/// Cuts running text at the names in it. A name begins at the start of a word and ends before punctuation that closes a sentence.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut before = ' ';
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        let opens = c == '@' && !before.is_alphanumeric() && !"@./_-".contains(before);
        before = c;
        if !opens {
            continue;
        }
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !in_name(c)).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches(|c| "@.+-".contains(c));
        if name.is_empty() {
            continue;
        }
        let end = at + 1 + name.len();
        if from < at {
            pieces.push(Piece::Words(&text[from..at]));
        }
        pieces.push(Piece::Name(&text[at..end]));
        from = end;
        while chars.as_str().len() > text.len() - end {
            before = chars.next().map_or(before, |(_, c)| c);
        }
    }
    if from < text.len() {
        pieces.push(Piece::Words(&text[from..]));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        mentions(text).names
    }

    #[test]
    fn a_name_is_found_at_the_start_of_a_word() {
        assert_eq!(
            names("@ana can you ask (@Bob), or **@marta.iglesias**."),
            ["ana", "bob", "marta.iglesias"]
        );
        assert_eq!(names("@ana @ANA @ana."), ["ana"]);
        assert_eq!(names("@אבי שלום"), ["אבי"]);
    }

    #[test]
    fn an_address_code_and_links_name_nobody() {
        for text in [
            "ana@example.org",
            "`@ana`",
            "```\n@ana\n```",
            "[@ana](https://example.org)",
            "@",
            "@ ana",
            "a/@ana",
        ] {
            assert_eq!(mentions(text), Mentions::default(), "{text}");
        }
    }

    #[test]
    fn everyone_can_be_named_at_once() {
        assert!(mentions("tea is ready, @all").everyone);
        assert!(!mentions("@allison").everyone);
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let text: String = (0..200).map(|n| format!("@p{n} ")).collect();
        assert_eq!(names(&text).len(), limits::MENTIONS_MAX);
    }
}
