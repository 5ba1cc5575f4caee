//! What the hub promises about replies in progress: everyone sees the whole text, whenever they came and whatever became of the
//! signs, and nobody sees one that has ended.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[allow(dead_code, reason = "another file of tests uses the rest")]
mod truth;

use domain::{
    events::{Lane, Whisper},
    ids::{MessageId, PersonId, ReplyId, RoomId},
    replies::Reply,
};
use live::{Connection, Delivery, Hub, ProcessId, Rights, What, relay::memory::Memory};
use std::{sync::Arc, time::Duration};
use truth::{Script, reply};

const ADA: PersonId = PersonId(1);
const BOB: PersonId = PersonId(2);
const TEA: RoomId = RoomId(7);
const MEMBER: Rights = Rights { public: false, member: true, visible_from: MessageId(0) };

fn hub(truth: &Arc<Script>) -> Hub {
    Hub::new(truth.clone(), Arc::new(Memory), ProcessId(1))
}

async fn watching(hub: &Hub, person: PersonId, room: RoomId) -> Connection {
    let mut connection = hub.connect(person, None).await.unwrap();
    connection.watch(Lane::Room(room), MEMBER, None).await.unwrap();
    connection
}

fn began(reply: &Reply) -> Whisper {
    Whisper::Reply(Box::new(reply.clone()))
}

fn grown(reply: &Reply, at: usize, text: &str) -> Whisper {
    Whisper::ReplyGrown { room: reply.room, reply: reply.id, run: reply.run, at, text: text.into() }
}

/// Puts together what a reader is told of a reply, as a client does, until it ends or `enough` says so. `None`: it ended.
async fn read(connection: &mut Connection, enough: impl Fn(&str) -> bool) -> Option<String> {
    let (mut text, mut heard) = (String::new(), Vec::new());
    loop {
        tokio::time::timeout(Duration::from_secs(20), connection.next(&mut heard)).await.expect("it goes on");
        for delivery in heard.drain(..) {
            let Delivery::Entry(entry) = delivery else { continue };
            match &entry.what {
                What::Reply { reply, at: None } => text = reply.text.clone(),
                What::Reply { reply, at: Some(at) } => {
                    assert_eq!(*at, text.len(), "the new words follow what was told");
                    text.push_str(&reply.text[*at..]);
                }
                What::Change(_) => return None,
                _ => {}
            }
        }
        if enough(&text) {
            return Some(text);
        }
    }
}

#[tokio::test]
async fn who_comes_late_sees_the_text_so_far_and_the_rest_live() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, TEA).await;
    let tea = reply(1, TEA, "");
    truth.save(&tea);
    hub.whisper(began(&tea));
    hub.whisper(grown(&tea, 0, "Green tea "));
    let mut bob = watching(&hub, BOB, TEA).await;
    hub.whisper(grown(&tea, 10, "wants 80 degrees."));
    let whole = |text: &str| text.ends_with("degrees.");
    assert_eq!(read(&mut ada, whole).await.unwrap(), "Green tea wants 80 degrees.");
    assert_eq!(read(&mut bob, whole).await.unwrap(), "Green tea wants 80 degrees.");
}

#[tokio::test]
async fn words_that_were_lost_are_read_and_doubled_ones_told_once() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, TEA).await;
    let mut tea = reply(1, TEA, "");
    hub.whisper(began(&tea));
    hub.whisper(grown(&tea, 0, "one "));
    hub.whisper(grown(&tea, 0, "one "));
    tea.text = "one two three".into();
    truth.save(&tea);
    hub.whisper(grown(&tea, 8, "three"));
    assert_eq!(read(&mut ada, |text| text.len() >= 13).await.unwrap(), "one two three");
}

#[tokio::test]
async fn who_comes_first_catches_up_with_words_told_sooner_than_they_were_written_down() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut tea = reply(1, TEA, "");
    truth.save(&tea);
    let mut ada = watching(&hub, ADA, TEA).await;
    assert_eq!(read(&mut ada, |text| text.is_empty()).await.unwrap(), "");
    // What is written down is always two words behind what is told, and never all of it.
    let words: Vec<String> = (0..40).map(|n| format!("word{n} ")).collect();
    for n in 4..words.len() {
        tea.text = words[..n - 2].concat();
        truth.save(&tea);
        let at = words[..n].concat().len();
        hub.whisper(grown(&tea, at, &words[n]));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(read(&mut ada, |text| text.contains("word39")).await.unwrap(), words.concat());
}

#[tokio::test]
async fn with_no_sign_at_all_a_reply_is_seen_growing_from_the_truth() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, TEA).await;
    let mut tea = reply(1, TEA, "one");
    truth.save(&tea);
    assert_eq!(read(&mut ada, |text| text == "one").await.unwrap(), "one");
    tea.text = "one two".into();
    truth.save(&tea);
    assert_eq!(read(&mut ada, |text| text == "one two").await.unwrap(), "one two");
}

#[tokio::test]
async fn what_has_ended_is_not_told_to_newcomers_nor_opened_again_by_a_late_sign() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut ada = watching(&hub, ADA, TEA).await;
    let mut tea = reply(1, TEA, "done");
    truth.save(&tea);
    hub.whisper(began(&tea));
    hub.tell(vec![truth.end(&tea, 1)]);
    assert_eq!(read(&mut ada, |_| false).await, None);
    hub.whisper(grown(&tea, 4, " late"));
    hub.whisper(began(&tea));
    let mut bob = watching(&hub, BOB, TEA).await;
    tea.run = 2;
    tea.text = "again".into();
    truth.save(&tea);
    hub.whisper(began(&tea));
    assert_eq!(
        read(&mut bob, |text| !text.is_empty()).await.unwrap(),
        "again",
        "the next run is what comes first"
    );
    assert_eq!(read(&mut ada, |text| !text.is_empty()).await.unwrap(), "again");
}

#[tokio::test]
async fn a_reply_is_told_in_its_own_room_only() {
    let truth = Script::new();
    let hub = hub(&truth);
    let mut bob = watching(&hub, BOB, RoomId(8)).await;
    let (tea, coffee) = (reply(1, TEA, "tea"), reply(2, RoomId(8), "coffee"));
    for reply in [&tea, &coffee] {
        truth.save(reply);
        hub.whisper(began(reply));
    }
    assert_eq!(read(&mut bob, |text| !text.is_empty()).await.unwrap(), "coffee");
    assert_eq!(coffee.id, ReplyId(2));
}
