//! The few cookies there are.

use crate::Config;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::limits;

/// The value of a cookie.
pub(crate) fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// How long a browser keeps a session's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stay {
    /// As long as the session may last.
    SignedIn,
    /// Until the browser is closed.
    UntilClosed,
}

/// Keeps the session's secret in the browser.
pub(crate) fn keep_session(config: &Config, secret: &str, stay: Stay) -> HeaderValue {
    let age = match stay {
        Stay::SignedIn => format!("; Max-Age={}", limits::SESSION_LASTS.as_secs()),
        Stay::UntilClosed => String::new(),
    };
    set(config, config.session_cookie(), secret, &format!("; HttpOnly{age}"))
}

/// Takes it out again.
pub(crate) fn forget_session(config: &Config) -> HeaderValue {
    set(config, config.session_cookie(), "", "; HttpOnly; Max-Age=0")
}

/// Keeps a line for the next page (see `notice`); an empty one forgets it.
pub(crate) fn notice(config: &Config, line: &str) -> HeaderValue {
    let age = if line.is_empty() { 0 } else { 60 };
    set(config, "notice", line, &format!("; HttpOnly; Max-Age={age}"))
}

/// Remembers for a day that this browser cannot place what a streamed page appends.
pub(crate) fn plain(config: &Config) -> HeaderValue {
    set(config, "plain", "1", "; HttpOnly; Max-Age=86400")
}

/// Keeps a guest's sealed conversation in the browser, in all its cookies: those it does not need are taken out, or they would
/// spoil it. An empty one forgets it.
pub(crate) fn keep_guest(config: &Config, sealed: &str) -> Vec<HeaderValue> {
    let mut parts = sealed.as_bytes().chunks(limits::GUEST_COOKIE_BYTES_MAX);
    let line = |name: String| {
        let part = parts.next().and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default();
        let age = if part.is_empty() { 0 } else { limits::GUEST_HISTORY_LASTS.as_secs() };
        set(config, &name, part, &format!("; HttpOnly; Max-Age={age}"))
    };
    config.guest_cookies().map(line).collect()
}

/// A guest's sealed conversation; empty when there is none.
pub(crate) fn guest(config: &Config, headers: &HeaderMap) -> String {
    config.guest_cookies().filter_map(|name| get(headers, &name)).collect()
}

/// A cookie that clients of the earlier systems look for. Nothing depends on it: see `guard`.
pub(crate) fn csrf(config: &Config, token: &str) -> HeaderValue {
    set(config, "csrftoken", token, "; Max-Age=31449600")
}

fn set(config: &Config, name: &str, value: &str, more: &str) -> HeaderValue {
    let secure = if config.is_https() { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; SameSite=Lax{more}{secure}");
    HeaderValue::from_str(&line).expect("cookie names and values are plain ASCII")
}
