//! What the hub promises its connections: everything once and in order, whatever happens to the hints; rights withdrawn in order;
//! and only those concerned are told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[allow(dead_code, reason = "another file of tests uses the rest")]
mod truth;

use domain::{
    events::{Change, Changes, Lane, Whisper},
    ids::{MessageId, PersonId, RoomId, Seq, SessionId, TokenId},
    limits,
    members::Standing,
    tokens::PassId,
};
use live::{
    Closed, Connection, Delivery, Ended, Format, Hub, ProcessId, Rights, What, relay::memory::Memory,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use truth::{Script, member, message};

const ADA: PersonId = PersonId(1);
const BOB: PersonId = PersonId(2);
const TEA: RoomId = RoomId(7);
const LANE: Lane = Lane::Room(TEA);
const MEMBER: Rights = Rights { public: false, member: true, visible_from: MessageId(0) };

fn hub(truth: &Arc<Script>) -> Hub {
    Hub::new(truth.clone(), Arc::new(Memory), ProcessId(1))
}

async fn watching(hub: &Hub, person: PersonId, rights: Rights) -> Connection {
    let mut connection = hub.connect(person, Some(PassId::Session(SessionId(person.0)))).await.unwrap();
    connection.watch(LANE, rights, None).await.unwrap();
    connection
}

/// Follows a room until it has come to `upto`, as a client does: it catches up when it is told that it fell behind.
async fn follow(connection: &mut Connection, upto: Seq) -> Vec<Seq> {
    let (mut seen, mut heard) = (Vec::new(), Vec::new());
    while connection.place(LANE).is_some_and(|place| place < upto) {
        tokio::time::timeout(Duration::from_secs(20), connection.next(&mut heard)).await.expect("it goes on");
        for delivery in heard.drain(..) {
            match delivery {
                Delivery::Entry(entry) if matches!(entry.what, What::Change(_)) => seen.push(entry.to),
                Delivery::Lagged(lane) => {
                    let place = connection.place(lane);
                    if let Changes::Since { events, .. } =
                        connection.watch(lane, MEMBER, place).await.unwrap()
                    {
                        seen.extend(events.iter().map(|event| event.seq));
                    }
                }
                _ => {}
            }
        }
    }
    seen
}

fn places(from: i64, to: i64) -> Vec<Seq> {
    (from..=to).map(Seq).collect()
}

#[tokio::test(start_paused = true)]
async fn hints_that_are_lost_doubled_or_out_of_order_make_no_difference() {
    for seed in 1..40_u64 {
        let truth = Script::new();
        let hub = hub(&truth);
        let mut ada = watching(&hub, ADA, MEMBER).await;
        let mut chance = seed;
        let mut roll = |sides: u64| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (chance >> 33) % sides
        };
        let mut late = Vec::new();
        for n in 1..=60 {
            let event = truth.write(LANE, Change::Message(Box::new(message(n, TEA))));
            match roll(5) {
                0 => {}
                1 => late.push(event),
                2 => [event.clone(), event].into_iter().for_each(|event| hub.apply(event)),
                _ => hub.apply(event),
            }
            if roll(4) == 0 {
                late.drain(..).rev().for_each(|event| hub.apply(event));
            }
            if roll(10) == 0 {
                tokio::time::sleep(Duration::from_millis(roll(120))).await;
            }
        }
        assert_eq!(follow(&mut ada, Seq(60)).await, places(1, 60), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_hint_told_is_heard_within_a_second() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, MEMBER).await;
    truth.write(LANE, Change::Message(Box::new(message(1, TEA))));
    let before = tokio::time::Instant::now();
    assert_eq!(follow(&mut ada, Seq(1)).await, places(1, 1));
    assert!(before.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_a_while_is_read_when_it_is_back() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, MEMBER).await;
    truth.go_away(true);
    truth.write(LANE, Change::Message(Box::new(message(1, TEA))));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(ada.place(LANE), Some(Seq(0)));
    truth.go_away(false);
    assert_eq!(follow(&mut ada, Seq(1)).await, places(1, 1));
}

#[tokio::test(start_paused = true)]
async fn somebody_who_falls_behind_is_told_and_misses_nothing() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, MEMBER).await;
    let many = limits::LANE_ENTRIES_MAX as i64 + 500;
    for n in 1..=many {
        hub.apply(truth.write(LANE, Change::Message(Box::new(message(n, TEA)))));
    }
    let mut heard = Vec::new();
    ada.next(&mut heard).await;
    assert!(matches!(heard.as_slice(), [Delivery::Lagged(LANE)]));
    let Changes::Since { events, .. } = ada.watch(LANE, MEMBER, Some(Seq(0))).await.unwrap() else {
        panic!("not so far")
    };
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), places(1, many));
    hub.apply(truth.write(LANE, Change::Message(Box::new(message(many + 1, TEA)))));
    assert_eq!(follow(&mut ada, Seq(many + 1)).await, [Seq(many + 1)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_long_past_is_read_from_the_store_and_what_is_not_is_still_there() {
    for (slept, is_gone) in
        [(limits::LANE_ENTRIES_KEPT * 9 / 10, false), (limits::LANE_ENTRIES_KEPT * 21 / 10, true)]
    {
        let truth = Script::new();
        let hub = hub(&truth);
        let mut ada = watching(&hub, ADA, MEMBER).await;
        hub.apply(truth.write(LANE, Change::Message(Box::new(message(1, TEA)))));
        tokio::time::sleep(slept).await;
        let mut heard = Vec::new();
        ada.next(&mut heard).await;
        assert_eq!(
            matches!(heard.as_slice(), [Delivery::Lagged(LANE)]),
            is_gone,
            "after {slept:?}: {heard:?}"
        );
        let place = if is_gone { Seq(0) } else { Seq(1) };
        assert_eq!(ada.place(LANE), Some(place));
        if is_gone {
            let changes = ada.watch(LANE, MEMBER, Some(place)).await.unwrap();
            assert!(matches!(changes, Changes::Since { events, .. } if events.len() == 1));
        }
        hub.apply(truth.write(LANE, Change::Message(Box::new(message(2, TEA)))));
        assert_eq!(follow(&mut ada, Seq(2)).await, [Seq(2)]);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_removed_hears_nothing_more_and_the_others_do() {
    for (standing, public, why) in [
        (Standing::Removed, false, Some(Ended::Removed)),
        (Standing::Left, false, Some(Ended::Left)),
        (Standing::Banned, true, Some(Ended::Banned)),
        (Standing::Removed, true, None),
    ] {
        let truth = Script::new();
        let hub = hub(&truth);
        let rights = Rights { public, ..MEMBER };
        let (mut ada, mut bob) = (watching(&hub, ADA, rights).await, watching(&hub, BOB, rights).await);
        hub.tell(vec![
            truth.write(LANE, Change::Message(Box::new(message(1, TEA)))),
            truth.write(LANE, Change::Member(Box::new(member(BOB, TEA, standing)))),
            truth.write(LANE, Change::Message(Box::new(message(2, TEA)))),
        ]);
        let mut heard = Vec::new();
        bob.next(&mut heard).await;
        match why {
            Some(why) => {
                assert!(
                    matches!(&heard[..], [Delivery::Entry(one), Delivery::Ended(LANE, ended)] if one.to == Seq(1) && *ended == why)
                );
                assert_eq!(bob.place(LANE), None);
            }
            None => assert_eq!(bob.place(LANE), Some(Seq(3)), "a reader of a public room reads on"),
        }
        assert_eq!(follow(&mut ada, Seq(3)).await, places(1, 3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_does_not_hear_of_what_was_before() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut bob = watching(&hub, BOB, Rights { visible_from: MessageId(5), ..MEMBER }).await;
    hub.tell(vec![
        truth.write(LANE, Change::Message(Box::new(message(4, TEA)))),
        truth.write(LANE, Change::Message(Box::new(message(5, TEA)))),
    ]);
    let mut heard = Vec::new();
    bob.next(&mut heard).await;
    assert!(
        matches!(&heard[..], [Delivery::Skipped { from: Seq(1), to: Seq(1), .. }, Delivery::Entry(entry)] if entry.to == Seq(2))
    );
}

#[tokio::test(start_paused = true)]
async fn a_revoked_session_ends_its_own_connections_only() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut one = hub.connect(ADA, Some(PassId::Session(SessionId(1)))).await.unwrap();
    let mut other = hub.connect(ADA, Some(PassId::Session(SessionId(2)))).await.unwrap();
    // No hint tells of it: the comparison of heads does, as in another process with the relay dead.
    truth.write(Lane::Person(ADA), Change::SessionEnded(SessionId(1)));
    let mut heard = Vec::new();
    tokio::time::timeout(Duration::from_secs(1), one.next(&mut heard)).await.expect("within a second");
    assert!(matches!(heard[..], [Delivery::Closed(Closed::SignedOut)]));
    heard.clear();
    assert!(tokio::time::timeout(Duration::from_secs(5), other.next(&mut heard)).await.is_err(), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_ends_its_own_connections_only_and_an_expired_one_ends_by_itself() {
    let truth = Script::new();
    let hub = hub(&truth);
    // Numbers of sessions and tokens are apart: the session with the token's number goes on.
    let mut revoked = hub.connect(ADA, Some(PassId::Token(TokenId(1)))).await.unwrap();
    let mut session = hub.connect(ADA, Some(PassId::Session(SessionId(1)))).await.unwrap();
    let mut brief = hub.connect(ADA, Some(PassId::Token(TokenId(2)))).await.unwrap();
    brief.end_after(Duration::from_secs(60));
    truth.write(Lane::Person(ADA), Change::TokenEnded(TokenId(1)));
    let mut heard = Vec::new();
    tokio::time::timeout(Duration::from_secs(1), revoked.next(&mut heard)).await.expect("within a second");
    assert!(matches!(heard[..], [Delivery::Closed(Closed::SignedOut)]));
    heard.clear();
    assert!(
        tokio::time::timeout(Duration::from_secs(50), brief.next(&mut heard)).await.is_err(),
        "{heard:?}"
    );
    tokio::time::timeout(Duration::from_secs(10), brief.next(&mut heard)).await.expect("it is over");
    assert!(matches!(heard[..], [Delivery::Closed(Closed::SignedOut)]));
    heard.clear();
    assert!(
        tokio::time::timeout(Duration::from_secs(5), session.next(&mut heard)).await.is_err(),
        "{heard:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_keep_up_hears_the_end_at_once_and_the_rest_when_they_can() {
    let truth = Script::new();
    let hub = hub(&truth);
    let (mut slow, mut ended) = (watching(&hub, ADA, MEMBER).await, watching(&hub, BOB, MEMBER).await);
    let seq = truth.write(LANE, Change::Message(Box::new(message(1, TEA)))).seq;
    let busy = tokio::time::timeout(Duration::from_secs(2), slow.over()).await;
    assert!(busy.is_err(), "what happens in a room is no end");
    truth.write(Lane::Person(BOB), Change::SessionEnded(SessionId(BOB.0)));
    let over = tokio::time::timeout(Duration::from_secs(1), ended.over()).await.expect("within a second");
    assert_eq!(over, Closed::SignedOut);
    assert_eq!(follow(&mut slow, seq).await, [seq], "nothing was missed meanwhile");
}

#[tokio::test(start_paused = true)]
async fn the_fifth_stream_of_a_session_ends_the_first() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut open = Vec::new();
    for _ in 0..=limits::STREAMS_PER_SESSION_MAX {
        open.push(hub.connect_stream(ADA, Some(PassId::Session(SessionId(1)))).await.unwrap());
    }
    let mut heard = Vec::new();
    open[0].next(&mut heard).await;
    assert!(matches!(heard[..], [Delivery::Closed(Closed::Displaced)]));
    heard.clear();
    assert!(tokio::time::timeout(Duration::from_secs(2), open[1].next(&mut heard)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_event_is_encoded_once_for_a_hundred_connections() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut all = Vec::new();
    for _ in 0..100 {
        all.push(watching(&hub, ADA, MEMBER).await);
    }
    hub.tell(vec![truth.write(LANE, Change::Message(Box::new(message(1, TEA))))]);
    let encodings = AtomicUsize::new(0);
    for connection in &mut all {
        let mut heard = Vec::new();
        connection.next(&mut heard).await;
        let Delivery::Entry(entry) = &heard[0] else { panic!("an entry") };
        for format in [Format(0), Format(99)] {
            entry.encoded(format, |_| {
                encodings.fetch_add(1, Ordering::Relaxed);
                "bytes".into()
            });
        }
    }
    assert_eq!(encodings.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn signs_reach_those_they_concern() {
    let truth = Script::new();
    truth.put_in(ADA, TEA);
    truth.put_in(BOB, TEA);
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, MEMBER).await;
    let own = Lane::Person(BOB);
    let mut bob = hub.connect(BOB, None).await.unwrap();
    bob.watch(own, Rights::OWN, None).await.unwrap();
    hub.whisper(Whisper::Typing { room: TEA, person: BOB, name: "bob".into(), typing: true });
    hub.tell(vec![
        truth.write(LANE, Change::Message(Box::new(message(1, TEA)))),
        truth.write(LANE, Change::Message(Box::new(message(2, TEA)))),
    ]);
    let (mut typing, mut here) = (false, 0);
    let mut heard = Vec::new();
    while here < 2 || !typing {
        tokio::time::timeout(Duration::from_secs(5), ada.next(&mut heard)).await.expect("ada hears");
        for delivery in heard.drain(..) {
            let Delivery::Entry(entry) = delivery else { continue };
            match &entry.what {
                What::Whisper(Whisper::Typing { .. }) => typing = true,
                What::Whisper(Whisper::Presence(presence)) => {
                    here = presence.counts.map_or(0, |counts| counts.here)
                }
                _ => {}
            }
        }
    }
    tokio::time::timeout(Duration::from_secs(5), bob.next(&mut heard)).await.expect("bob hears");
    let told: Vec<_> =
        heard.iter().filter_map(|d| if let Delivery::Entry(e) = d { Some(&e.what) } else { None }).collect();
    assert!(
        matches!(told[..], [What::Whisper(Whisper::News { posted: 2, last: MessageId(2), .. })]),
        "{told:?}"
    );
    bob.set_away(true);
    let mut away = 0;
    while away == 0 {
        tokio::time::timeout(Duration::from_secs(5), ada.next(&mut heard)).await.expect("ada hears");
        for delivery in heard.drain(..) {
            if let Delivery::Entry(entry) = delivery
                && let What::Whisper(Whisper::Presence(presence)) = &entry.what
            {
                away = presence.counts.map_or(0, |counts| counts.away);
            }
        }
    }
}
