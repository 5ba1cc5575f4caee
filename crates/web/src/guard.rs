//! What every request passes: the host, the site it comes from, and the headers every answer carries.

use crate::{
    Web, address, cookies, cors, credentials,
    extract::ClientAddress,
    failure::{Api, Door, Page, WebError},
    notice,
    request_id::RequestId,
    words::Words,
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use std::net::{IpAddr, SocketAddr};

/// The nonce of this request's style sheets.
#[derive(Debug, Clone)]
pub(crate) struct Nonce(pub String);

/// Names a request, lets it in, or not, and finishes its answer.
pub(crate) async fn watch(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut bits = [0; 24];
    app::World::randomize(&app::SystemWorld, &mut bits);
    let (nonce, id) = bits.split_at(16);
    let id = RequestId::new(id.try_into().unwrap_or_default());
    id.naming(pass(web, request, next, hex::encode(nonce))).await
}

async fn pass(web: Web, mut request: Request, next: Next, nonce: String) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = address::client(
        peer.unwrap_or(IpAddr::from([127, 0, 0, 1])),
        request.headers(),
        &web.config.trusted_proxies,
    );
    let (is_api, is_open) = (is_api(request.uri().path()), cors::is_open(request.uri().path()));
    if let Some(refusal) = refuse(&web, &request) {
        return finish(refusal, &nonce, request.headers(), &web);
    }
    let (method, headers) = (request.method().clone(), request.headers().clone());
    if let Some(answer) = cors::preflight(&web, &method, &headers).await {
        return answer;
    }
    request.extensions_mut().insert(ClientAddress(address));
    request.extensions_mut().insert(Nonce(nonce.clone()));
    let (mut response, said) =
        notice::with(&headers, Words::accepted(&headers).answering(next.run(request))).await;
    if said {
        response.headers_mut().append(header::SET_COOKIE, notice::forget(&web.config));
    }
    if is_api && !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if is_open {
        cors::open(&web, &headers, &mut response).await;
    }
    finish(response, &nonce, &headers, &web)
}

pub(crate) fn is_api(path: &str) -> bool {
    let polled = path.ends_with("/messages") || path.ends_with("/messages/create");
    (path.starts_with("/api/") && path != "/api/docs")
        || path == "/api"
        || path.starts_with("/auth/")
        || path.starts_with("/rooms/") && polled
}

/// Answers a failure that comes before any handler: JSON where JSON is spoken, a page elsewhere.
pub(crate) fn answer(path: &str, error: WebError) -> Response {
    if is_api(path) { Api::answer(error) } else { Page::answer(error) }
}

fn refuse(web: &Web, request: &Request) -> Option<Response> {
    let (status, why) = if !host_is_ours(web, request) {
        (
            StatusCode::MISDIRECTED_REQUEST,
            "This server does not answer to that host. Its keeper can allow it with ALLOWED_HOSTS.",
        )
    } else if !credentials::without_cookies(request.uri().path(), request.headers())
        && !same_site(web, request.method(), request.headers())
    {
        (StatusCode::FORBIDDEN, "CSRF Failed: this request comes from another site.")
    } else {
        return None;
    };
    let error = WebError::Unreadable(status, why.into());
    Some(answer(request.uri().path(), error))
}

fn host_of(request: &Request) -> Option<&str> {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| request.uri().authority().map(|authority| authority.as_str()))
}

/// Loopback names, IP literals, the public host and what `ALLOWED_HOSTS` says: against DNS rebinding.
fn host_is_ours(web: &Web, request: &Request) -> bool {
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return true;
    }
    let Some(host) = host_of(request) else { return false };
    let name = without_port(host);
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    let public = web.config.public_host().map(without_port);
    let allowed = |pattern: &String| {
        pattern == "*"
            || pattern.eq_ignore_ascii_case(name)
            || (pattern.starts_with('.') && name.to_ascii_lowercase().ends_with(pattern.as_str()))
    };
    ip || name.eq_ignore_ascii_case("localhost")
        || name.ends_with(".localhost")
        || public.is_some_and(|p| p.eq_ignore_ascii_case(name))
        || web.config.allowed_hosts.iter().any(allowed)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Whether a request that changes something comes from our own pages or from no browser at all. `Sec-Fetch-Site` decides where
/// it is sent (secure contexts); otherwise `Origin` must be our own host and port.
pub(crate) fn same_site(web: &Web, method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    own_origin(web, headers)
}

/// Whether `Origin` is absent (no browser) or our own.
pub(crate) fn own_origin(web: &Web, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some((_, host)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    asked.is_some_and(|asked| asked.eq_ignore_ascii_case(host)) || web.config.public_host() == Some(host)
}

fn finish(mut response: Response, nonce: &str, asked: &HeaderMap, web: &Web) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; manifest-src 'self'"
    );
    let status = response.status();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    }
    if status.is_client_error() || status.is_server_error() {
        let name = RequestId::here().and_then(|id| HeaderValue::try_from(id.to_string()).ok());
        headers.extend(name.map(|name| (HeaderName::from_static("x-request-id"), name)));
    }
    let is_page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        // Pages say it in their policy, which lets this site itself.
        headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    }
    if is_page {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if cookies::get(asked, "csrftoken").is_none() {
            headers.append(header::SET_COOKIE, cookies::csrf(&web.config, &random()));
        }
    }
    response
}

/// 128 random bits in hexadecimal.
pub(crate) fn random() -> String {
    let mut bytes = [0; 16];
    app::World::randomize(&app::SystemWorld, &mut bytes);
    hex::encode(bytes)
}
