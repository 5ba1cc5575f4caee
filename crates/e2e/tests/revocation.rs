//! A right that is taken away is gone from live connections: at once here, within a second in another process that hears no relay.
//!
//! `RUNS` sets how often each case is measured (1 unless told otherwise); the figures are printed, and those of `docs/performance.md`
//! come from here. What is asserted is that the connection ends, soon, and that nothing of the room comes after; the limit on time
//! is generous, because the machine may be busy with other tests.

use anyhow::{Context, Result, bail, ensure};
use e2e::{Body, DEADLINE, EventStream, Options, Outage, Person, Postgres, Redis, Server, Socket, run};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const TRANSPORTS: [&str; 4] = ["socket", "events", "poll", "page"];

/// A live connection to a room.
enum Live {
    Socket(Socket),
    Events(EventStream),
    Poll(tokio::task::JoinHandle<Result<Response>>),
    Page(Response),
}

async fn open(transport: &str, person: &Person, room: &str) -> Result<Live> {
    let cursor = person.cursor(room).await?;
    Ok(match transport {
        "socket" => {
            let mut socket = person.socket().await?;
            socket.subscribe(room, &cursor).await?;
            Live::Socket(socket)
        }
        "events" => {
            let mut events = person.events(room, &cursor).await?;
            events.next().await?.context("the stream begins with what changed")?;
            Live::Events(events)
        }
        "poll" => {
            let (person, path) =
                (person.clone(), format!("/api/rooms/{room}/changes?since={cursor}&wait=50"));
            Live::Poll(tokio::spawn(async move { person.get(&path).await }))
        }
        _ => {
            let mut page = person.get(&format!("/rooms/{room}/stream/")).await?;
            ensure!(page.status().is_success());
            page.chunk().await?.context("the page begins")?;
            Live::Page(page)
        }
    })
}

/// Waits until the connection, or its part about the room, is over; everything it said before.
async fn end(live: Live) -> Result<String> {
    let ending = async {
        let mut said = String::new();
        match live {
            Live::Socket(mut socket) => loop {
                match socket.next().await {
                    Ok(frame) if frame["type"] == "ended" => return Ok(said),
                    Ok(frame) => said.push_str(&frame.to_string()),
                    Err(closed) => {
                        ensure!(closed.to_string().contains("4401"), "{closed}");
                        return Ok(said);
                    }
                }
            },
            Live::Events(mut events) => {
                while let Some(event) = events.next().await? {
                    said.push_str(&event.data.to_string());
                }
                Ok(said)
            }
            Live::Poll(poll) => {
                let answer = poll.await??;
                match answer.status() {
                    StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Ok(said),
                    status => bail!("the poll ended with {status}: {}", answer.text().await?),
                }
            }
            Live::Page(mut page) => {
                while let Some(chunk) = page.chunk().await? {
                    said.push_str(&String::from_utf8_lossy(&chunk));
                }
                Ok(said)
            }
        }
    };
    tokio::time::timeout(DEADLINE, ending).await.context("the connection stays")?
}

/// What is done to bob.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Removed,
    Banned,
    LoggedOut,
    Revoked,
    /// What listens is a program, whose token ends.
    TokenRevoked,
    Deactivated,
}

struct Scene {
    here: Server,
    there: Option<Server>,
    database: String,
    ada: Person,
    cyd: Person,
    made: usize,
}

impl Scene {
    async fn new(here: Server, there: Option<Server>, database: String) -> Result<Self> {
        let (ada, cyd) = (newcomer(&here, "ada", 1).await?, newcomer(&here, "cyd", 2).await?);
        Ok(Self { here, there, database, ada, cyd, made: 0 })
    }
}

/// Somebody from an address of their own: accounts are limited per address.
async fn newcomer(server: &Server, name: &str, nth: usize) -> Result<Person> {
    Person::stranger(server)?.sign_up_from(name, &format!("10.0.{}.{}", nth / 250, nth % 250)).await
}

fn options() -> Options {
    Options::default().set("POSTS_PER_MINUTE", "100000").set("TRUSTED_PROXIES", "127.0.0.1")
}

/// `ada` owns a room in which `bob` listens; the deed; how long it took until bob heard no more.
async fn once(scene: &mut Scene, transport: &str, deed: Deed, pause: Duration) -> Result<Duration> {
    scene.made += 1;
    let (ada, cyd) = (scene.ada.clone(), scene.cyd.clone());
    let name = format!("bob{}", scene.made);
    let bob = newcomer(&scene.here, &name, scene.made + 1_000).await?;
    let bobs_phone = Person::log_in(&scene.here, &name).await?;
    let kind = if deed == Deed::Banned { "public" } else { "private" };
    let room =
        json(&ada, "POST", "/api/rooms/", json!({ "name": format!("Room {}", scene.made), "kind": kind }))
            .await?;
    let room = room["slug"].as_str().context("a slug")?.to_owned();
    for name in [name.as_str(), "cyd"] {
        json(&ada, "POST", &format!("/api/rooms/{room}/members/"), json!({ "username": name })).await?;
    }
    let elsewhere = scene.there.as_ref().unwrap_or(&scene.here);
    let (mut there, cyd_there) = (bob.at(elsewhere)?, cyd.at(elsewhere)?);
    let mut token = Value::Null;
    if deed == Deed::TokenRevoked {
        token = json(&bob, "POST", "/api/tokens/", json!({ "name": "listener" })).await?;
        there = Person::by_token(elsewhere, token["token"].as_str().context("a secret")?)?;
    }
    let id = bob.json("/api/me/").await?["id"].clone();
    let connections = async || {
        let metrics = there.get("/metrics").await.ok()?.text().await.ok()?;
        let line = metrics.lines().find(|line| line.starts_with("tertulia_connections "))?;
        line.split(' ').nth(1)?.parse::<u64>().ok()
    };
    let before = connections().await.context("the number of connections")?;
    let live = open(transport, &there, &room).await?;
    e2e::until("a connection", || async { connections().await.filter(|now| *now > before) }).await?;
    let mut others = cyd_there.socket().await?;
    others.subscribe(&room, &cyd_there.cursor(&room).await?).await?;
    let waiting = tokio::spawn(async move { (end(live).await, Instant::now()) });
    tokio::time::sleep(pause).await;
    let started = Instant::now();
    match deed {
        Deed::Removed => {
            drop(json(&ada, "DELETE", &format!("/api/rooms/{room}/members/{id}/"), Value::Null).await?)
        }
        Deed::Banned => drop(json(&ada, "PUT", &format!("/api/rooms/{room}/bans/{id}/"), Value::Null).await?),
        Deed::LoggedOut => drop(bob.submit("/logout/", &[]).await?),
        Deed::Revoked => drop(bobs_phone.submit("/settings/sessions/others/", &[]).await?),
        Deed::TokenRevoked => {
            let path = format!("/api/tokens/{}/", token["id"]);
            drop(json(&bob, "DELETE", &path, Value::Null).await?);
        }
        Deed::Deactivated => drop(run(&["user", "deactivate", &name], &[("DATABASE_URL", &scene.database)])?),
    }
    // A withdrawal from the room has its place in the room's order: what comes after it is not heard, however soon it comes. The end of
    // a session is no part of that order.
    let (said, at) = if matches!(deed, Deed::Removed | Deed::Banned) {
        ada.post(&room, "without bob", "after").await?;
        waiting.await?
    } else {
        let ended = waiting.await?;
        ada.post(&room, "without bob", "after").await?;
        ended
    };
    ensure!(!said?.contains("without bob"), "{transport}, {deed:?}: bob heard what came after");
    loop {
        let heard = others.next_of("events").await?;
        if heard.to_string().contains("without bob") {
            return Ok(at.duration_since(started));
        }
    }
}

async fn json(who: &Person, method: &str, path: &str, body: Value) -> Result<Value> {
    let answer = who.ask(method, path, Some(Body::Json(body))).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{method} {path}: {status} {text}");
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn measure(mut scene: Scene, place: &str) -> Result<()> {
    let runs: u32 = std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let deeds =
        [Deed::Removed, Deed::Banned, Deed::LoggedOut, Deed::Revoked, Deed::TokenRevoked, Deed::Deactivated];
    for deed in deeds {
        // Rooms are limited per person and hour.
        scene.made += 1;
        scene.ada = newcomer(&scene.here, &format!("ada{}", scene.made), scene.made).await?;
        // Pages are for browsers, which have no token.
        let pages = deed != Deed::TokenRevoked;
        for transport in TRANSPORTS.into_iter().filter(|transport| pages || *transport != "page") {
            let mut took = Vec::new();
            for nth in 0..runs {
                // Spread over the half second in which a process looks at the heads, so that the runs do not fall in step with it.
                let pause = Duration::from_millis(500) * nth / runs;
                took.push(
                    once(&mut scene, transport, deed, pause)
                        .await
                        .with_context(|| format!("{transport}, {deed:?}"))?,
                );
            }
            took.sort();
            let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
            println!(
                "{place} | {deed:?} | {transport} | {} ms | {} ms",
                median.as_millis(),
                worst.as_millis()
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_withdrawn_here_is_gone_here() -> Result<()> {
    let here = Server::start_with(options())?;
    let database = format!("sqlite:{}/data/tertulia.db", here.directory().display());
    measure(Scene::new(here, None, database).await?, "here").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_withdrawn_here_is_gone_elsewhere_without_a_relay() -> Result<()> {
    let (postgres, mut redis) = (Postgres::start()?, Redis::start()?);
    let database = postgres.url();
    let shared = || options().set("DATABASE_URL", &database).set("RELAY_URL", &redis.url());
    let (here, there) = (Server::start_with(shared())?, Server::start_with(shared())?);
    redis.kill()?;
    measure(Scene::new(here, Some(there), database).await?, "elsewhere").await
}
