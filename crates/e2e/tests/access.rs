//! Who may do what: every route of the table × everybody, as tables that can be read.
//!
//! The routes come from the binary (`tertulia routes`), so one that is new is a difference here until somebody has looked at
//! its row. A cell is the status of the answer; `→login` is a redirect there, and `=404` a 404 with the very bytes that a room which
//! never was is answered with. Every cell has a room of its own, so no request disturbs another.

mod access {
    pub mod answers;
    pub mod described;
    pub mod document;
    pub mod hidden;
    pub mod requests;
    pub mod scene;
}

use access::{
    answers::{comparable, location, options, routes, server},
    requests::{Ask, ask_for},
    scene::{ROLES, Scene},
};
use anyhow::{Context, Result, ensure};
use e2e::{Person, Postgres, Server};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::StatusCode;
use std::sync::Arc;

/// Whether an answer leads strangers to one of the pages where one signs in.
fn leads_to_sign_in(answer: &reqwest::Response) -> bool {
    ["/login/", "/auth?"].iter().any(|page| location(answer).starts_with(page))
}

/// The cell of a table.
async fn cell(scene: &Scene, role: &str, kind: &str, method: &str, path: &str) -> Result<String> {
    let room = scene.room(kind).await?;
    let who = room.person(scene, role);
    let Ask { path: asked, body } = ask_for(method, path, &room, &room.slug)?;
    let answer = who.ask(method, &asked, body.clone()).await?;
    let status = answer.status();
    if role == "anonymous" {
        let nowhere = format!("no-{}", room.slug);
        let Ask { path: elsewhere, body } = ask_for(method, path, &room, &nowhere)?;
        let unknown = comparable(who.ask(method, &elsewhere, body).await?, &nowhere).await?;
        let led = leads_to_sign_in(&answer);
        ensure!(comparable(answer, &room.slug).await? == unknown, "a stranger can tell a room from none");
        return Ok(if led { "→login".into() } else { status.as_u16().to_string() });
    }
    if status.is_redirection() {
        let led = leads_to_sign_in(&answer);
        return Ok(if led { "→login".into() } else { status.as_u16().to_string() });
    }
    if status == StatusCode::NOT_FOUND && path.contains("{slug}") {
        let nowhere = format!("no-{}", room.slug);
        let Ask { path: elsewhere, body } = ask_for(method, path, &room, &nowhere)?;
        let unknown = who.ask(method, &elsewhere, body).await?;
        let same = comparable(answer, &room.slug).await? == comparable(unknown, &nowhere).await?;
        return Ok(if same { "=404".into() } else { "404".into() });
    }
    Ok(status.as_u16().to_string())
}

/// One table: a line for each route, a column for each role.
async fn table(server: &Server, kind: &'static str) -> Result<String> {
    let scene = Arc::new(Scene::new(server).await?);
    let rooms = routes()?.into_iter().filter(|(method, path)| method != "ANY" && path.contains("{slug}"));
    let lines = stream::iter(rooms).map(|(method, path)| {
        let scene = scene.clone();
        async move {
            let mut line = format!("{:<66}", format!("{method} {path}"));
            for role in ROLES {
                let cell = cell(&scene, role, kind, &method, &path).await;
                let cell = cell.with_context(|| format!("{method} {path} as {role}"))?;
                line.push_str(&format!(" {cell:<10}"));
            }
            Ok::<_, anyhow::Error>(line.trim_end().to_owned())
        }
    });
    let lines: Vec<String> = lines.buffered(6).try_collect().await?;
    let head: String = ROLES.iter().map(|role| format!(" {role:<10}")).collect();
    Ok(format!("{:<66}{}\n{}\n", format!("a {kind} room"), head.trim_end(), lines.join("\n")))
}

#[tokio::test]
async fn in_a_private_room_everyone_may_what_the_table_says() -> Result<()> {
    let table = table(&server()?, "private").await?;
    let foreign = ["outsider", "removed", "banned", "admin"];
    // The chat sessions' API knows no cookies; who asks there is nobody.
    for line in table.lines().skip(1).filter(|line| !line.contains(" /api/chats/")) {
        for role in foreign {
            let column = ROLES.iter().position(|known| *known == role).context("a role")?;
            let cell = line.split_whitespace().nth(2 + column).unwrap_or_default();
            ensure!(cell == "=404", "{role} is not told that the room is none: {line}");
        }
    }
    insta::assert_snapshot!("private", table);
    Ok(())
}

#[tokio::test]
async fn in_a_public_room_everyone_may_what_the_table_says() -> Result<()> {
    insta::assert_snapshot!("public", table(&server()?, "public").await?);
    Ok(())
}

#[tokio::test]
async fn on_postgresql_the_table_of_a_private_room_is_the_same() -> Result<()> {
    let postgres = Postgres::start()?;
    let server = Server::start_with(options().set("DATABASE_URL", &postgres.url()))?;
    insta::assert_snapshot!("private", table(&server, "private").await?);
    Ok(())
}

#[tokio::test]
async fn outside_of_rooms_everyone_may_what_the_table_says() -> Result<()> {
    let server = server()?;
    let scene = Scene::new(&server).await?;
    let room = scene.room("private").await?;
    let mut table = format!("{:<46} anonymous  person     admin\n", "no room");
    for (method, path) in
        routes()?.into_iter().filter(|(method, path)| method != "ANY" && !path.contains("{slug}"))
    {
        let mut line = format!("{:<46}", format!("{method} {path}"));
        for role in ["anonymous", "person", "admin"] {
            // What somebody does to their own account or session must not meet them again in the next cell.
            let who = match role {
                "anonymous" => Person::stranger(&server)?,
                "admin" => Person::log_in(&server, "ada").await?,
                _ => scene.newcomer().await?,
            };
            let Ask { path: asked, body } = ask_for(&method, &path, &room, &room.slug)?;
            let answer = who.ask(&method, &asked, body).await?;
            let led = leads_to_sign_in(&answer);
            let cell = if led { "→login".to_owned() } else { answer.status().as_u16().to_string() };
            line.push_str(&format!(" {cell:<10}"));
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    insta::assert_snapshot!("account", table);
    Ok(())
}

#[tokio::test]
async fn sockets_open_for_those_who_may_read_and_close_for_others_as_for_no_room() -> Result<()> {
    let server = server()?;
    let scene = Scene::new(&server).await?;
    let sockets: Vec<String> =
        routes()?.into_iter().filter(|(method, _)| method == "ANY").map(|(_, path)| path).collect();
    // The bot's own socket has nothing to do with rooms: see `seed_bot.rs`.
    let known = ["/ws", "/ws/chat", "/ws/chat/{slug}"];
    ensure!(sockets == known, "a socket nobody has looked at: {sockets:?}");
    for kind in ["private", "public"] {
        let room = scene.room(kind).await?;
        for role in ROLES {
            let who = room.person(&scene, role);
            let may = match role {
                "anonymous" | "banned" => false,
                "outsider" | "removed" | "admin" => kind == "public",
                _ => true,
            };
            if role == "anonymous" {
                for path in ["/ws".to_owned(), format!("/ws/chat/{}/", room.slug), "/ws/chat/nowhere/".into()]
                {
                    ensure!(who.socket_at(&path).await?.close_code().await? == 4401, "{path}");
                }
                continue;
            }
            let mut socket = who.socket().await?;
            let subscribe = |slug: &str| serde_json::json!({ "type": "subscribe", "room": slug });
            socket.send(subscribe(&room.slug)).await?;
            if may {
                socket.next_of("subscribed").await?;
                continue;
            }
            let refused = socket.next_of("error").await?;
            socket.send(subscribe("nowhere")).await?;
            ensure!(refused == socket.next_of("error").await?, "{role} in a {kind} room");
            for slug in [room.slug.as_str(), "nowhere"] {
                ensure!(
                    who.socket_at(&format!("/ws/chat/{slug}/")).await?.close_code().await? == 4404,
                    "{role}"
                );
            }
        }
    }
    Ok(())
}
