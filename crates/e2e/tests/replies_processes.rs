//! A reply that one process runs and others show, on PostgreSQL with Redis: it grows everywhere, and outlives the process and the relay.

use anyhow::{Context, Result, ensure};
use e2e::{
    HeldWrite, Options, Outage, Person, Postgres, Reader, Redis, Server, StreamedPage, Transport, Upstream,
    upstream::{
        Act,
        chat::{DONE, HEAD, delta, finish, says, send},
    },
    within,
};
use serde_json::Value;
use std::time::{Duration, Instant};

const LIVE: [Transport; 3] = [Transport::Socket, Transport::Events, Transport::LongPoll];
/// From the death of a process until its replies have ended elsewhere.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// Two processes of one installation.
struct Both {
    here: Server,
    there: Server,
    redis: Redis,
    postgres: Postgres,
    upstream: Upstream,
}

impl Both {
    fn start(upstream: Upstream) -> Result<Self> {
        let (postgres, redis) = (Postgres::start()?, Redis::start()?);
        let options = || {
            let options = Options::default().set("DATABASE_URL", &postgres.url());
            options.set("RELAY_URL", &redis.url()).model(&upstream)
        };
        let (here, there) = (Server::start_with(options())?, Server::start_with(options())?);
        Ok(Self { here, there, redis, postgres, upstream })
    }
}

/// Words, one every 20 ms, `count` of them, and then a good end.
fn words(count: usize) -> Vec<Act> {
    let mut acts = vec![send(HEAD)];
    for number in 0..count {
        acts.extend([send(delta(&format!("w{number} "))), Act::Wait(Duration::from_millis(20))]);
    }
    acts.push(send(finish("stop") + DONE));
    acts
}

/// What `words` say.
fn all_words(count: usize) -> String {
    (0..count).map(|number| format!("w{number} ")).collect::<String>().trim_end().to_owned()
}

async fn readers(person: &Person) -> Result<Vec<Reader>> {
    let mut readers = Vec::new();
    for transport in LIVE {
        readers.push(Reader::follow(person, "general", transport).await?);
    }
    Ok(readers)
}

/// Listens until a reply in progress has so many bytes.
async fn grows(reader: &mut Reader, bytes: usize) -> Result<()> {
    within("a reply to grow", async {
        while reader.replies.only().is_none_or(|reply| reply.text.len() < bytes) {
            ensure!(reader.heard.iter().all(|message| message["answer"].is_null()), "it has ended");
            reader.listen().await?;
        }
        Ok(())
    })
    .await?
}

/// Listens until an answer has come; all that came.
async fn hears_answers(reader: &mut Reader) -> Result<Vec<Value>> {
    within("an answer", async {
        loop {
            let answers: Vec<Value> =
                reader.heard.iter().filter(|message| !message["answer"].is_null()).cloned().collect();
            if !answers.is_empty() {
                return Ok(answers);
            }
            reader.listen().await?;
        }
    })
    .await?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_outlives_its_process_in_front_of_those_who_watch_at_another() -> Result<()> {
    let mut both = Both::start(Upstream::start(vec![words(5_000)])?)?;
    let ada = Person::sign_up(&both.here, "ada").await?;
    let bob = Person::sign_up(&both.there, "bob").await?;
    let mut readers = readers(&bob).await?;
    let mut page = StreamedPage::open(&bob, "general").await?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    for reader in &mut readers {
        grows(reader, 200).await?;
        // What was shown in the last moment may have been told and not written down.
        reader.replies.forgives_loss = true;
    }
    page.until_replies("some words", |shown| shown.len() > 200).await?;
    let killed = Instant::now();
    both.here.kill()?;
    let message = bob.answer_to("general", question).await?;
    ensure!(killed.elapsed() < ENDS_WITHIN, "it took {:?}", killed.elapsed());
    let kept = message["content"].as_str().context("text")?;
    ensure!(kept.len() > 150 && all_words(5_000).starts_with(kept), "{kept:?}");
    ensure!(message["answer"]["ending"] == "interrupted" && message["answer"]["why"] == "lost");
    for reader in &mut readers {
        let answers = hears_answers(reader).await?;
        ensure!(answers.len() == 1 && answers[0]["content"] == kept, "{answers:#?}");
        ensure!(reader.replies.count() == 0, "nobody types");
    }
    page.until_html(&format!("id=\"m{}\"", message["id"])).await.or(page.until_html(kept).await)?;
    page.until_replies("nothing", str::is_empty).await?;
    ensure!(killed.elapsed() < ENDS_WITHIN + Duration::from_secs(2), "{:?}", killed.elapsed());
    ensure!(both.upstream.calls().len() == 1, "nobody sent it again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_only_queued_is_answered_by_another_process() -> Result<()> {
    let mut both = Both::start(Upstream::start(vec![says(&["At ", "five."], Duration::from_millis(20))])?)?;
    let (ada, bob) = (Person::sign_up(&both.here, "ada").await?, Person::sign_up(&both.there, "bob").await?);
    let held = HeldWrite::of_reply(&both.postgres, "OLD.holder IS NULL AND NEW.holder IS NOT NULL")?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    held.reached().await?;
    let killed = Instant::now();
    both.here.kill()?;
    held.undo()?;
    let message = bob.answer_to("general", question).await?;
    ensure!(killed.elapsed() < ENDS_WITHIN, "it took {:?}", killed.elapsed());
    ensure!(message["content"] == "At five." && message["answer"]["ending"] == "complete", "{message:#}");
    ensure!(both.upstream.calls().len() == 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_grows_and_ends_at_another_process_though_redis_dies() -> Result<()> {
    let mut both = Both::start(Upstream::start(vec![words(250)])?)?;
    let ada = Person::sign_up(&both.here, "ada").await?;
    let bob = Person::sign_up(&both.there, "bob").await?;
    let mut readers = readers(&bob).await?;
    ada.ask_bot("general", "when is tea?", "one").await?;
    for reader in &mut readers {
        grows(reader, 100).await?;
    }
    both.redis.kill()?;
    for reader in &mut readers {
        let had = reader.replies.only().context("a reply")?.text.len();
        // More than was on the way when the relay died.
        grows(reader, had + 250).await?;
    }
    for reader in &mut readers {
        let answers = hears_answers(reader).await?;
        ensure!(answers.len() == 1 && answers[0]["content"] == all_words(250), "{answers:#?}");
        ensure!(reader.replies.count() == 0);
    }
    ensure!(both.upstream.calls().len() == 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_stopped_from_another_process_with_the_relay_or_without() -> Result<()> {
    let endless = || [words(50)[..100].to_vec(), vec![Act::Hold]].concat();
    let mut both = Both::start(Upstream::start_with(move |_, _| endless())?)?;
    let ada = Person::sign_up(&both.here, "ada").await?;
    let there = ada.at(&both.there)?;
    for (round, limit) in [500, 700].into_iter().enumerate() {
        // What takes longer now and then is a busy machine.
        let mut quickest = Duration::MAX;
        for stopped in round * 3 + 1..=round * 3 + 3 {
            let question = ada.ask_bot("general", "when is tea?", &format!("{stopped}")).await?;
            let reply = there.growing("general", question, 100).await?;
            let pressed = Instant::now();
            ensure!(there.stop_reply("general", &reply).await? == 204);
            both.upstream.left(stopped).await?;
            quickest = quickest.min(pressed.elapsed());
            let message = there.answer_to("general", question).await?;
            ensure!(message["answer"]["ending"] == "stopped", "{message:#}");
            ensure!(message["content"].as_str().is_some_and(|text| text.len() >= 99), "{message:#}");
        }
        ensure!(quickest < Duration::from_millis(limit), "{quickest:?}");
        both.redis.kill()?;
    }
    Ok(())
}

/// The database server hangs while a reply is being taken: nothing can be written any more, and whoever stops the server does not wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_down_in_time_though_its_database_hangs_and_the_question_is_answered_later()
-> Result<()> {
    let mut both = Both::start(Upstream::start(vec![says(&["At ", "five."], Duration::from_millis(20))])?)?;
    both.there.kill()?;
    let ada = Person::sign_up(&both.here, "ada").await?;
    let held = HeldWrite::of_reply(&both.postgres, "OLD.holder IS NULL AND NEW.holder IS NOT NULL")?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    held.reached().await?;
    both.postgres.freeze()?;
    let asked = Instant::now();
    let status = both.here.stop();
    both.postgres.thaw()?;
    let took = asked.elapsed();
    ensure!(status?.success() && took < Duration::from_secs(10), "{took:?}: {}", both.here.log());
    held.undo()?;
    both.here.restart()?;
    let message = ada.answer_to("general", question).await?;
    ensure!(message["content"] == "At five." && message["answer"]["ending"] == "complete", "{message:#}");
    ensure!(both.upstream.calls().len() == 1);
    Ok(())
}
