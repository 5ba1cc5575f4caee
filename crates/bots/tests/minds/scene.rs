//! Ada asks, a scripted provider answers, and what was heard is written down.

use anyhow::{Context, Result, ensure};
use bots::{
    Ask, Fault, FaultKind, Mind, NoTools, Piece, Speaker, Step, Turn, Usage,
    openai::OpenAi,
    outside::{Outside, Patience},
};
use e2e::{Upstream, upstream::Act};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// What the reader of an answer got.
#[derive(Debug, Default)]
pub struct Heard {
    pub text: String,
    pub guess: Option<(String, f64)>,
    pub steps: Vec<Step>,
    pub cut: Option<bots::Cut>,
    pub usage: Option<Usage>,
    pub fault: Option<Fault>,
}

impl Heard {
    pub fn kind(&self) -> Option<FaultKind> {
        self.fault.as_ref().map(|fault| fault.kind)
    }
}

pub fn ask(question: &str) -> Ask {
    Ask {
        turns: vec![Turn { speaker: Speaker::Other("Ada".into()), content: question.into() }],
        bot: "Sage".into(),
        asker: "Ada".into(),
        room: Some("General".into()),
        now: "2026-11-21T09:00:00[UTC]".parse().expect("a date"),
        chance: 7,
        tools: Arc::new(NoTools),
    }
}

/// A mind that asks this address.
pub fn mind(address: &str, more: Value) -> Result<OpenAi> {
    mind_over(Outside::new(), address, more)
}

/// A way out that soon loses its patience.
pub fn impatient() -> Outside {
    let soon = Duration::from_millis(300);
    Outside::new().with_patience(Patience { start: soon, silence: soon, ..Patience::default() })
}

pub fn mind_over(outside: Outside, address: &str, more: Value) -> Result<OpenAi> {
    let mut settings = json!({"base_url": address, "api_key": "sk-tea", "model": "small"});
    for (name, value) in more.as_object().context("settings")? {
        settings[name] = value.clone();
    }
    Ok(OpenAi::new(serde_json::from_value(settings)?, outside)?)
}

pub async fn listen(mind: &(impl Mind + ?Sized), ask: Ask) -> Result<Heard> {
    let mut heard = Heard::default();
    let mut answer = mind.answer(ask);
    while let Some(piece) = e2e::within("the answer to go on", answer.next()).await? {
        ensure!(heard.fault.is_none(), "nothing comes after a fault: {piece:?}");
        match piece {
            Ok(Piece::Text(text)) => {
                ensure!(!text.is_empty(), "an empty piece");
                heard.text += &text;
            }
            Ok(Piece::Step(step)) => heard.steps.push(step),
            Ok(Piece::Cut(cut)) => ensure!(heard.cut.replace(cut).is_none(), "cut twice"),
            Ok(Piece::Usage(usage)) => heard.usage = Some(usage),
            Ok(Piece::Guess { intent, confidence, .. }) => heard.guess = Some((intent, confidence)),
            Err(fault) => heard.fault = Some(fault),
        }
    }
    ensure!(!format!("{:?}", heard.fault).contains("sk-tea"), "a fault shows the key");
    Ok(heard)
}

/// What Ada hears from a provider that follows the script. It is called once, however that goes.
pub async fn heard(script: Vec<Act>) -> Result<Heard> {
    heard_over(Outside::new(), script).await
}

pub async fn heard_over(outside: Outside, script: Vec<Act>) -> Result<Heard> {
    let upstream = Upstream::start(vec![script])?;
    let heard = listen(&mind_over(outside, &upstream.url(), json!({}))?, ask("Tea?")).await?;
    ensure!(upstream.calls().len() == 1, "called {} times", upstream.calls().len());
    Ok(heard)
}
