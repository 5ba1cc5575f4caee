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

/// The first token in a text.
pub fn find(text: &[u8]) -> Option<&str> {
    let start = memchr::memmem::find(text, MARK)?;
    std::str::from_utf8(text.get(start..start + LENGTH)?).ok()
}

/// Reads a token.
pub fn read(token: &str) -> Option<Token> {
    let mut parts = token.split(':').skip(1);
    Some(Token {
        sender: parts.next()?.parse().ok()?,
        count: parts.next()?.parse().ok()?,
        nanoseconds: parts.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_and_other_text_is_not() {
        let token = make(7, 42, 123_456_789);
        assert_eq!(token.len(), LENGTH);
        let text = format!("{{\"content\":\"{token} and more\"}}");
        let read = read(find(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(read, Token { sender: 7, count: 42, nanoseconds: 123_456_789 });
        assert_eq!(find(b"{\"content\":\"bench\"}"), None);
    }
}
