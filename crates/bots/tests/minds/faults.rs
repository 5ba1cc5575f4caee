//! What goes wrong at the provider, or on the way.

use crate::scene::{ask, heard, heard_over, impatient, listen, mind};
use anyhow::{Context, Result, bail, ensure};
use bots::{FaultKind, Mind, Piece};
use e2e::{
    Upstream,
    upstream::{
        Act, READ_BY_THEN,
        chat::{DONE, HEAD, delta, event, finish, refuses, says, send, usage},
    },
};
use futures_util::StreamExt;
use serde_json::json;
use std::time::{Duration, Instant};

/// The provider says this, says no, and is not asked again.
async fn refused(status: &str, body: &str) -> Result<bots::Fault> {
    let heard = heard(refuses(status, body)).await?;
    ensure!(heard.text.is_empty() && heard.usage.is_none(), "{heard:?}");
    heard.fault.context("no fault")
}

/// The provider says "one two " and then this. What was said stays said.
async fn after_two_words(acts: Vec<Act>) -> Result<FaultKind> {
    let mut script = vec![send(HEAD), send(delta("one ")), send(delta("two "))];
    script.extend(acts);
    let heard = heard(script).await?;
    ensure!(heard.text == "one two ", "{heard:?}");
    ensure!(heard.usage.is_some_and(|usage| usage.output > 0), "what was cut off counts: {heard:?}");
    heard.kind().context("no fault")
}

#[tokio::test]
async fn a_refused_connection_is_not_tried_again() -> Result<()> {
    let port = e2e::free_port()?;
    let heard = listen(&mind(&format!("http://127.0.0.1:{port}/v1"), json!({}))?, ask("Tea?")).await?;
    ensure!(heard.kind() == Some(FaultKind::Unreachable) && heard.text.is_empty(), "{heard:?}");
    ensure!(heard.usage.is_none(), "what was not sent cost nothing");
    Ok(())
}

#[tokio::test]
async fn every_status_that_says_no_has_its_kind() -> Result<()> {
    for (status, kind) in [
        ("400 Bad Request", FaultKind::Settings),
        ("401 Unauthorized", FaultKind::Refused),
        ("403 Forbidden", FaultKind::Refused),
        ("404 Not Found", FaultKind::Unknown),
        ("413 Content Too Large", FaultKind::TooLong),
        ("429 Too Many Requests", FaultKind::Busy),
        ("500 Internal Server Error", FaultKind::Failed),
        ("503 Service Unavailable", FaultKind::Busy),
    ] {
        let fault = refused(status, "no").await?;
        ensure!(fault.kind == kind && fault.retry_after.is_none(), "{status}: {fault:?}");
        ensure!(fault.detail.contains(&status[..3]), "{fault}");
    }
    Ok(())
}

#[tokio::test]
async fn the_providers_code_is_told_to_administrators_and_its_sentence_is_not() -> Result<()> {
    let body = json!({"error": {"message": "Incorrect API key provided: sk-tea", "code": "invalid_api_key"}});
    let fault = refused("401 Unauthorized", &body.to_string()).await?;
    ensure!(fault.detail == "the provider answered 401 Unauthorized (invalid_api_key)", "{fault}");
    let body = json!({"error": {"message": "too long", "code": "context_length_exceeded"}});
    ensure!(refused("400 Bad Request", &body.to_string()).await?.kind == FaultKind::TooLong);
    Ok(())
}

#[tokio::test]
async fn retry_after_is_heard_in_seconds_and_as_a_date() -> Result<()> {
    let fault = refused("429 Too Many Requests\r\nretry-after: 17", "{}").await?;
    ensure!(fault.retry_after == Some(Duration::from_secs(17)), "{fault:?}");
    let date = "429 Too Many Requests\r\ndate: Sat, 21 Nov 2026 09:00:00 GMT\r\nretry-after: Sat, 21 Nov 2026 09:00:30 GMT";
    let fault = refused(date, "{}").await?;
    ensure!(fault.retry_after == Some(Duration::from_secs(30)), "{fault:?}");
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_not_followed() -> Result<()> {
    let elsewhere = Upstream::start(vec![says(&["tea"], Duration::ZERO)])?;
    let fault =
        refused(&format!("307 Temporary Redirect\r\nlocation: {}/chat/completions", elsewhere.url()), "")
            .await?;
    ensure!(fault.kind == FaultKind::Settings, "{fault}");
    ensure!(elsewhere.calls().is_empty());
    Ok(())
}

#[tokio::test]
async fn silence_ends_the_answer_wherever_it_falls() -> Result<()> {
    for (script, text) in [
        (vec![Act::Hold], ""),
        (vec![send(HEAD), Act::Hold], ""),
        (vec![send(HEAD), send(delta("one ")), Act::Hold], "one "),
    ] {
        let heard = heard_over(impatient(), script).await?;
        ensure!(heard.kind() == Some(FaultKind::Silent) && heard.text == text, "{heard:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_cut_keeps_what_was_said_before_it() -> Result<()> {
    let half = |text: &str, bytes: usize| Act::Send(delta(text).into_bytes()[..bytes].to_vec());
    let in_character = delta("tea 🍵").find('🍵').context("the cup")? + 2;
    for (what, acts) in [
        ("between events", vec![]),
        ("in the middle of an event", vec![half("three", 40)]),
        ("in the middle of a character", vec![half("tea 🍵", in_character)]),
        ("by a reset", vec![Act::Wait(READ_BY_THEN), Act::Reset]),
    ] {
        ensure!(after_two_words(acts).await? == FaultKind::Broken, "{what}");
    }
    let head = HEAD.replace("connection: close", "transfer-encoding: chunked");
    let cut = heard(vec![send(head), send("10000\r\n"), send(delta("```rust\nlet tea = "))]).await?;
    ensure!(cut.text == "```rust\nlet tea = " && cut.kind() == Some(FaultKind::Broken), "{cut:?}");
    Ok(())
}

#[tokio::test]
async fn an_error_in_the_stream_ends_it() -> Result<()> {
    let error = event(&json!({"error": {"message": "sk-tea is tired", "type": "server_error"}}));
    ensure!(after_two_words(vec![send(error)]).await? == FaultKind::Failed);
    let error = event(&json!({"error": {"message": "slower", "code": "rate_limit_exceeded"}}));
    ensure!(after_two_words(vec![send(error)]).await? == FaultKind::Busy);
    Ok(())
}

#[tokio::test]
async fn what_is_no_json_ends_the_answer() -> Result<()> {
    ensure!(after_two_words(vec![send("data: {tea\n\n"), send(delta("three"))]).await? == FaultKind::Broken);
    ensure!(after_two_words(vec![send("data: [1]\n\n")]).await? == FaultKind::Broken);
    Ok(())
}

#[tokio::test]
async fn a_line_of_ten_megabytes_ends_the_answer() -> Result<()> {
    let line = format!("data: {}", "x".repeat(10 << 20));
    ensure!(after_two_words(vec![send(line)]).await? == FaultKind::Broken);
    Ok(())
}

#[tokio::test]
async fn an_endless_answer_is_cut_at_the_limit_of_text() -> Result<()> {
    let words = delta(&"tea ".repeat(256)).repeat(1_000);
    let heard = heard(vec![send(HEAD), send(words), Act::Hold]).await?;
    ensure!(heard.text.len() == domain::limits::REPLY_BYTES_MAX, "{}", heard.text.len());
    ensure!(heard.cut == Some(bots::Cut::Length) && heard.fault.is_none());
    Ok(())
}

#[tokio::test]
async fn an_endless_answer_without_words_ends_too() -> Result<()> {
    let comments = ": tea\n".repeat(6 << 20);
    let heard = heard(vec![send(HEAD), send(comments), Act::Hold]).await?;
    ensure!(heard.kind() == Some(FaultKind::Broken), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn an_answer_without_words_is_empty() -> Result<()> {
    let empty = event(&json!({"choices": []}));
    let null = event(&json!({"choices": [{"delta": {"role": "assistant", "content": null}}]}));
    for script in [empty.clone(), null.clone(), empty + &null + &delta(" \n")] {
        let heard = heard(vec![send(HEAD), send(script + &finish("stop") + DONE)]).await?;
        ensure!(heard.kind() == Some(FaultKind::Empty), "{heard:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_ended_is_whole_whatever_comes_after() -> Result<()> {
    let begin = || delta("one ") + &delta("two") + &finish("stop");
    for (what, end) in [
        ("no [DONE]", vec![send(usage(4, 2))]),
        ("[DONE] twice", vec![send(usage(4, 2) + DONE + DONE)]),
        ("its words once more", vec![send(begin() + &usage(4, 2) + DONE)]),
        ("a reset", vec![send(usage(4, 2)), Act::Wait(READ_BY_THEN), Act::Reset]),
        ("garbage", vec![send(usage(4, 2) + "data: {tea\n\n")]),
    ] {
        let mut script = vec![send(HEAD), send(begin())];
        script.extend(end);
        let heard = heard(script).await?;
        ensure!(heard.text == "one two" && heard.fault.is_none(), "{what}: {heard:?}");
        ensure!(heard.usage.is_some_and(|usage| (usage.input, usage.output) == (4, 2)), "{what}: {heard:?}");
    }
    let without_reason = heard(vec![send(HEAD), send(delta("tea") + DONE)]).await?;
    ensure!(without_reason.text == "tea" && without_reason.fault.is_none(), "{without_reason:?}");
    Ok(())
}

#[tokio::test]
async fn a_provider_that_never_hangs_up_after_its_end_is_not_waited_for() -> Result<()> {
    let begun = Instant::now();
    let heard = heard(vec![send(HEAD), send(delta("tea") + &finish("stop")), Act::Hold]).await?;
    ensure!(heard.text == "tea" && heard.fault.is_none(), "{heard:?}");
    ensure!(begun.elapsed() < domain::limits::PROVIDER_TAIL_MAX + Duration::from_secs(3));
    Ok(())
}

/// Lets go of an answer after its first word, or before it; how long it took until the provider noticed.
async fn let_go(script: Vec<Act>) -> Result<Duration> {
    let waits_for_word = script.len() > 1;
    let upstream = Upstream::start(vec![script])?;
    let mut answer = mind(&upstream.url(), json!({}))?.answer(ask("Tea?"));
    if waits_for_word {
        while !matches!(e2e::within("a word", answer.next()).await?, Some(Ok(Piece::Text(_)))) {}
    } else {
        // A question is asked while somebody reads its answer.
        tokio::select! {
            said = answer.next() => bail!("it said {said:?}"),
            called = e2e::until("the call", || async { upstream.calls().pop() }) => drop(called?),
        }
    }
    let stopped = Instant::now();
    drop(answer);
    upstream.left(1).await?;
    Ok(stopped.elapsed())
}

#[tokio::test]
async fn letting_go_of_the_answer_closes_the_connection_at_once() -> Result<()> {
    for script in [vec![Act::Hold], vec![send(HEAD), send(delta("one ")), Act::Hold]] {
        // A machine that is busy with other tests may take longer once.
        let mut took = Duration::MAX;
        for _ in 0..5 {
            took = took.min(let_go(script.clone()).await?);
        }
        ensure!(took < Duration::from_millis(100), "{took:?}");
    }
    Ok(())
}
