//! The token a message carries: who sent it, as which of theirs, and when. Its length is fixed, so that frames of all subjects can be
//! made equally long.

/// What every token begins with.
const MARK: &[u8] = b"bench:";
/// Bytes of a token.
pub const LENGTH: usize = 6 + 5 + 1 + 8 + 1 + 16;

/// A token's text: sender, its count, and nanoseconds since the run began.
pub fn make(sender: u32, count: u32, nanoseconds: u64) -> String {
    format!("bench:{sender:05}:{count:08}:{nanoseconds:016}")
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Who sent it.
    pub sender: u32,
    /// Their how manieth it is.
    pub count: u32,
    /// When, in nanoseconds since the run began.
    pub nanoseconds: u64,
}

/// The first token in a text, as it is written there.
pub fn find(text: &[u8]) -> Option<&str> {
    let start = memchr::memmem::find(text, MARK)?;
    std::str::from_utf8(text.get(start..start + LENGTH)?).ok()
}

/// Reads every token of a text; one that repeats the one before it (a message's content, and its HTML) is not read again.
pub struct Reader(memchr::memmem::Finder<'static>);

impl Reader {
    /// A reader; the search is prepared once.
    pub fn new() -> Self {
        Self(memchr::memmem::Finder::new(MARK))
    }

    /// Calls `each` with every token.
    pub fn read(&self, mut text: &[u8], mut each: impl FnMut(Token)) {
        let mut last = None;
        while let Some(token) =
            self.0.find(text).and_then(|start| text.get(start..start + LENGTH).map(|t| (start, t)))
        {
            let (start, found) = token;
            text = &text[start + LENGTH..];
            let read = parse(found);
            if read != last {
                read.into_iter().for_each(&mut each);
                last = read;
            }
        }
    }
}

fn parse(token: &[u8]) -> Option<Token> {
    Some(Token {
        sender: number(&token[6..11])? as u32,
        count: number(&token[12..20])? as u32,
        nanoseconds: number(&token[21..LENGTH])?,
    })
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_and_other_text_is_not() {
        let token = make(7, 42, 123_456_789);
        assert_eq!(token.len(), LENGTH);
        let later = make(7, 43, 123_456_790);
        let text =
            format!("{{\"content\":\"{token} and more\",\"html\":\"{token}\"}},{{\"content\":\"{later}\"}}");
        let mut read = Vec::new();
        Reader::new()
            .read(text.as_bytes(), |token| read.push((token.sender, token.count, token.nanoseconds)));
        assert_eq!(read, [(7, 42, 123_456_789), (7, 43, 123_456_790)]);
        Reader::new().read(b"{\"content\":\"bench:\"}", |token| panic!("{token:?} was not said"));
    }
}
