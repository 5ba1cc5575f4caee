//! People around a reply: who stops it and asks again, who comes late, who changes device, who leaves.

use anyhow::{Context, Result, ensure};
use e2e::{
    Options, Person, Reader, Server, Socket, StreamedPage, Transport, Upstream, until,
    upstream::{
        Act,
        chat::{DONE, HEAD, delta, finish, says, send},
    },
    within,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Words, one every 10 ms, `count` of them, with characters of several bytes, and then a good end.
fn words(count: usize) -> Vec<Act> {
    let mut acts = vec![send(HEAD)];
    for number in 0..count {
        acts.extend([send(delta(&format!("té{number}🍵 "))), Act::Wait(Duration::from_millis(10))]);
    }
    acts.push(send(finish("stop") + DONE));
    acts
}

fn all_words(count: usize) -> String {
    (0..count).map(|number| format!("té{number}🍵 ")).collect::<String>().trim_end().to_owned()
}

fn server(upstream: &Upstream) -> Result<Server> {
    Server::start_with(Options::default().model(upstream))
}

/// Listens until the answer has come, and gives all that came.
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
async fn the_asker_and_who_governs_the_room_may_stop_a_reply_and_nobody_else() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| vec![send(HEAD), send(delta("At five, or")), Act::Hold])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let [bob, cleo, dan] = [
        Person::sign_up(&server, "bob").await?,
        Person::sign_up(&server, "cleo").await?,
        Person::sign_up(&server, "dan").await?,
    ];
    // Bob's own room: he owns it, cleo asks there, dan is a member like any other, and ada administers the server.
    bob.make_room(json!({ "name": "Tea", "kind": "private" })).await?;
    for name in ["tertulia", "cleo", "dan"] {
        let seat = e2e::Body::Json(json!({ "username": name }));
        ensure!(bob.ask("POST", "/api/rooms/tea/members/", Some(seat)).await?.status() == 201, "{name}");
    }
    let stranger = Person::stranger(&server)?;
    let mut quickest = Duration::MAX;
    for (at, (stops, others)) in [(&cleo, [&dan, &stranger]), (&bob, [&dan, &ada])].iter().enumerate() {
        let question = cleo.ask_bot("tea", "when?", &at.to_string()).await?;
        let reply = cleo.growing("tea", question, 11).await?;
        for other in others {
            let status = other.stop_reply("tea", &reply).await?;
            ensure!([401, 403, 404].contains(&status), "{} may not: {status}", other.name);
        }
        ensure!(bob.replies("tea").await?.len() == 1, "it goes on");
        ensure!(stops.stop_reply("general", &reply).await? == 404, "not by way of another room");
        let pressed = Instant::now();
        ensure!(stops.stop_reply("tea", &reply).await? == 204);
        upstream.left(at + 1).await?;
        quickest = quickest.min(pressed.elapsed());
        let message = dan.answer_to("tea", question).await?;
        ensure!(
            message["content"] == "At five, or" && message["answer"]["ending"] == "stopped",
            "{message:#}"
        );
        ensure!(stops.stop_reply("tea", &reply).await? == 204, "pressed twice is pressed once");
        ensure!(dan.ask_again("tea", &message).await? == 403, "dan did not ask");
        ensure!(ada.ask_again("tea", &message).await? == 404, "ada is not in the room");
    }
    // What takes longer once is a busy machine.
    ensure!(quickest < Duration::from_millis(500), "{quickest:?}");
    ensure!(upstream.calls().len() == 2);
    // The provider had no time to count what it said, but bills it: eleven bytes, twice.
    let used = ada.json("/api/usage/").await?["usage"][0].clone();
    ensure!(used["output"] == 6 && used["input"].as_i64() > Some(0), "{used}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_keeps_what_was_said_before() -> Result<()> {
    let upstream = Upstream::start(vec![
        says(&["At five."], Duration::ZERO),
        says(&["At six."], Duration::from_millis(300)),
        vec![],
        says(&["At seven."], Duration::ZERO),
    ])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut watcher = Reader::follow(&ada, "general", Transport::Socket).await?;
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    let first = ada.answer_to("general", question).await?;
    ensure!(ada.ask_again("general", &first).await? == 202);
    ensure!(ada.ask_again("general", &first).await? == 409, "one run at a time");
    let says = async |text: &str, ending: &str| {
        until(&format!("{text}, {ending}"), || async {
            let message = ada.answer_to("general", question).await.ok()?;
            let is = message["content"] == text && message["answer"]["ending"] == ending;
            (is && ada.replies("general").await.ok()?.is_empty()).then_some(message)
        })
        .await
    };
    let second = says("At six.", "complete").await?;
    ensure!(second["id"] == first["id"] && second["answer"]["run"] == 2, "{second:#}");
    ensure!(ada.ask_again("general", &second).await? == 202);
    until("the provider to hang up", || async { (upstream.calls().len() == 3).then_some(()) }).await?;
    until("its end", || async { ada.replies("general").await.ok()?.is_empty().then_some(()) }).await?;
    ensure!(
        ada.answer_to("general", question).await?["content"] == "At six.",
        "a failure takes no words away"
    );
    ensure!(ada.ask_again("general", &second).await? == 202);
    says("At seven.", "complete").await?;
    let versions = ada.json(&format!("/api/rooms/general/messages/{}/versions/", first["id"])).await?;
    let texts: Vec<&str> = versions["versions"]
        .as_array()
        .context("versions")?
        .iter()
        .filter_map(|v| v["content"].as_str())
        .collect();
    ensure!(["At five.", "At six."].iter().all(|text| texts.contains(text)), "{versions:#}");
    within("the watcher to hear the last", async {
        while watcher.heard.last().is_none_or(|message| message["content"] != "At seven.") {
            watcher.listen().await?;
        }
        anyhow::Ok(())
    })
    .await??;
    ensure!(watcher.replies.count() == 0 && upstream.calls().len() == 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_code_whose_fence_comes_in_pieces_is_shown_whole_without_scripts() -> Result<()> {
    let pause = || Act::Wait(Duration::from_millis(150));
    let pieces = ["Look: ``", "\n\n", "``", "`rust\nlet tea", " = 5;\n"];
    let mut script = vec![send(HEAD)];
    script.extend(pieces.iter().flat_map(|piece| [send(delta(piece)), pause()]));
    script.push(Act::Hold);
    let upstream = Upstream::start(vec![script])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    // Whoever joins is shown the page anew.
    ada.post("general", "hello", "zero").await?;
    let mut page = StreamedPage::open(&ada, "general").await?;
    ada.ask_bot("general", "code?", "one").await?;
    let shown = page.until_replies("the code", |shown| shown.contains("= 5;")).await?;
    ensure!(shown.ends_with("let tea = 5;\n") && shown.matches("``").count() == 1, "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_sees_the_text_so_far_and_the_rest_live() -> Result<()> {
    let upstream = Upstream::start(vec![words(600)])?;
    let server = server(&upstream)?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    bob.growing("general", question, 200).await?;
    let page = bob.get("/rooms/general/").await?.text().await?;
    ensure!(page.contains("té3🍵"), "the page itself shows it");
    let mut streamed = StreamedPage::open(&bob, "general").await?;
    let shown = streamed.until_replies("the beginning", |shown| shown.contains("té3🍵")).await?;
    ensure!(shown.starts_with("té0🍵 té1🍵"), "{shown}");
    streamed.until_replies("more", |now| now.len() > shown.len() + 100).await?;
    let mut readers = Vec::new();
    for transport in [Transport::Socket, Transport::Events, Transport::LongPoll] {
        let mut reader = Reader::follow(&bob, "general", transport).await?;
        while reader.replies.only().is_none() {
            within("the reply", reader.listen()).await??;
        }
        let had = reader.replies.only().context("a reply")?.text.len();
        ensure!(had > 200, "{transport:?}: {had} bytes so far");
        readers.push((transport, reader));
    }
    for (transport, mut reader) in readers {
        let answers = hears_answers(&mut reader).await.with_context(|| format!("{transport:?}"))?;
        ensure!(answers.len() == 1 && answers[0]["content"] == all_words(600), "{transport:?}: {answers:#?}");
        let pieces = reader.replies.pieces;
        ensure!(pieces > 20 || transport == Transport::LongPoll, "{transport:?}: {pieces} pieces");
    }
    streamed.until_replies("nothing", str::is_empty).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_transport_in_mid_reply_loses_and_repeats_nothing() -> Result<()> {
    let upstream = Upstream::start(vec![words(300)])?;
    let server = server(&upstream)?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut reader = Reader::follow(&bob, "general", Transport::Socket).await?;
    ada.ask_bot("general", "when is tea?", "one").await?;
    let (mut grown, mut switches) = (0, 0);
    let order = [Transport::Events, Transport::LongPoll, Transport::Socket];
    for transport in order.iter().cycle() {
        if reader.heard.iter().any(|message| !message["answer"].is_null()) {
            break;
        }
        within("more words", async {
            while reader.replies.only().is_none_or(|reply| reply.text.len() < grown + 60) {
                reader.listen().await?;
                if reader.heard.iter().any(|message| !message["answer"].is_null()) {
                    break;
                }
            }
            anyhow::Ok(())
        })
        .await??;
        grown = reader.replies.only().map_or(grown, |reply| reply.text.len());
        reader.switch(*transport).await?;
        switches += 1;
    }
    let answers = hears_answers(&mut reader).await?;
    ensure!(answers.len() == 1 && answers[0]["content"] == all_words(300), "{answers:#?}");
    ensure!(switches > 6 && reader.replies.count() == 0, "{switches} changes");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_on_when_nobody_is_there_any_more() -> Result<()> {
    let upstream = Upstream::start(vec![words(100)])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut socket = ada.socket().await?;
    socket.subscribe("general", &ada.cursor("general").await?).await?;
    socket
        .send(json!({ "type": "post", "room": "general", "content": "@tertulia tea?", "client_id": "one" }))
        .await?;
    socket.next_of("reply_delta").await?;
    drop(socket);
    ada.submit("/logout/", &[]).await?;
    let ada = Person::log_in(&server, "ada").await?;
    let question =
        ada.messages("general").await?.iter().find(|m| m["username"] == "ada").map(e2e::message_id);
    let message = ada.answer_to("general", question.context("the question")?).await?;
    ensure!(message["content"] == all_words(100) && message["answer"]["ending"] == "complete", "{message:#}");
    Ok(())
}

/// The next message of the oldest socket dialect from somebody.
async fn said_by(socket: &mut Socket, name: &str) -> Result<Value> {
    within(&format!("{name} to speak"), async {
        loop {
            let frame = socket.next().await?;
            if frame["username"] == name {
                return Ok(frame);
            }
        }
    })
    .await?
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_the_seeds_are_shown_a_reply_once_and_whole() -> Result<()> {
    let upstream = Upstream::start(vec![words(60), says(&["The end."], Duration::ZERO)])?;
    let server = server(&upstream)?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut socket = bob.socket_at("/ws/chat/general/").await?;
    let mut polled: Vec<Value> = Vec::new();
    let question = ada.ask_bot("general", "when is tea?", "one").await?;
    let reply = bob.growing("general", question, 100).await?;
    let page = bob.json("/rooms/general/messages/?after=0").await?;
    ensure!(!page.to_string().contains("té3"), "nothing of {reply:#} yet");
    bob.answer_to("general", question).await?;
    ada.ask_bot("general", "and then?", "two").await?;
    let frames = [said_by(&mut socket, "tertulia").await?, said_by(&mut socket, "tertulia").await?];
    let text = |frame: &Value| frame["message"].as_str().or(frame["content"].as_str()).map(str::to_owned);
    ensure!(text(&frames[0]) == Some(all_words(60)), "{frames:#?}");
    ensure!(text(&frames[1]).as_deref() == Some("The end."), "{frames:#?}");
    within("both answers by polling", async {
        while polled.last().is_none_or(|message| message["content"] != "The end.") {
            let last = polled.last().map_or(0, e2e::message_id);
            let page = bob.json(&format!("/rooms/general/messages/?after={last}")).await?;
            polled.extend(page["messages"].as_array().context("messages")?.iter().cloned());
        }
        anyhow::Ok(())
    })
    .await??;
    let of_bot: Vec<&Value> = polled.iter().filter(|message| message["username"] == "tertulia").collect();
    ensure!(of_bot.len() == 2 && of_bot[0]["content"] == all_words(60), "{of_bot:#?}");
    Ok(())
}
