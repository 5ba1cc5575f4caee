//! A language model behind any server that speaks the Chat Completions API, streamed.
//!
//! One answer is one request, and one more for each round of tools the model asks for, at most [`TOOL_ROUNDS_MAX`]. Each is sent once:
//! nothing is ever asked again by itself, because a request that failed may have been paid for. What came before a fault stays given. Once
//! a provider has named a finish reason the answer is complete, whatever happens to the connection after that.

mod budget;
mod events;
mod failure;
mod reading;
mod round;
mod settings;
mod talk;
mod tools;

pub use settings::{DEFAULT_ADDRESS, DEFAULT_MODEL, Settings};

use crate::{
    Ask, Cut, Fault, FaultKind, Mind, Piece, Usage,
    give::{Give, pieces},
    outside::{Outside, made},
};
use budget::Scale;
use bytes::Bytes;
use domain::limits::{REPLY_BYTES_MAX, TOOL_ROUNDS_MAX};
use futures_util::stream::BoxStream;
use http::{Request, header};
use http_body_util::Full;
use reading::read;
use round::{Finish, Round};
use serde_json::{Value, json};
use settings::Checked;
use std::sync::Arc;
use talk::Talk;
use tokio::time::Instant;

/// The mind.
#[derive(Debug, Clone)]
pub struct OpenAi(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Checked,
    outside: Outside,
    scale: Scale,
}

impl OpenAi {
    /// A mind with these settings, or what is wrong with them.
    pub fn new(settings: Settings, outside: Outside) -> Result<Self, Fault> {
        Ok(Self(Arc::new(Inner { settings: settings.checked()?, outside, scale: Scale::default() })))
    }
}

impl Mind for OpenAi {
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Piece, Fault>> {
        let inner = Arc::clone(&self.0);
        pieces(move |give| async move { inner.answer(ask, Given::new(give)).await })
    }
}

impl Inner {
    async fn answer(&self, ask: Ask, mut given: Given) -> Result<(), Fault> {
        let deadline = self.outside.deadline();
        let mut talk = Talk::new(&ask, self.settings.system_prompt.as_deref(), self.settings.context_tokens)?;
        if self.settings.tools {
            talk.offer(&ask.tools.tools());
        }
        for turn in 0..=TOOL_ROUNDS_MAX {
            let last = turn == TOOL_ROUNDS_MAX;
            let mut round = Round::default();
            self.ask(&talk, last, &ask, deadline, &mut round, &mut given).await?;
            let cut = match round.finish {
                _ if given.is_full() => Some(Cut::Length),
                Some(Finish::Length) => Some(Cut::Length),
                Some(Finish::Filtered) => Some(Cut::Filtered),
                _ => None,
            };
            if let Some(cut) = cut {
                given.give.piece(Piece::Cut(cut)).await;
                return Ok(());
            }
            if round.calls.is_empty() || last {
                break;
            }
            tools::run(&mut talk, round, &ask, &given.give).await;
        }
        match given.has_words {
            true => Ok(()),
            false => Err(Fault::new(FaultKind::Empty, "the answer is empty")),
        }
    }

    /// One request and its answer. What it cost is told however it ends.
    async fn ask(
        &self,
        talk: &Talk,
        last: bool,
        ask: &Ask,
        deadline: Instant,
        round: &mut Round,
        given: &mut Given,
    ) -> Result<(), Fault> {
        let (messages, bytes) = talk.messages(&self.scale)?;
        let request = self.request(messages, &talk.tools, last)?;
        let mut answer = self.outside.send(request, deadline).await?;
        if !answer.status.is_success() {
            return Err(failure::fault_of(answer, &ask.now).await);
        }
        // Counted from here on, for somebody may stop it.
        let estimate = Usage { input: self.scale.tokens(bytes), output: 0 };
        given.tell_usage(estimate).await;
        let outcome = read(&mut answer, round, given).await;
        if let Some(usage) = round.usage {
            self.scale.correct(bytes, usage.input);
        }
        let written = self
            .scale
            .tokens(round.text.len() + round.calls.iter().map(|c| c.arguments.len()).sum::<usize>());
        let usage = round.usage.unwrap_or(Usage { output: written, ..estimate });
        given.tell_usage(usage).await;
        given.spent =
            Usage { input: given.spent.input + usage.input, output: given.spent.output + usage.output };
        outcome
    }

    fn request(
        &self,
        messages: Vec<Value>,
        tools: &[Value],
        last: bool,
    ) -> Result<Request<Full<Bytes>>, Fault> {
        let Checked { address, is_openai, key, model, temperature, max_tokens, .. } = &self.settings;
        let mut body = json!({
            "model": model,
            "messages": messages,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        if let Some(temperature) = temperature {
            body["temperature"] = json!(temperature);
        }
        if let Some(most) = max_tokens {
            body[if *is_openai { "max_completion_tokens" } else { "max_tokens" }] = json!(most);
        }
        if !tools.is_empty() {
            body["tools"] = json!(tools);
            if last {
                body["tool_choice"] = json!("none");
            }
        }
        let mut request = Request::post(address)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/event-stream, application/json");
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.expose()));
        }
        made(request.body(Full::from(body.to_string())))
    }
}

/// What the reader was given so far, over all rounds.
struct Given {
    give: Give,
    bytes: usize,
    has_words: bool,
    ends_line: bool,
    /// A round has ended since the last text.
    new_round: bool,
    spent: Usage,
}

impl Given {
    fn new(give: Give) -> Self {
        Self { give, bytes: 0, has_words: false, ends_line: true, new_round: false, spent: Usage::default() }
    }

    fn is_full(&self) -> bool {
        self.bytes >= REPLY_BYTES_MAX
    }

    /// Gives text as far as it may be given.
    async fn text(&mut self, mut text: String) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.new_round) && !self.ends_line {
            text.insert_str(0, "\n\n");
        }
        let room = REPLY_BYTES_MAX - self.bytes;
        if text.len() > room {
            text.truncate(text.floor_char_boundary(room));
            self.bytes = REPLY_BYTES_MAX;
        } else {
            self.bytes += text.len();
        }
        self.has_words |= !text.trim().is_empty();
        self.ends_line = text.ends_with('\n');
        self.give.text(text).await;
    }

    /// Tells what this round cost, with those before it.
    async fn tell_usage(&mut self, usage: Usage) {
        self.new_round = self.bytes > 0;
        let sum = Usage { input: self.spent.input + usage.input, output: self.spent.output + usage.output };
        self.give.piece(Piece::Usage(sum)).await;
    }
}
