//! Replies of two processes on one PostgreSQL: what one lets fall the other picks up once, and whoever ends, posts, stops and closes
//! rooms at the same time does not wait in a circle.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use domain::{
    bots::Budgets,
    events::{Change, Lane},
    ids::Seq,
    people::Person,
    replies::{Answers, Ending, Reply},
    rooms::{Room, RoomKind},
};
use e2e::Postgres as Server;
use std::{collections::BTreeSet, sync::Arc};
use store::{Holder, conformance::Scene, postgres::Postgres};

/// Two processes on one database, and a room of Ada's with a bot that always answers.
async fn two() -> (Scene, Scene, Person, Room, Server) {
    let server = Server::start().unwrap();
    let url = server.url();
    let (here, there) = (Postgres::connect(&url).await.unwrap(), Postgres::connect(&url).await.unwrap());
    let (here, there) = (Scene::new(Arc::new(here)), Scene::new(Arc::new(there)));
    let ada = here.person("ada").await;
    let tea = here.room(&ada, "Tea", RoomKind::Public).await;
    let den = here.bot("den", Answers::Always).await;
    here.add(&ada, &tea, &den).await;
    (here, there, ada, tea, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_held_is_picked_up_once() {
    let (here, there, ada, tea, _server) = two().await;
    let (mut queued, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for n in 0..16 {
        let reply = here.ask(&ada, &tea, &n.to_string()).await;
        if n % 2 == 0 {
            here.take(&reply, "dead").await;
            queued.insert(reply.id);
        } else {
            here.begin(&reply, "dead").await;
            sent.insert(reply.id);
        }
    }
    let looking: Vec<_> = [here.clone(), there.clone(), here.clone(), there]
        .into_iter()
        .enumerate()
        .map(|(n, scene)| {
            let holder = Holder { process: n.to_string(), until: scene.at(99) };
            tokio::spawn(async move { scene.store.take_lapsed(&holder, 10, scene.at(50)).await.unwrap() })
        })
        .collect();
    let (mut taken, mut ended) = (Vec::new(), Vec::new());
    for written in looking {
        let written = written.await.unwrap();
        taken.extend(written.value.iter().map(|job| job.reply.id));
        ended.extend(written.events.into_iter().filter_map(|event| match event.change {
            Change::Message(message) => message.answer.map(|answer| answer.reply),
            _ => None,
        }));
    }
    assert_eq!((taken.len(), ended.len()), (8, 8), "once each");
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), queued);
    assert_eq!(ended.into_iter().collect::<BTreeSet<_>>(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_ends_stops_and_switches_at_once_does_not_block_the_others() {
    const EACH: usize = 12;
    let (here, there, ada, tea, _server) = two().await;
    let bob = here.person("bob").await;
    let busy: Vec<_> = [(&here, &ada), (&there, &bob), (&here, &bob), (&there, &ada)]
        .into_iter()
        .enumerate()
        .map(|(n, (scene, person))| {
            let (scene, person, tea) = (scene.clone(), person.clone(), tea.clone());
            tokio::spawn(async move {
                for m in 0..EACH {
                    let reply = scene.ask(&person, &tea, "@bob and @ada say hello").await;
                    run(&scene, &person, &tea, &reply, (n + m) % 3).await;
                }
            })
        })
        .collect();
    let den = here.store.person_by_name("den").await.unwrap().unwrap();
    let patch = |name: usize| store::BotPatch { display_name: Some(name.to_string()), ..Default::default() };
    for n in 0..EACH {
        there.store.update_bot(None, den.id, patch(n), there.now()).await.unwrap();
    }
    for one in busy {
        one.await.unwrap();
    }
    assert!(here.store.reply_heads(&[tea.id]).await.unwrap().is_empty(), "all have ended");
    let events = here.since(Lane::Room(tea.id), Seq(0)).await;
    let posted: Vec<(Seq, i64)> = events
        .iter()
        .filter_map(|event| match &event.change {
            Change::Message(message) => Some((message.posted, message.id.0)),
            _ => None,
        })
        .collect();
    assert_eq!(posted.len(), 4 * EACH * 2, "each question and each answer once");
    assert!(posted.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
}

/// Runs a reply, or stops it before or while it runs.
async fn run(scene: &Scene, person: &Person, tea: &Room, reply: &Reply, way: usize) {
    let now = scene.now();
    if way == 0 {
        let by = scene.reader(person, tea).await;
        scene.store.stop_reply(&by, reply.id, now).await.unwrap();
        return;
    }
    let lease = scene.take(reply, "one").await.lease;
    let budgets = Budgets { day: 1_000_000, ..Budgets::default() };
    scene.store.begin_reply(lease, 10, budgets, now).await.unwrap();
    scene.store.append_reply(lease, 0, "hello ", &[], now).await.unwrap();
    if way == 1 {
        let by = scene.reader(person, tea).await;
        scene.store.stop_reply(&by, reply.id, now).await.unwrap();
    }
    let close = store::Close { at: 6, input: 1, ..scene.end(Ending::Complete, "@ada and @bob") };
    scene.store.close_reply(lease, close, now).await.unwrap();
}
