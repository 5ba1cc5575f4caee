//! `/auth/…`: accounts and tokens at the addresses and in the words of djoser (Django REST framework), both generations of them.
//!
//! What is checked comes in the recorded order: what the client accepts (406), who it is (401), the method (405), the body (415, 400). Every answer
//! names the methods of its address. Nothing here reads or sets a cookie: see `credentials`.

pub(crate) mod accounts;
mod checks;
pub(crate) mod logins;
mod metadata;

use crate::{
    Web, credentials, extract,
    failure::{self, Door, Failed, WebError, with_retry_after},
    words::Words,
};
use app::{Error, Viewer};
use axum::{
    Json,
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// How djoser answers.
pub(crate) struct Djoser;

/// The result of a call here.
pub(crate) type DjoserResult<T = Response> = Result<T, Failed<Djoser>>;

impl Door for Djoser {
    fn answer(error: WebError) -> Response {
        let (status, detail) = failure::status(&error);
        let body = match &error {
            WebError::NotADictionary(kind) => {
                let why = format!("Invalid data. Expected a dictionary, but got {kind}.");
                json!({ "non_field_errors": [why] })
            }
            WebError::App(Error::Invalid(invalid)) => {
                json!({ invalid.field: [Words::english().invalid(invalid)] })
            }
            WebError::App(Error::TooMany { retry_after, .. }) => {
                let seconds = retry_after.as_secs_f64().ceil() as u64;
                let unit = if seconds == 1 { "second" } else { "seconds" };
                json!({ "detail": format!("Request was throttled. Expected available in {seconds} {unit}.") })
            }
            _ => json!({ "detail": detail }),
        };
        let mut answer = with_retry_after((status, Json(body)).into_response(), &error);
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        answer
    }
}

/// Whoever asks, signed in or not; a token that is none is refused all the same.
pub(crate) struct Anybody;

impl FromRequestParts<Web> for Anybody {
    type Rejection = Failed<Djoser>;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failed<Djoser>> {
        Ok(extract::viewer(parts, web).await.map(|_| Self)?)
    }
}

/// Whoever holds a good token, whatever it may be used for.
pub(crate) struct Holder(pub Arc<Viewer>);

impl FromRequestParts<Web> for Holder {
    type Rejection = Failed<Djoser>;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failed<Djoser>> {
        let viewer = extract::viewer(parts, web).await?;
        Ok(Self(viewer.ok_or_else(|| WebError::Stranger(String::new()))?))
    }
}

/// What every answer of the token API has in common.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !credentials::is_token_api(&path) {
        return next.run(request).await;
    }
    let mut answer = if accepts_json(request.headers()) {
        next.run(request).await
    } else {
        let why = "Could not satisfy the request Accept header.";
        Djoser::answer(WebError::Unreadable(StatusCode::NOT_ACCEPTABLE, why.into()))
    };
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    if let Some(methods) = methods(&path) {
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    answer
}

/// Whether JSON is among what a client takes (RFC 9110, 12.5.1).
fn accepts_json(headers: &HeaderMap) -> bool {
    let Some(accepted) = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()) else {
        return true;
    };
    accepted.split(',').any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        // A browser that follows a link asks for HTML; it gets JSON as well.
        range.is_empty()
            || ["*/*", "application/*", "application/json", "text/*", "text/html"].contains(&range)
    })
}

/// The methods of an address, as they were recorded.
fn methods(path: &str) -> Option<&'static str> {
    const ONE: &str = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS";
    const POST: &str = "POST, OPTIONS";
    const MANY: &str = "GET, POST, HEAD, OPTIONS";
    if let Some(rest) = path.strip_prefix("/api/chats") {
        return Some(match rest.matches('/').count() {
            0 => MANY,
            1 => "GET, PATCH, HEAD, OPTIONS",
            _ => MANY,
        });
    }
    match path.strip_prefix("/auth/")? {
        "users" => Some(MANY),
        "users/me" | "me" => Some(ONE),
        "token/login" | "token/create" | "token/logout" | "token/destroy" => Some(POST),
        user => match user.strip_prefix("users/")? {
            id if id.bytes().all(|b| b.is_ascii_digit()) => Some(ONE),
            other if !other.contains('/') => Some(POST),
            _ => None,
        },
    }
}

/// What an address of the token API says to a method it does not take, once it knows who asks; `OPTIONS` is told what the address is for.
pub(crate) async fn wrong_method(parts: &Parts, web: &Web) -> Response {
    let path = parts.uri.path();
    let open = path.starts_with("/auth/token/log")
        || path == "/auth/token/create"
        || (path.starts_with("/auth/users/") && methods(path) == Some("POST, OPTIONS") && !needs_token(path));
    match extract::viewer(parts, web).await {
        Err(error) => return Djoser::answer(error),
        Ok(None) if !open || path.ends_with("/logout") => {
            return Djoser::answer(WebError::Stranger(String::new()));
        }
        Ok(_) => {}
    }
    if parts.method == Method::OPTIONS {
        return Json(metadata::of(path)).into_response();
    }
    let why = format!("Method \"{}\" not allowed.", parts.method);
    Djoser::answer(WebError::Unreadable(StatusCode::METHOD_NOT_ALLOWED, why))
}

fn needs_token(path: &str) -> bool {
    path.ends_with("/set_password") || path.ends_with("/set_username")
}

/// Errors of fields, in the order of the form.
pub(crate) fn refuse(errors: &[(&'static str, Vec<String>)]) -> Response {
    let body: Vec<String> =
        errors.iter().map(|(field, why)| format!("{}:{}", json!(field), Value::from(why.clone()))).collect();
    let body = format!("{{{}}}", body.join(","));
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
