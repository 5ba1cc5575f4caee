//! Posting, by every door.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Person, Server, message_id};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn the_same_form_posted_twice_makes_one_message() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let form = [("content", "only once"), ("client_id", "form-1")];
    for _ in 0..2 {
        let answer = ada.submit("/rooms/general/", &form).await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER, "{}", answer.status());
    }
    ensure!(ada.messages("general").await?.len() == 1);

    let changed = [("content", "something else"), ("client_id", "form-1")];
    let answer = ada.submit("/rooms/general/", &changed).await?;
    ensure!(answer.status() == StatusCode::CONFLICT, "{}", answer.status());
    ensure!(ada.messages("general").await?.len() == 1);

    ada.submit("/rooms/general/", &[("content", "only once"), ("client_id", "form-2")]).await?;
    ensure!(ada.messages("general").await?.len() == 2);
    Ok(())
}

#[tokio::test]
async fn a_repeated_post_is_answered_with_the_first_also_after_a_restart() -> Result<()> {
    let mut server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let first = ada.post("general", "hello", "one").await?;
    server.kill()?;
    server.restart()?;
    let ada = Person::log_in(&server, "ada").await?;
    let again = ada.try_post("general", "hello", "one").await?;
    ensure!(again.status() == StatusCode::OK, "{}", again.status());
    let again: Value = again.json().await?;
    ensure!(again["id"] == first["id"], "{again}");
    let other = ada.try_post("general", "another text", "one").await?;
    ensure!(other.status() == StatusCode::CONFLICT, "{}", other.status());
    Ok(())
}

/// What was made of a message is kept and sent again; what became of it or of its author's name in between is seen by the next who asks.
#[tokio::test]
async fn who_asks_again_gets_each_message_as_it_is_by_then() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let first = message_id(&ada.post("general", "hello", "one").await?);
    let second = message_id(&ada.post("general", "good evening", "two").await?);
    let draft = json!({ "content": "who is there?", "reply_to": first });
    bob.ask("POST", "/api/rooms/general/messages/", Some(Body::Json(draft))).await?.error_for_status()?;
    // By the polling system's door and by the API's, from the start and from a place on; twice, so that the second time all is kept.
    let read = async || -> Result<Vec<Value>> {
        let all = bob.json("/rooms/general/messages/?after=0").await?;
        for path in ["/api/rooms/general/messages/?after=0", "/api/rooms/general/messages/?before=9999"] {
            for _ in 0..2 {
                let again = bob.json(path).await?;
                ensure!(again["messages"] == all["messages"], "{path}: {again}\n{all}");
            }
        }
        Ok(all["messages"].as_array().context("a list")?.clone())
    };
    let of = |read: &[Value], key: &str| read.iter().map(|message| message[key].clone()).collect::<Vec<_>>();
    ensure!(of(&read().await?, "content") == ["hello", "good evening", "who is there?"]);

    let at = |id: i64| format!("/api/rooms/general/messages/{id}/");
    let edit = Some(Body::Json(json!({ "content": "hello all" })));
    ada.ask("PATCH", &at(first), edit).await?.error_for_status()?;
    let edited = read().await?;
    ensure!(of(&edited, "content") == ["hello all", "good evening", "who is there?"]);
    ensure!(edited[2]["reply_to"]["excerpt"] == "hello all", "{}", edited[2]);

    ada.submit("/settings/", &[("display_name", "Ada L.")]).await?;
    let renamed = read().await?;
    ensure!(renamed[1]["author"]["display_name"] == "Ada L.", "{}", renamed[1]);
    ensure!(renamed[2]["reply_to"]["author"]["display_name"] == "Ada L.", "{}", renamed[2]);
    ensure!(renamed[2]["author"]["display_name"] == "bob", "nobody else is: {}", renamed[2]);

    ada.ask("DELETE", &at(second), None).await?.error_for_status()?;
    ensure!(of(&read().await?, "content") == ["hello all", "who is there?"]);
    Ok(())
}
