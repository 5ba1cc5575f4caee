//! Scripts in the Chat Completions format.

use super::Act;
use serde_json::{Value, json};
use std::time::Duration;

/// The head of a streamed answer whose body ends with the connection.
pub const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
/// The last event.
pub const DONE: &str = "data: [DONE]\n\n";

/// Sends text.
pub fn send(text: impl Into<String>) -> Act {
    Act::Send(text.into().into_bytes())
}

/// An event.
pub fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// An event with the next words.
pub fn delta(text: &str) -> String {
    event(
        &json!({"id": "c1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}),
    )
}

/// An event with a part of a tool call.
pub fn call(part: &Value) -> String {
    event(
        &json!({"id": "c1", "choices": [{"index": 0, "delta": {"tool_calls": [part]}, "finish_reason": null}]}),
    )
}

/// An event with the reason of the end.
pub fn finish(reason: &str) -> String {
    event(&json!({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
}

/// An event with figures.
pub fn usage(input: u64, output: u64) -> String {
    event(&json!({"id": "c1", "choices": [], "usage": {"prompt_tokens": input, "completion_tokens": output}}))
}

/// A good answer of these words, with a pause before each.
pub fn says(words: &[&str], pause: Duration) -> Vec<Act> {
    let mut acts = vec![send(HEAD)];
    for word in words {
        acts.extend([Act::Wait(pause), send(delta(word))]);
    }
    let end = finish("stop") + &usage(10, words.len() as u64) + DONE;
    acts.push(send(end));
    acts
}

/// An answer with a status that is no success, and its body. Further headers may follow the status after a line break.
pub fn refuses(status: &str, body: &str) -> Vec<Act> {
    whole(status, "application/json", body)
}

/// An answer that comes as a whole.
pub fn whole(status: &str, media_type: &str, body: &str) -> Vec<Act> {
    let length = body.len();
    vec![send(format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    ))]
}
