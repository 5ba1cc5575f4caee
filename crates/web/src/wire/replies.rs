//! What bots are saying, and what their messages keep of it.

use super::{Profile, people::FERRYMAN, value};
use domain::{
    ids::{MessageId, ReplyId, RoomId},
    replies::{self, Ending, ReplyState, Step},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A reply in progress as it stands. It is not a message yet.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Reply<'r> {
    #[schemars(example = 5)]
    id: ReplyId,
    room_id: RoomId,
    /// Counted from 1; one more each time it is asked for again.
    run: u32,
    #[schemars(example = FERRYMAN)]
    bot: Profile<'r>,
    asker: Profile<'r>,
    /// The message that is answered.
    #[schemars(example = 41)]
    question: MessageId,
    /// The message that an earlier run became; this run gives it another text.
    #[schemars(example = Value::Null)]
    message: Option<MessageId>,
    /// `queued` until the bot's mind is asked.
    #[schemars(example = ReplyState::Sent)]
    state: ReplyState,
    /// Markdown, so far. It only grows within a run.
    #[schemars(example = &"Three sailings")]
    text: &'r str,
    /// The tools used so far.
    steps: &'r [Step],
    /// When this run was asked for.
    since: Timestamp,
}

impl<'r> From<&'r replies::Reply> for Reply<'r> {
    fn from(reply: &'r replies::Reply) -> Self {
        Self {
            id: reply.id,
            room_id: reply.room,
            run: reply.run,
            bot: (&reply.bot).into(),
            asker: (&reply.asker).into(),
            question: reply.question,
            message: reply.message,
            state: reply.state,
            text: &reply.text,
            steps: &reply.steps,
            since: reply.since,
        }
    }
}

/// A reply in progress as it stands.
pub(crate) fn open_reply(reply: &replies::Reply) -> Value {
    value(Reply::from(reply))
}

/// A reply in progress: all of it, or what was added from a byte on.
pub(crate) fn reply(reply: &replies::Reply, at: Option<usize>) -> Value {
    if let Some(at) = at {
        return grown(reply.room, reply.id, reply.run, at, reply.text.get(at..).unwrap_or_default());
    }
    json!({ "type": "reply", "room_id": reply.room, "reply": open_reply(reply) })
}

pub(super) fn grown(room: RoomId, reply: ReplyId, run: u32, at: usize, text: &str) -> Value {
    json!({ "type": "reply_delta", "room_id": room, "reply": reply, "run": run, "at": at, "text": text })
}

/// What a bot's message keeps of the reply it was.
#[derive(Serialize, JsonSchema)]
pub(super) struct Answer<'a> {
    reply: ReplyId,
    /// The run that ended last. It takes away the reply in progress with this run or an earlier one.
    run: u32,
    asker: Profile<'a>,
    /// The message that was answered.
    question: MessageId,
    ending: Ending,
    /// Why, as a word; empty where there is nothing to say.
    why: &'a str,
    /// Until when whoever thinks for the bot asked to be left alone.
    retry_at: Option<Timestamp>,
    /// The tools used.
    steps: &'a [Step],
}

impl<'a> From<&'a replies::Answer> for Answer<'a> {
    fn from(answer: &'a replies::Answer) -> Self {
        Self {
            reply: answer.reply,
            run: answer.run,
            asker: (&answer.asker).into(),
            question: answer.question,
            ending: answer.ending,
            why: &answer.why,
            retry_at: answer.retry_at,
            steps: &answer.steps,
        }
    }
}
