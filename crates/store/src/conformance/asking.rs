//! Who answers what, and what a bot may be told.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use domain::{
    events::Lane,
    ids::Seq,
    limits,
    members::{Role, Standing},
    messages::Draft,
    people::Person,
    replies::{Answers, Ending, ReplyState},
    rooms::{History, Posting, Room, RoomKind, RoomPatch},
};

async fn queued(scene: &Scene, person: &Person, room: &Room, content: &str) -> usize {
    scene.post(person, room, Draft::new(content, None, None).unwrap()).await.value.replies.len()
}

/// One that is named answers, one that is not does not; one that always answers does; and a name for everyone is nobody's.
pub async fn a_bot_answers_when_it_was_told_to_and_not_otherwise(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let den = scene.bot("den", Answers::Mentioned).await;
    assert_eq!(queued(&scene, &ada, &tea, "@den who is not here").await, 0);
    scene.add(&ada, &tea, &den).await;
    assert_eq!(queued(&scene, &ada, &tea, "hello").await, 0);
    assert_eq!(queued(&scene, &ada, &tea, "@all hello").await, 0);
    let reply = scene.ask(&ada, &tea, "@den what time?").await;
    assert_eq!((reply.bot.id, reply.asker.id, reply.run), (den.id, ada.id, 1));
    assert_eq!((reply.state, reply.text.as_str(), reply.message), (ReplyState::Queued, "", None));
    assert_eq!(scene.store.replies_in(&scene.reader(&ada, &tea).await).await.unwrap(), [reply]);
    let eve = scene.bot("eve", Answers::Always).await;
    scene.add(&ada, &tea, &eve).await;
    assert_eq!(scene.ask(&ada, &tea, "hello").await.bot.id, eve.id);
    let shy = scene.bot("shy", Answers::Direct).await;
    scene.add(&ada, &tea, &shy).await;
    assert_eq!(queued(&scene, &ada, &tea, "@shy @den").await, 2, "den and eve");
    let direct = scene.direct(&ada, &[&shy]).await.value;
    assert_eq!(scene.ask(&ada, &direct, "hello").await.bot.id, shy.id);
}

/// Whoever repeats a message is not answered twice.
pub async fn a_repeated_question_is_answered_once(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let den = scene.bot("den", Answers::Always).await;
    scene.add(&ada, &tea, &den).await;
    let draft = || Draft::new("hello", Some("x"), None).unwrap();
    assert_eq!(scene.post(&ada, &tea, draft()).await.value.replies.len(), 1);
    let again = scene.post(&ada, &tea, draft()).await.value;
    assert!(again.repeated && again.replies.is_empty());
    assert_eq!(scene.store.replies_in(&scene.reader(&ada, &tea).await).await.unwrap().len(), 1);
}

/// A bot that left, was switched off, only reads, or is in a room where it may not write says nothing.
pub async fn a_bot_that_may_not_write_does_not_answer(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let den = scene.bot("den", Answers::Always).await;
    scene.add(&ada, &tea, &den).await;
    let owner = scene.owner(&ada, &tea).await;
    let now = scene.now();
    scene.switch(&den, false).await;
    assert_eq!(queued(&scene, &ada, &tea, "hello").await, 0, "switched off");
    scene.switch(&den, true).await;
    assert_eq!(queued(&scene, &ada, &tea, "hello").await, 1, "switched on");
    scene.store.set_role(&owner, den.id, Role::ReadOnly, now).await.unwrap();
    assert_eq!(queued(&scene, &ada, &tea, "hello").await, 0, "only reads");
    scene.store.set_role(&owner, den.id, Role::Member, now).await.unwrap();
    let patch = RoomPatch { posting: Some(Posting::Moderators), ..RoomPatch::default() };
    scene.store.update_room(&owner, patch, now).await.unwrap();
    assert_eq!(queued(&scene, &ada, &tea, "hello").await, 0, "only moderators write");
    scene.store.set_role(&owner, den.id, Role::Moderator, now).await.unwrap();
    assert_eq!(queued(&scene, &ada, &tea, "hello").await, 1, "it is one");
    scene.store.dismiss(&owner, den.id, Standing::Removed, now).await.unwrap();
    assert_eq!(queued(&scene, &ada, &tea, "hello").await, 0, "removed");
}

/// Bots answer each other when named, and not for ever; whoever asked the first is who asked.
pub async fn bots_answer_each_other_a_few_times(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    for name in ["den", "eve"] {
        let bot = scene.bot(name, Answers::Mentioned).await;
        scene.add(&ada, &tea, &bot).await;
    }
    let mut reply = scene.ask(&ada, &tea, "@den, ask eve").await;
    for hop in 1..=limits::BOT_HOPS_MAX {
        let other = if hop % 2 == 1 { "eve" } else { "den" };
        let mut replies = scene.answer(&reply, &format!("@{other} your turn")).await.value.replies;
        assert_eq!(replies.len(), 1, "hop {hop}");
        reply = replies.pop().unwrap();
        assert_eq!((reply.bot.username.as_str(), reply.asker.id), (other, ada.id));
    }
    assert!(scene.answer(&reply, "@den @eve again").await.value.replies.is_empty(), "cut");
    let quiet = scene.ask(&ada, &tea, "@den").await;
    assert!(scene.answer(&quiet, "eve, you are not named").await.value.replies.is_empty());
}

/// What is too much is not queued, and asked again later it is.
pub async fn a_room_has_so_many_replies_in_progress(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let den = scene.bot("den", Answers::Always).await;
    scene.add(&ada, &tea, &den).await;
    let first = scene.ask(&ada, &tea, "first").await;
    for n in 1..limits::REPLIES_PER_ROOM_MAX {
        scene.ask(&ada, &tea, &n.to_string()).await;
    }
    assert_eq!(queued(&scene, &ada, &tea, "one too many").await, 0);
    let closed = scene.answer(&first, "yes").await.value.message;
    scene.ask(&ada, &tea, "now there is room").await;
    let again = scene.store.run_again(&scene.writer(&ada, &tea).await, closed.id, scene.now()).await;
    assert!(again.unwrap_err().to_string().contains("20"));
}

/// A newcomer who may read only from joining on hides what was before from the bot too.
pub async fn a_bot_is_told_what_everyone_may_read(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    let joining = RoomPatch { history: Some(History::Joining), ..RoomPatch::default() };
    scene.store.update_room(&scene.owner(&ada, &board).await, joining, scene.now()).await.unwrap();
    let secret = scene.say(&ada, &board, "secret").await;
    let told = |upto, limit| {
        let (store, room) = (scene.store.clone(), board.id);
        async move {
            let told = store.shared_history(room, upto, limit).await.unwrap();
            told.into_iter().map(|message| message.content).collect::<Vec<_>>()
        }
    };
    assert_eq!(told(secret.id, 10).await, ["secret"]);
    scene.add(&ada, &board, &bob).await;
    assert!(told(secret.id, 10).await.is_empty(), "bob may not read it");
    let one = scene.say(&bob, &board, "one").await;
    scene.say(&ada, &board, "two").await;
    let last = scene.say(&ada, &board, "three").await;
    assert_eq!(told(last.id, 10).await, ["one", "two", "three"]);
    assert_eq!(told(last.id, 2).await, ["two", "three"]);
    assert_eq!(told(one.id, 10).await, ["one"]);
    scene.store.delete(&scene.reader(&bob, &board).await, one.id, scene.now()).await.unwrap();
    assert_eq!(told(last.id, 10).await, ["two", "three"]);
    scene
        .store
        .dismiss(&scene.moderator(&ada, &board).await, bob.id, Standing::Removed, scene.now())
        .await
        .unwrap();
    assert_eq!(told(last.id, 10).await, ["secret", "two", "three"]);
}

/// An answer is a message with a place like any other, and those it names are told.
pub async fn those_named_by_a_bot_are_told(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let den = scene.bot("den", Answers::Always).await;
    scene.add(&ada, &tea, &den).await;
    let reply = scene.ask(&ada, &tea, "who knows?").await;
    let head = scene.since(Lane::Room(tea.id), Seq(0)).await.last().unwrap().seq;
    let written = scene.answer(&reply, "**@bob** does").await;
    let message = written.value.message;
    assert_eq!((message.seq, message.posted), (head.next(), head.next()));
    assert_eq!(message.mentions.iter().map(|m| m.person).collect::<Vec<_>>(), [bob.id]);
    assert_eq!(written.events.len(), 2, "the room and bob");
    assert!(scene.told(bob.id).await.contains(&written.events[0].change));
    assert_eq!(scene.since(Lane::Room(tea.id), head).await, [written.events[1].clone()]);
    let answer = message.answer.unwrap();
    assert_eq!((answer.asker.id, answer.question, answer.ending), (ada.id, reply.question, Ending::Complete));
    assert!(scene.say(&ada, &tea, "thanks").await.answer.is_none(), "a person's words answer as no bot");
}
