//! Addresses: where a link may lead, and where a bare one ends.

/// Only addresses that open a page or a letter, written plainly. Browsers drop control characters from addresses and
/// read `\` as `/`, so one with any of them is not what it seems.
pub(super) fn may_be_linked(address: &str) -> bool {
    let after = |scheme: &str| {
        let head = address.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| &address[scheme.len()..])
    };
    let rest = after("https://").or_else(|| after("http://")).or_else(|| after("mailto:"));
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && !address.contains(odd)
}

/// A place in one of this server's rooms.
pub(super) fn leads_here(address: &str) -> bool {
    address.starts_with("/rooms/")
        && !address.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\')
}

/// The first bare address of running text, and where it begins.
pub(super) fn first_address(text: &str) -> Option<(usize, &str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find("://") {
        let slashes = from + found;
        from = slashes + 3;
        let begin = ["https", "http"].into_iter().find_map(|scheme| {
            let begin = slashes.checked_sub(scheme.len())?;
            text.get(begin..slashes)?.eq_ignore_ascii_case(scheme).then_some(begin)
        });
        let Some(begin) = begin else { continue };
        if text[..begin].ends_with(char::is_alphanumeric) {
            continue;
        }
        let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"`\\«»“”„。、，".contains(c);
        let rest = &text[begin..];
        let address = without_sentence_end(&rest[..rest.find(ends).unwrap_or(rest.len())]);
        let host = address.get(from - begin..).and_then(|host| host.chars().next());
        if host.is_some_and(|c| c.is_alphanumeric() || c == '[') {
            return Some((begin, address));
        }
    }
    None
}

/// Cuts what belongs to the sentence around an address: its full stop, and a bracket that opened before it.
fn without_sentence_end(mut address: &str) -> &str {
    // Counted once and kept up to date, or a row of brackets would be counted again for each of them.
    let count = |c: char| address.matches(c).count();
    let (opened, mut closed) = (count('('), count(')'));
    while let Some(last) = address.chars().next_back() {
        match last {
            ')' if closed > opened => closed -= 1,
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' | '’' => {}
            _ => break,
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_address_ends_where_the_sentence_does() {
        for (text, address) in [
            ("see https://example.org/a_b.", "https://example.org/a_b"),
            ("(https://example.org/wiki/Raya_(line))", "https://example.org/wiki/Raya_(line)"),
            ("HTTP://EXAMPLE.ORG?", "HTTP://EXAMPLE.ORG"),
            ("«https://example.org/@ana»", "https://example.org/@ana"),
            ("x:// https:// http://[::1]:8000/", "http://[::1]:8000/"),
        ] {
            assert_eq!(first_address(text).map(|(_, found)| found), Some(address));
        }
        for text in ["https:// xhttp://no", "http:/x", "https://.", "ñhttp://x", "://", "日://"] {
            assert_eq!(first_address(text), None, "{text}");
        }
    }

    #[test]
    fn only_web_pages_and_letters_are_linked() {
        for good in ["https://example.org", "HTTP://example.org/ä?q=1#x", "mailto:ana@example.org"] {
            assert!(may_be_linked(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            " https://example.org",
            "https:///x",
            "https://a\u{1}b",
            "https://a\\b",
            "/x",
            "//x",
            "https://",
            "mailto:",
            "data:text/html,x",
        ] {
            assert!(!may_be_linked(bad), "{bad}");
        }
    }
}
