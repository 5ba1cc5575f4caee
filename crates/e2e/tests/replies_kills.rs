//! `kill -9` at each state of a reply's job: what was only queued is answered after all, what had been sent ends as interrupted with its
//! text, nothing is sent twice, and nothing types for ever.

use anyhow::{Context, Result, ensure};
use e2e::{
    HeldWrite, Options, Person, Postgres, Reader, Server, Transport, Upstream, until,
    upstream::{
        Act,
        chat::{HEAD, delta, says, send},
    },
};
use serde_json::Value;
use std::time::{Duration, Instant};

/// From the death of its process until a reply has ended, or is answered by the next.
const ENDS_WITHIN: Duration = Duration::from_secs(15);
/// Shown longer ago than this is saved; the machine may be busy with other tests, so what is compared is older.
const SAVED_WITHIN: Duration = Duration::from_millis(200);

/// Words for a long time, one every 20 ms.
fn long() -> Vec<Act> {
    let mut acts = vec![send(HEAD)];
    for number in 0..3_000 {
        acts.extend([send(delta(&format!("w{number} "))), Act::Wait(Duration::from_millis(20))]);
    }
    acts
}

/// The one answer to a question after the process was killed and started again. It came in time, and nobody types any more.
async fn answer_after_kill(
    server: &mut Server,
    ada: &Person,
    question: i64,
    killed: Instant,
) -> Result<Value> {
    server.restart()?;
    let message = ada.answer_to("general", question).await?;
    ensure!(killed.elapsed() < ENDS_WITHIN, "it took {:?}", killed.elapsed());
    ensure!(ada.replies("general").await?.is_empty(), "nobody types");
    Ok(message)
}

fn is(message: &Value, content: &str, ending: &str, why: &str) -> Result<()> {
    let answer = &message["answer"];
    ensure!(
        message["content"] == content && answer["ending"] == ending && answer["why"] == why,
        "not {content:?}, {ending}, {why}: {message:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_what_was_shown_before_a_kill_is_kept_and_not_sent_again() -> Result<()> {
    killed_in_mid_stream(Options::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_what_was_shown_before_a_kill_is_kept_and_not_sent_again() -> Result<()> {
    let postgres = Postgres::start()?;
    killed_in_mid_stream(Options::default().set("DATABASE_URL", &postgres.url())).await
}

async fn killed_in_mid_stream(options: Options) -> Result<()> {
    let upstream = Upstream::start(vec![long(), says(&["At six."], Duration::ZERO)])?;
    let mut server = Server::start_with(options.model(&upstream))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut watcher = Reader::follow(&ada, "general", Transport::Socket).await?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    let mut shown: Vec<(Instant, usize)> = Vec::new();
    let begun = Instant::now();
    while watcher.replies.only().is_none_or(|reply| reply.text.len() < 100)
        || begun.elapsed().as_millis() < 900
    {
        e2e::within("more words", watcher.listen()).await??;
        shown.extend(watcher.replies.only().map(|reply| (Instant::now(), reply.text.len())));
    }
    let text = watcher.replies.only().context("a reply")?.text.clone();
    let killed = Instant::now();
    server.kill()?;
    let message = answer_after_kill(&mut server, &ada, question, killed).await?;
    let kept = message["content"].as_str().context("text")?;
    is(&message, kept, "interrupted", "lost")?;
    let old = shown.iter().rev().find(|(at, _)| killed - *at > SAVED_WITHIN).context("older words")?.1;
    ensure!(
        kept.len() >= text[..old].trim_end().len(),
        "{old} bytes were shown long before, kept is {kept:?}"
    );
    ensure!(kept.starts_with(text.trim_end()) || text.starts_with(kept), "shown {text:?}, kept {kept:?}");
    ensure!(upstream.calls().len() == 1, "nobody asked again");

    ensure!(ada.ask_again("general", &message).await? == 202);
    until("another version", || async {
        (ada.messages_after("general", question).await.ok()?[0]["content"] == "At six.").then_some(())
    })
    .await?;
    ensure!(upstream.calls().len() == 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_kill_at_any_moment_leaves_one_true_answer() -> Result<()> {
    killed_at_any_moment(Options::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_kill_at_any_moment_leaves_one_true_answer() -> Result<()> {
    let postgres = Postgres::start()?;
    killed_at_any_moment(Options::default().set("DATABASE_URL", &postgres.url())).await
}

/// The whole way of an answer takes some milliseconds here, so that kills fall before, into and after each of its steps.
async fn killed_at_any_moment(options: Options) -> Result<()> {
    let upstream = Upstream::start_with(|_, _| says(&["At ", "five."], Duration::from_millis(4)))?;
    let mut server = Server::start_with(options.model(&upstream))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let (mut questions, mut killed) = (Vec::new(), Instant::now());
    for kill in 0..12_u64 {
        let calls = upstream.calls().len();
        let question = ada.ask_bot("general", &format!("when is tea {kill}?"), &kill.to_string()).await?;
        tokio::time::sleep(Duration::from_micros(kill * 2_500)).await;
        killed = Instant::now();
        server.kill()?;
        // What the process had sent has arrived by now, or never will.
        questions.push((question, upstream.calls().len() - calls));
        server.restart()?;
    }
    for (question, _) in &questions {
        let message = ada.answer_to("general", *question).await?;
        let (content, why) = (message["content"].as_str().unwrap_or_default(), &message["answer"]["why"]);
        match message["answer"]["ending"].as_str() {
            Some("complete") => ensure!(content == "At five." && why == "", "{message:#}"),
            Some("interrupted") => ensure!("At five.".starts_with(content) && why == "lost", "{message:#}"),
            _ => anyhow::bail!("{message:#}"),
        }
    }
    ensure!(killed.elapsed() < ENDS_WITHIN, "it took {:?}", killed.elapsed());
    ensure!(ada.replies("general").await?.is_empty(), "nobody types");
    let calls = upstream.calls();
    for kill in 0..questions.len() {
        let asked = calls.iter().filter(|call| {
            let turns = call.json()["messages"].as_array().cloned().unwrap_or_default();
            let last = turns.last().and_then(|turn| turn["content"].as_str()).unwrap_or_default();
            last.ends_with(&format!("tea {kill}?"))
        });
        ensure!(asked.count() <= 1, "question {kill} was sent twice");
    }
    Ok(())
}

/// Kills the process in the middle of the write that leads to a state; the answer after the next start, and how often the provider was asked.
async fn killed_at(state: &str) -> Result<(Value, usize)> {
    let postgres = Postgres::start()?;
    // Slow enough that its first words are saved before its last ones come.
    let upstream = Upstream::start_with(|_, _| says(&["At ", "five", "."], Duration::from_millis(200)))?;
    let options = Options::default().set("DATABASE_URL", &postgres.url());
    let mut server = Server::start_with(options.model(&upstream))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let held = HeldWrite::of_reply(&postgres, state)?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    held.reached().await?;
    let killed = Instant::now();
    server.kill()?;
    held.undo()?;
    let message = answer_after_kill(&mut server, &ada, question, killed).await?;
    Ok((message, upstream.calls().len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_nobody_had_taken_is_answered_after_a_kill() -> Result<()> {
    let (message, calls) = killed_at("OLD.holder IS NULL AND NEW.holder IS NOT NULL").await?;
    ensure!(calls == 1, "asked {calls} times");
    is(&message, "At five.", "complete", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_taken_and_not_sent_is_answered_after_a_kill() -> Result<()> {
    let (message, calls) = killed_at("OLD.state = 'queued' AND NEW.state = 'sent'").await?;
    ensure!(calls == 1, "asked {calls} times");
    is(&message, "At five.", "complete", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_whose_first_words_were_not_saved_ends_as_interrupted_after_a_kill() -> Result<()> {
    let (message, calls) = killed_at("OLD.length = 0 AND NEW.length > 0").await?;
    ensure!(calls == 1, "asked {calls} times");
    is(&message, "", "interrupted", "lost")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_about_to_close_ends_once_after_a_kill() -> Result<()> {
    let (message, calls) = killed_at("OLD.state = 'sent' AND NEW.state = 'complete'").await?;
    ensure!(calls == 1, "asked {calls} times");
    let kept = message["content"].as_str().unwrap_or_default();
    ensure!("At five.".starts_with(kept), "{message:#}");
    is(&message, kept, "interrupted", "lost")
}
