//! Posting, by every door.

use anyhow::{Result, ensure};
use e2e::{Person, Server};
use reqwest::StatusCode;

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
    let again: serde_json::Value = again.json().await?;
    ensure!(again["id"] == first["id"], "{again}");
    let other = ada.try_post("general", "another text", "one").await?;
    ensure!(other.status() == StatusCode::CONFLICT, "{}", other.status());
    Ok(())
}
