//! What a request shows of who sends it: a browser's cookie, or a program's token (`Authorization: Token …` or `Bearer …`).
//!
//! Where tokens are taken, an `Authorization` header of any kind makes cookies count for nothing, and the token API never
//! counts them. So nothing there can be had from a browser against its owner's will, and no cross-site check is needed.

use crate::{Config, cookies, failure::WebError};
use axum::http::{HeaderMap, header};

/// What a request shows.
pub(crate) enum Shown<'r> {
    /// Nothing.
    Nothing,
    /// A session's secret.
    Cookie(&'r str),
    /// A token's secret.
    Token(&'r str),
}

/// Said of a token that is nobody's, in the words of the recorded token API, like the others here.
pub(crate) const UNKNOWN: &str = "Invalid token.";

/// What a request for `path` shows.
pub(crate) fn shown<'r>(path: &str, headers: &'r HeaderMap, config: &Config) -> Result<Shown<'r>, WebError> {
    if !without_cookies(path, headers) {
        let cookie = cookies::get(headers, config.session_cookie());
        return Ok(cookie.map_or(Shown::Nothing, Shown::Cookie));
    }
    match headers.get(header::AUTHORIZATION) {
        Some(line) => Ok(token(line.as_bytes())?.map_or(Shown::Nothing, Shown::Token)),
        None => Ok(Shown::Nothing),
    }
}

/// Whether cookies count for nothing here.
pub(crate) fn without_cookies(path: &str, headers: &HeaderMap) -> bool {
    is_token_api(path) || (takes_tokens(path) && headers.contains_key(header::AUTHORIZATION))
}

/// The addresses that know tokens and nothing else.
pub(crate) fn is_token_api(path: &str) -> bool {
    path.starts_with("/auth/") || path == "/api/chats" || path.starts_with("/api/chats/")
}

/// The addresses that take a token in place of a cookie.
pub(crate) fn takes_tokens(path: &str) -> bool {
    path.starts_with("/api/") || path == "/ws" || path.starts_with("/ws/")
}

/// The token in a header's value; `None` when it speaks of something else.
fn token(line: &[u8]) -> Result<Option<&str>, WebError> {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let keyword = words.next().unwrap_or_default();
    if !keyword.eq_ignore_ascii_case(b"token") && !keyword.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    let secret = words.next().ok_or(WebError::BadToken("Invalid token header. No credentials provided."))?;
    if words.next().is_some() {
        return Err(WebError::BadToken("Invalid token header. Token string should not contain spaces."));
    }
    let broken = "Invalid token header. Token string should not contain invalid characters.";
    std::str::from_utf8(secret).map(Some).map_err(|_| WebError::BadToken(broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_the_recorded_framework_read_it() {
        let said = |line: &[u8]| match token(line) {
            Ok(found) => found.unwrap_or("nothing").to_owned(),
            Err(WebError::BadToken(why)) => why.to_owned(),
            Err(_) => unreachable!("no other refusal is made here"),
        };
        assert_eq!(said(b"Token abc"), "abc");
        assert_eq!(said(b"  tOKEN   abc "), "abc");
        assert_eq!(said(b"Bearer abc"), "abc");
        assert_eq!(said(b"Basic abc"), "nothing");
        assert_eq!(said(b""), "nothing");
        assert!(said(b"Token").ends_with("No credentials provided."));
        assert!(said(b"Token a b").ends_with("should not contain spaces."));
        assert!(said(b"Token \xff\xfe").ends_with("invalid characters."));
    }

    #[test]
    fn cookies_count_where_no_header_speaks_against_them_and_never_in_the_token_api() {
        let (none, mut some) = (HeaderMap::new(), HeaderMap::new());
        some.insert(header::AUTHORIZATION, "Token abc".parse().unwrap());
        for path in ["/api/rooms", "/ws", "/ws/chat/tea"] {
            assert!(!without_cookies(path, &none), "{path}");
            assert!(without_cookies(path, &some), "{path}");
        }
        for path in ["/auth/users/me", "/api/chats", "/api/chats/abc/messages"] {
            assert!(without_cookies(path, &none), "{path}");
        }
        for path in ["/auth", "/rooms", "/settings", "/api/chatsx"] {
            assert!(!without_cookies(path, &none), "{path}");
        }
        assert!(!without_cookies("/auth", &some), "the page is no token API");
    }
}
