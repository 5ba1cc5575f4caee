//! A PostgreSQL server that goes away, hangs, is full or is held up, and comes back: errors that say so, and no restart of ours.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use domain::{
    limits::{DATABASE_ANSWER_MAX, DATABASE_LOCK_MAX, DATABASE_WAIT_MAX},
    messages::Draft,
    people::Person,
    rooms::{Room, RoomKind},
};
use e2e::Postgres as Server;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{PageAt, StoreError, conformance::Scene, postgres::Postgres};

async fn scene() -> (Scene, Person, Room, Server) {
    let server = Server::start().expect("a PostgreSQL server can be started");
    let scene = Scene::new(Arc::new(Postgres::connect(&server.url()).await.expect("it answers")));
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    (scene, ada, tea, server)
}

async fn beside(server: &Server) -> tokio_postgres::Client {
    let connected = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("it answers");
    tokio::spawn(connection);
    client
}

fn unavailable<T: std::fmt::Debug>(answer: store::Result<T>) -> String {
    match answer {
        Err(StoreError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn draft() -> Draft {
    Draft::new("during", None, None).expect("a good draft")
}

async fn texts(scene: &Scene, ada: &Person, tea: &Room) -> Vec<String> {
    let page = scene.page(ada, tea, PageAt::Latest, 50).await;
    page.messages.into_iter().map(|message| message.content).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_and_starts_again_is_used_again() {
    let (scene, ada, tea, mut server) = scene().await;
    scene.say(&ada, &tea, "before").await;
    let writer = scene.writer(&ada, &tea).await;
    for _ in 0..2 {
        server.stop().unwrap();
        for _ in 0..30 {
            unavailable(scene.store.post(&writer, draft(), scene.now()).await);
            unavailable(scene.store.page(&writer, PageAt::Latest, 5).await);
            unavailable(scene.store.ping().await);
        }
        server.restart().unwrap();
        scene.store.ping().await.unwrap();
        scene.say(&ada, &tea, "after").await;
    }
    assert_eq!(texts(&scene, &ada, &tea).await, ["before", "after", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_not_waited_for_for_ever() {
    let (scene, ada, tea, server) = scene().await;
    scene.say(&ada, &tea, "before").await;
    server.freeze().unwrap();
    let started = Instant::now();
    let why = unavailable(scene.store.person(ada.id).await);
    assert!(why.contains("did not answer within"), "{why}");
    assert!(started.elapsed() < DATABASE_ANSWER_MAX + DATABASE_WAIT_MAX + Duration::from_secs(5));
    server.thaw().unwrap();
    scene.say(&ada, &tea, "after").await;
    assert_eq!(texts(&scene, &ada, &tea).await, ["before", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_no_connection_left_says_so_and_later_has_one() {
    let (scene, _ada, _tea, server) = scene().await;
    let url = server.url();
    let mut others = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
        tokio::spawn(connection);
        others.push(client);
    }
    let why = unavailable(Postgres::connect(&url).await.map(|_| ()));
    assert!(why.contains("no more connections"), "{why}");
    // Who has a connection already goes on.
    scene.person("bob").await;
    drop(others);
    let connected = || async { Postgres::connect(&url).await.ok() };
    e2e::until("a connection", connected).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_off_are_replaced() {
    let (scene, ada, tea, server) = scene().await;
    scene.say(&ada, &tea, "before").await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tertulia'";
    beside(&server).await.batch_execute(cut).await.unwrap();
    let answers = || async { scene.store.ping().await.ok() };
    e2e::until("new connections", answers).await.unwrap();
    scene.say(&ada, &tea, "after").await;
    assert_eq!(texts(&scene, &ada, &tea).await, ["before", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_somebody_holds_for_too_long_is_said_and_reading_goes_on() {
    let (scene, ada, tea, server) = scene().await;
    scene.say(&ada, &tea, "before").await;
    let other = beside(&server).await;
    other.batch_execute("BEGIN; SELECT 1 FROM rooms FOR UPDATE").await.unwrap();
    let writer = scene.writer(&ada, &tea).await;
    let started = Instant::now();
    let why = unavailable(scene.store.post(&writer, draft(), scene.now()).await);
    assert!(why.contains("others are changing"), "{why}");
    assert!(started.elapsed() < DATABASE_LOCK_MAX + Duration::from_secs(5));
    assert_eq!(texts(&scene, &ada, &tea).await, ["before"]);
    other.batch_execute("ROLLBACK").await.unwrap();
    scene.say(&ada, &tea, "after").await;
    assert_eq!(texts(&scene, &ada, &tea).await, ["before", "after"]);
}
