//! Server-sent events (HTML Living Standard, 9.2): `/api/rooms/<slug>/events` for a room, `/api/events` for oneself.
//! Changes carry their cursor as `id:`; passing signs have none, so a reconnection resumes after the last change.

pub(crate) mod docs;

use super::{Kind, connect, frames::Wants, place, rights};
use crate::{
    Web,
    extract::{In, Signed},
    failure::{Api, ApiResult},
    params::Query,
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{access::RoomReader, cursors::Cursor, events::Lane, ids::Seq, limits};
use live::{Connection, Delivery, Rights, What};
use serde::Deserialize;
use std::convert::Infallible;

#[derive(Deserialize)]
pub(crate) struct Since {
    #[serde(default)]
    since: String,
}

/// A room's changes and signs.
pub(crate) async fn room(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Query(query): Query<Since>,
    headers: HeaderMap,
) -> ApiResult {
    let (connection, _) = connect(&web, &room.viewer, Kind::Plain).await?;
    let lane = Lane::Room(room.proof.room_id());
    open(web, connection, lane, rights(&room.proof), since(&query, &headers)?).await
}

/// One's own lane: rooms, read marks, mentions, settings.
pub(crate) async fn own(
    State(web): State<Web>,
    signed: Signed<Api>,
    Query(query): Query<Since>,
    headers: HeaderMap,
) -> ApiResult {
    let (connection, viewer) = connect(&web, &signed.viewer, Kind::Plain).await?;
    let since = since(&query, &headers)?;
    open(web, connection, Lane::Person(viewer.person.id), Rights::OWN, since).await
}

/// Where to begin: `Last-Event-ID` wins, because it is what a reconnecting browser knows.
fn since(query: &Since, headers: &HeaderMap) -> app::Result<Option<Cursor>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or(&query.since);
    match last {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            domain::Invalid::new("since", "A cursor has the form epoch.seq, as a server gave it.").into()
        }),
    }
}

async fn open(
    web: Web,
    mut connection: Connection,
    lane: Lane,
    rights: Rights,
    since: Option<Cursor>,
) -> ApiResult {
    let since = since.map(|cursor| place(&web, &cursor));
    let changes =
        connection.watch(lane, rights, since).await.map_err(|e| app::Error::Unavailable(e.to_string()))?;
    let first = web.changes_frame(lane, since.unwrap_or_default(), &changes, &Wants::Json);
    let id = first["cursor"].as_str().map(str::to_owned);
    let first =
        event(id.as_deref(), first["type"].as_str().unwrap_or("events"), first.to_string().as_bytes());
    let state = Some((web, connection));
    let rest = futures_util::stream::unfold(state, |state| async move {
        let (web, mut connection) = state?;
        let (bytes, open) = next(&web, &mut connection).await;
        Some((Ok::<Bytes, Infallible>(bytes), open.then_some((web, connection))))
    });
    let first = futures_util::stream::once(async move { Ok(first) });
    let body = Body::from_stream(futures_util::StreamExt::chain(first, rest));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok::<Response, _>(response)
}

/// The next bytes, and whether more may follow.
async fn next(web: &Web, connection: &mut Connection) -> (Bytes, bool) {
    let mut heard = Vec::new();
    if tokio::time::timeout(limits::HEARTBEAT_INTERVAL, connection.next(&mut heard)).await.is_err() {
        return (Bytes::from_static(b": still here\n\n"), true);
    }
    let mut bytes = Vec::new();
    for delivery in heard {
        match &delivery {
            Delivery::Closed(_) => return (Bytes::from(bytes), false),
            Delivery::Lagged(lane) => match catch_up(web, connection, *lane).await {
                Some(caught) => bytes.extend_from_slice(&caught),
                None => return (Bytes::from(bytes), false),
            },
            Delivery::Ended(lane, why) => {
                bytes.extend_from_slice(&event(None, "ended", web.ended(*lane, *why).to_string().as_bytes()));
                return (Bytes::from(bytes), false);
            }
            Delivery::Entry(entry) => {
                let (kind, id) = match &entry.what {
                    What::Whisper(_) => ("sign", None),
                    What::Reply { at: None, .. } => ("reply", None),
                    What::Reply { .. } => ("reply_delta", None),
                    What::Reset => ("reset", Some(web.cursor(entry.to))),
                    _ => ("events", Some(web.cursor(entry.to))),
                };
                bytes.extend_from_slice(&event(id.as_deref(), kind, &web.json(entry)));
            }
            Delivery::Skipped { lane, from, to } => {
                let skipped = web.skipped(*lane, *from, *to).to_string();
                bytes.extend_from_slice(&event(Some(&web.cursor(*to)), "events", skipped.as_bytes()));
            }
        }
    }
    (Bytes::from(bytes), true)
}

async fn catch_up(web: &Web, connection: &mut Connection, lane: Lane) -> Option<Bytes> {
    let (from, rights) = (connection.place(lane).unwrap_or(Seq(0)), connection.rights(lane)?);
    let changes = connection.watch(lane, rights, Some(from)).await.ok()?;
    let frame = web.changes_frame(lane, from, &changes, &Wants::Json);
    let id = frame["cursor"].as_str().map(str::to_owned);
    Some(event(id.as_deref(), frame["type"].as_str().unwrap_or("events"), frame.to_string().as_bytes()))
}

/// One event. JSON has no line ends of its own, so one `data:` line is enough.
fn event(id: Option<&str>, kind: &str, data: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(data.len() + 64);
    if let Some(id) = id {
        bytes.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    bytes.extend_from_slice(format!("event: {kind}\ndata: ").as_bytes());
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(b"\n\n");
    Bytes::from(bytes)
}
