//! Pages of other sites: which may read what is answered under `/api/` and `/auth/` (Fetch Standard, CORS protocol), as the recorded
//! stack answered them. Which sites these are is a setting.
//!
//! Nobody is let in by this: cookies are never promised, so a foreign page has only what its token gives it.

use crate::Web;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};

/// How long browsers may remember the answer to a preflight, in seconds.
const REMEMBERED: &str = "86400";
const HEADERS: &str = "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with";
const METHODS: &str = "DELETE, GET, OPTIONS, PATCH, POST, PUT";

/// The answer to a preflight, which is the same for every path.
pub(crate) async fn preflight(web: &Web, method: &Method, headers: &HeaderMap) -> Option<Response> {
    let asks = method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !asks {
        return None;
    }
    let mut answer = Response::new(Body::empty());
    let said = answer.headers_mut();
    said.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    said.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed(web, headers).await {
        said.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        said.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
        said.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        said.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
    }
    Some(answer)
}

/// Lets a page of an allowed site read an answer of the API, refusals included.
pub(crate) async fn open(web: &Web, asked: &HeaderMap, answer: &mut Response) {
    let vary = match answer.headers().get(header::VARY).and_then(|vary| vary.to_str().ok()) {
        Some(before) => HeaderValue::from_str(&format!("{before}, origin")).ok(),
        None => Some(HeaderValue::from_static("origin")),
    };
    if let Some(vary) = vary {
        answer.headers_mut().insert(header::VARY, vary);
    }
    if let Some(origin) = allowed(web, asked).await {
        answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

/// Where these headers count.
pub(crate) fn is_open(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/auth/")
}

/// What to allow a page: its own origin, `*` where all are allowed. While the settings cannot be read nobody is.
async fn allowed(web: &Web, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let settings = web.app.settings().await.ok()?;
    match &settings.allowed_origins {
        all if all.are_all() => Some(HeaderValue::from_static("*")),
        some if some.allows(origin.to_str().ok()?) => Some(origin.clone()),
        _ => None,
    }
}
