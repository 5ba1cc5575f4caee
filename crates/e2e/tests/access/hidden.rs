//! A room that is hidden from somebody is none, however it is asked for.

use super::{
    answers::{comparable, routes, server},
    requests::{Ask, ask_for},
    scene::{Room, Scene},
};
use anyhow::{Context, Result, ensure};
use e2e::{Body, Person};
use reqwest::StatusCode;
use serde_json::json;

/// What `who` is answered at a route about the room of an address, compared without that address.
async fn told(who: &Person, route: &(String, String), room: &Room, slug: &str) -> Result<String> {
    let Ask { path, body } = ask_for(&route.0, &route.1, room, slug)?;
    comparable(who.ask(&route.0, &path, body).await?, slug).await
}

/// All but those that know no cookies: `seed_sessions` asks them by tokens.
fn about_rooms() -> Result<Vec<(String, String)>> {
    let by_cookie = |path: &str| path.contains("{slug}") && !path.starts_with("/api/chats");
    Ok(routes()?.into_iter().filter(|(method, path)| method != "ANY" && by_cookie(path)).collect())
}

#[tokio::test]
async fn by_its_number_and_by_its_old_name_a_hidden_room_is_none() -> Result<()> {
    let server = server()?;
    let scene = Scene::new(&server).await?;
    let room = scene.room("private").await?;
    let owner = room.person(&scene, "owner");
    let at = format!("/api/rooms/{}/", room.slug);
    let id = owner.json(&at).await?["id"].as_i64().context("a room has a number")?;
    let renamed = owner.ask("PATCH", &at, Some(Body::Json(json!({ "name": "Quite another" })))).await?;
    ensure!(renamed.status().is_success());
    let by_number = format!("~{id}");
    for address in [by_number.as_str(), &room.slug] {
        let led = owner.get(&format!("/rooms/{address}/")).await?;
        ensure!(led.status() == StatusCode::PERMANENT_REDIRECT, "its owner is led on: {}", led.status());
    }
    for route in about_rooms()? {
        for role in ["outsider", "removed", "banned", "admin"] {
            let who = room.person(&scene, role);
            for (hidden, none) in [(by_number.as_str(), "~999999"), (&room.slug, "nowhere")] {
                let hidden = told(&who, &route, &room, hidden).await?;
                ensure!(hidden == told(&who, &route, &room, none).await?, "{role}, {route:?}: {hidden}");
                ensure!(hidden.starts_with("404"), "{role}, {route:?}: {hidden}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_not_read_before_it_is_known_who_asks() -> Result<()> {
    let server = server()?;
    let scene = Scene::new(&server).await?;
    let (hidden, open) = (scene.room("private").await?, scene.room("public").await?);
    let broken = |path: &str, slug: &str| {
        let path = path.replace("{slug}", slug).replace("{id}", "x").replace("{person}", "x");
        format!("{path}/?after=1&after=2&since=1&since=2&offset=x").replace("{emoji}", "%ff")
    };
    for (method, path) in about_rooms()? {
        for (role, slug) in [("outsider", &hidden.slug), ("banned", &open.slug)] {
            let who = hidden.person(&scene, role);
            let nonsense = || (method != "GET").then(|| Body::Json(json!("no dictionary")));
            let answer = who.ask(&method, &broken(&path, slug), nonsense()).await?;
            let none = who.ask(&method, &broken(&path, "nowhere"), nonsense()).await?;
            let (answer, none) = (comparable(answer, slug).await?, comparable(none, "nowhere").await?);
            ensure!(answer == none && answer.starts_with("404"), "{role}, {method} {path}: {answer}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_belongs_to_another_room_is_not_reached_through_ones_own() -> Result<()> {
    let server = server()?;
    let scene = Scene::new(&server).await?;
    let (own, other) = (scene.room("private").await?, scene.room("private").await?);
    let mut nothing = scene.room("private").await?;
    (nothing.message, nothing.invite.1) = (1 << 50, 1 << 50);
    for route in about_rooms()? {
        if !(route.1.contains("/messages/{id}") || route.1.contains("/invites/{id}")) {
            continue;
        }
        for role in ["owner", "member"] {
            let who = own.person(&scene, role);
            let foreign = told(&who, &route, &other, &own.slug).await?;
            let unknown = told(&who, &route, &nothing, &own.slug).await?;
            ensure!(foreign == unknown, "{role}, {route:?}: {foreign}");
            let refused = foreign.starts_with("404") || foreign.starts_with("403");
            ensure!(refused, "{role}, {route:?}: {foreign}");
        }
    }
    let member = own.person(&scene, "member");
    let quote = async |message: i64| {
        let reply = Body::Json(json!({ "content": "what was that?", "reply_to": message.to_string() }));
        let answer = member.ask("POST", &format!("/api/rooms/{}/messages/", own.slug), Some(reply)).await?;
        comparable(answer, &own.slug).await
    };
    let quoted = quote(other.message).await?;
    ensure!(quoted.starts_with("400") && quoted == quote(nothing.message).await?, "{quoted}");
    ensure!(member.messages(&own.slug).await?.len() == 1);
    Ok(())
}

#[tokio::test]
async fn an_invitation_leads_the_banned_nowhere_and_the_outsider_in() -> Result<()> {
    let server = server()?;
    let scene = Scene::new(&server).await?;
    let room = scene.room("private").await?;
    let (link, none) = (format!("/invites/{}/", room.invite.0), format!("/invites/{}/", "0".repeat(64)));
    let (banned, outsider) = (room.person(&scene, "banned"), room.person(&scene, "outsider"));
    for method in ["GET", "POST"] {
        let body = || (method == "POST").then(|| Body::Form(Vec::new()));
        let answer = comparable(banned.ask(method, &link, body()).await?, "-").await?;
        ensure!(answer == comparable(banned.ask(method, &none, body()).await?, "-").await?, "{answer}");
        ensure!(answer.starts_with("404"), "{answer}");
        let answer = outsider.ask(method, &link, body()).await?;
        ensure!(answer.status() == if method == "GET" { 200 } else { 303 }, "{}", answer.status());
    }
    ensure!(outsider.get(&format!("/rooms/{}/", room.slug)).await?.status().is_success());
    Ok(())
}
