//! Tools that a model asks for.

use crate::scene::{Heard, ask, listen, mind};
use anyhow::{Context, Result, ensure};
use bots::{FaultKind, Tool, Toolbox, Usage};
use domain::limits::{TOOL_OUTCOME_BYTES_MAX, TOOL_ROUNDS_MAX};
use e2e::{
    Upstream,
    upstream::{
        Act,
        chat::{DONE, HEAD, call, delta, finish, says, send, usage},
    },
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Dice, and a book that is too long.
struct Desk;

#[async_trait::async_trait]
impl Toolbox for Desk {
    fn tools(&self) -> Vec<Tool> {
        let tool = |name| Tool { name, description: "A tool.", parameters: json!({"type": "object"}) };
        vec![tool("dice"), tool("book")]
    }

    async fn call(&self, name: &str, arguments: &Value) -> Result<String, String> {
        match name {
            "book" => Ok("é".repeat(TOOL_OUTCOME_BYTES_MAX)),
            _ => match arguments["sides"].as_u64() {
                Some(sides) => Ok(format!("{} of {sides}", sides - 1)),
                None => Err("How many sides?".into()),
            },
        }
    }
}

fn calls(name: &str, arguments: &str) -> Vec<Act> {
    let part = json!({"index": 0, "id": "c7", "type": "function", "function": {"name": name, "arguments": arguments}});
    vec![send(HEAD), send(call(&part) + &finish("tool_calls") + &usage(10, 5) + DONE)]
}

/// The model asks for a tool and then says "Done."
async fn used(script: Vec<Act>) -> Result<(Heard, Vec<Value>)> {
    let upstream = Upstream::start(vec![script, says(&["Done."], Duration::ZERO)])?;
    let mut question = ask("Roll a die.");
    question.tools = Arc::new(Desk);
    let heard = listen(&mind(&upstream.url(), json!({}))?, question).await?;
    Ok((heard, upstream.calls().iter().map(e2e::upstream::Call::json).collect()))
}

#[tokio::test]
async fn a_tool_is_used_and_the_model_told() -> Result<()> {
    let mut script = vec![send(HEAD), send(delta("Let me see."))];
    for part in [
        json!({"index": 0, "id": "c7", "type": "function", "function": {"name": "dice", "arguments": ""}}),
        json!({"index": 0, "function": {"arguments": "{\"si"}}),
        json!({"index": 0, "function": {"arguments": "des\": 6}"}}),
    ] {
        script.push(send(call(&part)));
    }
    script.push(send(finish("tool_calls") + &usage(10, 5) + DONE));
    let (heard, requests) = used(script).await?;
    ensure!(heard.text == "Let me see.\n\nDone." && heard.fault.is_none(), "{heard:?}");
    let step = heard.steps.first().context("a step")?;
    ensure!(
        (step.tool.as_str(), step.arguments.as_str(), step.outcome.as_str())
            == ("dice", "{\"sides\": 6}", "5 of 6")
    );
    ensure!(heard.usage == Some(Usage { input: 20, output: 6 }), "both rounds count: {:?}", heard.usage);
    ensure!(requests.len() == 2);
    ensure!(requests[0]["tools"][0]["function"]["name"] == "dice", "{:#}", requests[0]);
    let told = requests[1]["messages"].as_array().context("messages")?;
    ensure!(told[told.len() - 2]["tool_calls"][0]["function"]["arguments"] == "{\"sides\": 6}", "{told:#?}");
    ensure!(
        told[told.len() - 1] == json!({"role": "tool", "tool_call_id": "c7", "content": "5 of 6"}),
        "{told:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn what_a_model_asks_wrongly_is_answered_to_the_model() -> Result<()> {
    for (name, arguments, outcome) in [
        ("dice", "{\"sides\":", "The arguments are not JSON"),
        ("dice", "6", "The arguments are not a JSON object."),
        ("dice", "", "How many sides?"),
        ("coffee", "{}", "There is no tool \"coffee\"."),
    ] {
        let (heard, requests) = used(calls(name, arguments)).await?;
        ensure!(heard.text == "Done." && heard.fault.is_none() && requests.len() == 2, "{heard:?}");
        ensure!(heard.steps.len() == 1 && heard.steps[0].outcome.starts_with(outcome), "{heard:?}");
        let told = requests[1]["messages"].as_array().context("messages")?;
        ensure!(
            told.last().context("the outcome")?["content"].as_str() == Some(heard.steps[0].outcome.as_str())
        );
        let repeated =
            told[told.len() - 2]["tool_calls"][0]["function"]["arguments"].as_str().context("arguments")?;
        ensure!(serde_json::from_str::<Value>(repeated).is_ok(), "{repeated}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_tool_tells_has_an_end() -> Result<()> {
    let (heard, _) = used(calls("book", "{}")).await?;
    let outcome = &heard.steps.first().context("a step")?.outcome;
    ensure!(outcome.len() < TOOL_OUTCOME_BYTES_MAX + 50 && outcome.ends_with("bytes]"), "{}", outcome.len());
    Ok(())
}

#[tokio::test]
async fn a_model_that_only_asks_for_tools_is_stopped() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| calls("dice", "{\"sides\": 6}"))?;
    let mut question = ask("Roll a die.");
    question.tools = Arc::new(Desk);
    let heard = listen(&mind(&upstream.url(), json!({}))?, question).await?;
    ensure!(heard.kind() == Some(FaultKind::Empty) && heard.steps.len() == TOOL_ROUNDS_MAX, "{heard:?}");
    let requests = upstream.calls();
    ensure!(requests.len() == TOOL_ROUNDS_MAX + 1);
    ensure!(
        requests
            .iter()
            .all(|call| (call.json()["tool_choice"] == "none")
                == (call.body == requests[TOOL_ROUNDS_MAX].body))
    );
    Ok(())
}

#[tokio::test]
async fn a_call_that_was_cut_off_is_not_made() -> Result<()> {
    let part = json!({"index": 0, "id": "c7", "function": {"name": "dice", "arguments": "{}"}});
    let (heard, requests) = used(vec![send(HEAD), send(call(&part))]).await?;
    ensure!(
        heard.kind() == Some(FaultKind::Broken) && heard.steps.is_empty() && requests.len() == 1,
        "{heard:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_bot_without_tools_offers_none() -> Result<()> {
    let upstream = Upstream::start(vec![says(&["Done."], Duration::ZERO)])?;
    let mut question = ask("Roll a die.");
    question.tools = Arc::new(Desk);
    listen(&mind(&upstream.url(), json!({"tools": false}))?, question).await?;
    ensure!(upstream.calls()[0].json().get("tools").is_none());
    Ok(())
}
