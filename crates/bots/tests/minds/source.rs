//! Minds made from what is kept of bots.

use crate::scene::{ask, listen};
use anyhow::{Context, Result, ensure};
use bots::{Defaults, FaultKind, MINDS, MindSource, outside::Outside};
use domain::{bots::Bot, ids::PersonId, people::Profile, replies::Answers};
use e2e::{
    Upstream,
    upstream::chat::{refuses, says},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

fn source(upstream: &Upstream) -> Result<MindSource> {
    let openai =
        serde_json::from_value(json!({"base_url": upstream.url(), "api_key": "sk-tea", "model": "big"}))?;
    Ok(MindSource::new(Defaults { openai, ..Defaults::default() }, Outside::new()))
}

/// A bot that knows when there is tea, and hands over what it is less sure of than this.
fn script(hand_over_below: f64) -> String {
    json!({
        "name": "Sage", "hand_over_below": hand_over_below, "fallback": {"replies": ["What?"]},
        "intents": [
            {"name": "tea", "phrases": ["when is tea", "is there tea", "tea time"], "replies": ["At five."]},
            {"name": "bye", "phrases": ["goodbye", "see you", "until tomorrow"], "replies": ["Bye."]},
        ],
    })
    .to_string()
}

#[tokio::test]
async fn a_script_answers_by_itself_and_hands_over_what_it_is_not_sure_of() -> Result<()> {
    let upstream =
        Upstream::start(vec![says(&["I ", "wonder."], Duration::ZERO), refuses("503 Busy", "{}")])?;
    let source = source(&upstream)?;
    let sure = source.build("intents", &script(0.0))?;
    let heard = listen(&*sure, ask("when is tea")).await?;
    ensure!(heard.text == "At five." && heard.guess.is_some_and(|(intent, _)| intent == "tea"));
    ensure!(upstream.calls().is_empty());

    let unsure = source.build("intents", &script(1.0))?;
    let heard = listen(&*unsure, ask("xylophone concerto")).await?;
    ensure!(heard.text == "I wonder." && heard.usage.is_some() && heard.guess.is_some(), "{heard:?}");
    let heard = listen(&*unsure, ask("xylophone concerto")).await?;
    ensure!(heard.kind() == Some(FaultKind::Busy), "{heard:?}");

    let alone = MindSource::new(Defaults::default(), Outside::new()).build("intents", &script(1.0))?;
    let heard = listen(&*alone, ask("when is tea")).await?;
    ensure!(heard.text == "At five." && heard.fault.is_none(), "there is nobody to hand it to: {heard:?}");
    Ok(())
}

#[tokio::test]
async fn the_starter_bot_needs_no_settings() -> Result<()> {
    let source = MindSource::new(Defaults::default(), Outside::new());
    ensure!(source.model()?.is_none());
    let heard = listen(&*source.recogniser()?, ask("hello")).await?;
    ensure!(!heard.text.is_empty() && heard.guess.is_some() && heard.fault.is_none(), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn the_servers_own_bot_thinks_with_the_model_if_there_is_one() -> Result<()> {
    let upstream = Upstream::start(vec![says(&["Tea."], Duration::ZERO)])?;
    let heard = listen(&*source(&upstream)?.build("auto", "{}")?, ask("hello")).await?;
    ensure!(heard.text == "Tea." && heard.guess.is_none(), "{heard:?}");
    let alone = MindSource::new(Defaults::default(), Outside::new()).build("auto", "{}")?;
    let heard = listen(&*alone, ask("hello")).await?;
    ensure!(!heard.text.is_empty() && heard.guess.is_some(), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn a_bot_says_otherwise_than_the_server_where_it_wants_to() -> Result<()> {
    let upstream = Upstream::start(vec![says(&["Tea."], Duration::ZERO)])?;
    let mind =
        source(&upstream)?.build("openai", &json!({"model": "small", "temperature": 0.5}).to_string())?;
    listen(&*mind, ask("Tea?")).await?;
    let asked = upstream.calls().remove(0);
    ensure!(asked.json()["model"] == "small" && asked.json()["temperature"] == 0.5, "{:#}", asked.json());
    ensure!(asked.header("authorization") == Some("Bearer sk-tea"));
    Ok(())
}

fn bot(settings: Value) -> Bot {
    let profile = Profile {
        id: PersonId(7),
        username: "sage".into(),
        display_name: "Sage".into(),
        is_bot: true,
        avatar: String::new(),
    };
    Bot {
        profile,
        is_active: true,
        owner: None,
        mind: "openai".into(),
        answers: Answers::Mentioned,
        settings: settings.to_string(),
        updated_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn a_mind_is_kept_until_its_bot_changes() -> Result<()> {
    let source = source(&Upstream::start(vec![])?)?;
    let first = source.mind(&bot(json!({})))?;
    ensure!(Arc::ptr_eq(&first, &source.mind(&bot(json!({})))?));
    let changed = source.mind(&bot(json!({"model": "small"})))?;
    ensure!(!Arc::ptr_eq(&first, &changed));
    ensure!(Arc::ptr_eq(&changed, &source.mind(&bot(json!({"model": "small"})))?));
    Ok(())
}

#[test]
fn what_cannot_be_used_is_said_by_name() -> Result<()> {
    let source = MindSource::new(Defaults::default(), Outside::new());
    for kind in MINDS.into_iter().filter(|kind| !["auto", "intents"].contains(kind)) {
        let fault = source.build(kind, "{}").err().with_context(|| kind)?;
        ensure!(fault.kind == FaultKind::Settings, "{kind}: {fault}");
    }
    for (kind, settings, named) in [
        ("oracle", "{}", "oracle"),
        ("openai", r#"{"temprature": 1}"#, "temprature"),
        ("intents", r#"{"name": "Sage"}"#, "fallback"),
    ] {
        let fault = source.build(kind, settings).err().context(named)?;
        ensure!(fault.kind == FaultKind::Settings && fault.detail.contains(named), "{fault}");
    }
    Ok(())
}
