//! Chat sessions by pages alone (S3.12).

use anyhow::{Result, ensure};
use e2e::{Person, Server};
use reqwest::StatusCode;

#[tokio::test]
async fn s3_12_strangers_are_sent_from_chats_to_auth_and_after_signing_up_back() -> Result<()> {
    let server = Server::start()?;
    let stranger = Person::stranger(&server)?;
    let led = stranger.get("/chats/").await?;
    ensure!(led.status() == StatusCode::SEE_OTHER && led.headers()["location"] == "/auth?next=%2Fchats%2F");
    let page = stranger.get("/auth?next=%2Fchats%2F").await?.text().await?;
    ensure!(
        page.contains("tab=sign-up&amp;next=%2Fchats%2F")
            && page.contains("tab=sign-in&amp;next=%2Fchats%2F")
    );
    let form = stranger.get("/auth?tab=sign-up&next=%2Fchats%2F").await?.text().await?;
    ensure!(form.contains("name=\"terms\"") && form.contains("value=\"/chats/\""), "{form}");
    let fields =
        [("tab", "sign-up"), ("username", "ada"), ("password", "a tertulia of friends"), ("next", "/chats/")];
    let refused = stranger.submit("/auth", &fields).await?;
    ensure!(refused.status() == StatusCode::BAD_REQUEST, "the terms come first");
    let made = stranger.submit("/auth", &[&fields[..], &[("terms", "true")]].concat()).await?;
    ensure!(made.status() == StatusCode::SEE_OTHER && made.headers()["location"] == "/chats/");
    ensure!(stranger.get("/chats/").await?.status() == StatusCode::OK, "signed in by signing up");
    stranger.submit("/logout/", &[]).await?;
    ensure!(stranger.get("/chats/").await?.status() == StatusCode::SEE_OTHER, "signed out");
    Ok(())
}

#[tokio::test]
async fn s3_12_by_pages_alone_a_session_is_started_shared_and_joined() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob, cyd) = (
        Person::sign_up(&server, "ada").await?,
        Person::sign_up(&server, "bob").await?,
        Person::sign_up(&server, "cyd").await?,
    );
    let started = ada.submit("/chats/", &[("name", "Crossing to Ons")]).await?;
    let people = started.headers()["location"].to_str()?.to_owned();
    let link = people.trim_end_matches("people/").to_owned();
    let page = ada.get(&people).await?.text().await?;
    ensure!(page.contains(&format!("{}{link}", server.url())), "the link to share: {page}");
    ensure!(bob.get(&people).await?.status() == StatusCode::NOT_FOUND);
    let question = bob.get(&link).await?.text().await?;
    ensure!(question.contains("Crossing to Ons"));
    ensure!(bob.get(&people).await?.status() == StatusCode::NOT_FOUND, "looking does not join");
    let joined = bob.submit(&link, &[]).await?;
    let room = link.replace("/chats/", "/rooms/");
    ensure!(joined.headers()["location"] == room.as_str());
    ensure!(bob.get(&people).await?.text().await?.contains("@bob"));
    ensure!(bob.get(&link).await?.headers()["location"] == room.as_str(), "who is in is led in");
    let added = bob.submit(&people, &[("username", "cyd")]).await?;
    ensure!(added.status() == StatusCode::SEE_OTHER);
    ensure!(cyd.get("/chats/").await?.text().await?.contains("Crossing to Ons"));
    let nobody = bob.submit(&people, &[("username", "nobody-at-all")]).await?;
    ensure!(nobody.status() == StatusCode::BAD_REQUEST);
    ensure!(cyd.get("/chats/0123456789abcde/").await?.status() == StatusCode::NOT_FOUND);
    Ok(())
}
