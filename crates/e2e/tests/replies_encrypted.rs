//! Providers behind TLS: one whose certificate nobody vouches for is told nothing, and what was said over HTTP/2 before a reset is kept.

use anyhow::{Result, ensure};
use e2e::{
    Options, Person, Server,
    upstream::{
        chat::{delta, finish},
        encrypted::{Encrypted, end_of_stream, reset_of_stream},
    },
    within,
};
use serde_json::Value;

fn options(upstream: &Encrypted) -> Result<Options> {
    Ok(Options::default().set("OPENAI_BASE_URL", &upstream.url()?).set("OPENAI_API_KEY", "sk-tea"))
}

/// What the room sees of a provider that answers over HTTP/2 and is believed.
async fn answered(data: String, end: Vec<u8>) -> Result<Value> {
    let upstream = Encrypted::listen("h2").await?;
    let certificate = upstream.certificate().to_string_lossy().into_owned();
    let server = Server::start_with(options(&upstream)?.set("SSL_CERT_FILE", &certificate))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    within("the provider to answer", upstream.answer_over_http2(data, end)).await??;
    let message = ada.answer_to("general", question).await?;
    ensure!(ada.replies("general").await?.is_empty(), "nobody types any more");
    Ok(message)
}

#[tokio::test]
async fn a_provider_whose_certificate_nobody_vouches_for_is_told_nothing() -> Result<()> {
    let upstream = Encrypted::listen("http/1.1").await?;
    let server = Server::start_with(options(&upstream)?)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    let shaken = within("a caller", upstream.shake_hands()).await?;
    ensure!(shaken.is_err(), "the request, and the key in it, was not sent");
    let message = ada.answer_to("general", question).await?;
    let answer = &message["answer"];
    ensure!(answer["ending"] == "failed" && answer["why"] == "unreachable", "{message:#}");
    Ok(())
}

#[tokio::test]
async fn a_provider_over_http2_is_heard_and_a_reset_keeps_what_it_said() -> Result<()> {
    let whole = answered(delta("At five.") + &finish("stop"), end_of_stream()).await?;
    ensure!(whole["content"] == "At five." && whole["answer"]["ending"] == "complete", "{whole:#}");
    let torn = answered(delta("At five"), reset_of_stream()).await?;
    let answer = &torn["answer"];
    ensure!(
        torn["content"] == "At five" && answer["ending"] == "interrupted" && answer["why"] == "broken",
        "{torn:#}"
    );
    Ok(())
}
