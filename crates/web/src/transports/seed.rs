//! `/ws/chat/<room>/`: the oldest dialect. `{"message": …}` in, `{"message": …, "username": …}` out, for new messages only.

use super::{
    Kind, connect,
    entering::{Caller, caller, ready},
    frames::{SEED, SEED_DEFLATED, close_code, end_code},
    rights,
    socket::{self, NOT_TEXT, Over, settle},
};
use crate::{
    Web,
    params::Path,
    websocket::{Incoming, Socket, Upgrade, deflated, frame},
};
use app::Viewer;
use axum::{extract::State, http::request::Parts, response::Response};
use bytes::Bytes;
use domain::{
    access::{RoomReader, RoomWriter},
    events::{Change, Changes, Lane},
    ids::{MessageId, Seq},
    limits,
    messages::{Draft, Message},
};
use live::{Connection, Delivery, What};
use serde_json::{Value, json};
use std::sync::Arc;

/// Opens a room's socket. Strangers are closed with 4401, a room that does not exist for them with 4404. This dialect has no word
/// for "you are listening", so the lane is watched before the upgrade is answered: a socket that is open misses nothing. Whom only the first frame names is told with
/// [`ready`].
pub(crate) async fn open(
    State(web): State<Web>,
    Path(slug): Path<String>,
    parts: Parts,
    upgrade: Upgrade,
) -> Response {
    let unnamed = match caller(&web, &parts).await {
        Ok(Caller::Known(viewer)) => {
            let listening = listen(&web, &viewer, &slug).await;
            return upgrade.serve(move |socket| begin(web, socket, listening));
        }
        Ok(Caller::Unnamed(unnamed)) => unnamed,
        Err((code, why)) => return upgrade.serve(move |socket| socket.close(code, why)),
    };
    upgrade.serve(move |mut socket| async move {
        match Box::pin(unnamed.name(&web, &mut socket)).await {
            Ok(viewer) => {
                let listening = Box::pin(listen(&web, &viewer, &slug)).await;
                if listening.is_ok() {
                    socket.queue(frame::text(&ready().to_string()));
                }
                begin(web, socket, listening).await;
            }
            Err(Some((code, why))) => socket.close(code, why).await,
            Err(None) => {}
        }
    })
}

/// What a socket of this dialect listens with.
type Listening = (Connection, Arc<Viewer>, RoomReader);

async fn begin(web: Web, socket: Socket, listening: Result<Listening, (u16, String)>) {
    match listening {
        Ok((connection, viewer, reader)) => serve(web, socket, connection, viewer, reader).await,
        Err((code, why)) => socket.close(code, &why).await,
    }
}

/// Watches the room, or the code and the reason to close with.
async fn listen(web: &Web, viewer: &Viewer, slug: &str) -> Result<Listening, (u16, String)> {
    let reader = web.app.room_reader(viewer, slug).await.map_err(|error| match error {
        app::Error::NotFound(_) => (4404, "no such room".to_owned()),
        error => (1013, error.to_string()),
    })?;
    let (mut connection, viewer) =
        connect(web, viewer, Kind::Plain).await.map_err(|_| (4401, "signed out".to_owned()))?;
    let watched = connection.watch(Lane::Room(reader.room_id()), rights(&reader), None).await;
    watched.map_err(|_| (1013, "the database is away".to_owned()))?;
    Ok((connection, viewer, reader))
}

async fn serve(
    web: Web,
    mut socket: Socket,
    mut connection: Connection,
    viewer: Arc<Viewer>,
    reader: RoomReader,
) {
    let slug = reader.room().slug.clone();
    let mut heard = Vec::new();
    let since = connection.place(Lane::Room(reader.room_id())).unwrap_or_default();
    let mut told = Told { since, last: MessageId(0) };
    let mut beat = tokio::time::interval(limits::HEARTBEAT_INTERVAL);
    let over = loop {
        if let Err(over) = settle(&mut socket, socket::over(&mut connection)).await {
            break over;
        }
        tokio::select! {
            () = connection.next(&mut heard) => {
                let over = tell(&web, &mut connection, &mut heard, &mut told, &mut socket).await;
                if over.is_some() {
                    break over;
                }
            }
            incoming = socket.recv() => match incoming {
                Ok(Incoming::Text(text)) => {
                    if let Some(error) = Box::pin(take(&web, &viewer, &slug, &text)).await {
                        socket.queue(frame::text(&error));
                    }
                }
                Ok(Incoming::Binary(_)) => break Some(NOT_TEXT),
                Ok(Incoming::Alive) => {}
                Ok(Incoming::Gone) => break None,
                Err(fault) => break Some((fault.code, fault.reason)),
            },
            _ = beat.tick() => socket.queue(frame::ping()),
        }
    };
    if let Some((code, reason)) = over {
        socket.close(code, reason).await;
    }
}

/// Posts what a client sent; the error frame, if it could not be.
async fn take(web: &Web, viewer: &Viewer, slug: &str, text: &str) -> Option<String> {
    let error = |why: &str| Some(json!({ "error": why }).to_string());
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        return error("A frame is JSON: {\"message\": \"…\"}");
    };
    let Some(content) = frame.get("message").and_then(Value::as_str) else {
        return error("The key \"message\" is missing.");
    };
    let client_id = frame.get("client_id").and_then(Value::as_str);
    let posted = async {
        let reader = web.app.room_reader(viewer, slug).await?;
        web.app.post(&RoomWriter::grant(reader)?, Draft::new(content, client_id, None)?).await
    };
    match posted.await {
        Ok(_) => None,
        Err(why) => error(&why.to_string()),
    }
}

/// Queues what was heard; how the socket is over, when it is.
async fn tell(
    web: &Web,
    connection: &mut Connection,
    heard: &mut Vec<Delivery>,
    told: &mut Told,
    socket: &mut Socket,
) -> Option<Over> {
    for delivery in heard.drain(..) {
        match delivery {
            Delivery::Entry(entry) => {
                if let What::Change(Change::Message(message)) = &entry.what
                    && told.is_new(message)
                {
                    let plain = entry.encoded(SEED, |_| said(web, message));
                    socket.queue_shared(plain, |plain| entry.encoded(SEED_DEFLATED, |_| deflated(plain)));
                }
            }
            Delivery::Lagged(lane) => {
                let (Some(from), Some(rights)) = (connection.place(lane), connection.rights(lane)) else {
                    continue;
                };
                match connection.watch(lane, rights, Some(from)).await {
                    Ok(Changes::Since { events, .. }) => {
                        for event in events {
                            if let Change::Message(message) = &event.change
                                && told.is_new(message)
                            {
                                socket.queue(said(web, message));
                            }
                        }
                    }
                    Ok(Changes::Reset { .. }) => return Some((1012, "too far behind; load the page again")),
                    Err(_) => return Some((1013, "the database is away")),
                }
            }
            Delivery::Ended(_, why) => return Some(end_code(why)),
            Delivery::Closed(why) => return Some(close_code(why)),
            Delivery::Skipped { .. } => {}
        }
    }
    None
}

/// What this socket has delivered: this dialect knows new messages only, and each of them once.
struct Told {
    /// The room's place when the socket opened; what was posted before is history.
    since: Seq,
    last: MessageId,
}

impl Told {
    /// Whether a message is new to this socket, whatever has happened to it since it was posted.
    fn is_new(&mut self, message: &Message) -> bool {
        let fresh = message.posted > self.since && message.id > self.last && !message.is_gone();
        self.last = message.id.max(self.last);
        fresh
    }
}

fn said(web: &Web, message: &Message) -> Bytes {
    let mut value = web.message(message);
    value["message"] = json!(message.content);
    frame::text(&value.to_string())
}
