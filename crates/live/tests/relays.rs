//! What every relay promises, on each of them: the others hear, nobody waits, and a relay that dies or freezes comes back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use domain::{
    cursors::Epoch,
    events::{Change, Event, Lane, Whisper},
    ids::{MessageId, PersonId, ReplyId, RoomId, Seq},
    limits,
};
use e2e::{Outage, until, within};
use live::{
    Hint, HintNews, ProcessId, Relay,
    relay::{self, Broker, memory::Bus},
};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;

fn hint(from: u64, n: i64) -> Hint {
    Hint { from: ProcessId(from), news: HintNews::Moved(Lane::Room(RoomId(1)), Seq(n)) }
}

/// What one process says, the other hears, in the order it was said.
async fn the_other_hears_in_order(here: &dyn Relay, hears: &mut Receiver<Hint>, count: i64) {
    for n in 0..count {
        here.publish(hint(1, n));
    }
    for n in 0..count {
        assert_eq!(next(hears).await, hint(1, n));
    }
}

async fn next(hears: &mut Receiver<Hint>) -> Hint {
    within("a hint", hears.recv()).await.unwrap().expect("the relay is open")
}

async fn is_heard(relay: &dyn Relay, is: bool) {
    until("the relay's state", || async { (relay.is_heard() == is).then_some(()) }).await.unwrap();
    assert!(!is || relay.fault().is_none(), "{:?}", relay.fault());
}

/// A change that takes about so many bytes.
fn change(bytes: usize) -> Event {
    let change = Change::Mentioned { room: RoomId(1), slug: "é".repeat(bytes / 2), message: MessageId(1) };
    Event { lane: Lane::Person(PersonId(7)), seq: Seq(3), change }
}

#[tokio::test]
async fn on_the_bus_the_other_hears_in_order() {
    let bus = Bus::default();
    let mut hears = bus.subscribe();
    the_other_hears_in_order(&bus, &mut hears, 100).await;
    assert!(bus.is_heard());
}

/// The relay of a process to a server, among those of one database.
type Open = fn(&str, &Epoch) -> Broker;

fn open(open: Open, server: &dyn Outage, epoch: &str) -> Broker {
    open(&server.url(), &Epoch(epoch.into()))
}

async fn others_hear_in_order_and_those_of_another_database_do_not(server: impl Outage, relay: Open) {
    let [here, there, third, elsewhere] = ["a", "a", "a", "b"].map(|epoch| open(relay, &server, epoch));
    for relay in [&here, &there, &third, &elsewhere] {
        is_heard(relay, true).await;
    }
    let mut hears = [&there, &third, &here].map(Relay::subscribe);
    let mut stays_calm = elsewhere.subscribe();
    for n in 0..5_000 {
        here.publish(hint(1, n));
    }
    for hears in &mut hears {
        for n in 0..5_000 {
            assert_eq!(next(hears).await, hint(1, n));
        }
    }
    elsewhere.publish(hint(2, 1));
    assert_eq!(next(&mut stays_calm).await, hint(2, 1), "nothing of the others came before it");
    assert_eq!(here.dropped(), 0);
}

async fn signs_and_changes_of_any_size_go_over(server: impl Outage, relay: Open) {
    let (here, there) = (open(relay, &server, "a"), open(relay, &server, "a"));
    is_heard(&there, true).await;
    let mut hears = there.subscribe();
    let (room, person) = (RoomId(1), PersonId(7));
    let grown = |text: String| Whisper::ReplyGrown { room, reply: ReplyId(1), run: 1, at: 0, text };
    let news = [
        HintNews::Whisper(Whisper::Typing { room, person, name: "Ada \u{1F98A} \"\\".into(), typing: true }),
        HintNews::Whisper(grown("ü\n\u{0}".repeat(30_000))),
        // The same words twice are two whispers.
        HintNews::Whisper(grown("ha ".into())),
        HintNews::Whisper(grown("ha ".into())),
        HintNews::Here((0..20_000).map(|person| (PersonId(person), person % 2 == 0)).collect()),
        HintNews::Event(Box::new(change(limits::RELAY_EVENT_BYTES_MAX - 500))),
        HintNews::Event(Box::new(change(limits::RELAY_EVENT_BYTES_MAX + 500))),
    ];
    for news in &news {
        here.publish(Hint { from: ProcessId(1), news: news.clone() });
    }
    for news in &news[..news.len() - 1] {
        let heard = next(&mut hears).await.news;
        assert!(heard == *news, "{} bytes", format!("{heard:?}").len());
    }
    let moved = next(&mut hears).await.news;
    assert_eq!(moved, HintNews::Moved(Lane::Person(person), Seq(3)), "too large: the place is told");
    assert_eq!(here.dropped(), 0);
    let people = (0..100_000).map(|person| (PersonId(person), true)).collect();
    here.publish(Hint { from: ProcessId(1), news: HintNews::Here(people) });
    assert_eq!(here.dropped(), 1, "what no server takes is counted");
    here.publish(hint(1, 1));
    assert_eq!(next(&mut hears).await, hint(1, 1), "and stops nothing");
}

async fn it_may_die_and_return_and_nobody_waits_for_it(mut server: impl Outage, relay: Open) {
    let (here, there) = (open(relay, &server, "a"), open(relay, &server, "a"));
    let mut hears = there.subscribe();
    is_heard(&there, true).await;
    the_other_hears_in_order(&here, &mut hears, 100).await;
    server.kill().unwrap();
    is_heard(&there, false).await;
    until("the reason", || async { there.fault() }).await.unwrap();
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

async fn it_may_freeze_and_thaw_and_nobody_waits_for_it(server: impl Outage, relay: Open) {
    let here = open(relay, &server, "a");
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

async fn it_may_come_later_than_its_processes(mut server: impl Outage, relay: Open) {
    server.kill().unwrap();
    let (here, there) = (open(relay, &server, "a"), open(relay, &server, "a"));
    let mut hears = there.subscribe();
    here.publish(hint(1, 1));
    let why = until("the reason", || async { here.fault() }).await.unwrap();
    assert!(why.contains("refused"), "{why}");
    assert!(!here.is_heard());
    server.restart().unwrap();
    is_heard(&here, true).await;
    is_heard(&there, true).await;
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

/// Each promise as a test of its own for one relay.
macro_rules! promises_of {
    ($name:ident, $server:ty, $open:expr) => {
        mod $name {
            use super::*;
            promises_of!($server, $open =>
                others_hear_in_order_and_those_of_another_database_do_not
                signs_and_changes_of_any_size_go_over
                it_may_die_and_return_and_nobody_waits_for_it
                it_may_freeze_and_thaw_and_nobody_waits_for_it
                it_may_come_later_than_its_processes);
        }
    };
    ($server:ty, $open:expr => $($promise:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $promise() {
            super::$promise(<$server>::start().unwrap(), $open).await;
        })*
    };
}

promises_of!(redis, e2e::Redis, |url, epoch| relay::redis::relay(url, epoch).unwrap());
promises_of!(nats, e2e::Nats, |url, epoch| relay::nats::relay(url, epoch).unwrap());
promises_of!(rabbitmq, e2e::RabbitMq, |url, epoch| relay::rabbitmq::relay(url, epoch).unwrap());
promises_of!(postgres, e2e::Postgres, |url, epoch| {
    relay::postgres::relay(url.parse().unwrap(), None, epoch)
});

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_rabbitmq_gathers_no_connections_of_ours() {
    const ATTEMPTS: Duration = Duration::from_secs(12);
    let server = e2e::RabbitMq::start().unwrap();
    let relay = relay::rabbitmq::relay(&server.url(), &Epoch("a".into())).unwrap();
    is_heard(&relay, true).await;
    server.freeze().unwrap();
    is_heard(&relay, false).await;
    let (begun, mut most) = (Instant::now(), 0);
    // Both ends of the relay are tried again every two seconds and a half.
    while begun.elapsed() < ATTEMPTS {
        relay.publish(hint(1, 1));
        most = most.max(threads("lapin-io-loop"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!((1..=4).contains(&most), "{most} threads");
    server.thaw().unwrap();
    is_heard(&relay, true).await;
}

/// How many threads of this process have a name.
fn threads(name: &str) -> usize {
    let all = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = all.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
    names.filter(|of| of.trim() == name).count()
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_and_named() {
    type Try = fn(&str, &Epoch) -> Result<Broker, relay::NotAUrl>;
    let relays: [(Try, [&str; 2]); 3] = [
        (relay::redis::relay, ["redis://:x:y", "nonsense"]),
        (relay::nats::relay, ["nats://a:b", "nats://a,nats://:b:c"]),
        (relay::rabbitmq::relay, ["amqp://a:b:c", "nonsense"]),
    ];
    for (relay, urls) in relays {
        for url in urls {
            let refused = relay(url, &Epoch("a".into())).err().map(|error| error.to_string());
            assert!(
                refused.as_ref().is_some_and(|said| said.starts_with("RELAY_URL: ")),
                "{url}: {refused:?}"
            );
        }
    }
}
