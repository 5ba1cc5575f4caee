//! A program that answers over a webhook.

use crate::scene::{Heard, ask, impatient, listen};
use anyhow::{Result, ensure};
use bots::{Cut, FaultKind, Speaker, Turn, outside::Outside, webhook::Webhook};
use e2e::{
    Upstream,
    upstream::{
        Act, Call,
        chat::{refuses, send, whole},
    },
};
use serde_json::{Value, json};

async fn heard(settings: Value, script: Vec<Act>) -> Result<(Heard, Call)> {
    let upstream = Upstream::start(vec![script])?;
    let mut settings = settings;
    settings["url"] = json!(format!("{}/hooks/tea/?room=1", upstream.origin()));
    let mind = Webhook::new(serde_json::from_value(settings)?, impatient())?;
    let mut question = ask("Tea?");
    question.turns.insert(0, Turn { speaker: Speaker::Own, content: "Hello.".into() });
    let heard = listen(&mind, question).await?;
    ensure!(upstream.calls().len() == 1, "called {} times", upstream.calls().len());
    Ok((heard, upstream.calls().remove(0)))
}

async fn said(media_type: &str, body: &str) -> Result<Heard> {
    Ok(heard(json!({}), whole("200 OK", media_type, body)).await?.0)
}

#[tokio::test]
async fn the_message_goes_out_as_json_and_the_body_is_the_reply() -> Result<()> {
    let (heard, call) =
        heard(json!({"token": "secret"}), whole("200 OK", "text/plain", "At *five*.")).await?;
    ensure!(heard.text == "At *five*." && heard.fault.is_none(), "{heard:?}");
    ensure!(
        call.target == "POST /hooks/tea/?room=1" && call.header("content-type") == Some("application/json")
    );
    let expected = json!({
        "text": "Tea?", "user_name": "Ada", "channel_name": "General", "trigger_word": "Sage", "token": "secret",
        "timestamp": "1795251600.000000",
        "conversation": [
            {"bot": true, "user_name": "Sage", "text": "Hello."},
            {"bot": false, "user_name": "Ada", "text": "Tea?"},
        ],
    });
    ensure!(call.json() == expected, "{:#}", call.json());
    Ok(())
}

#[tokio::test]
async fn a_program_made_for_slack_gets_a_form() -> Result<()> {
    let (heard, call) =
        heard(json!({"format": "form"}), whole("200 OK", "application/json", r#"{"text": "At five."}"#))
            .await?;
    ensure!(heard.text == "At five." && heard.fault.is_none(), "{heard:?}");
    ensure!(call.header("content-type") == Some("application/x-www-form-urlencoded"));
    ensure!(call.body.contains("text=Tea%3F") && call.body.contains("user_name=Ada"), "{}", call.body);
    ensure!(!call.body.contains("conversation") && !call.body.contains("token="), "{}", call.body);
    Ok(())
}

#[tokio::test]
async fn a_reply_may_be_json_or_text_and_nothing_else() -> Result<()> {
    ensure!(
        said("text/plain", r#" {"text": "At five.", "response_type": "in_channel"}"#).await?.text
            == "At five."
    );
    for (media_type, body, kind) in [
        ("application/json", "{\"text\": 5}", FaultKind::Broken),
        ("application/json", "{\"text\":", FaultKind::Broken),
        ("application/json", "{}", FaultKind::Empty),
        ("text/plain", "", FaultKind::Empty),
        ("text/html; charset=utf-8", "<p>tea</p>", FaultKind::Broken),
    ] {
        let heard = said(media_type, body).await?;
        ensure!(heard.text.is_empty() && heard.kind() == Some(kind), "{body}: {heard:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reply_has_an_end() -> Result<()> {
    let heard = said("text/plain", &"é".repeat(50_000)).await?;
    ensure!(heard.text.len() == domain::limits::REPLY_BYTES_MAX && heard.cut == Some(Cut::Length));
    let heard = said("text/plain", &"tea".repeat(1 << 20)).await?;
    ensure!(heard.text.is_empty() && heard.kind() == Some(FaultKind::Broken), "{:?}", heard.fault);
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_has_its_kind() -> Result<()> {
    for (script, kind) in [
        (refuses("401 Unauthorized", "no"), FaultKind::Refused),
        (refuses("302 Found\r\nlocation: http://127.0.0.1:1/", ""), FaultKind::Settings),
        (refuses("500 Internal Server Error", "no"), FaultKind::Failed),
        (vec![Act::Hold], FaultKind::Silent),
        (vec![send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nTea")], FaultKind::Broken),
    ] {
        let (heard, _) = heard(json!({}), script).await?;
        ensure!(heard.text.is_empty() && heard.kind() == Some(kind), "{kind:?}: {heard:?}");
    }
    Ok(())
}

#[test]
fn an_address_is_needed_and_not_shown() -> Result<()> {
    let make = |settings: Value| {
        Webhook::new(serde_json::from_value(settings)?, Outside::new()).map_err(anyhow::Error::from)
    };
    ensure!(make(json!({})).is_err() && make(json!({"url": "tea"})).is_err());
    let settings: bots::webhook::Settings =
        serde_json::from_value(json!({"url": "https://a.example/sesame"}))?;
    ensure!(!format!("{settings:?}").contains("sesame"));
    Ok(())
}
