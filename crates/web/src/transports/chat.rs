//! `/ws/chat/` and `/chat/`: the server's bot on a WebSocket, for guests too. `{"message": …}` in; `{"message", "intent", "confidence"}`
//! out, with `?stream=1` after `{"delta": …}` frames.
//!
//! Several messages on one socket are a conversation, which is forgotten with it. One message is answered at a time; a few may wait.

mod company;
mod talk;

use super::{
    entering::ready,
    socket::{NOT_TEXT, Over, settle},
};
use crate::{
    Web,
    extract::Signed,
    failure::{Failed, Page},
    guard::Nonce,
    pages::rooms,
    websocket::{Incoming, Socket, Upgrade, frame},
    words::Words,
};
use app::DefaultBot;
use axum::{
    Extension,
    extract::{FromRequestParts, State},
    http::{HeaderValue, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use company::{Company, Visitor, introduce, named, receive};
use domain::limits;
use serde_json::Value;
use std::{sync::Arc, time::Instant};
use talk::Talk;

/// `/ws/chat/`
pub(crate) async fn open(State(web): State<Web>, parts: Parts, upgrade: Upgrade) -> Response {
    let received = receive(&web, &parts).await;
    let streams = wants_deltas(&parts.uri);
    // The socket outlives the request and keeps its language.
    let words = Words::here();
    upgrade.serve(move |socket| {
        words.answering(async move {
            let mut socket = socket;
            let received = match received {
                Ok((Visitor::Met(company), bot)) => Ok((company, bot)),
                Ok((Visitor::Unnamed(unnamed), bot)) => {
                    let named = Box::pin(introduce(&web, unnamed, &mut socket)).await;
                    named.map(|company| (company, bot))
                }
                Err(over) => Err(Some(over)),
            };
            match received {
                Ok((company, bot)) => serve(web, socket, company, bot, streams).await,
                Err(Some((code, why))) => socket.close(code, why).await,
                Err(None) => {}
            }
        })
    })
}

/// `GET /chat/`: the socket for whoever asks for one, else the list of rooms.
pub(crate) async fn page_or_socket(
    State(web): State<Web>,
    Extension(nonce): Extension<Nonce>,
    mut parts: Parts,
) -> Response {
    if Upgrade::is_asked(&parts.headers) {
        return match Upgrade::from_request_parts(&mut parts, &web).await {
            Ok(upgrade) => open(State(web), parts, upgrade).await,
            Err(refused) => refused.into_response(),
        };
    }
    let page = async {
        let signed = Signed::<Page>::from_request_parts(&mut parts, &web).await?;
        rooms::index(State(web), signed, Extension(nonce)).await
    };
    let mut response = page.await.unwrap_or_else(Failed::into_response);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("upgrade"));
    response
}

fn wants_deltas(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).any(|(name, value)| name == "stream" && matches!(&*value, "1" | "true"))
}

/// Serves until the socket ends.
async fn serve(web: Web, mut socket: Socket, company: Company, bot: Arc<DefaultBot>, streams: bool) {
    let mut talk = Talk::new(web.clone(), bot, company.whom(), streams);
    if let Some((code, reason)) = converse(&web, &mut socket, company, &mut talk).await {
        socket.close(code, reason).await;
    }
}

/// The code to close the socket with, unless it is closed already.
async fn converse(web: &Web, socket: &mut Socket, mut company: Company, talk: &mut Talk) -> Option<Over> {
    let mut beat = tokio::time::interval(limits::HEARTBEAT_INTERVAL);
    let mut heard = Instant::now();
    let mut is_first = true;
    loop {
        if let Err(over) = settle(socket, company.over()).await {
            return over;
        }
        let frames = tokio::select! {
            frames = talk.next() => frames,
            over = company.over() => return Some(over),
            incoming = socket.recv() => match incoming {
                Ok(Incoming::Text(text)) => {
                    heard = Instant::now();
                    match take(web, &mut company, talk, &text, std::mem::take(&mut is_first)).await {
                        Ok(answer) => Vec::from_iter(answer),
                        Err(over) => return Some(over),
                    }
                }
                Ok(Incoming::Binary(_)) => return Some(NOT_TEXT),
                Ok(Incoming::Alive) => continue,
                Ok(Incoming::Gone) => return None,
                Err(fault) => return Some((fault.code, fault.reason)),
            },
            _ = beat.tick() => {
                if company.is_guest() && heard.elapsed() > limits::GUEST_SOCKET_IDLE {
                    return Some((1000, "nothing was said for long"));
                }
                socket.queue(frame::ping());
                continue;
            }
        };
        frames.iter().for_each(|said| socket.queue(frame::text(&said.to_string())));
    }
}

/// Takes what was said, and gives the answer if there is one at once. The first thing a guest says may be who they are.
async fn take(
    web: &Web,
    company: &mut Company,
    talk: &mut Talk,
    text: &str,
    is_first: bool,
) -> Result<Option<Value>, Over> {
    if is_first && let Some(person) = Box::pin(named(web, company, text)).await? {
        *company = person;
        talk.meet(company.whom());
        return Ok(Some(ready()));
    }
    talk.hear(text).await
}
