//! Markdown to HTML, part by part.

use super::{
    escape::escape_into,
    names::{Piece, names_everyone, pieces},
};
use crate::{messages::Mention, people::username_key};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

/// The words the HTML itself needs, in the reader's language.
#[derive(Debug, Clone)]
pub struct MarkupWords {
    /// On the button that copies a block of code.
    pub copy: String,
    /// On a folded block of code, with `{n}` where its number of lines goes.
    pub show_all: String,
}

/// Lines of code above which a block is folded.
const FOLD_LINES: usize = 16;
/// Blocks within blocks; what is nested deeper comes out flat.
const DEPTH_MAX: usize = 12;

/// Renders a message. `mentions` are the names that were found to be somebody; others stay plain text.
pub fn to_html(content: &str, mentions: &[Mention], everyone: bool, words: &MarkupWords) -> String {
    let mut html =
        Html { out: String::with_capacity(content.len() * 2), mentions, everyone, words, ..Html::new(words) };
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    for event in Parser::new_ext(content, options) {
        html.push(event);
    }
    html.out
}

struct Html<'m> {
    out: String,
    mentions: &'m [Mention],
    everyone: bool,
    words: &'m MarkupWords,
    /// The ends of the open blocks and spans; `""` for those that are not written.
    open: Vec<&'static str>,
    depth: usize,
    /// Inside a link, where neither names nor bare addresses become links.
    links: usize,
    /// The open block of code: its language and its text so far.
    code: Option<(String, String)>,
    columns: Vec<Alignment>,
    in_head: bool,
    text: String,
}

impl<'m> Html<'m> {
    fn new(words: &'m MarkupWords) -> Self {
        Self {
            out: String::new(),
            mentions: &[],
            everyone: false,
            words,
            open: Vec::new(),
            depth: 0,
            links: 0,
            code: None,
            columns: Vec::new(),
            in_head: false,
            text: String::new(),
        }
    }

    fn push(&mut self, event: Event<'_>) {
        // The parser cuts running text at every special character; names and addresses want it whole.
        if let Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) = &event {
            match &mut self.code {
                Some((_, code)) => code.push_str(text),
                None => self.text.push_str(text),
            }
            return;
        }
        self.flush();
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Code(code) => {
                self.out.push_str("<code>");
                escape_into(&mut self.out, &code);
                self.out.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let (opens, closes) = match tag {
            Tag::Paragraph => ("<p dir=\"auto\">", "</p>\n"),
            Tag::Heading { .. } => ("<p dir=\"auto\"><strong>", "</strong></p>\n"),
            Tag::BlockQuote(_) => return self.block("<blockquote dir=\"auto\">\n", "</blockquote>\n"),
            Tag::List(None) => return self.block("<ul dir=\"auto\">\n", "</ul>\n"),
            Tag::List(Some(1)) => return self.block("<ol dir=\"auto\">\n", "</ol>\n"),
            Tag::List(Some(first)) => return self.numbered(first),
            Tag::Item => ("<li>", "</li>\n"),
            Tag::Emphasis => ("<em>", "</em>"),
            Tag::Strong => ("<strong>", "</strong>"),
            Tag::Strikethrough => ("<del>", "</del>"),
            Tag::Table(columns) => {
                self.columns = columns;
                ("<div class=\"table\"><table dir=\"auto\">\n", "</table></div>\n")
            }
            Tag::TableHead => {
                self.in_head = true;
                ("<tr>", "</tr>\n")
            }
            Tag::TableRow => ("<tr>", "</tr>\n"),
            Tag::TableCell if self.in_head => ("<th>", "</th>"),
            Tag::TableCell => ("<td>", "</td>"),
            Tag::Link { link_type, dest_url, .. } => return self.link(link_type, &dest_url),
            Tag::Image { dest_url, .. } => return self.link(LinkType::Inline, &dest_url),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',', '{']).next().unwrap_or_default().to_owned()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
                ("", "")
            }
            _ => ("", ""),
        };
        self.out.push_str(opens);
        self.open.push(closes);
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::TableHead => self.in_head = false,
            TagEnd::Link | TagEnd::Image => self.links = self.links.saturating_sub(1),
            TagEnd::BlockQuote(_) | TagEnd::List(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if let Some(closes) = self.open.pop() {
            self.out.push_str(closes);
        }
    }

    fn block(&mut self, opens: &'static str, closes: &'static str) {
        self.depth += 1;
        let fits = self.depth <= DEPTH_MAX;
        self.out.push_str(if fits { opens } else { "" });
        self.open.push(if fits { closes } else { "" });
    }

    fn numbered(&mut self, first: u64) {
        self.block("", "</ol>\n");
        if self.depth <= DEPTH_MAX {
            self.out.push_str(&format!("<ol dir=\"auto\" start=\"{first}\">\n"));
        }
    }

    fn link(&mut self, kind: LinkType, address: &str) {
        let address = if kind == LinkType::Email { format!("mailto:{address}") } else { address.to_owned() };
        let opens = self.links == 0 && is_safe(&address);
        self.links += 1;
        if opens {
            self.open_link(&address);
        }
        self.open.push(if opens { "</a>" } else { "" });
    }

    fn open_link(&mut self, address: &str) {
        self.out.push_str("<a href=\"");
        escape_into(&mut self.out, address);
        self.out.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\">");
    }

    fn code_block(&mut self) {
        let Some((language, code)) = self.code.take() else { return };
        let code = code.trim_end_matches('\n');
        let lines = code.lines().count();
        self.out.push_str("<figure class=\"code\" dir=\"ltr\"><figcaption><span>");
        escape_into(&mut self.out, &language);
        self.out.push_str("</span><button type=\"button\" class=\"copy\" hidden>");
        escape_into(&mut self.out, &self.words.copy);
        self.out.push_str("</button></figcaption>");
        if lines > FOLD_LINES {
            self.out.push_str("<details><summary>");
            escape_into(&mut self.out, &self.words.show_all.replace("{n}", &lines.to_string()));
            self.out.push_str("</summary>");
        }
        self.out.push_str("<pre tabindex=\"0\"><code>");
        escape_into(&mut self.out, code);
        self.out.push_str("</code></pre>");
        self.out.push_str(if lines > FOLD_LINES { "</details></figure>\n" } else { "</figure>\n" });
    }

    /// Writes the running text gathered so far, with its names and bare addresses.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        if self.links > 0 {
            return escape_into(&mut self.out, &text);
        }
        for piece in pieces(&text) {
            match piece {
                Piece::Words(words) => self.words_with_addresses(words),
                Piece::Name(name) => self.name(name),
            }
        }
    }

    fn name(&mut self, name: &str) {
        let key = username_key(&name[1..]);
        let person = match self.mentions.iter().find(|mention| mention.key == key) {
            Some(mention) => mention.person.to_string(),
            None if self.everyone && names_everyone(&key) => "all".to_owned(),
            None => return escape_into(&mut self.out, name),
        };
        self.out.push_str("<span class=\"at\" data-person=\"");
        self.out.push_str(&person);
        self.out.push_str("\">");
        escape_into(&mut self.out, name);
        self.out.push_str("</span>");
    }

    fn words_with_addresses(&mut self, mut words: &str) {
        while let Some(at) = [words.find("https://"), words.find("http://")].into_iter().flatten().min() {
            let rest = &words[at..];
            let end = rest.find(|c: char| c.is_whitespace() || "<>\"`".contains(c)).unwrap_or(rest.len());
            let address = trim_address(&rest[..end]);
            escape_into(&mut self.out, &words[..at]);
            if is_safe(address) && address.split_once("//").is_some_and(|(_, host)| !host.is_empty()) {
                self.open_link(address);
                escape_into(&mut self.out, address);
                self.out.push_str("</a>");
            } else {
                escape_into(&mut self.out, address);
            }
            words = &rest[address.len()..];
            if address.is_empty() {
                break;
            }
        }
        escape_into(&mut self.out, words);
    }
}

/// Leaves out punctuation that belongs to the sentence around an address.
fn trim_address(address: &str) -> &str {
    let mut address = address;
    loop {
        let shorter = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']);
        let opens = shorter.matches('(').count();
        let shorter = if shorter.matches(')').count() > opens {
            shorter.strip_suffix(')').unwrap_or(shorter)
        } else {
            shorter
        };
        if shorter.len() == address.len() {
            return address;
        }
        address = shorter;
    }
}

/// Whether a link may lead there: an absolute http, https or mailto address without control characters.
fn is_safe(address: &str) -> bool {
    let lower = address.trim_start().to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme));
    known && !address.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;

    fn html(text: &str) -> String {
        let words = MarkupWords { copy: "Copy".into(), show_all: "Show all {n} lines".into() };
        let ana = Mention { person: PersonId(3), key: "ana".into() };
        to_html(text, &[ana], true, &words)
            .replace(" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\"", "")
    }

    #[test]
    fn words_line_breaks_and_emphasis() {
        assert_eq!(
            html("a *b*\n**c** ~~d~~ `e`"),
            "<p dir=\"auto\">a <em>b</em><br>\n<strong>c</strong> <del>d</del> <code>e</code></p>\n"
        );
        assert_eq!(html("# Big"), "<p dir=\"auto\"><strong>Big</strong></p>\n");
        assert!(html("3. x\n4. y").contains("<ol dir=\"auto\" start=\"3\">"));
        assert!(html("a|b\n-|-\n1|2").contains("<th>a</th><th>b</th></tr>\n<tr><td>1</td>"));
    }

    #[test]
    fn names_that_are_somebody_are_marked_and_others_are_not() {
        assert!(html("hi @Ana.").contains("<span class=\"at\" data-person=\"3\">@Ana</span>."));
        assert!(html("@all").contains("data-person=\"all\""));
        assert!(!html("@bob `@ana`").contains("<span"));
    }

    #[test]
    fn addresses_become_links() {
        assert!(
            html("see https://example.org/a_b_c?x=1&y=2.")
                .contains("<a href=\"https://example.org/a_b_c?x=1&amp;y=2\">")
        );
        assert!(
            html("(https://example.org/x)")
                .contains("<a href=\"https://example.org/x\">https://example.org/x</a>)")
        );
        assert!(
            html("![cat](https://example.org/cat.png)")
                .contains("<a href=\"https://example.org/cat.png\">cat</a>")
        );
        assert!(html("<ana@example.org>").contains("<a href=\"mailto:ana@example.org\">"));
    }

    #[test]
    fn nothing_a_person_types_becomes_markup_of_its_own() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](&#106;avascript:alert(1))",
            "[x](java\tscript:alert(1))",
            "[x](data:text/html,<script>)",
            "[x](vbscript:x)",
            "![x](javascript:alert(1))",
            "<javascript:alert(1)>",
            "[x](https://e.org/\" onclick=\"x)",
            "https://e.org/\"onmouseover=x",
            "```\"><script>\nx\n```",
            "<svg/onload=alert(1)>",
            "@ana\"><b>",
        ] {
            let out = html(attack);
            assert!(
                !out.to_lowercase().contains("href=\"javascript") && !out.contains("href=\"data"),
                "{attack} → {out}"
            );
            for tag in ["<script", "<img", "<svg", "<b>"] {
                assert!(!out.contains(tag), "{attack} → {out}");
            }
            let attributes = out.split('<').filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
            for tag in attributes {
                assert!(!tag.contains(" on"), "{attack} → {out}");
            }
        }
    }

    #[test]
    fn long_code_is_folded_and_short_code_is_not() {
        let long = format!("```sql\n{}```", "select 1;\n".repeat(48));
        assert!(html(&long).contains("<summary>Show all 48 lines</summary>"));
        assert!(!html("```\nx\n```").contains("<details>"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = html(&format!("{} x", ">".repeat(5_000)));
        assert_eq!(deep.matches("<blockquote").count(), DEPTH_MAX);
        assert_eq!(deep.matches("</blockquote>").count(), DEPTH_MAX);
    }
}
