//! `GET /api/rooms/<slug>/changes?since=<cursor>&wait=25`: what changed, or the wait for it.

pub(crate) mod docs;

use super::{Kind, connect, frames::Wants, place, rights};
use crate::{
    Web,
    extract::In,
    failure::{Api, ApiResult},
    params::Query,
    wire,
};
use axum::{Json, extract::State};
use domain::{
    Invalid,
    access::RoomReader,
    cursors::Cursor,
    events::{Change, Changes, Event, Lane},
    ids::{ReplyId, Seq},
    limits,
    replies::Reply,
};
use live::{Connection, Delivery, What};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::Instant;

#[derive(Deserialize)]
pub(crate) struct Since {
    #[serde(default)]
    since: String,
    #[serde(default)]
    wait: String,
}

/// Without `since` it answers at once with the present cursor. Replies in progress are always told, with their text so far.
pub(crate) async fn changes(
    State(web): State<Web>,
    room: In<RoomReader, Api>,
    Query(query): Query<Since>,
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
    let (mut connection, _) = connect(&web, &room.viewer, Kind::Plain).await?;
    let lane = Lane::Room(room.proof.room_id());
    let changes = connection
        .watch(lane, rights(&room.proof), since)
        .await
        .map_err(|e| app::Error::Unavailable(e.to_string()))?;
    let from = since.unwrap_or_default();
    let open = Open::read(&web, &room.proof).await?;
    let is_news = !matches!(&changes, Changes::Since { events, upto, .. } if events.is_empty() && *upto == from)
        || since.is_none();
    if is_news || wait == 0 {
        let mut answer = web.changes_frame(lane, from, &changes, &Wants::Json);
        answer["replies"] = open.heard(&mut connection).await.wired(&changes);
        return Ok(Json(answer));
    }
    let mut poll = Poll { web: &web, connection, lane, from, upto: from, events: Vec::new(), open };
    Ok(Json(poll.answer(Duration::from_secs(wait)).await?))
}

fn bad_cursor() -> Invalid {
    Invalid::new("since", "A cursor has the form epoch.seq, as a server gave it.")
}

fn bad_wait() -> Invalid {
    Invalid::new("wait", "The wait is a number of seconds, at most 60.")
}

/// Replies in progress as one poll knows them.
#[derive(Default)]
struct Open(BTreeMap<ReplyId, Arc<Reply>>);

impl Open {
    async fn read(web: &Web, by: &RoomReader) -> app::Result<Self> {
        let open = web.app.store().replies_in(by).await?;
        Ok(Self(open.into_iter().map(|reply| (reply.id, Arc::new(reply))).collect()))
    }

    /// Takes in a reply as it was heard; what was read may be behind that, or before it.
    fn take(&mut self, reply: &Arc<Reply>) {
        let far = |reply: &Reply| (reply.run, reply.state, reply.text.len(), reply.steps.len());
        if self.0.get(&reply.id).is_none_or(|held| far(held) < far(reply)) {
            self.0.insert(reply.id, reply.clone());
        }
    }

    /// With what was told already and is not written down yet.
    async fn heard(mut self, connection: &mut Connection) -> Self {
        let mut heard = Vec::new();
        // Nothing to hear is nothing to wait for.
        let _ = tokio::time::timeout(Duration::ZERO, connection.next(&mut heard)).await;
        for delivery in &heard {
            if let Delivery::Entry(entry) = delivery
                && let What::Reply { reply, .. } = &entry.what
            {
                self.take(reply);
            }
        }
        self
    }

    /// Takes out what became a message.
    fn end(&mut self, change: &Change) {
        let Change::Message(message) = change else { return };
        if let Some(answer) = message.answer.as_deref() {
            self.0.retain(|id, reply| *id != answer.reply || reply.run > answer.run);
        }
    }

    /// What is open beside these changes: words of a reply may be heard later than the message that it became.
    fn wired(mut self, changes: &Changes) -> Value {
        if let Changes::Since { events, .. } = changes {
            events.iter().for_each(|event| self.end(&event.change));
        }
        self.0.values().map(|reply| wire::open_reply(reply)).collect()
    }
}

/// A poll that waits.
struct Poll<'w> {
    web: &'w Web,
    connection: Connection,
    lane: Lane,
    from: Seq,
    upto: Seq,
    events: Vec<Event>,
    open: Open,
}

impl Poll<'_> {
    /// Waits for the first change, or for a while where a bot speaks, then answers with all that is there.
    async fn answer(&mut self, wait: Duration) -> app::Result<Value> {
        let asked = Instant::now();
        let mut heard = Vec::new();
        while self.upto == self.from {
            // Whoever polls in a loop hears a bot a few times a second, and not at every word.
            let silence = if self.open.0.is_empty() { wait } else { wait.min(limits::POLL_REPLY_INTERVAL) };
            if tokio::time::timeout_at(asked + silence, self.connection.next(&mut heard)).await.is_err() {
                break;
            }
            for delivery in heard.drain(..) {
                if let Some(answer) = self.take(delivery)? {
                    return Ok(answer);
                }
            }
        }
        let events = std::mem::take(&mut self.events);
        let changes = Changes::Since { events, upto: self.upto, more: false };
        let mut answer = self.web.changes_frame(self.lane, self.from, &changes, &Wants::Json);
        answer["replies"] = std::mem::take(&mut self.open).wired(&changes);
        Ok(answer)
    }

    /// Takes in what was heard; the answer, where it is another than what changed.
    fn take(&mut self, delivery: Delivery) -> app::Result<Option<Value>> {
        let entry = match delivery {
            Delivery::Entry(entry) => entry,
            Delivery::Skipped { to, .. } => {
                self.upto = to;
                return Ok(None);
            }
            Delivery::Lagged(_) => {
                let cursor = self.web.cursor(self.from);
                return Ok(Some(
                    json!({ "type": "events", "cursor": cursor, "more": true, "events": [], "replies": [] }),
                ));
            }
            Delivery::Ended(..) => return Err(app::Error::NotFound("room")),
            Delivery::Closed(_) => return Err(app::Error::Forbidden("Your session is over.")),
        };
        match &entry.what {
            What::Change(change) => {
                self.upto = entry.to;
                self.events.push(Event { lane: self.lane, seq: entry.to, change: change.clone() });
            }
            What::Nothing => self.upto = entry.to,
            What::Reset => {
                return Ok(Some(
                    json!({ "reset": true, "cursor": self.web.cursor(entry.to), "replies": [] }),
                ));
            }
            What::Reply { reply, .. } => self.open.take(reply),
            What::Whisper(_) => {}
        }
        Ok(None)
    }
}
