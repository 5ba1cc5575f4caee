//! What the model is asked.

use crate::scene::{ask, listen, mind};
use anyhow::{Result, ensure};
use bots::{Ask, FaultKind, Speaker, Turn};
use e2e::{
    Upstream,
    upstream::chat::{HEAD, delta, finish, says, send, usage},
};
use serde_json::{Value, json};
use std::time::Duration;

fn turn(speaker: Option<&str>, content: &str) -> Turn {
    Turn {
        speaker: speaker.map_or(Speaker::Own, |name| Speaker::Other(name.into())),
        content: content.into(),
    }
}

async fn asked(ask: Ask, settings: Value) -> Result<(Value, Option<String>)> {
    let upstream = Upstream::start(vec![says(&["Tea."], Duration::ZERO)])?;
    let heard = listen(&mind(&upstream.url(), settings)?, ask).await?;
    ensure!(heard.text == "Tea." && heard.fault.is_none(), "{heard:?}");
    let call = upstream.calls().remove(0);
    ensure!(call.target == "POST /v1/chat/completions", "{}", call.target);
    Ok((call.json(), call.header("authorization").map(str::to_owned)))
}

#[tokio::test]
async fn the_model_gets_the_history_and_its_settings() -> Result<()> {
    let mut question = ask("And now?");
    question.turns.insert(0, turn(None, "At five."));
    question.turns.insert(0, turn(Some("Ada"), "Tea?"));
    let settings = json!({"temperature": 0.5, "max_tokens": 99, "system_prompt": "Be kind."});
    let (body, key) = asked(question, settings).await?;
    ensure!(key.as_deref() == Some("Bearer sk-tea"));
    let expected = json!({
        "model": "small", "stream": true, "stream_options": {"include_usage": true}, "temperature": 0.5, "max_tokens": 99,
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Tea?"},
            {"role": "assistant", "content": "At five."},
            {"role": "user", "content": "And now?"},
        ],
    });
    ensure!(body == expected, "{body:#}");
    Ok(())
}

#[tokio::test]
async fn what_is_not_set_is_not_sent() -> Result<()> {
    let (body, key) = asked(ask("Tea?"), json!({"api_key": null})).await?;
    ensure!(key.is_none(), "a server of one's own needs no key");
    ensure!(["temperature", "max_tokens", "tools"].iter().all(|name| body.get(name).is_none()), "{body:#}");
    Ok(())
}

#[tokio::test]
async fn the_budget_follows_what_the_provider_counts() -> Result<()> {
    let counts = usage(20_000, 1);
    let answer = vec![send(HEAD), send(delta("Tea.") + &finish("stop") + &counts)];
    let upstream = Upstream::start(vec![answer; 3])?;
    let mind = mind(&upstream.url(), json!({"context_tokens": 2_000}))?;
    let mut question = ask("And now?");
    question.turns = (0..100).map(|_| turn(Some("Ada"), &"tea ".repeat(50))).chain(question.turns).collect();
    for _ in 0..3 {
        ensure!(listen(&mind, question.clone()).await?.fault.is_none());
    }
    let read: Vec<usize> =
        upstream.calls().iter().map(|call| call.json()["messages"].as_array().map_or(0, Vec::len)).collect();
    ensure!(read[0] > 15 && read[0] < 30, "{read:?}");
    ensure!(
        read[1] < read[0] && read[2] < read[1],
        "this provider counts more tokens than one thinks: {read:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_question_too_long_for_the_budget_is_not_sent() -> Result<()> {
    let upstream = Upstream::start(vec![])?;
    let mind = mind(&upstream.url(), json!({"context_tokens": 100}))?;
    let heard = listen(&mind, ask(&"tea ".repeat(500))).await?;
    ensure!(heard.kind() == Some(FaultKind::TooLong) && upstream.calls().is_empty(), "{heard:?}");
    Ok(())
}
