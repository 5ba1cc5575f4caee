//! The server's own bot in *General*, thinking with a language model at a scripted provider: what the room sees is true.

use anyhow::{Context, Result, ensure};
use e2e::{
    Options, Person, Server, Upstream, until,
    upstream::{
        Act, READ_BY_THEN,
        chat::{DONE, HEAD, call, delta, event, finish, refuses, says, send, usage},
    },
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn server(upstream: &Upstream) -> Result<Server> {
    let options = Options::default().set("OPENAI_BASE_URL", &upstream.url()).set("OPENAI_API_KEY", "sk-tea");
    Server::start_with(options.set("OPENAI_SYSTEM_PROMPT", "Be kind."))
}

/// Asks the bot, and waits for the message that its reply becomes.
async fn answer_to(person: &Person, question: &str, id: &str) -> Result<Value> {
    let asked = person.post("general", &format!("@tertulia {question}"), id).await?;
    let after = asked["id"].as_i64().context("an id")?;
    until("an answer", || async { person.messages_after("general", after).await.ok()?.into_iter().next() })
        .await
}

#[tokio::test]
async fn whoever_names_the_bot_is_answered_and_others_are_not() -> Result<()> {
    let upstream = Upstream::start(vec![says(&["At ", "*five*."], Duration::from_millis(20))])?;
    let mut server = server(&upstream)?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    bob.post("general", "I like tea", "one").await?;
    let answer = answer_to(&ada, "when is tea?", "two").await?;
    ensure!(answer["content"] == "At *five*." && answer["username"] == "tertulia", "{answer:#}");
    ensure!(answer["answer"]["ending"] == "complete" && answer["answer"]["asker"]["username"] == "ada");
    ensure!(bob.messages("general").await?.len() == 3, "one answer for everyone");

    ensure!(upstream.calls().len() == 1, "bob asked nothing");
    let request = &upstream.calls()[0];
    ensure!(request.header("authorization") == Some("Bearer sk-tea"));
    let messages = request.json()["messages"].clone();
    ensure!(messages[0]["content"].as_str().is_some_and(|text| text.starts_with("Be kind.")), "{messages:#}");
    ensure!(
        messages[1]["content"] == "bob: I like tea" && messages[2]["content"] == "ada: when is tea?",
        "{messages:#}"
    );
    server.stop()?;
    ensure!(!server.log().contains("sk-tea"), "the log never holds the key");
    Ok(())
}

#[tokio::test]
async fn every_end_of_an_answer_is_told_as_it_was_and_the_provider_is_called_once() -> Result<()> {
    let said = |rest: Vec<Act>| [vec![send(HEAD), send(delta("At ") + &delta("five"))], rest].concat();
    let error = event(&json!({"error": {"message": "sk-tea is tired", "type": "server_error"}}));
    let cases = [
        (refuses("401 Unauthorized", "{}"), "", "failed", "refused"),
        (refuses("404 Not Found", "{}"), "", "failed", "unknown"),
        (refuses("500 Internal Server Error", "{}"), "", "failed", "failed"),
        (vec![send(HEAD), send(finish("stop") + DONE)], "", "failed", "empty"),
        (said(vec![]), "At five", "interrupted", "broken"),
        (said(vec![send("data: {tea\n\n")]), "At five", "interrupted", "broken"),
        (said(vec![Act::Wait(READ_BY_THEN), Act::Reset]), "At five", "interrupted", "broken"),
        (said(vec![send(error)]), "At five", "interrupted", "failed"),
        (said(vec![send(finish("length") + DONE)]), "At five", "complete", "length"),
        (said(vec![send(finish("content_filter") + DONE)]), "At five", "complete", "filtered"),
        (said(vec![send(finish("stop"))]), "At five", "complete", ""),
        // The last one: the bot is left alone after it.
        (refuses("429 Too Many Requests\r\nretry-after: 60", "{}"), "", "failed", "busy"),
    ];
    let upstream = Upstream::start(cases.iter().map(|(script, ..)| script.clone()).collect())?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    for (at, (_, content, ending, why)) in cases.iter().enumerate() {
        let message = answer_to(&ada, "when is tea?", &at.to_string()).await?;
        let answer = &message["answer"];
        ensure!(
            message["content"] == *content && answer["ending"] == *ending && answer["why"] == *why,
            "{at}: {message:#}"
        );
        ensure!(answer["retry_at"].is_null() == (*why != "busy"), "{at}: {message:#}");
        ensure!(upstream.calls().len() == at + 1, "{at}: called {} times", upstream.calls().len());
    }
    Ok(())
}

#[tokio::test]
async fn a_provider_that_asks_to_be_left_alone_is_left_alone() -> Result<()> {
    let busy = refuses("429 Too Many Requests\r\nretry-after: 2", "{}");
    let upstream = Upstream::start(vec![busy, says(&["At five."], Duration::ZERO)])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let first = answer_to(&ada, "when is tea?", "one").await?;
    let second = answer_to(&ada, "and now?", "two").await?;
    ensure!(second["answer"]["why"] == "busy" && !second["answer"]["retry_at"].is_null(), "{second:#}");
    let again = format!("/api/rooms/general/messages/{}/again/", first["id"]);
    let early = ada.ask("POST", &again, None).await?;
    ensure!(early.status() == 429 && early.headers().contains_key("retry-after"), "{}", early.status());
    ensure!(upstream.calls().len() == 1, "called {} times before its time", upstream.calls().len());

    until("its time", || async {
        ada.ask("POST", &again, None).await.ok()?.status().is_success().then_some(())
    })
    .await?;
    until("another version", || async {
        let messages = ada.messages("general").await.ok()?;
        messages.iter().any(|message| message["content"] == "At five.").then_some(())
    })
    .await?;
    ensure!(upstream.calls().len() == 2);
    Ok(())
}

#[tokio::test]
async fn a_tool_is_used_and_stands_in_the_answer() -> Result<()> {
    let part = json!({"index": 0, "id": "c7", "type": "function", "function": {"name": "coffee", "arguments": "{}"}});
    let asks = vec![send(HEAD), send(call(&part) + &finish("tool_calls") + &usage(9, 3) + DONE)];
    let upstream = Upstream::start(vec![asks, says(&["No coffee."], Duration::ZERO)])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let message = answer_to(&ada, "coffee?", "one").await?;
    ensure!(message["content"] == "No coffee." && message["answer"]["ending"] == "complete", "{message:#}");
    let step = &message["answer"]["steps"][0];
    ensure!(step["tool"] == "coffee" && step["outcome"] == "There is no tool \"coffee\".", "{step:#}");
    let offered = upstream.calls()[0].json()["tools"].as_array().map_or(0, Vec::len);
    ensure!(offered > 0 && upstream.calls().len() == 2, "{offered} tools");
    Ok(())
}

/// It finds what the room said, with a link to each, and neither the question that asks for it nor what another room said.
#[tokio::test]
async fn the_room_is_searched_for_the_asker_and_what_is_found_can_be_opened() -> Result<()> {
    let function = json!({"name": "search_messages", "arguments": "{\"text\": \"LEMON\"}"});
    let part = json!({"index": 0, "id": "c7", "type": "function", "function": function});
    let asks = vec![send(HEAD), send(call(&part) + &finish("tool_calls") + &usage(9, 3) + DONE)];
    let upstream = Upstream::start(vec![asks, says(&["Found."], Duration::ZERO)])?;
    let server = server(&upstream)?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.make_room(json!({ "name": "Tea" })).await?;
    ada.post("tea", "lemon in another room", "one").await?;
    let said = ada.post("general", "there is\n\nlemon cake", "two").await?;
    let message = answer_to(&ada, "who spoke of lemon?", "three").await?;
    let outcome = message["answer"]["steps"][0]["outcome"].as_str().unwrap_or_default();
    let link = format!("/rooms/general/messages/{}/", said["id"]);
    ensure!(outcome.lines().count() == 1, "one message holds it: {outcome}");
    ensure!(outcome.ends_with(&format!("]({link}) ada: there is lemon cake")), "{outcome}");
    let told = upstream.calls()[1].json()["messages"].as_array().and_then(|turns| turns.last().cloned());
    ensure!(told.is_some_and(|turn| turn["content"] == outcome), "the model is told the same");
    let page = ada.get("/rooms/general/").await?.text().await?;
    ensure!(page.contains(&format!("<a href=\"{link}\" target=\"_top\">")), "it can be opened: {page}");
    ensure!(ada.get(&link).await?.url().path().starts_with("/rooms/"), "and leads there");
    Ok(())
}

#[tokio::test]
async fn stop_closes_the_connection_to_the_provider_at_once_and_keeps_what_was_said() -> Result<()> {
    let endless = vec![send(HEAD), send(delta("At five, ")), send(delta("or")), Act::Hold];
    let upstream = Upstream::start(vec![endless, says(&["At six."], Duration::ZERO)])?;
    let server = server(&upstream)?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    bob.post("general", "hello", "one").await?;
    let asked = ada.post("general", "@tertulia when is tea?", "two").await?;
    let growing = until("words", || async {
        let open = bob.json("/api/rooms/general/replies/").await.ok()?["replies"][0].clone();
        (open["text"] == "At five, or").then_some(open)
    })
    .await?;
    let stop = format!("/api/rooms/general/replies/{}/stop/", growing["id"]);
    ensure!(bob.ask("POST", &stop, None).await?.status() == 403, "bob did not ask");
    let stopped = Instant::now();
    ensure!(ada.ask("POST", &stop, None).await?.status().is_success());
    upstream.left(1).await?;
    // How soon it is at best, `replies_people` says.
    ensure!(stopped.elapsed() < Duration::from_secs(2), "{:?}", stopped.elapsed());
    let message = until("the message", || async {
        bob.messages_after("general", asked["id"].as_i64()?).await.ok()?.into_iter().next()
    })
    .await?;
    ensure!(message["content"] == "At five, or" && message["answer"]["ending"] == "stopped", "{message:#}");

    let again = format!("/api/rooms/general/messages/{}/again/", message["id"]);
    ensure!(ada.ask("POST", &again, None).await?.status().is_success());
    until("another version", || async {
        let messages = bob.messages_after("general", asked["id"].as_i64()?).await.ok()?;
        (messages.len() == 1 && messages[0]["content"] == "At six.").then_some(())
    })
    .await?;
    ensure!(upstream.calls().len() == 2, "once for each time somebody asked");
    Ok(())
}
