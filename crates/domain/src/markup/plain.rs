//! The first words of a text, without its markup.

use super::source;
use pulldown_cmark::Event;

/// The first words of a text on one line without Markdown, at most `chars_max` characters, cut with an ellipsis.
pub fn excerpt(content: &str, chars_max: usize) -> String {
    let mut text = String::new();
    for event in source::events(&source::plain_definitions(content)) {
        match event {
            Event::Text(part) | Event::Code(part) | Event::Html(part) | Event::InlineHtml(part) => {
                text.push_str(&part)
            }
            Event::SoftBreak | Event::HardBreak | Event::End(_) => text.push(' '),
            _ => {}
        }
        if text.len() > chars_max * 8 {
            break;
        }
    }
    // The end of an inline element leaves a space that the text did not have; punctuation closes up again.
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words =
        [" .", " ,", " !", " ?", " :", " ;"].iter().fold(words, |text, gap| text.replace(gap, gap.trim()));
    // A text of which Markdown shows nothing is its own excerpt.
    let words =
        if words.is_empty() { content.split_whitespace().collect::<Vec<_>>().join(" ") } else { words };
    if words.chars().count() <= chars_max {
        return words;
    }
    let cut: String = words.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_left_out_and_long_texts_are_cut() {
        assert_eq!(excerpt("**Hello** there,\n\n> `ana`", 120), "Hello there, ana");
        assert_eq!(excerpt("one two three", 8), "one two…");
        assert_eq!(excerpt("<b>hi</b>", 20), "<b>hi</b>");
    }
}
