//! What many do at the same time on PostgreSQL, from two processes' worth of connections: nobody waits in a circle for good, no
//! place in a lane is skipped, and what must be there once is there once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use domain::{
    circles::Circle,
    events::{Change, Changes, Lane},
    ids::Seq,
    messages::Draft,
    people::Person,
    rooms::{Room, RoomKind},
};
use e2e::Postgres as Server;
use std::{collections::BTreeSet, sync::Arc};
use store::{FirstAdmin, PageAt, PersonPatch, conformance::Scene, postgres::Postgres};

/// Two processes on one database.
async fn two() -> (Scene, Scene, Server) {
    let server = Server::start().unwrap();
    let url = server.url();
    let (here, there) = (Postgres::connect(&url).await.unwrap(), Postgres::connect(&url).await.unwrap());
    (Scene::new(Arc::new(here)), Scene::new(Arc::new(there)), server)
}

/// Reads a lane as a process does that heard no hint at all, until the place it is told to wait for.
async fn follow(scene: Scene, room: Room, last: Seq) -> Vec<(i64, Change)> {
    let (mut heard, mut place) = (Vec::new(), Seq(0));
    while place < last {
        match scene.store.changes(Lane::Room(room.id), place, 7).await.unwrap() {
            Changes::Since { events, upto, .. } => {
                heard.extend(events.into_iter().map(|event| (event.seq.0, event.change)));
                place = upto;
            }
            Changes::Reset { .. } => panic!("{place} was reset"),
        }
        tokio::task::yield_now().await;
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_asks_while_eight_write_skips_nothing() {
    const EACH: i64 = 60;
    let (here, there, _server) = two().await;
    let ada = here.person("ada").await;
    let tea = here.room(&ada, "Tea", RoomKind::Public).await;
    let head = here.page(&ada, &tea, PageAt::Latest, 1).await.head;
    let last = Seq(head.0 + 8 * EACH);
    let reader = tokio::spawn(follow(there.clone(), tea.clone(), last));
    let writers: Vec<_> = (0..8)
        .map(|n| {
            let scene = if n % 2 == 0 { here.clone() } else { there.clone() };
            let (ada, tea) = (ada.clone(), tea.clone());
            tokio::spawn(async move {
                for m in 0..EACH {
                    scene.say(&ada, &tea, &format!("{n} {m}")).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let heard = reader.await.unwrap();
    let messages: Vec<(i64, i64)> = heard
        .iter()
        .filter_map(|(seq, change)| match change {
            Change::Message(message) => Some((*seq, message.id.0)),
            _ => None,
        })
        .collect();
    assert_eq!(messages.len() as i64, 8 * EACH);
    assert!(messages.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0 && pair[0].1 < pair[1].1));
}

/// Everybody names everybody in every room, marks what they read, changes their name and reads: many locks in many orders.
#[tokio::test(flavor = "multi_thread")]
async fn those_who_name_each_other_everywhere_at_once_do_not_block_each_other() {
    let (here, there, _server) = two().await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cleo", "dan", "eva", "fay"] {
        people.push(here.person(name).await);
    }
    let mut rooms = Vec::new();
    for name in ["Tea", "Ink", "Oak", "Sun"] {
        rooms.push(here.room(&people[0], name, RoomKind::Public).await);
    }
    let talkers: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(n, person)| {
            let scene = if n % 2 == 0 { here.clone() } else { there.clone() };
            tokio::spawn(talk(scene, person.clone(), rooms.clone(), n))
        })
        .collect();
    for talker in talkers {
        talker.await.unwrap();
    }
    for room in &rooms {
        let page = here.page(&people[0], room, PageAt::Latest, 200).await;
        assert_eq!(page.messages.len(), people.len() * 5);
        let members = here.store.roster(room.id, 100).await.unwrap();
        assert_eq!(members.len(), people.len());
    }
    for person in &people {
        let told = here.told(person.id).await;
        let named = told.iter().filter(|change| matches!(change, Change::Mentioned { .. })).count();
        assert_eq!(named, (people.len() - 1) * rooms.len() * 5, "{}", person.username);
    }
}

async fn talk(scene: Scene, person: Person, rooms: Vec<Room>, n: usize) {
    for round in 0..5 {
        for step in 0..rooms.len() {
            let room = &rooms[(n + step) % rooms.len()];
            let message = scene.say(&person, room, "@fay @ada @eva @bob @dan @cleo hello").await;
            scene.read(&person, room, message.id).await;
        }
        let display_name = Some(format!("{} {round}", person.username));
        let patch = PersonPatch { display_name, ..PersonPatch::default() };
        scene.store.update_person(person.id, patch, scene.now()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_draft_sent_by_two_processes_at_once_is_one_message() {
    let (here, there, _server) = two().await;
    let ada = here.person("ada").await;
    let tea = here.room(&ada, "Tea", RoomKind::Public).await;
    for n in 0..20 {
        let send = |scene: &Scene| {
            let (scene, ada, tea, id) = (scene.clone(), ada.clone(), tea.clone(), format!("c{n}"));
            tokio::spawn(async move {
                let draft = Draft::new("once", Some(&id), None).unwrap();
                scene.post(&ada, &tea, draft).await.value
            })
        };
        let (one, other) = (send(&here), send(&there));
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        assert_eq!(one.message.id, other.message.id);
        assert!(one.repeated ^ other.repeated);
    }
    assert_eq!(here.page(&ada, &tea, PageAt::Latest, 100).await.messages.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_first_accounts_one_governs_and_of_many_equal_names_one_is_taken() {
    let (here, there, _server) = two().await;
    let signing_up: Vec<_> = (0..12)
        .map(|n| {
            let scene = if n % 2 == 0 { here.clone() } else { there.clone() };
            tokio::spawn(async move { scene.account(&format!("ada{}", n / 2), FirstAdmin::IfNone).await })
        })
        .collect();
    let (mut administrators, mut names) = (0, BTreeSet::new());
    for account in signing_up {
        if let Ok(person) = account.await.unwrap() {
            administrators += i32::from(person.is_admin);
            assert!(names.insert(person.username));
        }
    }
    assert_eq!((administrators, names.len()), (1, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_made_at_once_share_no_address_and_a_pair_has_one_room() {
    let (here, there, _server) = two().await;
    let (ada, bob) = (here.person("ada").await, here.person("bob").await);
    let made: Vec<_> = (0..10)
        .map(|n| {
            let (scene, ada, bob) =
                (if n % 2 == 0 { &here } else { &there }.clone(), ada.clone(), bob.clone());
            tokio::spawn(async move {
                let room = scene.room(&ada, "Tea", RoomKind::Private).await;
                let (by, with) = if n % 3 == 0 { (ada.id, bob.id) } else { (bob.id, ada.id) };
                (
                    room.slug,
                    scene
                        .store
                        .direct(by, Circle::new(by, &[with]).unwrap(), scene.now())
                        .await
                        .unwrap()
                        .value
                        .id,
                )
            })
        })
        .collect();
    let (mut slugs, mut pairs) = (BTreeSet::new(), BTreeSet::new());
    for room in made {
        let (slug, pair) = room.await.unwrap();
        slugs.insert(slug);
        pairs.insert(pair);
    }
    assert_eq!((slugs.len(), pairs.len()), (10, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_given_up_half_way_leaves_nothing_and_holds_nothing() {
    let (here, _there, _server) = two().await;
    let ada = here.person("ada").await;
    let tea = here.room(&ada, "Tea", RoomKind::Public).await;
    let mut acknowledged = 0;
    for n in 0..200_u64 {
        let draft = Draft::new("half", None, None).unwrap();
        let writer = here.writer(&ada, &tea).await;
        let post = here.store.post(&writer, draft, here.now());
        let patience = std::time::Duration::from_micros(n * 20);
        acknowledged += usize::from(tokio::time::timeout(patience, post).await.is_ok());
    }
    here.say(&ada, &tea, "whole").await;
    let page = here.page(&ada, &tea, PageAt::Latest, 500).await;
    assert!(page.messages.len() > acknowledged);
    let heard = follow(here.clone(), tea.clone(), page.head).await;
    let places: Vec<i64> = heard.iter().map(|(seq, _)| *seq).collect();
    let first = places[0];
    assert_eq!(places, (first..=page.head.0).collect::<Vec<_>>());
}
