//! What goes over the wire of the JSON transports, encoded once for all who hear it.

use crate::{
    Web,
    fragment::Locale,
    websocket::{self, Socket},
    wire,
};
use bytes::Bytes;
use domain::{
    events::{Change, Changes, Lane},
    ids::Seq,
    messages::Message,
    replies::Reply,
};
use live::{Closed, Ended, Entry, Format, What};
use serde_json::{Value, json};

/// Events without HTML, as they go into a stream of events.
pub(crate) const JSON: Format = Format(0);
/// The same as frames of a WebSocket, complete with their heads.
const FRAME: Format = Format(2);
/// The same, deflated where that pays.
const FRAME_DEFLATED: Format = Format(3);
/// Frames of the oldest socket dialect, complete with their heads.
pub(crate) const SEED: Format = Format(1);
/// The same, deflated where that pays.
pub(crate) const SEED_DEFLATED: Format = Format(4);
/// The streamed page's and the pages' formats are numbered from here on, by language and time zone.
const LOCAL: u32 = 16;

/// How a connection wants its changes.
#[derive(Debug, Clone)]
pub(crate) enum Wants {
    /// Data only.
    Json,
    /// With each message's HTML for this locale; its key comes first.
    Html(String, Locale),
}

impl Web {
    /// The number of the format for a locale; `kind` tells apart what is encoded for it (0: frames, 1: the same deflated).
    pub fn local(&self, key: &str, kind: u32) -> Format {
        let mut locales = self.locales.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = locales.iter().position(|known| known == key).unwrap_or_else(|| {
            locales.push(key.to_owned());
            locales.len() - 1
        });
        Format(LOCAL + at as u32 * 2 + kind)
    }

    /// One thing that happened, as JSON.
    pub fn json(&self, entry: &Entry) -> Bytes {
        entry.encoded(JSON, |entry| self.encode(entry, &Wants::Json).into())
    }

    /// Queues one thing that happened, as the frame that everybody is sent who wants it in the same way.
    pub fn queue(&self, socket: &mut Socket, entry: &Entry, wants: &Wants) {
        let (format, deflated) = match wants {
            Wants::Json => (FRAME, FRAME_DEFLATED),
            Wants::Html(key, _) => (self.local(key, 0), self.local(key, 1)),
        };
        let plain = entry.encoded(format, |entry| websocket::frame::text(&self.encode(entry, wants)));
        socket.queue_shared(plain, |plain| entry.encoded(deflated, |_| websocket::deflated(plain)));
    }

    fn encode(&self, entry: &Entry, wants: &Wants) -> String {
        let mut frame = match &entry.what {
            What::Change(Change::Message(message)) => return self.news(entry, message, wants),
            What::Whisper(whisper) => wire::whisper(whisper),
            What::Reply { reply, at } => self.reply_for(reply, *at, wants),
            What::Change(change) => self.range(entry, vec![self.change_for(entry.to, change, wants)]),
            What::Nothing => self.range(entry, Vec::new()),
            What::Reset => json!({ "type": "reset", "cursor": self.cursor(entry.to) }),
        };
        if frame.get("room_id").is_none() {
            wire::lane(&mut frame, entry.lane);
        }
        frame.to_string()
    }

    fn reply_for(&self, reply: &Reply, at: Option<usize>, wants: &Wants) -> Value {
        let mut value = wire::reply(reply, at);
        match (wants, at) {
            (Wants::Html(_, locale), None) => value["html"] = json!(self.reply_fragment(reply, locale)),
            (Wants::Html(_, locale), Some(at)) => {
                let growth = self.growth(reply, at, locale);
                value["keep"] = json!(growth.keep);
                value["html"] = json!(growth.html);
                value["length"] = json!(reply.text.len());
            }
            (Wants::Json, _) => {}
        }
        value
    }

    /// What is told most, put together from what is ready.
    fn news(&self, entry: &Entry, message: &Message, wants: &Wants) -> String {
        let html = match wants {
            Wants::Json => String::new(),
            Wants::Html(_, locale) => format!(",\"html\":{}", json!(self.fragment(message, locale))),
        };
        format!(
            "{{\"type\":\"events\",\"room_id\":{},\"from\":{},\"to\":{},\"cursor\":\"{}\",\"events\":[{{\"type\":\"message\",\"seq\":{},\"message\":{}{html}}}]}}",
            message.room,
            entry.from,
            entry.to,
            self.cursor(entry.to),
            entry.to,
            self.message_text(message),
        )
    }

    fn range(&self, entry: &Entry, events: Vec<Value>) -> Value {
        json!({ "type": "events", "from": entry.from, "to": entry.to, "cursor": self.cursor(entry.to), "events": events })
    }

    fn change_for(&self, seq: Seq, change: &Change, wants: &Wants) -> Value {
        let mut value = self.change(seq, change);
        if let (Wants::Html(_, locale), Change::Message(message)) = (wants, change) {
            value["html"] = json!(self.fragment(message, locale));
        }
        value
    }

    /// What a read since a place returned, as one frame.
    pub fn changes_frame(&self, lane: Lane, from: Seq, changes: &Changes, wants: &Wants) -> Value {
        let mut frame = match changes {
            Changes::Since { events, upto, more } => {
                let events: Vec<Value> =
                    events.iter().map(|e| self.change_for(e.seq, &e.change, wants)).collect();
                json!({ "type": "events", "from": from.next(), "to": upto, "cursor": self.cursor(*upto), "more": more, "events": events })
            }
            Changes::Reset { head } => {
                json!({ "type": "reset", "reset": true, "cursor": self.cursor(*head) })
            }
        };
        wire::lane(&mut frame, lane);
        frame
    }

    /// That a lane went on with nothing for this reader.
    pub fn skipped(&self, lane: Lane, from: Seq, to: Seq) -> Value {
        let mut value =
            json!({ "type": "events", "from": from, "to": to, "cursor": self.cursor(to), "events": [] });
        wire::lane(&mut value, lane);
        value
    }

    /// That a lane is over for this reader.
    pub fn ended(&self, lane: Lane, why: Ended) -> Value {
        let mut value = json!({ "type": "ended", "reason": why.as_str() });
        wire::lane(&mut value, lane);
        value
    }
}

/// The close code and reason of a connection that is over.
pub(crate) fn close_code(why: Closed) -> (u16, &'static str) {
    match why {
        Closed::SignedOut => (4401, "signed out"),
        Closed::Deactivated => (4401, "deactivated"),
        Closed::GoingAway => (1012, "resume elsewhere"),
        Closed::Displaced => (4408, "displaced"),
    }
}

/// The close code and reason of a one-room socket whose room ended.
pub(crate) fn end_code(why: Ended) -> (u16, &'static str) {
    (4404, why.as_str())
}
