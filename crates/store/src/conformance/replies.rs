//! A reply's life: taken, begun, growing, stopped, lost, ended, and asked for again.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{Close, Holder, Leave, PageAt, StoreError};
use domain::{
    bots::Budgets,
    events::{Change, Lane},
    ids::Seq,
    members::Standing,
    messages::MessageKind,
    people::Person,
    replies::{Answers, Ending, ReplyState, Step},
    rooms::{Room, RoomKind, RoomPatch},
};

/// Ada's room, and a bot in it that always answers.
async fn tea(scene: &Scene) -> (Person, Room) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let den = scene.bot("den", Answers::Always).await;
    scene.add(&ada, &tea, &den).await;
    (ada, tea)
}

fn step(tool: &str) -> Step {
    Step { tool: tool.into(), arguments: "{}".into(), outcome: "4".into() }
}

/// Text is kept as it comes, at the byte where it belongs, and is there for whoever comes later; then it is a message.
pub async fn a_reply_grows_and_becomes_a_message(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let reply = scene.ask(&ada, &tea, "hello").await;
    let lease = scene.begin(&reply, "one").await.lease;
    let now = scene.now();
    assert!(!scene.store.append_reply(lease, 0, "Señor", &[], now).await.unwrap());
    assert!(!scene.store.append_reply(lease, 6, ", tea\0", &[step("dice")], now).await.unwrap());
    assert!(
        !scene.store.append_reply(lease, 6, ", tea\0", &[step("dice")], now).await.unwrap(),
        "written once"
    );
    let misplaced = scene.store.append_reply(lease, 6, ", tee!", &[], now).await;
    assert!(matches!(misplaced, Err(StoreError::Bug(_))), "{misplaced:?}");
    let open = scene.store.open_replies(&[reply.id]).await.unwrap().pop().unwrap();
    assert_eq!((open.text.as_str(), open.state, open.steps.len()), ("Señor, tea ", ReplyState::Sent, 1));
    let heads = scene.store.reply_heads(&[tea.id]).await.unwrap();
    assert_eq!(heads, [open.head()]);
    let close = Close { at: 12, steps: vec![step("dice")], ..scene.end(Ending::Complete, "or water?") };
    let early = Close { at: 11, ..close.clone() };
    assert!(matches!(scene.store.close_reply(lease, early, now).await, Err(StoreError::Bug(_))));
    let message = scene.store.close_reply(lease, close, now).await.unwrap().value.message;
    assert_eq!((message.content.as_str(), message.kind), ("Señor, tea or water?", MessageKind::Text));
    let answer = message.answer.clone().unwrap();
    assert_eq!((answer.reply, answer.run, answer.steps), (reply.id, 1, vec![step("dice")]));
    assert_eq!(scene.page(&ada, &tea, PageAt::Latest, 1).await.messages, [message]);
    assert!(scene.store.reply_heads(&[tea.id]).await.unwrap().is_empty());
    assert!(scene.store.open_replies(&[reply.id]).await.unwrap().is_empty());
}

/// Two processes want the same job: one has it, and the other is refused whatever it writes, before and after the first lets go.
pub async fn a_job_has_one_holder(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let reply = scene.ask(&ada, &tea, "hello").await;
    let first = scene.take(&reply, "one").await;
    let taken = |process: &str, seconds: i64| {
        let holder = Holder { process: process.into(), until: scene.at(seconds + 8) };
        let (store, now, id) = (scene.store.clone(), scene.at(seconds), reply.id);
        async move { store.take_reply(id, &holder, now).await.unwrap() }
    };
    assert!(taken("two", 7).await.is_none(), "held by the first");
    assert_eq!(
        scene.store.hold_replies(&[first.lease], scene.at(12), scene.at(7)).await.unwrap(),
        [first.lease]
    );
    assert!(taken("two", 11).await.is_none(), "held on");
    let second = taken("two", 12).await.unwrap();
    assert!(second.lease.generation > first.lease.generation);
    let stale =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::Stale)), "{result:?}");
    let now = scene.at(13);
    stale(scene.store.begin_reply(first.lease, 0, Budgets::default(), now).await.map(drop));
    assert!(scene.store.hold_replies(&[first.lease], scene.at(30), now).await.unwrap().is_empty());
    scene.store.begin_reply(second.lease, 0, Budgets::default(), now).await.unwrap();
    stale(scene.store.append_reply(first.lease, 0, "mine", &[], now).await.map(drop));
    stale(scene.store.stop_asked(first.lease).await.map(drop));
    stale(scene.store.close_reply(first.lease, scene.end(Ending::Complete, "mine"), now).await.map(drop));
    assert!(!scene.store.append_reply(second.lease, 0, "yours", &[], now).await.unwrap());
    let ended =
        scene.store.close_reply(second.lease, Close { at: 5, ..scene.end(Ending::Complete, "") }, now);
    assert_eq!(ended.await.unwrap().value.message.content, "yours");
    stale(scene.store.append_reply(second.lease, 5, "more", &[], now).await.map(drop));
    assert!(taken("two", 99).await.is_none(), "it has ended");
}

/// Of a process that died, what was only queued is run by the next one, and not before its time.
pub async fn a_queued_reply_is_run_by_the_next_holder(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let (held, unheld) = (scene.ask(&ada, &tea, "one").await, scene.ask(&ada, &tea, "two").await);
    scene.take(&held, "one").await;
    let lapsed = |seconds: i64| {
        let holder = Holder { process: "two".into(), until: scene.at(seconds + 8) };
        let (store, now) = (scene.store.clone(), scene.at(seconds));
        async move { store.take_lapsed(&holder, 10, now).await.unwrap() }
    };
    assert!(lapsed(1).await.value.is_empty(), "whoever asked comes first");
    assert_eq!(lapsed(3).await.value.iter().map(|job| job.reply.id).collect::<Vec<_>>(), [unheld.id]);
    let taken = lapsed(9).await;
    assert_eq!(taken.value.iter().map(|job| job.reply.id).collect::<Vec<_>>(), [held.id]);
    assert!(taken.events.is_empty() && taken.value[0].reply.state == ReplyState::Queued);
    assert!(lapsed(10).await.value.is_empty(), "taken once");
}

/// What had been sent is never sent again: it ends as interrupted with its text, everyone is told once, and it counts as used.
pub async fn a_sent_reply_whose_process_died_ends_with_its_text(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let reply = scene.ask(&ada, &tea, "one").await;
    let job = scene.take(&reply, "one").await;
    let leave = scene.store.begin_reply(job.lease, 70, Budgets::default(), scene.now()).await.unwrap();
    assert_eq!(leave, Leave::Granted);
    let again = scene.store.begin_reply(job.lease, 70, Budgets::default(), scene.now()).await.unwrap();
    assert_eq!(again, Leave::Granted, "and nothing more is set aside");
    scene.store.append_reply(job.lease, 0, "half a", &[step("dice")], scene.now()).await.unwrap();
    let holder = Holder { process: "two".into(), until: scene.at(20) };
    assert!(scene.store.take_lapsed(&holder, 10, scene.at(7)).await.unwrap().events.is_empty(), "held");
    let written = scene.store.take_lapsed(&holder, 0, scene.at(9)).await.unwrap();
    assert!(written.value.is_empty());
    let Change::Message(message) = &written.events[0].change else { panic!("{:?}", written.events) };
    let answer = message.answer.clone().unwrap();
    assert_eq!(
        (message.content.as_str(), answer.ending, answer.why.as_str()),
        ("half a", Ending::Interrupted, "lost")
    );
    assert_eq!(answer.steps, [step("dice")]);
    assert!(scene.store.take_lapsed(&holder, 10, scene.at(10)).await.unwrap().events.is_empty(), "once");
    let late = scene.store.append_reply(job.lease, 6, " word", &[], scene.at(10)).await;
    assert!(matches!(late, Err(StoreError::Stale)));
    assert_eq!(scene.store.usage(0, 10).await.unwrap()[0].input, 70);
}

/// The asker and who keeps order may stop a reply; others may not, and to outsiders there is none.
pub async fn whoever_asked_or_keeps_order_may_stop_it(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let (bob, cyd) = (scene.person("bob").await, scene.person("cyd").await);
    for person in [&bob, &cyd] {
        scene.add(&ada, &tea, person).await;
    }
    let now = scene.now();
    let reply = scene.ask(&bob, &tea, "hello").await;
    let lease = scene.begin(&reply, "one").await.lease;
    let by = scene.reader(&cyd, &tea).await;
    assert!(matches!(scene.store.stop_reply(&by, reply.id, now).await, Err(StoreError::Refused(_))));
    let elsewhere = scene.room(&cyd, "Elsewhere", RoomKind::Public).await;
    let by = scene.reader(&cyd, &elsewhere).await;
    assert!(matches!(scene.store.stop_reply(&by, reply.id, now).await, Err(StoreError::NotFound(_))));
    assert!(!scene.store.stop_asked(lease).await.unwrap());
    let written = scene.store.stop_reply(&scene.reader(&bob, &tea).await, reply.id, now).await.unwrap();
    assert!(written.events.is_empty(), "its holder ends it");
    assert!(scene.store.stop_asked(lease).await.unwrap());
    assert!(scene.store.append_reply(lease, 0, "wait", &[], now).await.unwrap());
    let close = Close { at: 4, ..scene.end(Ending::Stopped, "") };
    let message = scene.store.close_reply(lease, close, now).await.unwrap().value.message;
    assert_eq!((message.content.as_str(), message.kind), ("wait", MessageKind::Text));
    let owner = scene.reader(&ada, &tea).await;
    assert!(scene.store.stop_reply(&owner, reply.id, now).await.unwrap().events.is_empty(), "it has ended");
    let another = scene.ask(&bob, &tea, "hello").await;
    let lease = scene.take(&another, "one").await.lease;
    scene.store.stop_reply(&owner, another.id, now).await.unwrap();
    let leave = scene.store.begin_reply(lease, 5, Budgets::default(), now).await.unwrap();
    assert_eq!(leave, Leave::StopAsked);
}

/// What nobody runs yet ends at once, as a notice, and is never run.
pub async fn a_reply_that_nobody_runs_is_stopped_at_once(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let reply = scene.ask(&ada, &tea, "hello").await;
    let by = scene.reader(&ada, &tea).await;
    let written = scene.store.stop_reply(&by, reply.id, scene.now()).await.unwrap();
    let Change::Message(message) = &written.events[0].change else { panic!("{:?}", written.events) };
    assert_eq!((message.kind, message.content.as_str()), (MessageKind::Notice, ""));
    assert_eq!(message.answer.as_ref().unwrap().ending, Ending::Stopped);
    assert!(scene.store.take_reply(reply.id, &scene.holder("one"), scene.now()).await.unwrap().is_none());
}

/// A failure is a notice; the next run gives it a text, the one after that another, and each text stays as a version. A run without text
/// takes none away.
pub async fn another_run_gives_the_message_another_text(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let reply = scene.ask(&ada, &tea, "hello").await;
    let lease = scene.begin(&reply, "one").await.lease;
    let busy = Close { why: "busy".into(), retry_at: Some(scene.at(60)), ..scene.end(Ending::Failed, "") };
    let notice = scene.store.close_reply(lease, busy, scene.now()).await.unwrap().value.message;
    let answer = notice.answer.clone().unwrap();
    assert_eq!(
        (notice.kind, answer.why.as_str(), answer.retry_at),
        (MessageKind::Notice, "busy", Some(scene.at(60)))
    );
    let by = scene.writer(&ada, &tea).await;
    for (run, ending, text, content, version) in [
        (2, Ending::Complete, "first", "first", 1),
        (3, Ending::Complete, "second", "second", 2),
        (4, Ending::Failed, "", "second", 2),
    ] {
        let again = scene.store.run_again(&by, notice.id, scene.now()).await.unwrap();
        assert_eq!(
            (again.id, again.run, again.message, again.text.as_str()),
            (reply.id, run, Some(notice.id), "")
        );
        let shown = scene.store.message(&by, notice.id).await.unwrap().unwrap();
        assert_eq!(shown.answer.unwrap().run, run - 1, "the message shows what ended last");
        let twice = scene.store.run_again(&by, notice.id, scene.now()).await;
        assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
        let lease = scene.begin(&again, "one").await.lease;
        let written = scene.store.close_reply(lease, scene.end(ending, text), scene.now()).await.unwrap();
        let message = written.value.message;
        assert_eq!((message.id, message.content.as_str(), message.version), (notice.id, content, version));
        assert_eq!((message.kind, message.answer.as_ref().unwrap().run), (MessageKind::Text, run));
        assert!(!message.is_news());
        let head = Seq(message.seq.0 - 1);
        assert_eq!(
            scene.since(Lane::Room(tea.id), head).await,
            written.events,
            "it takes a place of its own"
        );
    }
    let versions = scene.store.versions(&by, notice.id).await.unwrap();
    assert_eq!(versions.iter().map(|v| v.content.as_str()).collect::<Vec<_>>(), ["first", "second"]);
}

/// Asking again is for whoever asked and who keeps order.
pub async fn not_everyone_may_ask_again(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let (bob, cyd) = (scene.person("bob").await, scene.person("cyd").await);
    let reply = scene.ask(&bob, &tea, "hello").await;
    let message = scene.answer(&reply, "hi").await.value.message;
    let now = scene.now();
    let by = scene.writer(&cyd, &tea).await;
    assert!(matches!(scene.store.run_again(&by, message.id, now).await, Err(StoreError::Refused(_))));
    let by = scene.writer(&bob, &tea).await;
    assert!(matches!(scene.store.run_again(&by, reply.question, now).await, Err(StoreError::NotFound(_))));
    scene.answer(&scene.store.run_again(&by, message.id, now).await.unwrap(), "hi again").await;
    let owner = scene.writer(&ada, &tea).await;
    assert!(scene.store.run_again(&owner, message.id, now).await.is_ok());
}

/// Deleting takes every text, and a run in progress does not bring one back; it ends all the same, and everyone is told.
pub async fn a_deleted_answer_stays_deleted(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let reply = scene.ask(&ada, &tea, "hello").await;
    let lease = scene.begin(&reply, "one").await.lease;
    let close = Close { steps: vec![step("dice")], ..scene.end(Ending::Complete, "secret") };
    let message = scene.store.close_reply(lease, close, scene.now()).await.unwrap().value.message;
    let by = scene.writer(&ada, &tea).await;
    let again = scene.store.run_again(&by, message.id, scene.now()).await.unwrap();
    let lease = scene.begin(&again, "one").await.lease;
    let gone = scene.store.delete(&by, message.id, scene.now()).await.unwrap().value;
    assert!(gone.content.is_empty() && gone.answer.unwrap().steps.is_empty());
    assert!(scene.store.stop_asked(lease).await.unwrap());
    let close = Close { steps: vec![step("dice")], ..scene.end(Ending::Stopped, "secret again") };
    let ended = scene.store.close_reply(lease, close, scene.now()).await.unwrap();
    let message = ended.value.message;
    assert!(message.is_deleted() && message.content.is_empty());
    let answer = message.answer.unwrap();
    assert!(answer.run == 2 && answer.steps.is_empty(), "{answer:?}");
    assert_eq!(ended.events.len(), 1);
    assert!(scene.store.replies_in(&by).await.unwrap().is_empty());
    let again = scene.store.run_again(&by, message.id, scene.now()).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
}

/// A bot that is sent away, switched off, or whose room is closed is asked to stop; what it had said until then stays said.
pub async fn a_bot_that_may_not_write_any_more_is_asked_to_stop(scene: Scene) {
    let (ada, tea) = tea(&scene).await;
    let den = scene.store.person_by_name("den").await.unwrap().unwrap();
    let (owner, now) = (scene.owner(&ada, &tea).await, scene.now());
    let leases = [scene.ask(&ada, &tea, "1").await, scene.ask(&ada, &tea, "2").await];
    let other = scene.room(&ada, "Other", RoomKind::Public).await;
    scene.add(&ada, &other, &den).await;
    let elsewhere = scene.begin(&scene.ask(&ada, &other, "3").await, "one").await.lease;
    let one = scene.begin(&leases[0], "one").await.lease;
    assert!(!scene.store.stop_asked(one).await.unwrap());
    scene.store.dismiss(&owner, den.id, Standing::Removed, now).await.unwrap();
    assert!(scene.store.stop_asked(one).await.unwrap());
    assert!(!scene.store.stop_asked(elsewhere).await.unwrap(), "it goes on elsewhere");
    let two = scene.take(&leases[1], "one").await.lease;
    let leave = scene.store.begin_reply(two, 0, Budgets::default(), now).await.unwrap();
    assert_eq!(leave, Leave::StopAsked);
    let message =
        scene.store.close_reply(one, scene.end(Ending::Stopped, "so far"), now).await.unwrap().value.message;
    assert_eq!(message.content, "so far");
    let again = scene.store.run_again(&scene.writer(&ada, &tea).await, message.id, now).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let closing = RoomPatch { archived: Some(true), ..RoomPatch::default() };
    scene.store.update_room(&scene.owner(&ada, &other).await, closing, now).await.unwrap();
    assert!(scene.store.stop_asked(elsewhere).await.unwrap());
    assert!(scene.store.close_reply(elsewhere, scene.end(Ending::Stopped, ""), now).await.is_ok());
}
