//! Markdown to HTML, part by part.

use super::{
    addresses::{first_address, leads_here, may_be_linked},
    code,
    escape::escape_into,
    names::{Piece, names_everyone, pieces},
    source,
};
use crate::{messages::Mention, people::username_key};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Tag, TagEnd};

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
pub(super) const DEPTH_MAX: usize = 12;

/// What a text is rendered with.
#[derive(Debug, Clone, Copy)]
pub struct Markup<'m> {
    /// The names that were found to be somebody; others stay plain text.
    pub mentions: &'m [Mention],
    /// It names everyone.
    pub everyone: bool,
    /// Whose words they are.
    pub voice: Voice,
    /// The words the HTML itself needs.
    pub words: &'m MarkupWords,
}

/// Whose words are rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// A person's.
    Person,
    /// A machine's, which may have been told by somebody else what to say: a link shows where it leads. It may lead to a
    /// place on this server.
    Machine,
}

/// Renders a message.
pub fn to_html(content: &str, markup: Markup<'_>) -> String {
    let mut html = Html::of(content, markup, FOLD_LINES);
    if !html.shown {
        html.out.clear();
        html.out.push_str("<p dir=\"auto\">");
        html.lines(content);
        html.out.push_str("</p>\n");
    }
    html.out
}

/// Renders a part of a text that grows (see [`super::parts`]): of one that shows nothing yet, nothing. Code is not folded,
/// because one looks at its end.
pub fn part_to_html(part: &str, markup: Markup<'_>) -> String {
    Html::of(part, markup, usize::MAX).out
}

struct Html<'m> {
    out: String,
    markup: Markup<'m>,
    fold_lines: usize,
    /// The ends of the open blocks and spans; `""` for those that are not written.
    open: Vec<&'static str>,
    depth: usize,
    /// Inside a link, where neither names nor bare addresses become links.
    links: usize,
    /// Where the open link leads, and where its text begins.
    leads: Option<(String, usize)>,
    /// The open block of code: its language and its text so far.
    code: Option<(String, String)>,
    in_head: bool,
    text: String,
    /// Something can be seen.
    shown: bool,
}

impl<'m> Html<'m> {
    fn of(content: &str, markup: Markup<'m>, fold_lines: usize) -> Self {
        let mut html = Self {
            out: String::with_capacity(content.len() * 2),
            markup,
            fold_lines,
            open: Vec::new(),
            depth: 0,
            links: 0,
            leads: None,
            code: None,
            in_head: false,
            text: String::new(),
            shown: false,
        };
        for event in source::events(&source::plain_definitions(content)) {
            html.push(event);
        }
        html.flush();
        html
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
                self.shown = true;
                self.out.push_str("<code>");
                escape_into(&mut self.out, &code);
                self.out.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => {
                self.shown = true;
                self.out.push_str("<hr>\n");
            }
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
            Tag::Table(_) => {
                ("<div class=\"table\" tabindex=\"0\"><table dir=\"auto\">\n", "</table></div>\n")
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
            TagEnd::TableRow => self.drop_empty_cells(),
            TagEnd::Link | TagEnd::Image => return self.end_link(),
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
        let is_machine = self.markup.voice == Voice::Machine;
        let opens = self.links == 0 && (may_be_linked(&address) || (is_machine && leads_here(&address)));
        self.links += 1;
        if opens {
            self.open_link(&address);
            self.leads = Some((address, self.out.len())).filter(|_| is_machine);
        }
        self.open.push(if opens { "</a>" } else { "" });
    }

    /// Ends a link. One of a machine says where it leads, unless its text does.
    fn end_link(&mut self) {
        self.links = self.links.saturating_sub(1);
        let closes = self.open.pop().unwrap_or_default();
        self.out.push_str(closes);
        let Some((address, from)) = self.leads.take_if(|_| !closes.is_empty()) else { return };
        let mut escaped = String::new();
        escape_into(&mut escaped, &address);
        if !leads_here(&address) && self.out[from..] != format!("{escaped}</a>") {
            self.out.push_str(" <small class=\"leads\">(");
            self.out.push_str(&escaped);
            self.out.push_str(")</small>");
        }
    }

    fn open_link(&mut self, address: &str) {
        self.out.push_str("<a href=\"");
        escape_into(&mut self.out, address);
        self.out.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\">");
    }

    fn code_block(&mut self) {
        let Some((language, code)) = self.code.take() else { return };
        let code = code.trim_end_matches('\n');
        self.shown = true;
        let lines = code.lines().count();
        self.out.push_str("<figure class=\"code\" dir=\"ltr\"><figcaption><span>");
        escape_into(&mut self.out, &language);
        self.out.push_str("</span><button type=\"button\" class=\"copy\" hidden>");
        escape_into(&mut self.out, &self.markup.words.copy);
        self.out.push_str("</button></figcaption>");
        if lines > self.fold_lines {
            self.out.push_str("<details><summary>");
            escape_into(&mut self.out, &self.markup.words.show_all.replace("{n}", &lines.to_string()));
            self.out.push_str("</summary>");
        }
        self.out.push_str("<pre tabindex=\"0\"><code>");
        code::highlight(&mut self.out, code, &language);
        self.out.push_str("</code></pre>");
        self.out.push_str(if lines > self.fold_lines { "</details></figure>\n" } else { "</figure>\n" });
    }

    /// Writes the running text gathered so far, with its names and bare addresses.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        self.shown |= !text.trim().is_empty();
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
        let person = match self.markup.mentions.iter().find(|mention| mention.key == key) {
            Some(mention) => mention.person.to_string(),
            None if self.markup.everyone && names_everyone(&key) => "all".to_owned(),
            None => return escape_into(&mut self.out, name),
        };
        self.out.push_str("<span class=\"at\" data-person=\"");
        self.out.push_str(&person);
        self.out.push_str("\">");
        escape_into(&mut self.out, name);
        self.out.push_str("</span>");
    }

    fn words_with_addresses(&mut self, mut words: &str) {
        while let Some((at, address)) = first_address(words) {
            escape_into(&mut self.out, &words[..at]);
            self.open_link(address);
            escape_into(&mut self.out, address);
            self.out.push_str("</a>");
            words = &words[at + address.len()..];
        }
        self.lines(words);
    }

    /// Raw HTML comes with its line ends in it.
    fn lines(&mut self, text: &str) {
        for (n, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            self.out.push_str(if n > 0 { "<br>\n" } else { "" });
            escape_into(&mut self.out, line);
        }
    }

    /// The parser fills a row that is shorter than its table with empty cells; thousands, if somebody wants it so.
    fn drop_empty_cells(&mut self) {
        while self.out.ends_with("<td></td>") {
            self.out.truncate(self.out.len() - "<td></td>".len());
        }
    }
}
