//! The bot that is there after the first start, with nothing configured and with a key.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Server, Upstream, message_id, upstream::chat::says};
use serde_json::{Value, json};
use std::time::Duration;

/// Opens the direct room with the server's own bot; its slug.
async fn direct(person: &Person) -> Result<String> {
    let body = Body::Json(json!({ "username": "tertulia" }));
    let room = person.ask("POST", "/api/directs/", Some(body)).await?;
    ensure!(room.status().is_success(), "{} {}", room.status(), room.text().await?);
    let room: Value = room.json().await?;
    let room = if room["room"].is_object() { room["room"].clone() } else { room };
    Ok(room["slug"].as_str().filter(|slug| !slug.is_empty()).context("a slug")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_it_answers_from_what_is_embedded() -> Result<()> {
    let mut server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let members = ada.json("/api/rooms/general/members/").await?;
    let bot = &members["members"][0]["person"];
    ensure!(bot["username"] == "tertulia" && bot["is_bot"] == true, "{members:#}");

    let question = ada.ask_bot("general", "hello", "one").await?;
    let hello = ada.answer_to("general", question).await?;
    ensure!(hello["answer"]["ending"] == "complete", "{hello:#}");
    ensure!(hello["content"].as_str().is_some_and(|text| !text.is_empty()), "{hello:#}");
    ensure!(hello["reply_to"].is_null() || hello["reply_to"]["id"] == question, "{hello:#}");
    bob.post("general", "hello everybody", "two").await?;
    let question = bob.ask_bot("general", "what can you do?", "three").await?;
    bob.answer_to("general", question).await?;
    let own =
        bob.messages("general").await?.iter().filter(|message| message["author"]["is_bot"] == true).count();
    ensure!(own == 2, "who does not name it is not answered");

    let room = direct(&bob).await?;
    let asked = message_id(&bob.post(&room, "hello", "four").await?);
    ensure!(bob.answer_to(&room, asked).await?["answer"]["ending"] == "complete", "always, in a direct room");
    ensure!(ada.get(&format!("/rooms/{room}/")).await?.status() == 404, "which is bob's");

    server.stop()?;
    server.restart()?;
    let members = ada.json("/api/rooms/general/members/").await?;
    let bots = members["members"].as_array().context("members")?.iter();
    ensure!(bots.filter(|member| member["person"]["is_bot"] == true).count() == 1, "{members:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_it_asks_the_model() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| says(&["At five."], Duration::ZERO))?;
    let mut server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let question = ada.ask_bot("general", "hello", "one").await?;
    ensure!(ada.answer_to("general", question).await?["content"] != "At five.", "no key, no model");
    let data = server.directory().join("data");
    server.stop()?;
    let options = Options { data: Some(data), ..Options::default() }.model(&upstream);
    let server = Server::start_with(options)?;
    let ada = Person::log_in(&server, "ada").await?;
    let question = ada.ask_bot("general", "when is tea?", "two").await?;
    ensure!(ada.answer_to("general", question).await?["content"] == "At five.");
    let room = direct(&ada).await?;
    let asked = message_id(&ada.post(&room, "when is tea?", "three").await?);
    ensure!(ada.answer_to(&room, asked).await?["content"] == "At five.");
    ensure!(upstream.calls().len() == 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_was_sent_away_stays_away_and_answers_no_more() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| says(&["At five."], Duration::ZERO))?;
    let mut server = Server::start_with(Options::default().model(&upstream))?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.make_room(json!({ "name": "Tea" })).await?;
    let seat = Body::Json(json!({ "username": "tertulia" }));
    let seated: Value = ada.ask("POST", "/api/rooms/tea/members/", Some(seat)).await?.json().await?;
    let question = ada.ask_bot("tea", "when?", "one").await?;
    ada.answer_to("tea", question).await?;
    let path = format!("/api/rooms/tea/members/{}/", seated["person"]["id"]);
    ensure!(ada.ask("DELETE", &path, None).await?.status() == 204);
    ada.ask_bot("tea", "and now?", "two").await?;
    server.restart()?;
    // What it is asked elsewhere afterwards is answered; what it was asked here is not.
    let question = ada.ask_bot("general", "and there?", "three").await?;
    ada.answer_to("general", question).await?;
    ensure!(ada.replies("tea").await?.is_empty() && upstream.calls().len() == 2);
    let last = ada.messages("tea").await?.pop().context("a message")?;
    ensure!(last["author"]["is_bot"] == false, "{last:#}");
    Ok(())
}
