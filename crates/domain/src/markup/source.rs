//! From text to Markdown events.

use pulldown_cmark::{Event, Options, Parser, TextMergeStream};
use std::borrow::Cow;

/// Definitions may hide behind one another; each look uncovers more of them. What is left after this many looks is
/// a text made to waste time.
const LOOKS_MAX: usize = 4;

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// The events of a text, with neighbouring pieces of text joined.
pub fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    TextMergeStream::new(Parser::new_ext(source, options()))
}

/// Makes reference definitions plain text, by a backslash before each.
pub fn plain_definitions(content: &str) -> Cow<'_, str> {
    let mut source = Cow::Borrowed(content);
    if !content.contains("]:") {
        return source;
    }
    for _ in 0..LOOKS_MAX {
        let parser = Parser::new_ext(&source, options());
        let mut starts: Vec<usize> =
            parser.reference_definitions().iter().map(|(_, found)| found.span.start).collect();
        drop(parser);
        if starts.is_empty() {
            break;
        }
        starts.sort_unstable();
        source = Cow::Owned(with_backslashes(&source, &starts));
    }
    source
}

fn with_backslashes(text: &str, starts: &[usize]) -> String {
    let mut out = String::with_capacity(text.len() + starts.len());
    let mut done = 0;
    for &start in starts {
        // A span may begin with the indentation of its line.
        let bracket = text[start..].find('[').map_or(start, |n| start + n);
        out.push_str(&text[done..bracket]);
        out.push('\\');
        done = bracket;
    }
    out.push_str(&text[done..]);
    out
}
