//! Marks and receipts.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use domain::{
    events::Whisper,
    ids::MessageId,
    limits,
    people::Person,
    receipts::{Mark, Receipt, State},
    rooms::{Room, RoomKind},
};

/// Somebody's device took messages, and they read some of them.
fn mark(person: &Person, room: &Room, delivered: MessageId, read: i64) -> Mark {
    Mark { room: room.id, person: person.id, delivered, read: MessageId(read) }
}

async fn receipt(scene: &Scene, by: &Person, room: &Room, message: MessageId) -> Option<Receipt> {
    scene.store.receipt(&scene.reader(by, room).await, message).await.unwrap()
}

fn states(receipt: Option<Receipt>) -> Vec<(String, State)> {
    let each = receipt.unwrap().each.unwrap();
    each.into_iter().map(|(profile, state)| (profile.username, state)).collect()
}

/// From sent over delivered to read, for each of a few, and for the author alone.
pub async fn an_author_is_told_how_far_a_message_came(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let room = scene.direct(&ada, &[&bob, &cyd]).await.value;
    let one = scene.say(&ada, &room, "one").await;
    let two = scene.say(&ada, &room, "two").await;
    let (b, c) = ("bob".to_owned(), "cyd".to_owned());
    let of = async |message| states(receipt(&scene, &ada, &room, message).await);
    assert_eq!(of(one.id).await, [(b.clone(), State::Sent), (c.clone(), State::Sent)]);
    let moved = scene.store.mark(&[mark(&bob, &room, two.id, one.id.0)], scene.now()).await.unwrap();
    assert_eq!((moved.value.len(), moved.events.len()), (1, 1), "his own lane hears that he read");
    assert_eq!(of(one.id).await[0], (b.clone(), State::Read));
    assert_eq!(of(two.id).await, [(b, State::Delivered), (c, State::Sent)]);
    assert_eq!(receipt(&scene, &bob, &room, one.id).await, None, "he did not write it");
    assert_eq!(receipt(&scene, &ada, &room, MessageId(two.id.0 + 9)).await, None, "nobody did");
    let all = scene.store.receipts(&scene.reader(&ada, &room).await, one.id).await.unwrap();
    assert_eq!(all.iter().map(|receipt| receipt.message).collect::<Vec<_>>(), [two.id]);
    let head = scene.page(&ada, &room, crate::PageAt::Latest, 1).await.head;
    assert_eq!(head, two.seq, "no mark takes a place in the room's lane");
}

/// A mark only goes forward and not beyond what there is; who is not in keeps none, and nothing new is told to nobody.
pub async fn marks_go_forward_and_tell_the_authors_behind_them(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let room = scene.direct(&ada, &[&bob]).await.value;
    let one = scene.say(&ada, &room, "one").await;
    let two = scene.say(&ada, &room, "two").await;
    let go = async |mark: Mark| scene.store.mark(&[mark], scene.now()).await.unwrap();
    let sums = async || scene.store.mark_sums(&[room.id]).await.unwrap();
    let before = sums().await;
    let moved = go(mark(&bob, &room, MessageId(two.id.0 + 100), one.id.0)).await;
    assert_ne!(sums().await, before, "a comparison notices it");
    let told = scene.store.moved(&moved.value).await.unwrap();
    let (author, person) = (ada.id, bob.id);
    assert_eq!(told, [Whisper::Receipt { room: room.id, author, person, delivered: two.id, read: one.id }]);
    for same in [
        mark(&bob, &room, two.id, one.id.0),
        mark(&bob, &room, one.id, 0),
        mark(&cyd, &room, two.id, two.id.0),
    ] {
        let nothing = go(same).await;
        assert!(nothing.value.is_empty() && nothing.events.is_empty(), "{same:?}");
    }
    let own = go(mark(&ada, &room, two.id, two.id.0)).await;
    assert!(
        scene.store.moved(&own.value).await.unwrap().is_empty(),
        "one's own words are not news of oneself"
    );
}

/// In a large room an author hears how many have read, in a very large one only when asking for one message.
pub async fn in_large_rooms_readers_are_counted_and_not_named(scene: Scene) {
    let ada = scene.person("ada").await;
    let room = scene.room(&ada, "Hall", RoomKind::Public).await;
    let mut people = Vec::new();
    for n in 0..limits::RECEIPTS_NAMED_MAX {
        let person = scene.person(&format!("p{n}")).await;
        scene.store.join(&scene.reader(&person, &room).await, scene.now()).await.unwrap();
        people.push(person);
    }
    let said = scene.say(&ada, &room, "hello").await;
    let marks: Vec<Mark> =
        people.iter().take(3).map(|person| mark(person, &room, said.id, said.id.0)).collect();
    let moved = scene.store.mark(&marks, scene.now()).await.unwrap().value;
    assert_eq!(moved.len(), 3, "written together");
    assert_eq!(
        scene.store.moved(&moved).await.unwrap(),
        [Whisper::Receipts { room: room.id }],
        "nobody is named"
    );
    let receipt = receipt(&scene, &ada, &room, said.id).await.unwrap();
    let counts = (receipt.people, receipt.delivered, receipt.read);
    assert_eq!((counts, &receipt.each), ((limits::RECEIPTS_NAMED_MAX, 3, 3), &None));
}
