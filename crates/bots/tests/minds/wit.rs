//! Wit.ai, as its public documentation describes it.

use crate::scene::{Heard, ask, listen};
use anyhow::{Result, ensure};
use bots::{FaultKind, outside::Outside, wit::Wit};
use e2e::{
    Upstream,
    upstream::{
        Act, Call,
        chat::{refuses, whole},
    },
};
use serde_json::{Value, json};

async fn heard(settings: Value, question: &str, script: Vec<Act>) -> Result<(Heard, Call)> {
    let upstream = Upstream::start(vec![script])?;
    let mut settings = settings;
    settings["base_url"] = json!(upstream.origin());
    settings["token"] = json!("sk-tea");
    let mind = Wit::new(serde_json::from_value(settings)?, Outside::new())?;
    let heard = listen(&mind, ask(question)).await?;
    ensure!(upstream.calls().len() == 1, "called {} times", upstream.calls().len());
    Ok((heard, upstream.calls().remove(0)))
}

fn finds(intents: &Value) -> Vec<Act> {
    let answer = json!({"text": "Tea & cake?", "intents": intents, "entities": {}, "traits": {}});
    whole("200 OK", "application/json", &answer.to_string())
}

fn tea() -> Value {
    json!([{"id": "7", "name": "tea", "confidence": 0.9}, {"id": "8", "name": "coffee", "confidence": 0.05}])
}

#[tokio::test]
async fn the_likeliest_intent_is_told_and_answered() -> Result<()> {
    let settings = json!({"replies": {"tea": "At five.", "coffee": "Never."}, "fallback": "What?"});
    let (heard, call) = heard(settings.clone(), "Tea & cake?", finds(&tea())).await?;
    ensure!(
        heard.guess == Some(("tea".into(), 0.9)) && heard.text == "At five." && heard.fault.is_none(),
        "{heard:?}"
    );
    ensure!(call.target == "GET /message?v=20240304&q=Tea+%26+cake%3F", "{}", call.target);
    ensure!(call.header("authorization") == Some("Bearer sk-tea"));
    Ok(())
}

#[tokio::test]
async fn what_is_not_understood_says_so() -> Result<()> {
    let (understood_nothing, _) = heard(json!({"fallback": "What?"}), "?", finds(&json!([]))).await?;
    ensure!(understood_nothing.guess == Some(("oos".into(), 0.0)) && understood_nothing.text == "What?");
    let (without_replies, _) = heard(json!({}), "Tea?", finds(&tea())).await?;
    ensure!(
        without_replies.text.is_empty() && without_replies.fault.is_none() && without_replies.guess.is_some()
    );
    Ok(())
}

#[tokio::test]
async fn a_long_question_is_sent_as_far_as_it_is_read() -> Result<()> {
    let (_, call) = heard(json!({}), &"é".repeat(1_000), finds(&tea())).await?;
    ensure!(call.target.matches("%C3%A9").count() == domain::limits::WIT_CHARS_MAX);
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_has_its_kind() -> Result<()> {
    for (script, kind) in [
        (
            refuses("400 Bad Request", r#"{"error": "Bad auth, check token/params", "code": "no-auth"}"#),
            FaultKind::Settings,
        ),
        (refuses("429 Too Many Requests", "{}"), FaultKind::Busy),
        (whole("200 OK", "application/json", "{\"intents\": [{}]}"), FaultKind::Broken),
        (whole("200 OK", "text/html", "<p>"), FaultKind::Broken),
    ] {
        let (heard, _) = heard(json!({"fallback": "What?"}), "Tea?", script).await?;
        ensure!(
            heard.text.is_empty() && heard.guess.is_none() && heard.kind() == Some(kind),
            "{kind:?}: {heard:?}"
        );
    }
    Ok(())
}
