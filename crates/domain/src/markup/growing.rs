//! A text that grows: which parts of it are finished and will not look otherwise, whatever follows.
//!
//! A part is cut only where Markdown (CommonMark 0.31) certainly begins a block of its own, seen from the lines alone. Where
//! that is not certain nothing is cut, and the part is shown anew a little longer: cutting too seldom costs time, cutting
//! wrongly would show something that never was.

/// The parts of a text, in order. All but the last stay as they are while the text grows at its end.
pub fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut scan = Scan::default();
    let mut at = 0;
    let mut cuts = vec![0];
    for line in text.split_inclusive('\n') {
        if scan.cuts_before(line) && at > 0 {
            cuts.push(at);
        }
        at += line.len();
    }
    cuts.push(text.len());
    cuts.into_iter()
        .scan(None, |last: &mut Option<usize>, cut| Some(last.replace(cut).map(|from| &text[from..cut])))
        .flatten()
}

/// What the lines so far leave open.
#[derive(Default)]
struct Scan {
    /// The fence that is open: its indentation, its character and its length.
    fence: Option<(usize, u8, usize)>,
    /// A fence was closed by the line before.
    after_fence: bool,
    /// The line before was blank.
    after_blank: bool,
    /// There may be a list open, which the next item would go on with.
    in_list: bool,
    /// There may be raw HTML open, which ends at a blank line.
    in_html: bool,
    /// Nothing is certain any more.
    lost: bool,
}

impl Scan {
    /// Takes in a line; whether a block certainly begins with it. Only the last line of a text may lack its end.
    fn cuts_before(&mut self, line: &str) -> bool {
        let whole = line.ends_with('\n');
        let indent = line.len() - line.trim_start_matches(' ').len();
        let bare = line[indent..].trim_end_matches(['\n', '\r']);
        if let Some((opened, mark, length)) = self.fence {
            let closes = whole && indent <= 3.max(opened) && (opened == 0 || indent == opened);
            let closing = bare.trim_end_matches([' ', '\t']);
            if closes && closing.len() >= length && closing.bytes().all(|byte| byte == mark) {
                (self.fence, self.after_fence, self.after_blank) = (None, opened == 0, false);
                // Not every parser takes a tab there.
                self.lost |= bare.contains('\t');
            }
            return false;
        }
        let (after_fence, after_blank) =
            (std::mem::take(&mut self.after_fence), std::mem::take(&mut self.after_blank));
        if bare.trim_matches([' ', '\t']).is_empty() {
            (self.after_blank, self.in_html) = (true, false);
            return false;
        }
        let fence = fence(bare).filter(|_| whole && indent <= 3);
        let begins = indent == 0 && !bare.starts_with('\t');
        let cuts = !self.lost
            && begins
            && (after_fence
                || (after_blank && !(self.in_list && may_be_item(bare)))
                || (fence.is_some() && !self.in_html));
        if cuts {
            (self.in_list, self.in_html) = (false, false);
        }
        self.note(indent, bare, fence);
        cuts
    }

    fn note(&mut self, indent: usize, bare: &str, fence: Option<(u8, usize)>) {
        // Inside raw HTML a fence is none, and raw HTML of some kinds goes on past blank lines.
        self.lost |= (self.in_html && fence.is_some()) || opens_endless_html(bare);
        self.in_html |= bare.starts_with('<');
        self.in_list |= may_be_item(bare.trim_start());
        if let Some((mark, length)) = fence {
            self.fence = Some((indent, mark, length));
        }
    }
}

/// A line that opens a block of code: three or more of a kind; after backticks no other backtick.
fn fence(line: &str) -> Option<(u8, usize)> {
    let mark = *line.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = line.bytes().take_while(|byte| *byte == mark).count();
    (length >= 3 && !(mark == b'`' && line[length..].contains('`'))).then_some((mark, length))
}

/// Whether a line begins an item of a list, or may still come to.
fn may_be_item(line: &str) -> bool {
    let rest = match line.as_bytes().first() {
        Some(b'-' | b'+' | b'*') => &line[1..],
        Some(b'0'..=b'9') => line.trim_start_matches(|c: char| c.is_ascii_digit()),
        _ => return false,
    };
    let rest = if line.starts_with(|c: char| c.is_ascii_digit()) {
        match rest.strip_prefix(['.', ')']) {
            Some(rest) => rest,
            None => return rest.is_empty(),
        }
    } else {
        rest
    };
    rest.is_empty() || rest.starts_with([' ', '\t'])
}

/// Raw HTML that does not end at a blank line, or may still come to be it.
fn opens_endless_html(line: &str) -> bool {
    let lower: String = line.chars().take(10).flat_map(char::to_lowercase).collect();
    let named = ["<script", "<pre", "<style", "<textarea"];
    lower.starts_with("<!") || lower.starts_with("<?") || named.iter().any(|tag| lower.starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::rendered, *};

    fn cut(text: &str) -> Vec<&str> {
        parts(text).collect()
    }

    #[test]
    fn paragraphs_and_code_are_parts_and_a_list_is_one() {
        assert_eq!(cut("a\n\nb\nc"), ["a\n\n", "b\nc"]);
        assert_eq!(cut("a\n```rust\nx\n\ny\n```\nb"), ["a\n", "```rust\nx\n\ny\n```\n", "b"]);
        assert_eq!(cut("1. a\n\n2. b\n\nc"), ["1. a\n\n2. b\n\n", "c"]);
        assert_eq!(cut(""), [""]);
    }

    #[test]
    fn a_block_of_code_that_is_not_closed_yet_is_one_part() {
        assert_eq!(cut("a\n\n```\nx\n\ny\n\n"), ["a\n\n", "```\nx\n\ny\n\n"]);
        assert!(rendered("```rust\nlet x").contains("<code>"));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(1_000))]

        /// Whatever is written: the parts look as the whole does, and what was finished stays finished.
        #[test]
        fn parts_look_as_the_whole_and_stay(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "a", "b ", "\n", "\n", "\n\n", "\n\n", "- ", "* ", "1. ", "> ", "  ", "   ", "    ", "\t", "```", "```\n", "~~~\n", "`", "# ",
                    "---", "===", "<b>", "<div>\n", "<!-- ", "-->", "<pre>", "|", "|-|\n", "[a]: b", "**", "2", ")", "-", "*",
                ]),
                0..24,
            )
        ) {
            let text = pieces.concat();
            let whole = shown(&text);
            let together: String = parts(&text).map(shown).collect();
            proptest::prop_assert_eq!(together, whole, "{:?}", cut(&text));
            for (end, _) in text.char_indices() {
                let early = cut(&text[..end]);
                let finished = &early[..early.len() - 1];
                proptest::prop_assert_eq!(finished, &cut(&text)[..finished.len()]);
            }
        }
    }

    /// What is shown of a part: unlike a whole message it may be nothing.
    fn shown(text: &str) -> String {
        let html = rendered(&format!("x\n\n{text}"));
        html.strip_prefix("<p dir=\"auto\">x</p>\n").expect("the first paragraph stands alone").to_owned()
    }
}
