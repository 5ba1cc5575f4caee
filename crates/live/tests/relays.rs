//! What every relay promises, on each of them: the others hear, nobody waits, and a relay that dies or freezes comes back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use domain::{
    cursors::Epoch,
    events::Lane,
    ids::{RoomId, Seq},
};
use e2e::{Redis as Server, until, within};
use live::{
    Hint, HintNews, ProcessId, Relay,
    relay::{memory::Bus, redis::Redis},
};
use std::{sync::Arc, time::Instant};
use tokio::sync::mpsc::Receiver;

fn hint(from: u64, n: i64) -> Hint {
    Hint { from: ProcessId(from), news: HintNews::Moved(Lane::Room(RoomId(1)), Seq(n)) }
}

/// What one process says, the other hears, in the order it was said.
async fn the_other_hears_in_order(here: &dyn Relay, hears: &mut Receiver<Hint>, from: i64) {
    for n in from..from + 100 {
        here.publish(hint(1, n));
    }
    for n in from..from + 100 {
        let heard = within("a hint", hears.recv()).await.unwrap().expect("the relay is open");
        assert_eq!(heard, hint(1, n));
    }
}

async fn is_heard(relay: &dyn Relay, is: bool) {
    until("the relay's state", || async { (relay.is_heard() == is).then_some(()) }).await.unwrap();
}

#[tokio::test]
async fn on_the_bus_the_other_hears_in_order() {
    let bus = Bus::default();
    let mut hears = bus.subscribe();
    the_other_hears_in_order(&bus, &mut hears, 0).await;
    assert!(bus.is_heard());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_redis_the_other_hears_in_order_and_another_database_does_not() {
    let server = Server::start().unwrap();
    let relay = |epoch: &str| Arc::new(Redis::new(&server.url(), &Epoch(epoch.into())).unwrap());
    let (here, there, elsewhere) = (relay("a"), relay("a"), relay("b"));
    for relay in [&here, &there, &elsewhere] {
        is_heard(&**relay, true).await;
    }
    let (mut hears, mut stays_calm) = (there.subscribe(), elsewhere.subscribe());
    the_other_hears_in_order(&*here, &mut hears, 0).await;
    assert!(stays_calm.try_recv().is_err());
    assert_eq!(here.dropped(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_die_and_return_and_nobody_waits_for_it() {
    let mut server = Server::start().unwrap();
    let here = Redis::new(&server.url(), &Epoch("a".into())).unwrap();
    let there = Redis::new(&server.url(), &Epoch("a".into())).unwrap();
    let mut hears = there.subscribe();
    is_heard(&there, true).await;
    the_other_hears_in_order(&here, &mut hears, 0).await;
    server.kill().unwrap();
    is_heard(&there, false).await;
    let before = Instant::now();
    for n in 0..20_000 {
        here.publish(hint(1, n));
    }
    assert!(before.elapsed().as_secs() < 2, "publishing never waits");
    until("hints to be dropped and counted", || async { (here.dropped() > 0).then_some(()) }).await.unwrap();
    server.restart().unwrap();
    is_heard(&there, true).await;
    is_heard(&here, true).await;
    the_other_hears_a_new_one(&here, &mut hears).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_freeze_and_thaw_and_nobody_waits_for_it() {
    let server = Server::start().unwrap();
    let here = Redis::new(&server.url(), &Epoch("a".into())).unwrap();
    let mut hears = here.subscribe();
    is_heard(&here, true).await;
    server.freeze().unwrap();
    is_heard(&here, false).await;
    let before = Instant::now();
    for n in 0..1_000 {
        here.publish(hint(1, n));
    }
    assert!(before.elapsed().as_secs() < 2, "publishing never waits");
    server.thaw().unwrap();
    is_heard(&here, true).await;
    the_other_hears_a_new_one(&here, &mut hears).await;
}

/// Hints from before the relay's death may come or not; a new one comes.
async fn the_other_hears_a_new_one(here: &dyn Relay, hears: &mut Receiver<Hint>) {
    let mut n = 1_000_000;
    until("a new hint", || {
        n += 1;
        here.publish(hint(1, n));
        let mut heard = false;
        while let Ok(hint) = hears.try_recv() {
            heard |= matches!(hint.news, HintNews::Moved(_, seq) if seq.0 > 1_000_000);
        }
        async move { heard.then_some(()) }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_relay_that_is_away_from_the_start_prevents_nothing() {
    let relay = Redis::new("redis://127.0.0.1:1", &Epoch("a".into())).unwrap();
    relay.publish(hint(1, 1));
    assert!(!relay.is_heard());
    assert!(Redis::new("nonsense", &Epoch("a".into())).is_err());
}
