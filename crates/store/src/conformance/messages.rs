//! Messages.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{PageAt, StoreError};
use domain::{
    events::{Change, Lane},
    ids::{MessageId, Seq},
    members::Standing,
    messages::Draft,
    rooms::RoomKind,
};

fn draft(content: &str, client_id: &str) -> Draft {
    Draft::new(content, Some(client_id), None).unwrap()
}

/// Whoever is first in the lane has the smaller id, and no place is left out.
pub async fn ids_and_places_are_in_commit_order_under_eight_writers(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let before = scene.page(&ada, &tea, PageAt::Latest, 1).await.head;
    let writers: Vec<_> = (0..8)
        .map(|n| {
            let (scene, ada, tea) = (scene.clone(), ada.clone(), tea.clone());
            tokio::spawn(async move {
                for m in 0..25 {
                    scene.say(&ada, &tea, &format!("{n} {m}")).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let page = scene.page(&ada, &tea, PageAt::After(MessageId(0)), 500).await;
    assert_eq!(page.messages.len(), 200);
    assert!(page.messages.windows(2).all(|pair| pair[0].id < pair[1].id && pair[0].seq < pair[1].seq));
    let places: Vec<i64> = page.messages.iter().map(|message| message.seq.0).collect();
    assert_eq!(places, (before.0 + 1..=before.0 + 200).collect::<Vec<_>>());
}

/// What a post is answered with and told as is the message that is read afterwards, whether it is plain or names, answers and follows others.
pub async fn a_post_is_told_as_it_is_read(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let first = scene.post(&ada, &tea, draft("hello", "1")).await;
    let answer = Draft::new("yes, @ada", Some("2"), Some(first.value.message.id)).unwrap();
    let posts = [
        first,
        scene.post(&bob, &tea, answer).await,
        scene.post(&bob, &tea, draft("again, @everyone", "3")).await,
        scene.post(&ada, &tea, Draft::new("no client_id", None, None).unwrap()).await,
    ];
    let read = scene.page(&ada, &tea, PageAt::After(MessageId(0)), 10).await.messages;
    assert_eq!(posts.iter().map(|post| post.value.message.clone()).collect::<Vec<_>>(), read);
    for (post, read) in posts.iter().zip(read) {
        assert!(post.events.iter().any(|event| event.change == Change::Message(Box::new(read.clone()))));
    }
}

/// A repeated sending is recognised through everything that may happen to the message.
pub async fn the_same_draft_is_written_once_for_ever(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let first = scene.post(&ada, &tea, draft("hello", "x")).await.value.message;
    let again = scene.post(&ada, &tea, draft("hello", "x")).await;
    assert!(again.value.repeated && again.events.is_empty());
    assert_eq!(again.value.message, first);
    let writer = scene.writer(&ada, &tea).await;
    assert!(matches!(
        scene.store.post(&writer, draft("other", "x"), scene.now()).await,
        Err(StoreError::Conflict(_))
    ));
    assert!(matches!(scene.store.posted(&writer, &draft("other", "x")).await, Err(StoreError::Conflict(_))));
    scene.store.edit(&writer, first.id, "changed", scene.now()).await.unwrap();
    assert_eq!(scene.post(&ada, &tea, draft("hello", "x")).await.value.message.content, "changed");
    scene.store.delete(&writer, first.id, scene.now()).await.unwrap();
    assert!(scene.post(&ada, &tea, draft("hello", "x")).await.value.message.is_deleted());
    let bobs = scene.post(&bob, &tea, draft("hello", "x")).await.value.message;
    assert_ne!(bobs.id, first.id, "another person's client_id is another one");
    assert_eq!(scene.ids(&ada, &tea, PageAt::Latest, 10).await, [first.id, bobs.id]);
}

/// Versions can be read; only the author edits.
pub async fn an_edit_keeps_the_earlier_text(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let message = scene.say(&ada, &tea, "frist").await;
    let writer = scene.writer(&ada, &tea).await;
    let written = scene.store.edit(&writer, message.id, "first", scene.at(5)).await.unwrap();
    assert_eq!((written.value.version, written.value.content.as_str()), (2, "first"));
    assert!(written.value.seq > message.seq && written.value.edited_at.is_some());
    assert!(
        scene.store.edit(&writer, message.id, "first", scene.at(6)).await.unwrap().events.is_empty(),
        "the same text changes nothing"
    );
    let versions = scene.store.versions(&writer, message.id).await.unwrap();
    assert_eq!(versions.iter().map(|v| v.content.as_str()).collect::<Vec<_>>(), ["frist", "first"]);
    let bobs = scene.writer(&bob, &tea).await;
    assert!(matches!(
        scene.store.edit(&bobs, message.id, "mine", scene.now()).await,
        Err(StoreError::Refused(_))
    ));
}

/// Deleting erases at once.
pub async fn a_deletion_leaves_a_tombstone_and_no_text(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let message = scene.say(&bob, &tea, "secret @ada").await;
    let (adas, bobs) = (scene.writer(&ada, &tea).await, scene.writer(&bob, &tea).await);
    scene.store.edit(&bobs, message.id, "still secret @ada", scene.now()).await.unwrap();
    scene.store.react(&adas, message.id, "👍", scene.now()).await.unwrap();
    let gone = scene.store.delete(&adas, message.id, scene.now()).await.unwrap().value;
    assert!(
        gone.is_deleted() && gone.content.is_empty() && gone.reactions.is_empty() && gone.mentions.is_empty()
    );
    assert!(scene.store.versions(&adas, message.id).await.unwrap().is_empty());
    assert!(
        scene.store.delete(&adas, message.id, scene.now()).await.unwrap().events.is_empty(),
        "twice is once"
    );
    assert_eq!(scene.ids(&ada, &tea, PageAt::Latest, 10).await, [message.id]);
    let another = scene.say(&ada, &tea, "mine").await;
    assert!(matches!(scene.store.delete(&bobs, another.id, scene.now()).await, Err(StoreError::Refused(_))));
    assert!(matches!(
        scene.store.edit(&bobs, message.id, "back", scene.now()).await,
        Err(StoreError::Conflict(_))
    ));
}

/// A quote shows the present words, or none.
pub async fn answers_change_with_what_they_quote(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let question = scene.say(&ada, &tea, "**what** time?").await;
    let answer =
        scene.post(&ada, &tea, Draft::new("nine", None, Some(question.id)).unwrap()).await.value.message;
    assert_eq!(answer.reply_to.as_ref().unwrap().excerpt, "what time?");
    let writer = scene.writer(&ada, &tea).await;
    let written = scene.store.edit(&writer, question.id, "which day?", scene.now()).await.unwrap();
    assert_eq!(written.events.len(), 2, "the question and the answer");
    assert!(
        matches!(&written.events[1].change, Change::Message(m) if m.id == answer.id && m.reply_to.as_ref().unwrap().excerpt == "which day?")
    );
    let written = scene.store.delete(&writer, question.id, scene.now()).await.unwrap();
    assert!(
        matches!(&written.events[1].change, Change::Message(m) if m.reply_to.as_ref().unwrap().excerpt.is_empty())
    );
    let nowhere =
        scene.store.post(&writer, Draft::new("x", None, Some(MessageId(9_999))).unwrap(), scene.now()).await;
    assert!(matches!(nowhere, Err(StoreError::Invalid(invalid)) if invalid.field == "reply_to"));
}

/// What is deleted says nothing, and so does not change with what it quoted.
pub async fn a_deleted_answer_quotes_nothing(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let question = scene.say(&ada, &tea, "what time?").await;
    let draft = Draft::new("nine", None, Some(question.id)).unwrap();
    let answer = scene.post(&ada, &tea, draft).await.value.message;
    let writer = scene.writer(&ada, &tea).await;
    let deleted = scene.store.delete(&writer, answer.id, scene.now()).await.unwrap().value;
    assert!(deleted.reply_to.is_none());
    let written = scene.store.edit(&writer, question.id, "which day?", scene.now()).await.unwrap();
    assert_eq!(written.events.len(), 1, "the question alone");
    let again = scene.store.message(&writer, answer.id).await.unwrap().unwrap();
    assert_eq!(again, deleted, "the same id and seq, the same content");
    assert_eq!(scene.page(&ada, &tea, PageAt::Latest, 10).await.messages[1], deleted);
}

/// Whatever happens to a message afterwards, it was posted once.
pub async fn only_what_was_just_posted_is_news(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let question = scene.post(&ada, &tea, Draft::new("what?", Some("q"), None).unwrap()).await.value.message;
    let draft = Draft::new("that", None, Some(question.id)).unwrap();
    let answer = scene.post(&ada, &tea, draft).await.value.message;
    assert!(question.is_news() && answer.is_news());
    let writer = scene.writer(&ada, &tea).await;
    let written = scene.store.edit(&writer, question.id, "which?", scene.now()).await.unwrap();
    for event in &written.events {
        assert!(matches!(&event.change, Change::Message(message) if !message.is_news()), "{event:?}");
    }
    let touched = scene.store.message(&writer, answer.id).await.unwrap().unwrap();
    assert_eq!(
        (touched.version, touched.posted),
        (1, answer.seq),
        "untouched by its author, and no news all the same"
    );
}

/// Each takes a place, and twice is once.
pub async fn reactions_and_pins_come_and_go(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let message = scene.say(&ada, &tea, "tea?").await;
    let (adas, bobs) = (scene.writer(&ada, &tea).await, scene.writer(&bob, &tea).await);
    scene.store.react(&adas, message.id, "☕", scene.at(1)).await.unwrap();
    let two = scene.store.react(&bobs, message.id, "☕", scene.at(2)).await.unwrap().value;
    assert_eq!((two.reactions.len(), two.reactions[0].people.as_slice()), (1, [ada.id, bob.id].as_slice()));
    assert!(scene.store.react(&bobs, message.id, "☕", scene.at(3)).await.unwrap().events.is_empty());
    let one = scene.store.unreact(&adas, message.id, "☕", scene.at(4)).await.unwrap().value;
    assert_eq!(one.reactions[0].people, [bob.id]);
    assert!(scene.store.unreact(&adas, message.id, "☕", scene.at(5)).await.unwrap().events.is_empty());
    assert!(scene.store.pin(&adas, message.id, scene.now()).await.unwrap().value.pinned);
    assert_eq!(scene.store.pinned(&adas).await.unwrap().len(), 1);
    assert!(!scene.store.unpin(&adas, message.id, scene.now()).await.unwrap().value.pinned);
    assert!(scene.store.pinned(&adas).await.unwrap().is_empty());
}

/// Being named is told to whom it concerns.
pub async fn those_named_are_told_and_others_are_not(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    scene.store.add_member(&scene.moderator(&ada, &board).await, bob.id, scene.now()).await.unwrap();
    let message = scene.say(&ada, &board, "@bob @cyd @ada @nobody").await;
    assert_eq!(
        message.mentions.iter().map(|m| m.person).collect::<Vec<_>>(),
        [ada.id, bob.id],
        "cyd may not read here"
    );
    let named = |told: &[Change]| {
        told.iter().any(|change| matches!(change, Change::Mentioned { message: id, .. } if *id == message.id))
    };
    assert!(named(&scene.told(bob.id).await));
    assert!(!named(&scene.told(cyd.id).await));
    assert!(!named(&scene.told(ada.id).await), "one does not tell oneself");
    let edited = scene
        .store
        .edit(&scene.writer(&ada, &board).await, message.id, "@all", scene.now())
        .await
        .unwrap()
        .value;
    assert!(edited.mentions.is_empty() && edited.mentions_everyone);
}

/// Pages are ascending and say whether there is more.
pub async fn pages_lead_through_the_history(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    assert!(scene.page(&ada, &tea, PageAt::Latest, 5).await.messages.is_empty());
    let mut all = Vec::new();
    for n in 0..10 {
        all.push(scene.say(&ada, &tea, &n.to_string()).await.id);
    }
    let latest = scene.page(&ada, &tea, PageAt::Latest, 4).await;
    assert_eq!(latest.messages.iter().map(|m| m.id).collect::<Vec<_>>(), all[6..]);
    assert!(latest.more_before && !latest.more_after);
    assert_eq!(scene.ids(&ada, &tea, PageAt::Before(all[6]), 4).await, all[2..6]);
    assert_eq!(scene.ids(&ada, &tea, PageAt::After(all[2]), 4).await, all[3..7]);
    let around = scene.page(&ada, &tea, PageAt::Around(all[5]), 4).await;
    assert_eq!(around.messages.iter().map(|m| m.id).collect::<Vec<_>>(), all[3..7]);
    assert!(around.more_before && around.more_after);
    let end = scene.page(&ada, &tea, PageAt::After(all[9]), 4).await;
    assert!(end.messages.is_empty() && !end.more_after && end.more_before);
}

/// A proof that has gone stale opens nothing.
pub async fn rights_are_checked_again_when_writing(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let message = scene.say(&bob, &tea, "hello").await;
    let stale = scene.writer(&bob, &tea).await;
    scene
        .store
        .dismiss(&scene.moderator(&ada, &tea).await, bob.id, Standing::Banned, scene.now())
        .await
        .unwrap();
    let refused =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::Refused(_))), "{result:?}");
    refused(scene.store.post(&stale, draft("again", "y"), scene.now()).await.map(drop));
    refused(scene.store.edit(&stale, message.id, "again", scene.now()).await.map(drop));
    refused(scene.store.delete(&stale, message.id, scene.now()).await.map(drop));
    refused(scene.store.react(&stale, message.id, "👍", scene.now()).await.map(drop));
    refused(scene.store.join(&stale, scene.now()).await.map(drop));
}

/// Reading does not join; writing does, in the same transaction.
pub async fn the_first_message_joins(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    scene.page(&bob, &tea, PageAt::Latest, 5).await;
    assert!(scene.reader(&bob, &tea).await.member().is_none());
    let written = scene.post(&bob, &tea, draft("hello", "x")).await;
    let lane: Vec<_> = written.events.iter().filter(|e| e.lane == Lane::Room(tea.id)).collect();
    assert!(
        matches!((&lane[0].change, &lane[1].change), (Change::Member(m), Change::Message(_)) if m.is_in())
    );
    assert_eq!(lane[1].seq, Seq(lane[0].seq.0 + 1));
    assert!(scene.reader(&bob, &tea).await.member().is_some());
}
