//! The conversation on one bot's socket: what was said, what is being answered and what waits.

use super::super::socket::Over;
use crate::{Web, replies, words::Words};
use app::{Answer, Asker, DefaultBot, Error, Guest};
use bots::{Fault, Piece, Speaker, Turn};
use domain::{Invalid, limits, messages::content_up_to};
use futures_util::{StreamExt, stream::BoxStream};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::{collections::VecDeque, sync::Arc};

/// A conversation.
pub(super) struct Talk {
    web: Web,
    bot: Arc<DefaultBot>,
    whom: Whom,
    /// Words are sent as they come.
    streams: bool,
    /// Questions and their answers, oldest first.
    turns: VecDeque<Turn>,
    waiting: VecDeque<String>,
    /// Frames refused in a row.
    refusals: usize,
    answering: Option<Answering>,
}

/// Who talks with the bot.
pub(super) struct Whom {
    /// Whom the limits count.
    pub asker: Asker,
    /// What they are called; empty for a guest.
    pub name: String,
    /// In which zone they live.
    pub zone: TimeZone,
}

/// A question that is being answered.
struct Answering {
    question: Turn,
    pieces: BoxStream<'static, Result<Piece, Fault>>,
    answer: Answer,
}

impl Talk {
    pub fn new(web: Web, bot: Arc<DefaultBot>, whom: Whom, streams: bool) -> Self {
        let (turns, waiting) = (VecDeque::new(), VecDeque::new());
        Self { web, bot, whom, streams, turns, waiting, refusals: 0, answering: None }
    }

    /// Goes on with somebody else, who has said who they are.
    pub fn meet(&mut self, whom: Whom) {
        self.whom = whom;
    }

    /// Takes what the client sent. What it is told if that is refused; how the socket is over if that happens too often.
    pub async fn hear(&mut self, text: &str) -> Result<Option<Value>, Over> {
        match self.accept(text).await {
            Ok(question) => {
                self.refusals = 0;
                self.waiting.push_back(question);
                self.ask_next();
                Ok(None)
            }
            Err(refusal) => {
                self.refusals += 1;
                match self.refusals > limits::CHAT_REFUSALS_MAX {
                    true => Err((1008, "too many messages")),
                    false => Ok(Some(refusal)),
                }
            }
        }
    }

    async fn accept(&mut self, text: &str) -> Result<String, Value> {
        let refuse = |why: String| json!({ "error": why });
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return Err(refuse("A frame is JSON: {\"message\": \"…\"}".to_owned()));
        };
        let Some(message) = frame.get("message").and_then(Value::as_str) else {
            return Err(refuse("The key \"message\" is missing.".to_owned()));
        };
        let words = Words::here();
        let question = content_up_to(message, limits::GUEST_MESSAGE_CHARS_MAX)
            .map_err(|invalid| refuse(words.invalid(&invalid)))?;
        if self.waiting.len() >= limits::CHAT_WAITING_MAX {
            let text = "At most {limit} messages wait while the bot answers.";
            return Err(refuse(words.invalid(&Invalid::limit("message", text, limits::CHAT_WAITING_MAX))));
        }
        match self.web.app.pace(self.whom.asker).await {
            Ok(()) => Ok(question),
            Err(error) => {
                let mut refusal = refuse(words.error(&error));
                if let Error::TooMany { retry_after, .. } = error {
                    refusal["retry_after"] = json!(replies::seconds(retry_after));
                }
                Err(refusal)
            }
        }
    }

    /// Asks what waits longest, unless something is being answered.
    fn ask_next(&mut self) {
        if self.answering.is_some() {
            return;
        }
        let Some(content) = self.waiting.pop_front() else { return };
        let question = Turn { speaker: Speaker::Other(self.whom.name.clone()), content };
        self.forget(question.content.len());
        let guest = Guest {
            turns: self.turns.iter().chain([&question]).cloned().collect(),
            name: self.whom.name.clone(),
            zone: self.whom.zone.clone(),
        };
        let pieces = self.web.app.answer_guessing(&self.bot, guest);
        self.answering = Some(Answering { question, pieces, answer: Answer::default() });
    }

    /// Forgets the oldest questions and their answers, so that so many bytes more are within the bound.
    fn forget(&mut self, more: usize) {
        let bytes = |turns: &VecDeque<Turn>| turns.iter().map(|turn| turn.content.len()).sum::<usize>();
        while !self.turns.is_empty() && bytes(&self.turns) + more > limits::CHAT_CONTEXT_BYTES_MAX {
            self.turns.drain(..2);
        }
    }

    /// The next frames to send; pending for as long as there is nothing to say. Cancel-safe.
    pub async fn next(&mut self) -> Vec<Value> {
        let Some(answering) = &mut self.answering else { return std::future::pending().await };
        match answering.pieces.next().await {
            Some(Ok(piece)) => {
                let delta = answering.answer.take(piece).filter(|_| self.streams);
                delta.map(|delta| json!({ "delta": delta })).into_iter().collect()
            }
            Some(Err(fault)) => self.finish(Err(fault)),
            None => {
                let answer = std::mem::take(&mut answering.answer).checked();
                self.finish(answer)
            }
        }
    }

    /// Keeps the turn if it came to an end, and goes on with what waits.
    fn finish(&mut self, answer: Result<Answer, Fault>) -> Vec<Value> {
        let Some(Answering { question, .. }) = self.answering.take() else { return Vec::new() };
        let said = match answer {
            Ok(answer) => {
                let said = reply(&answer);
                self.turns.extend([question, Turn { speaker: Speaker::Own, content: answer.text }]);
                said
            }
            Err(fault) => {
                tracing::warn!(%fault, "somebody on the bot's socket was not answered");
                let mut said = json!({ "error": replies::no_answer(&fault, Words::here()) });
                if let Some(after) = fault.retry_after {
                    said["retry_after"] = json!(replies::seconds(after));
                }
                said
            }
        };
        self.ask_next();
        vec![said]
    }
}

/// The frame of a complete answer.
fn reply(answer: &Answer) -> Value {
    let (intent, confidence) = answer.guess.clone().unzip();
    let confidence = (confidence.unwrap_or(0.0) * 10_000.0).round() / 10_000.0;
    let mut said = json!({ "message": answer.text, "intent": intent, "confidence": confidence });
    if answer.cut.is_some() {
        said["cut"] = json!(true);
    }
    said
}
