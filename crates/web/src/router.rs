//! The whole surface on one page. Every path works with and without its trailing slash.

use crate::{
    Web,
    api::{me, members as api_members, messages as api_messages, rooms as api_rooms},
    assets,
    failure::{Api, Door, Page, WebError},
    guard, health,
    pages::{accounts, directs, invites, members, messages, room, rooms, settings},
    transports::{events, longpoll, seed, socket, stream},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware,
    response::Response,
    routing::{any, get, patch, post, put},
};
use domain::limits;

/// Every route.
pub(crate) fn router(web: Web) -> Router {
    let router = Router::new();
    live(api(pages(router)))
        .route("/assets/{file}", get(assets::show))
        .route("/favicon.ico", get(assets::favicon))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(web.clone(), guard::watch))
        .with_state(web)
}

fn pages(router: Router<Web>) -> Router<Web> {
    router
        .route("/", get(accounts::home))
        .route("/auth", get(accounts::new).post(accounts::create))
        .route("/login", get(accounts::new).post(accounts::log_in))
        .route("/accounts/login", get(accounts::new).post(accounts::log_in))
        .route("/logout", get(accounts::leaving).post(accounts::log_out))
        .route("/settings", get(settings::show).post(settings::save))
        .route("/settings/password", post(settings::password))
        .route("/settings/sessions/{id}", post(settings::end_session))
        .route("/directs", get(directs::new).post(directs::create))
        .route("/invites/{secret}", get(invites::show).post(invites::accept))
        .route("/rooms", get(rooms::index))
        .route("/chat", get(rooms::index))
        .route("/rooms/new", get(rooms::new).post(rooms::create))
        .route("/rooms/{slug}", get(room::show).post(room::create))
        .route("/chat/{slug}", get(room::show).post(room::create))
        .route("/rooms/{slug}/stream", get(stream::show))
        .route("/rooms/{slug}/join", post(room::join))
        .route("/rooms/{slug}/leave", post(room::leave))
        .route("/rooms/{slug}/pins", get(messages::pins))
        .route("/rooms/{slug}/members", get(members::index).post(members::create))
        .route("/rooms/{slug}/members/{id}", post(members::update))
        .route("/rooms/{slug}/invites", post(members::invite))
        .route("/rooms/{slug}/invites/{id}", post(members::withdraw))
        .route("/rooms/{slug}/settings", get(members::settings).post(members::save))
        .route("/rooms/{slug}/messages", get(api_messages::poll))
        .route("/rooms/{slug}/messages/create", post(api_messages::create_polled))
        .route("/rooms/{slug}/messages/{id}", get(messages::show))
        .route("/rooms/{slug}/messages/{id}/edit", get(messages::edit).post(messages::update))
        .route("/rooms/{slug}/messages/{id}/delete", get(messages::confirm).post(messages::destroy))
        .route("/rooms/{slug}/messages/{id}/reactions", get(messages::reactions).post(messages::react))
        .route("/rooms/{slug}/messages/{id}/versions", get(messages::versions))
        .route("/rooms/{slug}/messages/{id}/pin", post(messages::pin))
}

fn api(router: Router<Web>) -> Router<Web> {
    router
        .route("/api/me", get(me::show))
        .route("/api/people", get(me::people))
        .route("/api/directs", post(me::direct))
        .route("/api/rooms", get(api_rooms::index).post(api_rooms::create))
        .route("/api/rooms/{slug}", get(api_rooms::show).patch(api_rooms::update))
        .route("/api/rooms/{slug}/join", post(api_rooms::join))
        .route("/api/rooms/{slug}/leave", post(api_rooms::leave))
        .route("/api/rooms/{slug}/read", put(api_rooms::read))
        .route("/api/rooms/{slug}/level", put(api_rooms::level))
        .route("/api/rooms/{slug}/invites", post(api_rooms::invite))
        .route("/api/rooms/{slug}/pins", get(api_messages::pins))
        .route("/api/rooms/{slug}/members", get(api_members::index).post(api_members::create))
        .route("/api/rooms/{slug}/members/{person}", patch(api_members::update).delete(api_members::destroy))
        .route("/api/rooms/{slug}/bans/{person}", put(api_members::ban).delete(api_members::unban))
        .route("/api/rooms/{slug}/messages", get(api_messages::index).post(api_messages::create))
        .route(
            "/api/rooms/{slug}/messages/{id}",
            get(api_messages::show).patch(api_messages::update).delete(api_messages::destroy),
        )
        .route("/api/rooms/{slug}/messages/{id}/versions", get(api_messages::versions))
        .route("/api/rooms/{slug}/messages/{id}/pin", put(api_messages::pin).delete(api_messages::unpin))
        .route(
            "/api/rooms/{slug}/messages/{id}/reactions/{emoji}",
            put(api_messages::react).delete(api_messages::unreact),
        )
}

fn live(router: Router<Web>) -> Router<Web> {
    router
        .route("/api/events", get(events::own))
        .route("/api/rooms/{slug}/events", get(events::room))
        .route("/api/rooms/{slug}/changes", get(longpoll::changes))
        .route("/ws", any(socket::open))
        .route("/ws/chat/{slug}", any(seed::open))
}

async fn unknown(request: Request) -> Response {
    answer(&request, WebError::NoSuchPage)
}

async fn wrong_method(request: Request) -> Response {
    answer(&request, WebError::WrongMethod)
}

fn answer(request: &Request, error: WebError) -> Response {
    if request.uri().path().starts_with("/api") { Api::answer(error) } else { Page::answer(error) }
}

/// A path without its trailing slash, so that both spellings meet one route.
pub(crate) fn without_slash(mut request: Request) -> Request {
    let path = request.uri().path();
    if path.len() > 1 && path.ends_with('/') {
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse() {
            let asked = std::mem::replace(request.uri_mut(), uri);
            request.extensions_mut().insert(Asked(asked));
        }
    }
    request
}

/// The address as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked(pub axum::http::Uri);
