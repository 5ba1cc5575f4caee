//! The order of changes.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use domain::{
    events::{Change, Changes, Lane},
    ids::{MessageId, PersonId, RoomId, Seq},
    limits,
    messages::{Draft, Message},
    rooms::{RoomKind, RoomPatch},
};
use std::collections::BTreeMap;

/// Whoever applies what changed since any place to the state at that place has the present state.
pub async fn changes_since_any_place_lead_to_the_present_state(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let lane = Lane::Room(tea.id);
    let first = scene.say(&ada, &tea, "one").await;
    let mut events = scene.since(lane, Seq(0)).await;
    let writer = scene.writer(&ada, &tea).await;
    let now = scene.now();
    events.extend(scene.post(&bob, &tea, Draft::new("two", None, Some(first.id)).unwrap()).await.events);
    events.extend(scene.store.edit(&writer, first.id, "uno", now).await.unwrap().events);
    events.extend(scene.store.react(&writer, first.id, "👍", now).await.unwrap().events);
    events.extend(scene.store.unreact(&writer, first.id, "👍", now).await.unwrap().events);
    events.extend(scene.store.pin(&writer, first.id, now).await.unwrap().events);
    let topic = RoomPatch { topic: Some("leaves".into()), ..RoomPatch::default() };
    events.extend(scene.store.update_room(&scene.owner(&ada, &tea).await, topic, now).await.unwrap().events);
    events.extend(scene.store.delete(&writer, first.id, now).await.unwrap().events);
    events.extend(scene.post(&bob, &tea, Draft::new("three", None, None).unwrap()).await.events);
    events.retain(|event| event.lane == lane);
    assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq), "events come in the lane's order");
    let head = events.last().unwrap().seq;
    let present = state(&events.iter().map(|e| e.change.clone()).collect::<Vec<_>>());
    for place in 0..=head.0 {
        let before = events.iter().filter(|e| e.seq.0 <= place).map(|e| e.change.clone());
        let since = scene.since(lane, Seq(place)).await;
        assert!(since.windows(2).all(|pair| pair[0].seq < pair[1].seq));
        assert!(since.iter().all(|e| e.seq.0 > place));
        let applied: Vec<Change> = before.chain(since.into_iter().map(|e| e.change)).collect();
        assert_eq!(state(&applied), present, "from place {place}");
    }
}

/// What one knows after these changes.
fn state(changes: &[Change]) -> (BTreeMap<MessageId, Message>, BTreeMap<PersonId, String>, String) {
    let (mut messages, mut members, mut topic) = (BTreeMap::new(), BTreeMap::new(), String::new());
    for change in changes {
        match change {
            Change::Message(message) => drop(messages.insert(message.id, (**message).clone())),
            Change::Member(member) => drop(members.insert(member.profile.id, format!("{member:?}"))),
            Change::Room(room) => topic.clone_from(&room.topic),
            _ => {}
        }
    }
    (messages, members, topic)
}

/// A cursor from nowhere, or from too long ago, gets a reset and not a wrong answer.
pub async fn a_place_that_cannot_be_is_reset(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let head = scene.say(&ada, &tea, "one").await.seq;
    let beyond = scene.store.changes(Lane::Room(tea.id), head.next(), 10).await.unwrap();
    assert_eq!(beyond, Changes::Reset { head });
    let at = scene.store.changes(Lane::Room(tea.id), head, 10).await.unwrap();
    assert_eq!(at, Changes::Since { events: Vec::new(), upto: head, more: false });
    assert!(head.0 < limits::CHANGES_ROWS_MAX);
    assert!(scene.store.changes(Lane::Room(RoomId(9_999)), Seq(0), 10).await.is_err());
    let own = scene.since(Lane::Person(ada.id), Seq(0)).await.last().unwrap().seq;
    let beyond = scene.store.changes(Lane::Person(ada.id), own.next(), 10).await.unwrap();
    assert_eq!(beyond, Changes::Reset { head: own });
}

/// Many heads at once; unknown lanes are left out.
pub async fn heads_are_those_of_the_lanes(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let head = scene.say(&ada, &tea, "one").await.seq;
    let own = scene.since(Lane::Person(ada.id), Seq(0)).await.last().unwrap().seq;
    let asked = [Lane::Room(tea.id), Lane::Room(RoomId(9_999)), Lane::Person(ada.id)];
    let mut heads = scene.store.heads(&asked).await.unwrap();
    heads.sort_by_key(|head| head.lane);
    assert_eq!(
        heads.iter().map(|h| (h.lane, h.seq)).collect::<Vec<_>>(),
        [(Lane::Room(tea.id), head), (Lane::Person(ada.id), own)]
    );
    assert!(scene.store.heads(&[]).await.unwrap().is_empty());
}
