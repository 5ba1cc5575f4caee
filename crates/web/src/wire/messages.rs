//! Messages.

use super::{Profile, replies::Answer, value};
use crate::{Web, transports::frames::JSON};
use domain::{
    access::RoomReader,
    cursors::Cursor,
    ids::{MessageId, PersonId, RoomId, Seq},
    messages::{self, MessageKind},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{PageAt, Window};

impl Web {
    /// A message.
    pub fn message(&self, message: &messages::Message) -> Value {
        value(self.shape(message))
    }

    /// A message as clients get it. `date` is the time of day in the server's zone, as clients of the polling system expect it.
    pub(super) fn shape<'m>(&self, message: &'m messages::Message) -> Message<'m> {
        let at = message.created_at.to_zoned(self.config.time_zone.clone());
        Message {
            id: message.id,
            content: &message.content,
            username: &message.author.username,
            date: at.strftime("%H:%M:%S").to_string(),
            room_id: message.room,
            seq: message.seq,
            kind: message.kind,
            author: (&message.author).into(),
            client_id: message.client_id.as_deref(),
            reply_to: message.reply_to.as_ref().map(Quote::from),
            mentions: message.mentions.iter().map(|mention| mention.person).collect(),
            mentions_everyone: message.mentions_everyone,
            reactions: message.reactions.iter().map(Reaction::from).collect(),
            pinned: message.pinned,
            version: message.version,
            created_at: message.created_at,
            edited_at: message.edited_at,
            deleted: message.is_deleted(),
            hidden: message.is_hidden(),
            answer: message.answer.as_deref().map(Answer::from),
        }
    }

    /// The JSON of a message, ready.
    pub fn message_text(&self, message: &messages::Message) -> Arc<str> {
        self.fragments.get(message, JSON, || self.text(message))
    }

    fn text(&self, message: &messages::Message) -> String {
        serde_json::to_string(&self.shape(message)).unwrap_or_default()
    }

    /// The JSON of a part of a room's history, put together from what is ready. Without those that are gone.
    pub async fn page(&self, by: &RoomReader, at: PageAt, limit: usize) -> store::Result<Window<Arc<str>>> {
        let store = self.app.store();
        if let Some(ready) = self.fragments.ready(&store.outline(by, at, limit).await?, JSON) {
            return Ok(ready);
        }
        let window = store.page(by, at, limit).await?;
        Ok(self.fragments.get_all(&window, JSON, |message| self.text(message)))
    }

    /// An answer with a page of messages and what else it holds.
    pub fn page_text(&self, page: &Window<Arc<str>>, mut rest: Value) -> String {
        rest["more_before"] = json!(page.more_before);
        rest["more_after"] = json!(page.more_after);
        rest["cursor"] = json!(self.cursor(page.head));
        // The rest of the object follows the list: its opening brace is left out. Written once, into as much room as it takes.
        let rest = rest.to_string();
        let length: usize = page.messages.iter().map(|text| text.len() + 1).sum();
        let mut whole = String::with_capacity(length + rest.len() + 16);
        whole.push_str("{\"messages\":[");
        for (nth, text) in page.messages.iter().enumerate() {
            whole.push_str(if nth > 0 { "," } else { "" });
            whole.push_str(text);
        }
        whole.push_str("],");
        whole.push_str(&rest[1..]);
        whole
    }

    /// A place in a lane as clients send it back.
    pub fn cursor(&self, seq: Seq) -> String {
        Cursor { epoch: self.app.store().epoch(), seq }.to_string()
    }
}

/// A message: the keys of the polling system first, then everything else.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Message<'m> {
    /// Unique over all rooms; within a room it increases in commit order.
    #[schemars(example = 42)]
    id: MessageId,
    /// Markdown. Empty when it is deleted or hidden.
    #[schemars(example = &"Hello **world**")]
    content: &'m str,
    /// The author's name to sign in with.
    #[schemars(example = &"ada")]
    username: &'m str,
    /// The time of day in the server's `TIME_ZONE`.
    #[schemars(example = &"13:57:02")]
    date: String,
    /// Where it was said.
    room_id: RoomId,
    /// The place in the room's lane of its last change. Of two copies, keep the one with the greater.
    #[schemars(example = 57)]
    seq: Seq,
    /// A `notice` is said by the server itself.
    kind: MessageKind,
    /// Who wrote it.
    author: Profile<'m>,
    /// What its sender knows it by.
    #[schemars(example = &"evening-1")]
    client_id: Option<&'m str>,
    /// What it answers.
    reply_to: Option<Quote<'m>>,
    /// The people it names.
    mentions: Vec<PersonId>,
    /// Whether it names everyone in the room.
    mentions_everyone: bool,
    /// In the order in which each emoji came first.
    reactions: Vec<Reaction<'m>>,
    /// Whether it is among the room's pins.
    pinned: bool,
    /// Counted from 1; one more for each edit.
    version: u32,
    /// When it was posted.
    created_at: Timestamp,
    /// When its text last changed.
    #[schemars(example = Value::Null)]
    edited_at: Option<Timestamp>,
    /// Its place stays, its text is gone.
    deleted: bool,
    /// An administrator took its text out of sight, and may give it back.
    hidden: bool,
    /// What a bot's message keeps of the reply it was.
    #[schemars(example = Value::Null)]
    answer: Option<Answer<'m>>,
}

/// The message that another one answers.
#[derive(Serialize, JsonSchema)]
struct Quote<'m> {
    #[schemars(example = 40)]
    id: MessageId,
    author: Profile<'m>,
    /// Its first words as plain text.
    #[schemars(example = &"When does the ferry leave?")]
    excerpt: &'m str,
}

impl<'m> From<&'m messages::Quote> for Quote<'m> {
    fn from(quote: &'m messages::Quote) -> Self {
        Self { id: quote.id, author: (&quote.author).into(), excerpt: &quote.excerpt }
    }
}

/// Who reacted with one emoji.
#[derive(Serialize, JsonSchema)]
struct Reaction<'m> {
    #[schemars(example = &"☕")]
    emoji: &'m str,
    count: usize,
    people: &'m [PersonId],
}

impl<'m> From<&'m messages::Reaction> for Reaction<'m> {
    fn from(reaction: &'m messages::Reaction) -> Self {
        Self { emoji: &reaction.emoji, count: reaction.people.len(), people: &reaction.people }
    }
}

/// An earlier text of a message.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Version<'m> {
    /// Counted from 1.
    version: u32,
    /// Markdown.
    #[schemars(example = &"Hello world")]
    content: &'m str,
    /// Since when it was so.
    at: Timestamp,
}

impl<'m> From<&'m messages::Version> for Version<'m> {
    fn from(version: &'m messages::Version) -> Self {
        Self { version: version.version, content: &version.content, at: version.at }
    }
}

pub(crate) fn version(version: &messages::Version) -> Value {
    value(Version::from(version))
}
