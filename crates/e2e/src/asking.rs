//! Asking bots, and waiting for what they say.

use crate::{Body, Options, Person, Upstream, until_in};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

/// How long an answer may take that the provider gives at once, also where a process died meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);

impl Options {
    /// The server has a language model at this provider.
    #[must_use]
    pub fn model(self, upstream: &Upstream) -> Self {
        self.set("OPENAI_BASE_URL", &upstream.url()).set("OPENAI_API_KEY", "sk-tea")
    }
}

impl Person {
    /// Asks the server's own bot; the question's id.
    pub async fn ask_bot(&self, room: &str, question: &str, client_id: &str) -> Result<i64> {
        let asked = self.post(room, &format!("@tertulia {question}"), client_id).await?;
        asked["id"].as_i64().context("a question has an id")
    }

    /// Waits for the messages that answer a question: one, if nothing was doubled.
    pub async fn answer_to(&self, room: &str, question: i64) -> Result<Value> {
        self.answer_within(PATIENCE, room, question).await
    }

    /// The same, with more or less patience.
    pub async fn answer_within(&self, patience: Duration, room: &str, question: i64) -> Result<Value> {
        let answers = until_in(patience, &format!("an answer to {question}"), || async {
            let messages = self.messages_after(room, question).await.ok()?;
            let answers: Vec<Value> =
                messages.into_iter().filter(|message| message["answer"]["question"] == question).collect();
            (!answers.is_empty()).then_some(answers)
        })
        .await?;
        ensure!(answers.len() == 1, "answered more than once: {answers:#?}");
        answers.into_iter().next().context("an answer")
    }

    /// The replies in progress in a room.
    pub async fn replies(&self, room: &str) -> Result<Vec<Value>> {
        let open = self.json(&format!("/api/rooms/{room}/replies/")).await?;
        Ok(open["replies"].as_array().context("a list")?.clone())
    }

    /// Waits until a reply to a question is in progress and that much of it is written down.
    pub async fn growing(&self, room: &str, question: i64, bytes: usize) -> Result<Value> {
        until_in(PATIENCE, &format!("{bytes} bytes of a reply to {question}"), || async {
            let open = self.replies(room).await.ok()?;
            open.into_iter().find(|reply| {
                let length = reply["text"].as_str().map_or(0, str::len);
                reply["question"] == question && reply["state"] == "sent" && length >= bytes
            })
        })
        .await
    }

    /// Presses *Stop*; the status.
    pub async fn stop_reply(&self, room: &str, reply: &Value) -> Result<u16> {
        let path = format!("/api/rooms/{room}/replies/{}/stop/", reply["id"]);
        Ok(self.ask("POST", &path, None).await?.status().as_u16())
    }

    /// Presses *Retry* or *Regenerate*; the status.
    pub async fn ask_again(&self, room: &str, message: &Value) -> Result<u16> {
        let path = format!("/api/rooms/{room}/messages/{}/again/", message["id"]);
        Ok(self.ask("POST", &path, None).await?.status().as_u16())
    }

    /// Makes a bot that thinks with a language model, in rooms; the bot. Only administrators can.
    pub async fn make_bot(&self, draft: Value, rooms: &[&str]) -> Result<Value> {
        let made = self.ask("POST", "/api/bots/", Some(Body::Json(draft.clone()))).await?;
        ensure!(made.status() == 201, "no bot of {draft}: {} {}", made.status(), made.text().await?);
        for room in rooms {
            let seat = Body::Json(json!({ "username": draft["username"] }));
            let seated = self.ask("POST", &format!("/api/rooms/{room}/members/"), Some(seat)).await?;
            ensure!(
                seated.status() == 201,
                "no seat in {room}: {} {}",
                seated.status(),
                seated.text().await?
            );
        }
        Ok(made.json().await?)
    }

    /// Makes a room of one's own.
    pub async fn make_room(&self, draft: Value) -> Result<Value> {
        let made = self.ask("POST", "/api/rooms/", Some(Body::Json(draft))).await?;
        ensure!(made.status() == 201, "no room: {} {}", made.status(), made.text().await?);
        Ok(made.json().await?)
    }
}
