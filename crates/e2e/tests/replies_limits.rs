//! What bounds a reply: budgets under concurrency, bots that name each other, what a newcomer may not read, a server that goes down, and
//! markup that does nothing by itself.

use anyhow::{Context, Result, ensure};
use e2e::{
    Body, Options, Person, Server, Upstream, until,
    upstream::{
        Act,
        chat::{DONE, HEAD, delta, finish, says, send, usage},
    },
};
use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn server(upstream: &Upstream) -> Result<Server> {
    Server::start_with(Options::default().model(upstream))
}

/// What each question used, and what the server sets aside for one before it knows: an answer of about a thousand tokens.
const USED: u64 = 400;
const SET_ASIDE: u64 = 1_000;

async fn budgets(ada: &Person, budgets: Value) -> Result<()> {
    let set = ada.ask("PUT", "/api/budgets/", Some(Body::Json(budgets))).await?;
    ensure!(set.status().is_success(), "{} {}", set.status(), set.text().await?);
    Ok(())
}

/// Everybody asks in every room at the same time; how many answers there were, and how many were refused for the budget.
async fn ask_at_once(people: &[&Person], rooms: &[&str]) -> Result<(u64, u64)> {
    let asked = people.iter().flat_map(|person| {
        rooms.iter().flat_map(move |room| {
            (0..5).map(move |number| async move {
                let id = format!("{room} {number} {:?}", Instant::now());
                let question = person.ask_bot(room, &format!("tea {number}?"), &id).await?;
                let message = person.answer_to(room, question).await?;
                let answer = &message["answer"];
                match answer["ending"].as_str() {
                    Some("complete") => anyhow::Ok(true),
                    Some("failed") if answer["why"] == "budget" => Ok(false),
                    _ => anyhow::bail!("{message:#}"),
                }
            })
        })
    });
    let answers = try_join_all(asked).await?;
    let good = answers.iter().filter(|good| **good).count() as u64;
    Ok((good, answers.len() as u64 - good))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_holds_however_many_ask_at_once() -> Result<()> {
    let answer = || {
        vec![
            send(HEAD),
            Act::Wait(Duration::from_millis(200)),
            send(delta("Tea.") + &finish("stop") + &usage(200, USED - 200) + DONE),
        ]
    };
    for name in ["person", "room", "day"] {
        let upstream = Upstream::start_with(move |_, _| answer())?;
        let server = server(&upstream)?;
        let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
        ada.make_room(json!({ "name": "Tea" })).await?;
        let seat = Body::Json(json!({ "username": "tertulia" }));
        ensure!(ada.ask("POST", "/api/rooms/tea/members/", Some(seat)).await?.status() == 201);
        let most = 3_000;
        budgets(&ada, json!({ name: most })).await?;
        let (good, refused) = match name {
            "person" => ask_at_once(&[&ada], &["general", "tea"]).await?,
            "room" => ask_at_once(&[&ada, &bob], &["general"]).await?,
            _ => ask_at_once(&[&ada, &bob], &["general", "tea"]).await?,
        };
        // No answer begins unless what it may use fits beside all that others have begun.
        ensure!(
            good >= most / (SET_ASIDE + USED) && refused > 0,
            "{name}: {good} answers, {refused} refused"
        );
        ensure!(good * USED <= most && good < (most - SET_ASIDE) / USED + 1, "{name}: {good} answers");
        ensure!(upstream.calls().len() as u64 == good, "{name}: who is refused costs nothing");
        match name {
            // Where others have none left, these still do.
            "person" => {
                let question = bob.ask_bot("general", "and I?", "bob").await?;
                ensure!(bob.answer_to("general", question).await?["content"] == "Tea.");
            }
            "room" => {
                let question = ada.ask_bot("tea", "and here?", "here").await?;
                ensure!(ada.answer_to("tea", question).await?["content"] == "Tea.");
            }
            _ => {}
        }
        budgets(&ada, json!({ name: 0 })).await?;
        let question = ada.ask_bot("general", "and now?", "now").await?;
        ensure!(ada.answer_to("general", question).await?["content"] == "Tea.", "no budget, no bound");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_bots_that_name_each_other_fall_silent() -> Result<()> {
    let upstream = Upstream::start_with(|_, call| {
        let own = if call.body.contains("You are ping") { "@pong" } else { "@ping" };
        says(&[own, " and you?"], Duration::ZERO)
    })?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.make_room(json!({ "name": "Tea" })).await?;
    for name in ["ping", "pong"] {
        let settings = json!({ "system_prompt": format!("You are {name}") }).to_string();
        let draft = json!({ "username": name, "mind": "openai", "answers": "always", "settings": settings });
        ada.make_bot(draft, &["tea"]).await?;
    }
    ada.post("tea", "hello", "one").await?;
    let quiet = async || {
        let open = ada.replies("tea").await?;
        anyhow::Ok((open.is_empty(), ada.messages("tea").await?.len()))
    };
    // Silence is what does not change: nothing is open, and as much was said as when nothing was open before.
    let mut before = 0;
    let said =
        until("silence", || async { quiet().await.ok().filter(|(silent, _)| *silent).map(|(_, said)| said) });
    let said = {
        let mut said = said.await?;
        let settled = Instant::now() + Duration::from_secs(3);
        while Instant::now() < settled || said != before {
            before = said;
            tokio::time::sleep(Duration::from_millis(100)).await;
            said = quiet().await?.1;
            ensure!(said < 40, "they talk for ever");
        }
        said
    };
    let calls = upstream.calls().len();
    // Each of the two begins once, and names the other at most three times in a row.
    ensure!((3..=9).contains(&said) && calls == said - 1, "{said} messages, {calls} calls");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newcomer_may_not_read_no_provider_is_told() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| says(&["Tea."], Duration::ZERO))?;
    let server = server(&upstream)?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    ada.make_room(json!({ "name": "Tea", "kind": "private" })).await?;
    let history = Body::Json(json!({ "history": "joining" }));
    ensure!(ada.ask("PATCH", "/api/rooms/tea/", Some(history)).await?.status().is_success());
    let seat = async |name: &str| {
        let seat = Body::Json(json!({ "username": name }));
        ensure!(ada.ask("POST", "/api/rooms/tea/members/", Some(seat)).await?.status() == 201, "{name}");
        Ok(())
    };
    seat("tertulia").await?;
    ada.post("tea", "the old secret", "one").await?;
    let question = ada.ask_bot("tea", "what do you know?", "two").await?;
    ada.answer_to("tea", question).await?;
    ensure!(upstream.calls()[0].body.contains("the old secret"), "everybody here may read it");
    seat("bob").await?;
    ada.post("tea", "the new gossip", "three").await?;
    for (at, person) in [&ada, &bob].iter().enumerate() {
        let question = person.ask_bot("tea", "and now?", "four").await?;
        person.answer_to("tea", question).await?;
        let body = upstream.calls()[at + 1].body.clone();
        ensure!(
            body.contains("the new gossip") && !body.contains("the old secret"),
            "{}: {body}",
            person.name
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_down_in_mid_reply_ends_it_first() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| vec![send(HEAD), send(delta("At five, or")), Act::Hold])?;
    let mut server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let questions = join_all((0..5).map(|number| {
        let ada = ada.clone();
        async move { ada.ask_bot("general", "when?", &number.to_string()).await }
    }))
    .await;
    let questions: Vec<i64> = questions.into_iter().collect::<Result<_>>()?;
    for question in &questions {
        ada.growing("general", *question, 11).await?;
    }
    let asked = Instant::now();
    let status = server.stop()?;
    ensure!(status.success() && asked.elapsed() < Duration::from_secs(5), "{status}, {:?}", asked.elapsed());
    upstream.left(5).await?;
    let restarted = Instant::now();
    server.restart()?;
    for question in questions {
        let message = ada.answer_to("general", question).await?;
        ensure!(
            message["content"] == "At five, or" && message["answer"]["ending"] == "interrupted",
            "{message:#}"
        );
    }
    ensure!(restarted.elapsed() < Duration::from_secs(5), "they had ended before: {:?}", restarted.elapsed());
    ensure!(ada.replies("general").await?.is_empty() && upstream.calls().len() == 5);
    Ok(())
}

/// An answer to a guest may take two minutes; whoever stops the server does not wait for it, and who hangs on a page is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_down_does_not_wait_for_a_guests_long_answer() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| vec![send(HEAD), send(delta("At five, or")), Act::Hold])?;
    let mut server = server(&upstream)?;
    let gita = Person::stranger(&server)?;
    let asking = tokio::spawn(async move { gita.submit("/", &[("message", "when?")]).await });
    until("the question to be asked", || async { upstream.calls().pop() }).await?;
    let asked = Instant::now();
    let status = server.stop()?;
    ensure!(status.success() && asked.elapsed() < Duration::from_secs(12), "{status}, {:?}", asked.elapsed());
    upstream.left(1).await?;
    ensure!(asking.await?.is_err(), "no answer came, and none was made up");
    Ok(())
}

/// Asked, and gone down a moment later: what no provider was asked yet is answered after the next start, what one was asked ends as interrupted,
/// and no provider is asked twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_down_just_after_a_question_has_it_answered_once() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| says(&["At", " six."], Duration::from_millis(400)))?;
    let mut server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut calls = 0;
    // Each time a little longer after the question, from no time on.
    for round in 0..6 {
        let question = ada.ask_bot("general", "when?", &round.to_string()).await?;
        tokio::time::sleep(Duration::from_millis(round * round * 4)).await;
        ensure!(server.stop()?.success());
        server.restart()?;
        let message = ada.answer_to("general", question).await?;
        let ending = message["answer"]["ending"].as_str().unwrap_or_default();
        let asked = upstream.calls().len() - std::mem::replace(&mut calls, upstream.calls().len());
        match ending {
            "complete" => {
                ensure!(asked == 1 && message["content"] == "At six.", "{asked} times, {message:#}")
            }
            // It may have gone down between writing down that it asks, and asking.
            _ => ensure!(asked <= 1 && message["answer"]["why"] == "lost", "{asked} times, {message:#}"),
        }
        ensure!(ada.replies("general").await?.is_empty(), "nobody types any more");
    }
    Ok(())
}

/// A lane keeps what was told last for those who are behind, and a long reply is not kept once for each of its words.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_in_small_pieces_takes_little_memory() -> Result<()> {
    let mut script = vec![send(HEAD)];
    for number in 0..6_000 {
        // In paragraphs: the pieces of a long block are gathered.
        let word = if number % 20 == 0 { format!("w{number:06}\n\n") } else { format!("w{number:07} ") };
        script.extend([send(delta(&word)), Act::Wait(Duration::from_micros(500))]);
    }
    script.push(Act::Hold);
    let upstream = Upstream::start(vec![script])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut watcher = e2e::Reader::follow(&ada, "general", e2e::Transport::Socket).await?;
    ada.ask_bot("general", "all of it", "one").await?;
    let before = server.memory()?;
    while watcher.replies.only().is_none_or(|reply| reply.text.len() < 6_000 * 9) {
        e2e::within("more words", watcher.listen()).await??;
    }
    let more = server.memory()?.saturating_sub(before);
    ensure!(watcher.replies.pieces > 500, "{} pieces", watcher.replies.pieces);
    // Kept whole with each of the last thousand pieces it was a quarter of a gigabyte.
    ensure!(more < 96 << 20, "{} MB for 54 KB of text", more >> 20);
    Ok(())
}

/// Pages get the open block whole with each piece; the longer it is the fewer pieces come, and what was said in between is in the next one.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_block_comes_in_fewer_pieces_than_a_short_one_and_as_a_whole() -> Result<()> {
    let script = |end: &'static str| {
        let words = (0..2_000).flat_map(move |number| {
            [send(delta(&format!("w{number:06}{end}"))), Act::Wait(Duration::from_millis(1))]
        });
        [vec![send(HEAD)], words.collect(), vec![send(finish("stop"))]].concat()
    };
    let upstream = Upstream::start(vec![script("\n\n"), script("  ")])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut pieces = Vec::new();
    for client_id in ["short", "long"] {
        let mut watcher = e2e::Reader::follow(&ada, "general", e2e::Transport::Socket).await?;
        let question = ada.ask_bot("general", client_id, client_id).await?;
        while watcher.replies.only().is_none() {
            e2e::within("a reply", watcher.listen()).await??;
        }
        while watcher.replies.count() > 0 {
            e2e::within("more words", watcher.listen()).await??;
        }
        let message = ada.answer_to("general", question).await?;
        ensure!(message["content"].as_str().is_some_and(|said| said.len() > 15_000), "all of it: {message}");
        pieces.push(watcher.replies.pieces);
    }
    ensure!(pieces[0] > 2 * pieces[1] && pieces[1] > 10, "{pieces:?}");
    Ok(())
}

/// What would do something by itself in a page that shows it.
const HARM: &str = "<script>alert(1)</script> <img src=x onerror=alert(1)> <b>bold</b> ![tea](https://evil.example/a.png) \
[x](javascript:alert(1)) <iframe src=//evil.example></iframe> [ok](https://good.example/)";

fn is_inert(html: &str, what: &str) -> Result<()> {
    for harm in [
        "<script>alert",
        "<img src=x",
        "onerror=alert(1)>",
        "<iframe src=//",
        "src=\"https://evil",
        "href=\"javascript:",
        "<b>bold",
    ] {
        ensure!(!html.contains(harm), "{what} holds {harm:?}");
    }
    ensure!(html.contains("&lt;b&gt;bold"), "{what} shows raw HTML as text");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bot_says_does_nothing_by_itself() -> Result<()> {
    // Once while it grows, with a finished part and an open one, and once when it has ended.
    let script = vec![send(HEAD), send(delta(HARM) + &delta("\n\n") + &delta(HARM)), Act::Hold];
    let upstream = Upstream::start_with(move |_, _| script.clone())?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let question = ada.ask_bot("general", "harm?", "one").await?;
    let reply = ada.growing("general", question, 2 * HARM.len()).await?;
    is_inert(&ada.get("/rooms/general/").await?.text().await?, "the page, while it grows,")?;
    let mut page = e2e::StreamedPage::open(&ada, "general").await?;
    page.until_replies("all of it", |shown| shown.matches("good.example").count() >= 2).await?;
    is_inert(&page.html(), "the streamed page")?;
    ensure!(ada.stop_reply("general", &reply).await? == 204);
    let message = ada.answer_to("general", question).await?;
    ensure!(message["content"].as_str().context("text")?.contains("<script>"), "the source is kept as it is");
    is_inert(&ada.get("/rooms/general/").await?.text().await?, "the page, afterwards,")?;
    let policy = ada.get("/rooms/general/").await?.headers()["content-security-policy"].to_str()?.to_owned();
    ensure!(!policy.contains("unsafe-inline'") && policy.contains("img-src 'self'"), "{policy}");
    Ok(())
}
