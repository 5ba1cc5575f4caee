//! `/ws`: several rooms and one's own lane on one WebSocket (RFC 6455). The frames are documented in `docs/protocol.md`.
//!
//! One task serves a socket: it waits for a frame or for news, whichever comes first, and writes all news that is there at once.

mod acts;

use super::{
    Kind, connect,
    entering::{Caller, caller},
    frames::{Wants, close_code},
};
use crate::{
    Web,
    websocket::{Incoming, Socket, Upgrade, frame},
    words::Words,
};
use app::Viewer;
use axum::{extract::State, http::request::Parts, response::Response};
use domain::{access::RoomWriter, events::Lane, ids::RoomId, limits};
use live::{Connection, Delivery};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Instant};

/// The code a socket is closed with, and why.
pub(super) type Over = (u16, &'static str);

/// Nobody here speaks in binary messages.
pub(super) const NOT_TEXT: Over = (1003, "text frames only");

/// Opens the socket. Strangers and other sites are let in and closed with 4401, because browsers cannot read the
/// status of a refused upgrade.
pub(crate) async fn open(State(web): State<Web>, parts: Parts, upgrade: Upgrade) -> Response {
    let caller = caller(&web, &parts).await;
    // The socket outlives the request and keeps its language.
    let words = Words::here();
    upgrade.serve(move |socket| words.answering(serve(web, socket, caller)))
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
    /// The right to write where it was last needed. Kept for a moment only, because an address may come to mean another room; the right itself
    /// is checked again in the transaction that writes.
    writing: Option<Box<Writing>>,
}

struct Writing {
    room: String,
    right: RoomWriter,
    since: Instant,
}

async fn serve(web: Web, mut socket: Socket, caller: Result<Caller, Over>) {
    let viewer = match caller {
        Ok(Caller::Known(viewer)) => Ok(viewer),
        Ok(Caller::Unnamed(unnamed)) => Box::pin(unnamed.name(&web, &mut socket)).await,
        Err(over) => Err(Some(over)),
    };
    let viewer = match viewer {
        Ok(viewer) => viewer,
        Err(Some((code, why))) => return Box::pin(socket.close(code, why)).await,
        Err(None) => return,
    };
    let connected = Box::pin(connect(&web, &viewer, Kind::Plain)).await;
    // The socket may stay for days; what it began with is let go.
    drop(viewer);
    let (connection, viewer) = match connected {
        Ok(connected) => connected,
        Err(app::Error::Forbidden(_)) => return Box::pin(socket.close(4401, "signed out")).await,
        Err(error) => return Box::pin(socket.close(1013, &error.to_string())).await,
    };
    let hello = json!({
        "type": "hello", "person": crate::wire::person(&viewer.person),
        "limits": { "message_chars": limits::MESSAGE_CHARS_MAX, "frame_bytes": limits::FRAME_BYTES_MAX, "rooms": limits::SUBSCRIPTIONS_PER_SOCKET_MAX },
    });
    socket.queue(frame::text(&hello.to_string()));
    let mut client =
        Client { web, viewer, connection, wants: HashMap::new(), rooms: HashMap::new(), writing: None };
    if let Some((code, reason)) = client.run(&mut socket).await {
        Box::pin(socket.close(code, reason)).await;
    }
}

/// Sends what waits. A client that is behind is told nothing new and asked nothing until it has taken what there is, so that
/// what it costs is bounded; that its connection is over reaches it all the same. `Err` when the socket ends.
pub(super) async fn settle(
    socket: &mut Socket,
    over: impl Future<Output = Over>,
) -> Result<(), Option<Over>> {
    if !socket.push() {
        return Err(None);
    }
    if !socket.is_behind() {
        return Ok(());
    }
    tokio::select! {
        sent = socket.flush() => if sent { Ok(()) } else { Err(Some((1008, "too slow"))) },
        over = over => Err(Some(over)),
    }
}

/// How a connection is over, once it is.
pub(super) async fn over(connection: &mut Connection) -> Over {
    close_code(connection.over().await)
}

impl Client {
    /// Serves until the socket ends; the code to close it with, unless it is closed already.
    async fn run(&mut self, socket: &mut Socket) -> Option<Over> {
        let mut heard = Vec::new();
        let mut beat = tokio::time::interval(limits::HEARTBEAT_INTERVAL);
        let mut alive = true;
        loop {
            if let Err(over) = settle(socket, over(&mut self.connection)).await {
                return over;
            }
            tokio::select! {
                () = self.connection.next(&mut heard) => {
                    let over = self.tell(&mut heard, socket).await;
                    // What a burst needed is not kept for the quiet after it.
                    heard = Vec::new();
                    if over.is_some() {
                        return over;
                    }
                }
                incoming = socket.recv() => match incoming {
                    Ok(Incoming::Text(text)) => {
                        alive = true;
                        if let Some(answer) = Box::pin(self.take(&text)).await {
                            socket.queue(frame::text(&answer));
                        }
                    }
                    Ok(Incoming::Binary(_)) => return Some(NOT_TEXT),
                    Ok(Incoming::Alive) => alive = true,
                    Ok(Incoming::Gone) => return None,
                    Err(fault) => return Some((fault.code, fault.reason)),
                },
                _ = beat.tick() => {
                    if !std::mem::take(&mut alive) {
                        socket.queue(frame::ping());
                    }
                }
            }
        }
    }

    /// Queues what was heard; how the socket is over, when it is.
    async fn tell(&mut self, heard: &mut Vec<Delivery>, socket: &mut Socket) -> Option<Over> {
        for delivery in heard.drain(..) {
            let value = match delivery {
                Delivery::Entry(entry) => {
                    let wants = self.wants.get(&entry.lane).unwrap_or(&Wants::Json);
                    self.web.queue(socket, &entry, wants);
                    continue;
                }
                Delivery::Closed(why) => {
                    // What is before it has its place in the order; it goes out first.
                    return Some(close_code(why));
                }
                Delivery::Lagged(lane) => match Box::pin(self.catch_up(lane)).await {
                    Some(value) => value,
                    None => return Some((1013, "the database is away")),
                },
                Delivery::Ended(lane, why) => {
                    self.wants.remove(&lane);
                    self.rooms.retain(|_, room| Lane::Room(*room) != lane);
                    self.web.ended(lane, why)
                }
                Delivery::Skipped { lane, from, to } => self.web.skipped(lane, from, to),
            };
            socket.queue(frame::text(&value.to_string()));
        }
        None
    }

    async fn catch_up(&mut self, lane: Lane) -> Option<Value> {
        let (from, rights) = (self.connection.place(lane)?, self.connection.rights(lane)?);
        let changes = self.connection.watch(lane, rights, Some(from)).await.ok()?;
        Some(self.web.changes_frame(lane, from, &changes, self.wants.get(&lane).unwrap_or(&Wants::Json)))
    }
}
