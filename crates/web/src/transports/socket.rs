//! `/ws`: several rooms and one's own lane on one WebSocket (RFC 6455). The frames are documented in `docs/api.md`.
//!
//! One task serves a socket: it waits for a frame or for news, whichever comes first, and writes all news that is there at once.

mod acts;

use super::{
    Kind, connect,
    frames::{Wants, close_code},
};
use crate::{Web, extract, guard, words::Words};
use app::Viewer;
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, request::Parts},
    response::Response,
};
use domain::{events::Lane, ids::RoomId, limits};
use futures_util::SinkExt;
use live::{Connection, Delivery};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// Settles an upgrade's sizes: small buffers, because most sockets are idle most of the time.
pub(super) fn sized(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(2048)
        .write_buffer_size(8 * 1024)
        .max_write_buffer_size(4 << 20)
        .max_message_size(limits::FRAME_BYTES_MAX)
        .max_frame_size(limits::FRAME_BYTES_MAX)
}

/// Opens the socket. Strangers and other sites are let in and closed with 4401, because browsers cannot read the
/// status of a refused upgrade.
pub(crate) async fn open(
    State(web): State<Web>,
    headers: HeaderMap,
    parts: Parts,
    upgrade: WebSocketUpgrade,
) -> Response {
    let viewer = match guard::own_origin(&web, &headers) {
        true => extract::viewer(&parts, &web).await.ok().flatten(),
        false => None,
    };
    // The socket outlives the request and keeps its language.
    let words = Words::here();
    let serving = move |socket| async move {
        match viewer {
            Some(viewer) => serve(web, socket, &viewer, &headers).await,
            None => close(socket, 4401, "sign in first").await,
        }
    };
    sized(upgrade).on_upgrade(move |socket| words.answering(serving(socket)))
}

/// Closes a socket with a code and a reason.
pub(super) async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame { code, reason: reason.into() };
    // Whoever is gone already is closed enough.
    let _ = tokio::time::timeout(limits::SEND_TIMEOUT, socket.send(Message::Close(Some(frame)))).await;
}

/// Sends frames with one write. `false` when the client does not take them in time.
pub(super) async fn send_all(socket: &mut WebSocket, frames: impl IntoIterator<Item = bytes::Bytes>) -> bool {
    let work = async {
        for frame in frames {
            let text = axum::extract::ws::Utf8Bytes::try_from(frame).map_err(|_| ())?;
            socket.feed(Message::Text(text)).await.map_err(drop)?;
        }
        socket.flush().await.map_err(drop)
    };
    matches!(tokio::time::timeout(limits::SEND_TIMEOUT, work).await, Ok(Ok(())))
}

/// One client's socket.
struct Client {
    web: Web,
    viewer: Arc<Viewer>,
    connection: Connection,
    /// How each watched lane's changes are wanted.
    wants: HashMap<Lane, Wants>,
    /// The addresses of watched rooms, as the client named them.
    rooms: HashMap<String, RoomId>,
}

async fn serve(web: Web, mut socket: WebSocket, viewer: &Viewer, headers: &HeaderMap) {
    let (connection, viewer) = match connect(&web, viewer, headers, Kind::Plain).await {
        Ok(connected) => connected,
        Err(app::Error::Forbidden(_)) => return close(socket, 4401, "signed out").await,
        Err(error) => return close(socket, 1013, &error.to_string()).await,
    };
    let hello = json!({
        "type": "hello", "person": crate::wire::person(&viewer.person),
        "limits": { "message_chars": limits::MESSAGE_CHARS_MAX, "frame_bytes": limits::FRAME_BYTES_MAX, "rooms": limits::SUBSCRIPTIONS_PER_SOCKET_MAX },
    });
    if !send_all(&mut socket, [hello.to_string().into()]).await {
        return;
    }
    let mut client = Client { web, viewer, connection, wants: HashMap::new(), rooms: HashMap::new() };
    if let Some((code, reason)) = client.run(&mut socket).await {
        close(socket, code, reason).await;
    }
}

impl Client {
    /// Serves until the socket ends; the code to close it with, unless it is closed already.
    async fn run(&mut self, socket: &mut WebSocket) -> Option<(u16, &'static str)> {
        let mut heard = Vec::new();
        let mut beat = tokio::time::interval(limits::HEARTBEAT_INTERVAL);
        let mut answered = true;
        loop {
            tokio::select! {
                () = self.connection.next(&mut heard) => {
                    let (frames, over) = self.frames(&mut heard).await;
                    if !send_all(socket, frames).await {
                        return Some((1008, "too slow"));
                    }
                    if over.is_some() {
                        return over;
                    }
                }
                frame = socket.recv() => match frame {
                    Some(Ok(Message::Text(text))) => {
                        answered = true;
                        let answer = self.take(text.as_str()).await;
                        if !send_all(socket, answer.map(|frame| frame.to_string().into())).await {
                            return Some((1008, "too slow"));
                        }
                    }
                    Some(Ok(Message::Binary(_))) => return Some((1003, "text frames only")),
                    Some(Ok(Message::Close(_))) | None => return None,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => answered = true,
                    Some(Err(error)) => return read_error(&error),
                },
                _ = beat.tick() => {
                    if !std::mem::take(&mut answered) && !matches!(socket.send(Message::Ping(bytes::Bytes::new())).await, Ok(())) {
                        return None;
                    }
                }
            }
        }
    }

    /// What was heard, as frames, and whether the connection is over.
    async fn frames(
        &mut self,
        heard: &mut Vec<Delivery>,
    ) -> (Vec<bytes::Bytes>, Option<(u16, &'static str)>) {
        let mut frames = Vec::with_capacity(heard.len());
        for delivery in heard.drain(..) {
            match &delivery {
                Delivery::Closed(why) => return (frames, Some(close_code(*why))),
                Delivery::Lagged(lane) => {
                    match Self::catch_up(&self.web, &mut self.connection, *lane, &self.wants).await {
                        Some(frame) => frames.push(frame.to_string().into()),
                        None => return (frames, Some((1013, "the database is away"))),
                    }
                }
                Delivery::Ended(lane, _) => {
                    frames.extend(self.web.delivery(&delivery, &Wants::Json));
                    self.wants.remove(lane);
                    self.rooms.retain(|_, room| Lane::Room(*room) != *lane);
                }
                Delivery::Entry(entry) => {
                    frames.push(self.web.frame(entry, self.wants.get(&entry.lane).unwrap_or(&Wants::Json)))
                }
                Delivery::Skipped { .. } => frames.extend(self.web.delivery(&delivery, &Wants::Json)),
            }
        }
        (frames, None)
    }

    async fn catch_up(
        web: &Web,
        connection: &mut Connection,
        lane: Lane,
        wants: &HashMap<Lane, Wants>,
    ) -> Option<Value> {
        let (from, rights) = (connection.place(lane)?, connection.rights(lane)?);
        let changes = connection.watch(lane, rights, Some(from)).await.ok()?;
        Some(web.changes_frame(lane, from, &changes, wants.get(&lane).unwrap_or(&Wants::Json)))
    }
}

/// The close code for a socket that cannot be read.
pub(super) fn read_error(error: &axum::Error) -> Option<(u16, &'static str)> {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too big") || text.contains("Space limit") {
        return Some((1009, "a frame has at most 65536 bytes"));
    }
    text.to_lowercase().contains("utf-8").then_some((1007, "text must be UTF-8"))
}
