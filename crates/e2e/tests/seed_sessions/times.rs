//! What is kept of times, and of people who go (S3.15).

use crate::{both, on_both, texts};
use anyhow::{Context, Result, ensure};
use e2e::{Options, Server, message_id, run, until};
use reqwest::StatusCode;

#[tokio::test]
async fn s3_15_times_are_kept_and_nobody_takes_others_words_along() -> Result<()> {
    let server = Server::start_with(Options { in_files: true, ..Options::default() })?;
    let (ada, bob) = (both(&server, "ada").await?, both(&server, "bob").await?);
    let uri = bob.start().await?;
    ada.join(&uri, "ada").await?;
    bob.say(&uri, "from bob").await?;
    ada.say(&uri, "from ada").await?;
    let (_, chats) = ada.call("GET", "/api/chats/", &[]).await?;
    ensure!(chats["chats"][0]["created_at"].is_string(), "{chats}");
    let said = ada.program.messages(&uri).await?;
    ensure!(said[1]["created_at"].is_string() && said[1]["edited_at"].is_null(), "{said:?}");
    let path = format!("/api/rooms/{uri}/messages/{}/", message_id(&said[1]));
    let (_, edited) = ada.call("PATCH", &path, &[("content", "from ada, better")]).await?;
    ensure!(edited["edited_at"].is_string() && edited["created_at"] == said[1]["created_at"], "{edited}");
    let data = server.directory().join("data");
    let settings = [("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)];
    run(&["user", "deactivate", "bob"], &settings)?;
    until("bob to be out", || async {
        let (status, _) = bob.history(&uri).await.ok()?;
        (status == StatusCode::UNAUTHORIZED).then_some(())
    })
    .await?;
    let (status, history) = ada.history(&uri).await?;
    ensure!(status == StatusCode::OK && texts(&history) == ["from bob", "from ada, better"], "{history}");
    let (status, _) = ada.say(&uri, "I am still here").await?;
    ensure!(status == StatusCode::OK, "the conversation goes on");
    Ok(())
}

#[tokio::test]
async fn s3_15_an_owner_who_is_deleted_leaves_the_session_and_every_word_to_the_others() -> Result<()> {
    on_both(async |server| {
        let (boss, ada, bob) =
            (both(&server, "boss").await?, both(&server, "ada").await?, both(&server, "bob").await?);
        let uri = ada.start().await?;
        bob.join(&uri, "bob").await?;
        ada.say(&uri, "from ada").await?;
        bob.say(&uri, "from bob").await?;
        let id = boss.browser.json("/api/admin/users/?q=ada").await?["users"][0]["id"].clone();
        let path = format!("/api/admin/users/{id}/");
        ensure!(bob.browser.ask("DELETE", &path, None).await?.status() == StatusCode::NOT_FOUND);
        ensure!(boss.browser.ask("DELETE", &path, None).await?.status() == StatusCode::NO_CONTENT);
        ensure!(ada.history(&uri).await?.0 == StatusCode::UNAUTHORIZED, "her token is gone");
        let (status, history) = bob.history(&uri).await?;
        ensure!(status == StatusCode::OK && texts(&history) == ["from ada", "from bob"], "{history}");
        ensure!(bob.say(&uri, "and now?").await?.0 == StatusCode::OK, "the conversation goes on");
        let (_, chats) = bob.call("GET", "/api/chats/", &[]).await?;
        ensure!(chats["chats"][0]["uri"] == uri, "{chats}");
        Ok(())
    })
    .await
}
