//! `GET /api/rooms/<slug>/changes?since=<cursor>&wait=25`: what changed, or the wait for it.

use super::{Kind, connect, frames::Wants, place, rights};
use crate::{
    Web,
    extract::In,
    failure::{Api, ApiResult},
    params::Query,
};
use axum::{Json, extract::State, http::HeaderMap};
use domain::{
    Invalid,
    access::RoomReader,
    cursors::Cursor,
    events::{Changes, Event, Lane},
    ids::Seq,
    limits,
};
use live::{Connection, Delivery, What};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Deserialize)]
pub(crate) struct Since {
    #[serde(default)]
    since: String,
    #[serde(default)]
    wait: String,
}

/// Without `since` it answers at once with the present cursor. Replies in progress belong to bots, which come later.
pub(crate) async fn changes(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Query(query): Query<Since>,
    headers: HeaderMap,
) -> ApiResult<Json<Value>> {
    let since = match query.since.as_str() {
        "" => None,
        text => {
            Some(place(&web, &text.parse::<Cursor>().map_err(|_| bad_cursor()).map_err(app::Error::from)?))
        }
    };
    let most = limits::POLL_WAIT_MAX.as_secs();
    let wait = match query.wait.as_str() {
        "" => 0,
        text => text.parse::<u64>().map_err(|_| bad_wait()).map_err(app::Error::from)?.min(most),
    };
    let (mut connection, _) = connect(&web, &room.viewer, &headers, Kind::Plain).await?;
    let lane = Lane::Room(room.proof.room_id());
    let changes = connection
        .watch(lane, rights(&room.proof), since)
        .await
        .map_err(|e| app::Error::Unavailable(e.to_string()))?;
    let from = since.unwrap_or_default();
    let is_news = !matches!(&changes, Changes::Since { events, upto, .. } if events.is_empty() && *upto == from)
        || since.is_none();
    if is_news || wait == 0 {
        return Ok(Json(web.changes_frame(lane, from, &changes, &Wants::Json)));
    }
    Ok(Json(await_news(&web, &mut connection, lane, from, Duration::from_secs(wait)).await?))
}

fn bad_cursor() -> Invalid {
    Invalid::new("since", "A cursor has the form epoch.seq, as a server gave it.")
}

fn bad_wait() -> Invalid {
    Invalid::new("wait", "The wait is a number of seconds, at most 60.")
}

/// Waits for the first change, then answers with all that is there.
async fn await_news(
    web: &Web,
    connection: &mut Connection,
    lane: Lane,
    from: Seq,
    wait: Duration,
) -> app::Result<Value> {
    let deadline = tokio::time::Instant::now() + wait;
    let (mut heard, mut events, mut upto) = (Vec::new(), Vec::<Event>::new(), from);
    while upto == from {
        if tokio::time::timeout_at(deadline, connection.next(&mut heard)).await.is_err() {
            break;
        }
        for delivery in heard.drain(..) {
            match delivery {
                Delivery::Entry(entry) => match &entry.what {
                    What::Change(change) => {
                        upto = entry.to;
                        events.push(Event { lane, seq: entry.to, change: change.clone() });
                    }
                    What::Nothing => upto = entry.to,
                    What::Reset => return Ok(json!({ "reset": true, "cursor": web.cursor(entry.to) })),
                    What::Whisper(_) | What::Reply { .. } => {}
                },
                Delivery::Skipped { to, .. } => upto = to,
                Delivery::Lagged(_) => {
                    return Ok(
                        json!({ "type": "events", "cursor": web.cursor(from), "more": true, "events": [] }),
                    );
                }
                Delivery::Ended(..) => return Err(app::Error::NotFound("room")),
                Delivery::Closed(_) => return Err(app::Error::Forbidden("Your session is over.")),
            }
        }
    }
    Ok(web.changes_frame(lane, from, &Changes::Since { events, upto, more: false }, &Wants::Json))
}
