//! Who opens a socket: known by a cookie or a token of the request, or by the first frame, `{"type": "auth", "token": …}`.
//!
//! A page cannot set headers on a WebSocket, and one of another site must not use its visitor's cookie; so it shows a token once the socket is
//! open. Refusals are given there too, as close codes, because browsers cannot read the status of a refused upgrade.

use super::{
    frames::close_code,
    socket::{NOT_TEXT, Over},
    visitors::Visit,
};
use crate::{
    Web, credentials,
    extract::{self, ClientAddress},
    failure::WebError,
    guard,
    websocket::{Incoming, Socket},
    words::Words,
};
use app::Viewer;
use axum::http::{HeaderMap, header, request::Parts};
use domain::limits;
use serde_json::{Value, json};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// Who opens a socket.
pub(crate) enum Caller {
    /// Somebody.
    Known(Arc<Viewer>),
    /// Nobody yet.
    Unnamed(Unnamed),
}

/// A socket whose first frame says whose it is. It holds one of the places of guests until then.
pub(crate) struct Unnamed {
    visit: Visit,
    address: IpAddr,
    within: Duration,
}

const SIGN_IN: Over = (4401, "sign in first");
pub(crate) const AWAY: Over = (1013, "the database is away");

/// Who opens a socket: a program by the token of its request, a page of our own by its cookie, and a page of an allowed site, or a stranger of our
/// own, by what comes first.
pub(crate) async fn caller(web: &Web, parts: &Parts) -> Result<Caller, Over> {
    let by_header = credentials::without_cookies(parts.uri.path(), &parts.headers);
    let is_own = guard::own_origin(web, &parts.headers);
    if !by_header && !is_own {
        return match is_allowed(web, &parts.headers).await? {
            true => unnamed(web, parts, limits::SOCKET_TOKEN_WITHIN),
            false => Err((4401, "opened from another site")),
        };
    }
    match extract::viewer(parts, web).await {
        Ok(Some(viewer)) => Ok(Caller::Known(viewer)),
        Ok(None) if !by_header => unnamed(web, parts, limits::OWN_SOCKET_TOKEN_WITHIN),
        Ok(None) | Err(WebError::BadToken(_)) => Err(SIGN_IN),
        Err(_) => Err(AWAY),
    }
}

async fn is_allowed(web: &Web, headers: &HeaderMap) -> Result<bool, Over> {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return Ok(false);
    };
    Ok(web.app.settings().await.map_err(|_| AWAY)?.allowed_origins.allows(origin))
}

fn unnamed(web: &Web, parts: &Parts, within: Duration) -> Result<Caller, Over> {
    let address = parts.extensions.get().map(|ClientAddress(address)| *address);
    let address = address.ok_or((1011, "no address"))?;
    let visit = web.visitors.enter(address).ok_or((1013, "too many strangers"))?;
    Ok(Caller::Unnamed(Unnamed { visit, address, within }))
}

impl Unnamed {
    /// Whose token the first frame shows; how the socket is over otherwise, unless it is closed already.
    pub async fn name(mut self, web: &Web, socket: &mut Socket) -> Result<Arc<Viewer>, Option<Over>> {
        let first = tokio::select! {
            first = tokio::time::timeout(self.within, first(socket)) => first.unwrap_or(Err(Some(SIGN_IN)))?,
            () = self.visit.over() => return Err(Some(close_code(live::Closed::GoingAway))),
        };
        named(web, &first, self.address).await.map_err(Some)?.ok_or(Some(SIGN_IN))
    }
}

/// The first thing that is said.
async fn first(socket: &mut Socket) -> Result<String, Option<Over>> {
    loop {
        match socket.recv().await {
            Ok(Incoming::Text(text)) => return Ok(text),
            Ok(Incoming::Binary(_)) => return Err(Some(NOT_TEXT)),
            Ok(Incoming::Alive) if socket.push() => {}
            Ok(Incoming::Alive | Incoming::Gone) => return Err(None),
            Err(fault) => return Err(Some((fault.code, fault.reason))),
        }
    }
}

/// Whose token a frame shows; nobody's, when it shows none at all.
pub(crate) async fn named(web: &Web, frame: &str, address: IpAddr) -> Result<Option<Arc<Viewer>>, Over> {
    let Some(token) = token_in(frame) else { return Ok(None) };
    let viewer = web.app.authenticate_token(&token).await.map_err(|_| AWAY)?;
    let viewer = viewer.ok_or((4401, "this token is nobody's"))?;
    Words::prefer(&viewer.person.locale);
    web.app.note_use(&viewer, &address.to_string()).await.map_err(|_| AWAY)?;
    Ok(Some(viewer))
}

/// Said to whom the first frame named, where no other greeting is: from here on the socket misses nothing.
pub(crate) fn ready() -> Value {
    json!({ "type": "ready" })
}

fn token_in(frame: &str) -> Option<String> {
    let frame: Value = serde_json::from_str(frame).ok()?;
    let token = frame.get("token").and_then(Value::as_str)?;
    (frame.get("type")? == "auth").then(|| token.to_owned())
}
