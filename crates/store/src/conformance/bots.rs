//! Bots, what they used, and what they did not understand.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{BotPatch, Close, GuestUsage, Leave, Missed, NewBot, PageAt, StoreError};
use domain::{
    bots::{Bot, Budgets, UsageSum, UsageSums},
    events::{Change, Lane},
    ids::PersonId,
    limits,
    messages::Draft,
    people::{Person, Username},
    replies::{Answers, Ending},
    rooms::{Room, RoomKind},
};

const DAY: i64 = 1_700_000_000 / 86_400;

/// A bot is an account that cannot sign in; a change of it is told in its own lane, and a new name in its rooms.
pub async fn a_bot_is_made_and_changed(scene: Scene) {
    let ada = scene.person("ada").await;
    let new = |name: &str| NewBot {
        username: Username::new(name).unwrap(),
        display_name: "Den".into(),
        avatar: "\u{2615}".into(),
        owner: Some(ada.id),
        mind: "openai".into(),
        answers: Answers::Always,
        settings: r#"{"key":"k"}"#.into(),
    };
    let bot = scene.store.create_bot(None, new("den"), scene.now()).await.unwrap().value;
    let id = bot.profile.id;
    assert!(bot.profile.is_bot && bot.is_active && bot.owner == Some(ada.id));
    assert_eq!(
        (bot.mind.as_str(), bot.answers, bot.settings.as_str()),
        ("openai", Answers::Always, r#"{"key":"k"}"#)
    );
    assert_eq!(scene.store.credentials("den").await.unwrap().unwrap().password_hash, "");
    let again = scene.store.create_bot(None, new("DEN"), scene.now()).await;
    assert!(matches!(again, Err(StoreError::Invalid(invalid)) if invalid.field == "username"));
    let cat = scene.store.create_bot(None, new("cat"), scene.now()).await.unwrap().value;
    assert_eq!(scene.store.bots().await.unwrap(), [cat, bot.clone()], "by name");
    assert_eq!(scene.store.bot(id).await.unwrap(), Some(bot));
    assert_eq!(scene.store.bot_person(id).await.unwrap().unwrap().username, "den");
    assert!(scene.store.bot(ada.id).await.unwrap().is_none(), "ada is no bot");
    assert!(scene.store.bot_person(ada.id).await.unwrap().is_none());
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    scene.add(&ada, &tea, &scene.store.bot_person(id).await.unwrap().unwrap()).await;
    let patch = BotPatch { settings: Some("{}".into()), ..BotPatch::default() };
    let written = scene.store.update_bot(None, id, patch, scene.at(5)).await.unwrap();
    assert_eq!((written.value.settings.as_str(), written.value.updated_at), ("{}", scene.at(5)));
    assert_eq!(written.events.iter().map(|e| e.lane).collect::<Vec<_>>(), [Lane::Person(id)]);
    assert!(scene.told(id).await.contains(&written.events[0].change), "its lane repairs itself");
    let patch = BotPatch { display_name: Some("Dennis".into()), ..BotPatch::default() };
    let written = scene.store.update_bot(None, id, patch, scene.at(6)).await.unwrap();
    assert!(
        written
            .events
            .iter()
            .any(|e| matches!(&e.change, Change::Member(m) if m.profile.display_name == "Dennis"))
    );
    the_avatar_is_everybodys(&scene, &ada, id, tea).await;
    assert!(matches!(
        scene.store.update_bot(None, ada.id, BotPatch::default(), scene.now()).await,
        Err(StoreError::NotFound(_))
    ));
}

/// An avatar is told in the rooms of its bot when it is another one, and is read with everything the bot wrote. People have none.
async fn the_avatar_is_everybodys(scene: &Scene, ada: &Person, id: PersonId, tea: Room) {
    let told = |written: &crate::Written<Bot>| {
        written
            .events
            .iter()
            .any(|e| matches!(&e.change, Change::Member(m) if m.profile.avatar == "\u{1f375}"))
    };
    let patch = BotPatch { avatar: Some("\u{1f375}".into()), ..BotPatch::default() };
    let names = async || scene.page(ada, &tea, PageAt::Latest, 1).await.names;
    let before = names().await;
    let written = scene.store.update_bot(None, id, patch.clone(), scene.at(7)).await.unwrap();
    assert!(told(&written) && written.value.profile.avatar == "\u{1f375}");
    assert_ne!(names().await, before, "what shows it is another text now");
    let again = scene.store.update_bot(None, id, patch, scene.at(8)).await.unwrap();
    assert!(!told(&again), "it is the same");
    let bot = scene.store.bot_person(id).await.unwrap().unwrap();
    let said = scene.post(&bot, &tea, Draft::new("hello", None, None).unwrap()).await.value.message;
    let quoting = Draft::new("hello yourself", None, Some(said.id)).unwrap();
    let answer = scene.post(ada, &tea, quoting).await.value.message;
    let quoted = answer.reply_to.unwrap().author;
    assert_eq!([said.author.avatar, quoted.avatar, answer.author.avatar], ["\u{1f375}", "\u{1f375}", ""]);
    assert!(quoted.is_bot && !answer.author.is_bot);
    let patch = BotPatch { avatar: Some(String::new()), ..BotPatch::default() };
    let bare = scene.store.update_bot(None, id, patch, scene.at(9)).await.unwrap().value.profile;
    assert!(bare.is_bot && bare.avatar.is_empty(), "without one it stays a bot");
}

/// What is used is counted by day, bot, person and room, and what was set aside and not used is given back.
pub async fn what_is_used_is_counted(scene: Scene) {
    let ada = scene.person("ada").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let den = scene.bot("den", Answers::Always).await;
    scene.add(&ada, &tea, &den).await;
    let budgets = Budgets { person: 100, ..Budgets::default() };
    for (input, output) in [(10, 20), (30, 5)] {
        let job = scene.take(&scene.ask(&ada, &tea, "hello").await, "one").await;
        assert_eq!(
            scene.store.begin_reply(job.lease, 70, budgets, scene.now()).await.unwrap(),
            Leave::Granted
        );
        let close = Close { input, output, ..scene.end(Ending::Complete, "hi") };
        scene.store.close_reply(job.lease, close, scene.now()).await.unwrap();
    }
    let lines = scene.store.usage(DAY, 10).await.unwrap();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!((line.day, line.bot.id, line.person.id, line.room), (DAY, den.id, ada.id, tea.id));
    assert_eq!((line.input, line.output, line.room_name.as_str()), (40, 25, "Tea"));
    assert!(scene.store.usage(DAY + 1, 10).await.unwrap().is_empty());
    let sums = scene.store.usage_sums(DAY).await.unwrap();
    assert_eq!(sums.days, [UsageSum { of: DAY, input: 40, output: 25 }]);
    assert_eq!((sums.bots[0].of.id, sums.bots[0].input, sums.bots.len()), (den.id, 40, 1));
    assert_eq!((sums.people[0].of.id, sums.people[0].output, sums.people.len()), (ada.id, 25, 1));
    let none = UsageSums { days: Vec::new(), bots: Vec::new(), people: Vec::new() };
    assert_eq!(scene.store.usage_sums(DAY + 1).await.unwrap(), none);
}

/// What guests use counts in the budget of everyone together, and in no person's or room's; what was set aside for them counts until it
/// is given back.
pub async fn what_guests_use_counts_for_everyone_and_for_nobody_else(scene: Scene) {
    let store = &scene.store;
    let mut asking = Vec::new();
    for _ in 0..10 {
        let scene = scene.clone();
        asking.push(tokio::spawn(async move { scene.store.set_aside(30, 100, scene.now()).await.unwrap() }));
    }
    let mut days = Vec::new();
    for asked in asking {
        days.extend(asked.await.unwrap());
    }
    assert_eq!(days, [DAY; 3], "of ten that want 30 of 100, three have them");
    assert!(store.guest_usage(DAY).await.unwrap().is_empty(), "what is set aside is not used");
    for day in days {
        store.settle(GuestUsage { day, input: 20, output: 5 }, 30).await.unwrap();
    }
    assert_eq!(store.guest_usage(DAY).await.unwrap(), [GuestUsage { day: DAY, input: 60, output: 15 }]);
    assert!(store.guest_usage(DAY + 1).await.unwrap().is_empty());

    let ada = scene.person("ada").await;
    let den = scene.bot("den", Answers::Always).await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    scene.add(&ada, &tea, &den).await;
    let begin = async |budgets: Budgets| {
        let lease = scene.take(&scene.ask(&ada, &tea, "hello").await, "one").await.lease;
        store.begin_reply(lease, 30, budgets, scene.now()).await.unwrap()
    };
    assert_eq!(begin(Budgets { day: 100, ..Budgets::default() }).await, Leave::OverBudget);
    assert_eq!(begin(Budgets { person: 30, room: 30, day: 105 }).await, Leave::Granted);
    assert_eq!(store.set_aside(1, 105, scene.now()).await.unwrap(), None, "rooms count for guests too");
    assert_eq!(store.set_aside(1, 0, scene.now()).await.unwrap(), Some(DAY), "no budget, any number");
}

/// Each budget is kept when many begin at once: of ten that want 30 of 100 tokens, three have them.
pub async fn budgets_are_kept_when_many_begin_at_once(scene: Scene) {
    let ada = scene.person("ada").await;
    let den = scene.bot("den", Answers::Always).await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let milk = scene.room(&ada, "Milk", RoomKind::Public).await;
    for room in [&tea, &milk] {
        scene.add(&ada, room, &den).await;
    }
    let mut running = Vec::new();
    for n in 0..10 {
        let reply = scene.ask(&ada, if n % 2 == 0 { &tea } else { &milk }, "hello").await;
        let lease = scene.take(&reply, "one").await.lease;
        let scene = scene.clone();
        running.push(tokio::spawn(async move {
            let budgets = Budgets { person: 100, ..Budgets::default() };
            (lease, scene.store.begin_reply(lease, 30, budgets, scene.now()).await.unwrap())
        }));
    }
    let mut granted = Vec::new();
    for begun in running {
        let (lease, leave) = begun.await.unwrap();
        match leave {
            Leave::Granted => granted.push(lease),
            other => assert_eq!(other, Leave::OverBudget),
        }
    }
    assert_eq!(granted.len(), 3);
    let leave = |budgets: Budgets, room| {
        let (scene, ada) = (scene.clone(), ada.clone());
        async move {
            let lease = scene.take(&scene.ask(&ada, room, "hello").await, "one").await.lease;
            scene.store.begin_reply(lease, 30, budgets, scene.now()).await.unwrap()
        }
    };
    for over in [Budgets { day: 100, ..Budgets::default() }, Budgets { person: 100, ..Budgets::default() }] {
        assert_eq!(leave(over, &tea).await, Leave::OverBudget);
    }
    let close = Close { input: 5, ..scene.end(Ending::Complete, "hi") };
    scene.store.close_reply(granted[0], close, scene.now()).await.unwrap();
    assert_eq!(leave(Budgets { day: 100, ..Budgets::default() }, &tea).await, Leave::Granted, "given back");
    let water = scene.room(&ada, "Water", RoomKind::Public).await;
    scene.add(&ada, &water, &den).await;
    assert_eq!(leave(Budgets { room: 30, ..Budgets::default() }, &water).await, Leave::Granted);
    assert_eq!(leave(Budgets { room: 30, ..Budgets::default() }, &water).await, Leave::OverBudget);
    assert_eq!(leave(Budgets::default(), &water).await, Leave::Granted, "no budget, no end");
}

/// The newest questions that were not understood are kept, up to a number, and can be taken away.
pub async fn what_was_not_understood_is_kept(scene: Scene) {
    let (den, eve) = (scene.bot("den", Answers::Always).await, scene.bot("eve", Answers::Always).await);
    let missed = |n: usize| Missed {
        id: 0,
        text: format!("what? {n}"),
        intent: "greet".into(),
        confidence: 0.25,
        at: scene.at(n as i64),
    };
    for n in 0..=limits::MISSED_MAX {
        scene.store.keep_missed(den.id, missed(n)).await.unwrap();
    }
    scene.store.keep_missed(eve.id, missed(7)).await.unwrap();
    let kept = scene.store.missed(den.id, 2_000).await.unwrap();
    assert_eq!(kept.len(), limits::MISSED_MAX);
    assert_eq!(
        (kept[0].text.as_str(), kept[0].confidence, kept[0].at),
        ("what? 1000", 0.25, scene.at(1_000))
    );
    assert_eq!(kept.last().unwrap().text, "what? 1");
    let others = scene.store.missed(eve.id, 10).await.unwrap();
    scene.store.forget_missed(None, den.id, others[0].id, scene.at(0)).await.unwrap();
    assert_eq!(scene.store.missed(eve.id, 10).await.unwrap(), others, "another bot's stays");
    scene.store.forget_missed(None, eve.id, others[0].id, scene.at(0)).await.unwrap();
    assert!(scene.store.missed(eve.id, 10).await.unwrap().is_empty());
    let ada = scene.person("ada").await;
    assert!(matches!(scene.store.keep_missed(ada.id, missed(1)).await, Err(StoreError::NotFound(_))));
}
