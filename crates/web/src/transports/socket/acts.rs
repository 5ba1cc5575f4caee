//! What a client may say on `/ws`, and what it is answered.

use super::{Client, Writing};
use crate::{
    transports::{frames::Wants, place, rights},
    words::Words,
};
use app::Error;
use domain::{
    Invalid,
    access::{RoomReader, RoomWriter},
    cursors::Cursor,
    events::Lane,
    ids::MessageId,
    limits,
    messages::Draft,
};
use live::Rights;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

impl Client {
    /// Takes a frame and gives the answer, if it has one. `ref` comes back as it was sent.
    pub(super) async fn take(&mut self, text: &str) -> Option<String> {
        let frame = match read(text) {
            Ok(frame) => frame,
            Err(error) => return Some(error.to_string()),
        };
        if frame["type"] == "post" {
            return Some(
                self.post(&frame).await.unwrap_or_else(|why| failure(&why, reference(&frame)).to_string()),
            );
        }
        match self.act(&frame).await {
            Ok(None) => None,
            Ok(Some(mut answer)) => {
                if !reference(&frame).is_null() {
                    answer["ref"] = reference(&frame).clone();
                }
                Some(answer.to_string())
            }
            Err(why) => Some(failure(&why, reference(&frame)).to_string()),
        }
    }

    async fn act(&mut self, frame: &Value) -> Result<Option<Value>, Error> {
        match frame["type"].as_str().unwrap_or_default() {
            "subscribe" => self.subscribe(frame).await.map(Some),
            "unsubscribe" => {
                if let Some(room) = self.rooms.remove(text(frame, "room")) {
                    self.connection.unwatch(Lane::Room(room));
                    self.wants.remove(&Lane::Room(room));
                }
                Ok(Some(json!({ "type": "unsubscribed", "room": frame["room"] })))
            }
            "edit" => {
                let message =
                    self.web.app.edit(&self.writer(frame).await?, id(frame)?, text(frame, "content")).await?;
                Ok(Some(json!({ "type": "ack", "message": self.web.message(&message) })))
            }
            "delete" => {
                let message = self.web.app.delete(&self.reader(frame).await?, id(frame)?).await?;
                Ok(Some(json!({ "type": "ack", "message": self.web.message(&message) })))
            }
            "react" | "unreact" => {
                let (writer, emoji) = (self.writer(frame).await?, text(frame, "emoji"));
                let message = match frame["type"].as_str() {
                    Some("react") => self.web.app.react(&writer, id(frame)?, emoji).await?,
                    _ => self.web.app.unreact(&writer, id(frame)?, emoji).await?,
                };
                Ok(Some(json!({ "type": "ack", "message": self.web.message(&message) })))
            }
            "typing" => {
                let typing = frame["typing"].as_bool().unwrap_or(true);
                self.web.app.typing(&self.writer(frame).await?, typing);
                Ok(None)
            }
            "read" => {
                self.web.app.note_read(&self.reader(frame).await?, id(frame)?).await?;
                Ok(None)
            }
            "delivered" => {
                self.web.app.note_delivered(&self.reader(frame).await?, id(frame)?).await?;
                Ok(None)
            }
            "away" => {
                self.connection.set_away(frame["away"].as_bool().unwrap_or(true));
                Ok(None)
            }
            "ping" => Ok(Some(json!({ "type": "pong" }))),
            _ => Err(Invalid::new("type", UNKNOWN_TYPE).into()),
        }
    }

    /// A room from a cursor on (without one: from now on), or oneself with `"lane": "me"`.
    async fn subscribe(&mut self, frame: &Value) -> Result<Value, Error> {
        let since = match frame["cursor"].as_str() {
            None | Some("") => None,
            Some(text) => Some(place(
                &self.web,
                &text
                    .parse::<Cursor>()
                    .map_err(|_| Invalid::new("cursor", "A cursor has the form epoch.seq."))?,
            )),
        };
        let own = frame["lane"].as_str() == Some("me");
        if own {
            self.viewer.reaches_all()?;
        }
        let (lane, rights) =
            if own { (Lane::Person(self.viewer.person.id), Rights::OWN) } else { self.room(frame).await? };
        let wants = if frame["html"].as_bool() == Some(true) {
            {
                let locale = self.web.locale(&self.viewer.person);
                Wants::Html(locale.key(), locale)
            }
        } else {
            Wants::Json
        };
        let changes = self
            .connection
            .watch(lane, rights, since)
            .await
            .map_err(|why| Error::Unavailable(why.to_string()))?;
        let mut answer = self.web.changes_frame(lane, since.unwrap_or_default(), &changes, &wants);
        answer["type"] = json!("subscribed");
        if since.is_none() {
            answer["from"] = Value::Null;
        }
        if let Lane::Room(room) = lane {
            answer["room"] = frame["room"].clone();
            self.rooms.insert(text(frame, "room").to_owned(), room);
            let presence = self.web.app.hub().presence(room);
            answer["presence"] = crate::wire::whisper(&domain::events::Whisper::Presence(presence));
        }
        self.wants.insert(lane, wants);
        Ok(answer)
    }

    async fn room(&self, frame: &Value) -> Result<(Lane, Rights), Error> {
        if self.rooms.len() >= limits::SUBSCRIPTIONS_PER_SOCKET_MAX
            && !self.rooms.contains_key(text(frame, "room"))
        {
            let text = "One socket may subscribe to {limit} rooms.";
            return Err(Invalid::limit("room", text, limits::SUBSCRIPTIONS_PER_SOCKET_MAX).into());
        }
        let reader = self.reader(frame).await?;
        Ok((Lane::Room(reader.room_id()), rights(&reader)))
    }

    /// Posts, and puts the acknowledgement together from what is ready: it is what sockets are answered most.
    async fn post(&mut self, frame: &Value) -> Result<String, Error> {
        let reply_to = frame["reply_to"].as_i64().map(MessageId);
        let draft = Draft::new(text(frame, "content"), frame["client_id"].as_str(), reply_to)?;
        let room = text(frame, "room");
        let writing = match self.writing.take() {
            Some(kept) if kept.room == room && kept.since.elapsed() < WRITING_KEPT => kept,
            _ => Box::new(Writing {
                room: room.to_owned(),
                right: self.writer(frame).await?,
                since: Instant::now(),
            }),
        };
        let posted = self.web.app.post(&writing.right, draft).await?;
        self.writing = Some(writing);
        let message = self.web.message_text(&posted.message);
        let (client_id, repeated) = (&frame["client_id"], posted.repeated);
        let reference = match reference(frame) {
            Value::Null => String::new(),
            reference => format!(",\"ref\":{reference}"),
        };
        Ok(format!(
            "{{\"type\":\"ack\",\"client_id\":{client_id},\"repeated\":{repeated},\"message\":{message}{reference}}}"
        ))
    }

    async fn reader(&self, frame: &Value) -> Result<RoomReader, Error> {
        self.web.app.room_reader(&self.viewer, text(frame, "room")).await
    }

    async fn writer(&self, frame: &Value) -> Result<RoomWriter, Error> {
        Ok(RoomWriter::grant(self.reader(frame).await?)?)
    }
}

/// How long the right to write in a room is not looked up again.
const WRITING_KEPT: Duration = Duration::from_millis(500);

const UNKNOWN_TYPE: &str = "A frame's type is subscribe, unsubscribe, post, edit, delete, react, unreact, typing, read, delivered, away or ping.";

/// A frame, or the error that says why it is none.
fn read(text: &str) -> Result<Value, Value> {
    match serde_json::from_str::<Value>(text) {
        Ok(frame) if frame.is_object() => Ok(frame),
        Ok(_) => Err(error("invalid", "A frame is a JSON object.", &Value::Null)),
        Err(why) => Err(error("invalid", &format!("A frame is a JSON object: {why}"), &Value::Null)),
    }
}

/// What comes back with the answer, so that the client knows it again.
fn reference(frame: &Value) -> &Value {
    frame.get("ref").or_else(|| frame.get("client_id")).unwrap_or(&Value::Null)
}

fn text<'f>(frame: &'f Value, name: &str) -> &'f str {
    frame[name].as_str().unwrap_or_default()
}

fn id(frame: &Value) -> Result<MessageId, Error> {
    let id = frame["id"].as_i64().filter(|id| *id > 0).map(MessageId);
    id.ok_or(Invalid::new("id", "Which message is meant?").into())
}

fn error(code: &str, detail: &str, reference: &Value) -> Value {
    json!({ "type": "error", "code": code, "detail": detail, "ref": reference })
}

fn failure(why: &Error, reference: &Value) -> Value {
    let code = match why {
        Error::NotFound(_) => "not_found",
        Error::Forbidden(_) => "forbidden",
        Error::Invalid(_) | Error::Settings { .. } | Error::WrongPassword => "invalid",
        Error::Conflict(_) => "conflict",
        Error::TooMany { .. } => "too_many",
        Error::Unavailable(why) => {
            tracing::warn!(why, "unavailable");
            "unavailable"
        }
        Error::Bug(what) => {
            tracing::error!(what, "a defect");
            "defect"
        }
    };
    let detail = match why {
        Error::NotFound(_) => why.to_string(),
        why => Words::here().error(why),
    };
    let mut frame = error(code, &detail, reference);
    if let Error::TooMany { retry_after, .. } = why {
        frame["retry_after"] = json!(retry_after.as_secs_f64().ceil());
    }
    frame
}
