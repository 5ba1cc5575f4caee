//! Tokens and no cookies, and sockets of other sites (S3.11).

use crate::both;
use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Server, Socket, within};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn s3_11_sessions_know_tokens_and_no_cookies_and_say_so_before_anything_else() -> Result<()> {
    let server = Server::start()?;
    let ada = both(&server, "ada").await?;
    let uri = ada.start().await?;
    let one = format!("/api/chats/{uri}/");
    let own = format!("{one}messages/");
    for (method, path) in [
        ("GET", "/api/chats/"),
        ("POST", "/api/chats/"),
        ("PATCH", "/api/chats/"),
        ("GET", "/api/chats/nowhere/messages/"),
        ("DELETE", own.as_str()),
        ("PATCH", one.as_str()),
    ] {
        let broken = (method != "GET").then(|| Body::Json(json!("no dictionary")));
        let answer = ada.browser.ask(method, path, broken).await?;
        ensure!(answer.status() == StatusCode::UNAUTHORIZED, "{method} {path}: {}", answer.status());
        ensure!(answer.headers()["www-authenticate"] == "Token");
        ensure!(!answer.headers().contains_key("set-cookie"));
        ensure!(answer.json::<Value>().await?["detail"] == "Authentication credentials were not provided.");
    }
    for (method, path) in [("PATCH", "/api/chats/"), ("DELETE", own.as_str()), ("POST", one.as_str())] {
        let answer = ada.program.ask(method, path, Some(Body::Json(json!("no dictionary")))).await?;
        ensure!(answer.status() == StatusCode::METHOD_NOT_ALLOWED, "{method} {path}: {}", answer.status());
    }
    let answer = ada.program.ask("POST", &own, Some(Body::Json(json!("no dictionary")))).await?;
    ensure!(answer.status() == StatusCode::BAD_REQUEST);
    let read_only = Body::Json(json!({ "name": "reads", "scope": "read" }));
    let made: Value = ada.browser.ask("POST", "/api/tokens/", Some(read_only)).await?.json().await?;
    let reader = Person::by_token(&server, made["token"].as_str().context("a token")?)?;
    ensure!(reader.get(&own).await?.status() == StatusCode::OK);
    let refused = reader.ask("POST", &own, Some(Body::Json(json!({ "message": "no" })))).await?;
    ensure!(refused.status() == StatusCode::FORBIDDEN, "{}", refused.status());
    Ok(())
}

#[tokio::test]
async fn s3_11_a_socket_from_another_site_is_known_by_its_first_frame() -> Result<()> {
    let site = "http://app.example.org:8080";
    let server = Server::start_with(Options::default().set("CORS_ALLOWED_ORIGINS", site))?;
    let (ada, bob) = (both(&server, "ada").await?, both(&server, "bob").await?);
    let uri = ada.start().await?;
    let room = format!("/ws/chat/{uri}/");
    let open = async |origin: &str, path: &str| {
        Socket::open_from(origin, &server.url(), path, &ada.browser.cookie()?).await
    };
    let auth = |token: &str| json!({ "type": "auth", "token": token });
    for path in ["/ws", "/ws/chat/", room.as_str()] {
        let mut stranger = open("http://evil.example", path).await?;
        ensure!(stranger.close_code().await? == 4401, "{path}: another site");
        let mut wrong = open(site, path).await?;
        wrong.send(auth("0000000000000000000000000000000000000000")).await?;
        ensure!(wrong.close_code().await? == 4401, "{path}: a token of nobody");
        let mut early = open(site, path).await?;
        early.send(json!({ "message": "who am I?" })).await?;
        ensure!(early.close_code().await? == 4401, "{path}: the cookie does not count");
    }
    let mut socket = open(site, "/ws").await?;
    socket.send(auth(&bob.token)).await?;
    let hello = socket.next_of("hello").await?;
    ensure!(hello["person"]["username"] == "bob", "the token and not the cookie says who: {hello}");
    let mut other = open(site, &room).await?;
    other.send(auth(&bob.token)).await?;
    ensure!(other.close_code().await? == 4404, "bob is not in");
    for origin in [site, server.url().as_str()] {
        let cookie = if origin == site { ada.browser.cookie()? } else { String::new() };
        let mut socket = Socket::open_from(origin, &server.url(), &room, &cookie).await?;
        socket.send(auth(&ada.token)).await?;
        socket.next_of("ready").await?;
        socket.send(json!({ "message": "across" })).await?;
        let heard = within("what ada said", socket.next()).await??;
        ensure!(heard["message"] == "across" && heard["username"] == "ada", "{heard}");
    }
    for (origin, cookie) in [(site, ada.browser.cookie()?), (server.url().as_str(), String::new())] {
        let mut bot = Socket::open_from(origin, &server.url(), "/ws/chat/", &cookie).await?;
        bot.send(auth(&ada.token)).await?;
        bot.next_of("ready").await?;
        bot.send(json!({ "message": "hello" })).await?;
        ensure!(within("the bot's answer", bot.next()).await??["message"].is_string());
    }
    Ok(())
}

#[tokio::test]
async fn s3_11_a_socket_that_says_nothing_is_closed_and_a_revoked_token_ends_one() -> Result<()> {
    let site = "http://app.example.org";
    let server = Server::start_with(Options::default().set("CORS_ALLOWED_ORIGINS", site))?;
    let ada = both(&server, "ada").await?;
    let mut silent = Socket::open_from(site, &server.url(), "/ws", "").await?;
    let mut socket = Socket::open_from(site, &server.url(), "/ws", "").await?;
    socket.send(json!({ "type": "auth", "token": ada.token })).await?;
    socket.next_of("hello").await?;
    let mine = ada.browser.json("/api/tokens/").await?;
    ada.browser.ask("DELETE", &format!("/api/tokens/{}/", mine["tokens"][0]["id"]), None).await?;
    ensure!(socket.close_code().await? == 4401);
    let code = tokio::time::timeout(Duration::from_secs(20), silent.close_code()).await??;
    ensure!(code == 4401);
    Ok(())
}
