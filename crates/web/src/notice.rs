//! One line about what came of a form: "You left Football." The form's answer is a redirect, so the line waits in a cookie
//! for the next page, which says it and forgets it. With scripts it is a toast, without it stands above the page.

use crate::{Config, cookies, pages::encode};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use std::cell::RefCell;

/// The line, and the address of a form that takes back what was done, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub text: String,
    pub action: Option<(String, String)>,
}

tokio::task_local! {
    static WAITING: RefCell<Option<Notice>>;
}

/// Answers a request with the notice its cookie brought at hand; whether a page has said it.
pub(crate) async fn with<F: Future>(headers: &HeaderMap, answer: F) -> (F::Output, bool) {
    // What a script fetches in the background is not what somebody looks at.
    let looked_at = headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    let waiting = cookies::get(headers, "notice").filter(|_| looked_at).and_then(read);
    let waited = waiting.is_some();
    let both = async {
        let output = answer.await;
        (output, waited && WAITING.with(|waiting| waiting.borrow().is_none()))
    };
    WAITING.scope(RefCell::new(waiting), both).await
}

/// What the page of this request is to say.
pub(crate) fn take() -> Option<Notice> {
    WAITING.try_with(|waiting| waiting.borrow_mut().take()).ok().flatten()
}

/// Puts a line into a form's answer, for the page that follows.
pub(crate) fn saying(config: &Config, mut response: Response, text: &str) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookies::notice(config, &encode(text)));
    response
}

/// The same with a form that takes it back: the words on its button and its address.
pub(crate) fn offering(
    config: &Config,
    mut response: Response,
    text: &str,
    word: &str,
    path: &str,
) -> Response {
    let line = format!("{}|{}|{}", encode(text), encode(word), encode(path));
    response.headers_mut().append(header::SET_COOKIE, cookies::notice(config, &line));
    response
}

/// Takes the line out of the browser.
pub(crate) fn forget(config: &Config) -> HeaderValue {
    cookies::notice(config, "")
}

/// A cookie may come from elsewhere on this host, so its address is held to be one of ours.
fn read(cookie: &str) -> Option<Notice> {
    let mut parts = cookie.split('|').map(|part| {
        let pair = format!("n={part}");
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default()
    });
    let text = parts.next().filter(|text| !text.is_empty())?;
    let action = parts.next().zip(parts.next()).filter(|(_, path)| path.starts_with("/rooms/"));
    Some(Notice { text, action })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_back_as_it_was_put_and_leads_nowhere_else() {
        let plain = read(&encode("You left Café & co; goodbye.")).expect("a line");
        assert_eq!(plain, Notice { text: "You left Café & co; goodbye.".into(), action: None });
        let ours = format!("{}|{}|{}", encode("You left."), encode("Join again"), encode("/rooms/a/join/"));
        assert_eq!(read(&ours).expect("a line").action, Some(("Join again".into(), "/rooms/a/join/".into())));
        let theirs = format!("{}|{}|{}", encode("You left."), encode("Join"), encode("//evil.example/"));
        assert_eq!(read(&theirs).expect("a line").action, None);
        assert_eq!(read(""), None);
    }
}
