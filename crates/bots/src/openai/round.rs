//! One request's answer, put together from its events: text, tool calls, figures, and how it ended.
//!
//! The format cannot tell a delta that was sent twice from a word that was said twice ("ha" "ha"), so every delta before the
//! end counts; after the end (a finish reason) only the figures do.

use super::failure::fault_in_stream;
use crate::{Fault, FaultKind, Usage};
use domain::limits::{TOOL_ARGUMENTS_BYTES_MAX, TOOL_CALLS_MAX};
use serde::Deserialize;
use serde_json::Value;
use std::mem;

/// What came so far.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Text that was not given yet.
    pub(super) fresh: String,
    /// All text, given or not.
    pub(super) text: String,
    /// The tools that are asked for.
    pub(super) calls: Vec<Call>,
    /// How it ended; before that, nothing is complete.
    pub(super) finish: Option<Finish>,
    /// What the provider says that it cost.
    pub(super) usage: Option<Usage>,
    /// The provider says that nothing follows.
    pub(super) done: bool,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// Everything was said, or tools are asked for.
    Stop,
    Length,
    Filtered,
}

/// A tool that is asked for, complete once the round has ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Call {
    index: usize,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    usage: Option<Tokens>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: usize,
    /// In a stream `delta`, in an answer that comes as a whole `message`.
    #[serde(alias = "message")]
    delta: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<Content>,
    refusal: Option<String>,
    tool_calls: Option<Vec<CallPart>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    /// What some servers send instead: typed parts, of which thoughts are not for the reader.
    Parts(Vec<Value>),
}

#[derive(Deserialize)]
struct CallPart {
    index: Option<usize>,
    id: Option<String>,
    function: Option<FunctionPart>,
}

#[derive(Deserialize)]
struct FunctionPart {
    name: Option<String>,
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

impl Round {
    /// Takes one event's data.
    pub(super) fn take(&mut self, data: &[u8]) -> Result<(), Fault> {
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data.trim_ascii() == b"[DONE]" {
            self.done = true;
            self.finish.get_or_insert(Finish::Stop);
            return Ok(());
        }
        let chunk: Chunk = match serde_json::from_slice(data) {
            Ok(chunk) => chunk,
            // What comes after the end cannot spoil what is complete.
            Err(_) if self.finish.is_some() => return Ok(()),
            // Where it fails, not what it says: that may be somebody's words.
            Err(error) => {
                let detail = format!("an event cannot be read as JSON (column {})", error.column());
                return Err(Fault::new(FaultKind::Broken, detail));
            }
        };
        if let Some(tokens) = chunk.usage {
            self.usage = Some(Usage { input: tokens.prompt_tokens, output: tokens.completion_tokens });
        }
        if self.finish.is_some() {
            return Ok(());
        }
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(fault_in_stream(&error));
        }
        let choices = chunk.choices.unwrap_or_default();
        choices.into_iter().filter(|choice| choice.index == 0).try_for_each(|choice| self.choose(choice))
    }

    fn choose(&mut self, choice: Choice) -> Result<(), Fault> {
        if let Some(said) = choice.delta {
            self.say(&said.content.map(Content::into_text).unwrap_or_default());
            self.say(&said.refusal.unwrap_or_default());
            said.tool_calls.into_iter().flatten().try_for_each(|part| self.call(part))?;
        }
        self.finish = match choice.finish_reason.as_deref() {
            None | Some("") => None,
            Some("length" | "max_tokens") => Some(Finish::Length),
            Some("content_filter") => Some(Finish::Filtered),
            Some("error") => {
                return Err(Fault::new(FaultKind::Failed, "the provider ended the answer with an error"));
            }
            Some(_) => Some(Finish::Stop),
        };
        Ok(())
    }

    fn say(&mut self, text: &str) {
        self.fresh.push_str(text);
        self.text.push_str(text);
    }

    /// A part of a tool call. Whose part it is says the index; servers that send none begin a new call with a new id.
    fn call(&mut self, part: CallPart) -> Result<(), Fault> {
        let at = match part.index {
            Some(index) => self.calls.iter().position(|call| call.index == index),
            None => match part.id.as_deref().filter(|id| !id.is_empty()) {
                Some(id) => self.calls.iter().position(|call| call.id == id),
                None => self.calls.len().checked_sub(1),
            },
        };
        let at = at.unwrap_or_else(|| {
            self.calls.push(Call { index: part.index.unwrap_or(self.calls.len()), ..Call::default() });
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        if call.id.is_empty() {
            call.id = part.id.unwrap_or_default();
        }
        let function = part.function.unwrap_or(FunctionPart { name: None, arguments: None });
        let name = function.name.unwrap_or_default();
        // Some servers repeat the name with every part.
        if name != call.name {
            call.name.push_str(&name);
        }
        call.arguments.push_str(&function.arguments.unwrap_or_default());
        let too_long = call.name.len() + call.arguments.len() > TOOL_ARGUMENTS_BYTES_MAX;
        if too_long || self.calls.len() > TOOL_CALLS_MAX {
            let detail = format!(
                "more than {TOOL_CALLS_MAX} tools at once, or more than {TOOL_ARGUMENTS_BYTES_MAX} bytes for one"
            );
            return Err(Fault::new(FaultKind::Broken, detail));
        }
        Ok(())
    }

    /// The text that was not given yet.
    pub(super) fn take_fresh(&mut self) -> String {
        mem::take(&mut self.fresh)
    }
}

impl Content {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts
                .iter()
                .filter(|part| part["type"] == "text")
                .filter_map(|part| part["text"].as_str())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn round(events: &[Value]) -> Round {
        let mut round = Round::default();
        for event in events {
            round.take(event.to_string().as_bytes()).unwrap();
        }
        round
    }

    fn calls(parts: &[Value]) -> Vec<(String, String, String)> {
        let events: Vec<Value> =
            parts.iter().map(|part| json!({"choices": [{"delta": {"tool_calls": [part]}}]})).collect();
        round(&events).calls.into_iter().map(|call| (call.id, call.name, call.arguments)).collect()
    }

    #[test]
    fn tool_calls_come_in_pieces_of_every_shape() {
        let call =
            |id: &str, name: &str, arguments: &str| (id.to_owned(), name.to_owned(), arguments.to_owned());
        let both = calls(&[
            json!({"index": 0, "id": "a", "function": {"name": "dice", "arguments": ""}}),
            json!({"index": 1, "id": "b", "function": {"name": "time"}}),
            json!({"index": 0, "function": {"arguments": "{\"sides\""}}),
            json!({"index": 0, "id": null, "function": {"name": null, "arguments": ":6}"}}),
        ]);
        assert_eq!(both, [call("a", "dice", "{\"sides\":6}"), call("b", "time", "")]);
        let without_index = calls(&[
            json!({"id": "a", "function": {"name": "dice", "arguments": "{"}}),
            json!({"id": "a", "function": {"name": "dice", "arguments": "}"}}),
            json!({"id": "b", "function": {"name": "time", "arguments": "{"}}),
            json!({"function": {"arguments": "}"}}),
        ]);
        assert_eq!(without_index, [call("a", "dice", "{}"), call("b", "time", "{}")]);
    }

    #[test]
    fn nothing_changes_an_answer_after_its_end_but_the_figures() {
        let after = round(&[
            json!({"choices": [{"delta": {"content": "tea"}, "finish_reason": "stop"}]}),
            json!({"choices": [{"delta": {"content": "tea"}, "finish_reason": "length"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1}}),
            json!({"error": {"message": "late"}}),
        ]);
        assert_eq!((after.text.as_str(), after.finish), ("tea", Some(Finish::Stop)));
        assert_eq!(after.usage, Some(Usage { input: 7, output: 1 }));
    }

    #[test]
    fn typed_parts_and_refusals_are_text_and_thoughts_are_not() {
        let parts = json!([{"type": "thinking", "thinking": []}, {"type": "text", "text": "tea"}]);
        assert_eq!(round(&[json!({"choices": [{"delta": {"content": parts}}]})]).text, "tea");
        assert_eq!(
            round(&[json!({"choices": [{"delta": {"content": null, "refusal": "No."}}]})]).text,
            "No."
        );
    }

    #[test]
    fn too_many_calls_and_too_long_ones_are_refused() {
        let mut round = Round::default();
        let part = |index| json!({"choices": [{"delta": {"tool_calls": [{"index": index, "function": {"arguments": "xxxxxxxx"}}]}}]});
        let taken = (0..100)
            .map(|index| round.take(part(index).to_string().as_bytes()))
            .take_while(Result::is_ok)
            .count();
        assert_eq!(taken, TOOL_CALLS_MAX);
        let mut round = Round::default();
        let taken =
            (0..10_000).map(|_| round.take(part(0).to_string().as_bytes())).take_while(Result::is_ok).count();
        assert_eq!(taken, TOOL_ARGUMENTS_BYTES_MAX / 8);
    }
}
