//! Reports, and messages that administrators hide, restore and erase.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{FirstAdmin, MessageFilter, PageAt, Place, ReportCounts, StoreError};
use domain::{
    access::Admin,
    audit::{Act, Deed},
    events::{Change, Lane},
    ids::MessageId,
    invites::NewServerInvite,
    messages::Draft,
    people::Username,
    replies::Answers,
    reports::Resolution,
    rooms::{Room, RoomKind},
};

async fn admin(scene: &Scene) -> Admin {
    Admin::grant(&scene.account("root", FirstAdmin::Yes).await.unwrap()).unwrap()
}

fn deed(by: &Admin, act: Act, id: MessageId) -> Deed {
    Deed::new(by, act, id, "")
}

/// Nobody reads a hidden message, on no way: page, changes, quotes, versions, pins, what bots are told; and all of it comes back.
pub async fn a_hidden_message_is_read_by_nobody_until_it_is_restored(scene: Scene) {
    let (by, ada, bob) = (admin(&scene).await, scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let bad = scene.say(&bob, &tea, "frist secret @ada").await;
    let (adas, bobs) = (scene.writer(&ada, &tea).await, scene.writer(&bob, &tea).await);
    scene.store.edit(&bobs, bad.id, "secret @ada", scene.now()).await.unwrap();
    scene.store.react(&adas, bad.id, "👍", scene.now()).await.unwrap();
    scene.store.pin(&adas, bad.id, scene.now()).await.unwrap();
    let answer = scene.post(&ada, &tea, Draft::new("no", None, Some(bad.id)).unwrap()).await.value.message;
    let place = scene.page(&ada, &tea, PageAt::Latest, 1).await.head;
    let hidden = scene.store.hide(&deed(&by, Act::HideMessage, bad.id), bad.id, scene.at(9)).await.unwrap();
    assert!(hidden.value.is_hidden() && !hidden.value.is_deleted() && hidden.value.seq > place);
    let told = scene.since(Lane::Room(tea.id), place).await;
    assert_eq!(told, hidden.events, "whoever was away hears the same");
    let texts = format!("{told:?}{:?}", scene.page(&ada, &tea, PageAt::Latest, 9).await);
    assert!(!texts.contains("secret") && !texts.contains("👍"), "{texts}");
    assert!(matches!(&told[1].change, Change::Message(m) if m.id == answer.id
        && m.reply_to.as_ref().is_some_and(|quote| quote.hidden && quote.excerpt.is_empty())));
    assert!(scene.store.versions(&adas, bad.id).await.unwrap().is_empty());
    assert!(scene.store.pinned(&adas).await.unwrap().is_empty());
    let shared = scene.store.shared_history(tea.id, answer.id, 9).await.unwrap();
    assert_eq!(shared.iter().map(|m| m.id).collect::<Vec<_>>(), [answer.id], "what a bot is told");
    let lines = scene.store.chat_lines(&adas, MessageId(i64::MAX), 9).await.unwrap();
    assert!(lines.iter().all(|line| line.id != bad.id), "what a chat session's own client reads");
    let again = scene.store.hide(&deed(&by, Act::HideMessage, bad.id), bad.id, scene.at(10)).await.unwrap();
    assert!(again.events.is_empty(), "twice is once");
    let refused = |result: Result<(), StoreError>| {
        assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}")
    };
    refused(scene.store.edit(&bobs, bad.id, "again", scene.now()).await.map(drop));
    refused(scene.store.react(&adas, bad.id, "👍", scene.now()).await.map(drop));
    let draft = Draft::new("to that", None, Some(bad.id)).unwrap();
    assert!(matches!(scene.store.post(&adas, draft, scene.now()).await, Err(StoreError::Invalid(_))));
    let back =
        scene.store.restore(&deed(&by, Act::RestoreMessage, bad.id), bad.id, scene.now()).await.unwrap();
    assert!(!back.value.is_gone() && back.value.content == "secret @ada" && back.value.pinned);
    assert_eq!((back.value.reactions.len(), back.value.mentions.len(), back.events.len()), (1, 1, 2));
    assert_eq!(scene.page(&ada, &tea, PageAt::Latest, 9).await.messages[0], back.value);
    assert_eq!(scene.store.versions(&adas, bad.id).await.unwrap().len(), 2);
}

/// What is hidden is not counted as something to read.
pub async fn what_is_hidden_is_neither_unread_nor_a_mention(scene: Scene) {
    let (by, ada, bob) = (admin(&scene).await, scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let bad = scene.say(&bob, &tea, "@ada").await;
    scene.say(&bob, &tea, "@everyone").await;
    let counts = async || {
        let lines = scene.store.rooms_of(ada.id).await.unwrap();
        (lines[0].unread, lines[0].mentions)
    };
    assert_eq!(counts().await, (2, 2));
    scene.store.hide(&deed(&by, Act::HideMessage, bad.id), bad.id, scene.now()).await.unwrap();
    assert_eq!(counts().await, (1, 1));
}

/// Erasing is deleting by somebody who needs no seat in the room.
pub async fn an_erased_message_leaves_nothing_to_restore(scene: Scene) {
    let (by, ada, bob) = (admin(&scene).await, scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let bad = scene.say(&bob, &tea, "secret @ada").await;
    scene.store.hide(&deed(&by, Act::HideMessage, bad.id), bad.id, scene.now()).await.unwrap();
    let gone = scene.store.erase(&deed(&by, Act::EraseMessage, bad.id), bad.id, scene.now()).await.unwrap();
    assert!(gone.value.is_deleted() && !gone.value.is_hidden() && gone.value.content.is_empty());
    assert_eq!(gone.events.len(), 1);
    let look = scene.store.look(&deed(&by, Act::ViewMessage, bad.id), bad.id, scene.now()).await.unwrap();
    assert!(look.message().unwrap().content.is_empty() && look.message().unwrap().mentions.is_empty());
    let restored = scene.store.restore(&deed(&by, Act::RestoreMessage, bad.id), bad.id, scene.now()).await;
    assert!(matches!(restored, Err(StoreError::Conflict(_))));
    let twice = scene.store.erase(&deed(&by, Act::EraseMessage, bad.id), bad.id, scene.now()).await.unwrap();
    assert!(twice.events.is_empty());
}

/// An answer that is hidden while its bot gives it another text stays hidden, and the run ends.
pub async fn a_hidden_answer_stays_hidden(scene: Scene) {
    let (by, ada) = (admin(&scene).await, scene.person("ada").await);
    let den = scene.bot("den", Answers::Always).await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    scene.add(&ada, &tea, &den).await;
    let reply = scene.ask(&ada, &tea, "hello").await;
    let said = scene.answer(&reply, "secret").await.value.message;
    let again = scene.store.run_again(&scene.writer(&ada, &tea).await, said.id, scene.now()).await.unwrap();
    let job = scene.begin(&again, "one").await;
    scene.store.hide(&deed(&by, Act::HideMessage, said.id), said.id, scene.now()).await.unwrap();
    assert!(scene.store.stop_asked(job.lease).await.unwrap());
    let end = scene.end(domain::replies::Ending::Stopped, "another secret");
    let written = scene.store.close_reply(job.lease, end, scene.now()).await.unwrap();
    assert!(written.value.message.is_hidden() && written.value.message.content.is_empty());
    assert!(written.value.message.answer.is_some(), "readers hear which reply has ended");
    let more = scene.store.run_again(&scene.writer(&ada, &tea).await, said.id, scene.now()).await;
    assert!(matches!(more, Err(StoreError::Conflict(_))));
}

/// Once for each person and message, by whoever may read it; settled for all at once.
pub async fn a_message_is_reported_once_by_each_and_settled_for_all(scene: Scene) {
    let (by, ada, bob) = (admin(&scene).await, scene.person("ada").await, scene.person("bob").await);
    let cyd = scene.person("cyd").await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let bad = scene.say(&bob, &tea, "bad").await;
    let worse = scene.say(&bob, &tea, "worse").await;
    let report = async |who: &domain::people::Person, id: MessageId, why: &str| {
        scene.store.report(&scene.reader(who, &tea).await, id, why, scene.now()).await
    };
    assert!(report(&ada, bad.id, "rude").await.unwrap());
    assert!(!report(&ada, bad.id, "still rude").await.unwrap(), "once");
    assert!(report(&cyd, bad.id, "").await.unwrap() && report(&cyd, worse.id, "").await.unwrap());
    assert!(matches!(report(&cyd, MessageId(9_999), "").await, Err(StoreError::NotFound(_))));
    let page = |open| scene.store.reports(open, &Place::First, 2);
    let open = page(true).await.unwrap();
    assert_eq!(
        open.rows.iter().map(|r| (r.reporter.id, r.message)).collect::<Vec<_>>(),
        [(cyd.id, worse.id), (cyd.id, bad.id)]
    );
    let rest = scene.store.reports(true, &open.next.unwrap(), 2).await.unwrap().rows;
    assert_eq!((rest.len(), rest[0].reason.as_str(), rest[0].author.id), (1, "rude", bob.id));
    let settle = deed(&by, Act::SettleReport, bad.id);
    let settled =
        scene.store.settle_report(&settle, rest[0].id, Resolution::Dismissed, scene.at(5)).await.unwrap();
    assert_eq!(settled.value.resolved.map(|(how, ..)| how), Some(Resolution::Dismissed));
    assert!(settled.events.is_empty(), "nothing came of it");
    assert_eq!(scene.store.count_reports().await.unwrap(), ReportCounts { open: 1, resolved: 2 });
    scene.store.hide(&deed(&by, Act::HideMessage, worse.id), worse.id, scene.at(6)).await.unwrap();
    let resolved = page(false).await.unwrap().rows;
    let (how, at, who) = resolved[0].resolved.clone().unwrap();
    assert_eq!((how, at, who.map(|who| who.id)), (Resolution::Hidden, scene.at(6), by.person()));
    assert!(matches!(report(&ada, worse.id, "").await, Err(StoreError::Conflict(_))), "it is gone");
    let one = scene.store.one_report(resolved[0].id).await.unwrap().unwrap();
    assert_eq!((one.message, scene.store.one_report(9_999).await.unwrap()), (worse.id, None));
}

/// What comes of a report and that it is settled is one piece of work, written down with it; a refusal leaves neither.
pub async fn a_report_is_settled_with_what_comes_of_it_or_not_at_all(scene: Scene) {
    let root = scene.account("root", FirstAdmin::Yes).await.unwrap();
    let (by, ada, bob) = (Admin::grant(&root).unwrap(), scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let log = async || {
        let rows = scene.store.audit(&crate::AuditFilter::default(), &Place::First, 9).await.unwrap().rows;
        rows.into_iter().map(|entry| entry.act).collect::<Vec<_>>()
    };
    let settle = async |message: MessageId, how: Resolution| {
        scene.store.report(&scene.reader(&ada, &tea).await, message, "", scene.now()).await.unwrap();
        let open = scene.store.reports(true, &Place::First, 1).await.unwrap().rows[0].id;
        scene.store.settle_report(&deed(&by, Act::SettleReport, message), open, how, scene.now()).await
    };
    let mine = scene.say(&root, &tea, "mine").await;
    let refused = settle(mine.id, Resolution::Deactivated).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "the last who governs: {refused:?}");
    assert_eq!((scene.store.count_reports().await.unwrap().open, log().await), (1, vec![]));
    let mut written = Vec::new();
    for (how, act) in [
        (Resolution::Hidden, Act::HideMessage),
        (Resolution::Erased, Act::EraseMessage),
        (Resolution::Deactivated, Act::DeactivatePerson),
    ] {
        let bad = scene.say(&bob, &tea, how.as_str()).await;
        let settled = settle(bad.id, how).await.unwrap();
        assert_eq!(settled.value.resolved.map(|(how, ..)| how), Some(how));
        assert!(!settled.events.is_empty(), "somebody hears what came of it: {how:?}");
        written.splice(0..0, [Act::SettleReport.as_str().to_owned(), act.as_str().to_owned()]);
        assert_eq!(log().await, written);
    }
    assert!(!scene.store.person(bob.id).await.unwrap().unwrap().is_active);
    let none = deed(&by, Act::SettleReport, mine.id);
    let none = scene.store.settle_report(&none, 9_999, Resolution::Dismissed, scene.now()).await;
    assert!(matches!(none, Err(StoreError::NotFound("report"))));
}

/// What is not public is open to administrators where it was reported, and nowhere else.
pub async fn administrators_see_of_private_rooms_only_what_was_reported(scene: Scene) {
    let (by, ada, bob) = (admin(&scene).await, scene.person("ada").await, scene.person("bob").await);
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    scene.add(&ada, &board, &bob).await;
    let said = [scene.say(&ada, &board, "one").await, scene.say(&bob, &board, "secret two").await];
    let (quiet, loud) = (said[0].id, said[1].id);
    let look = async |id| scene.store.look(&deed(&by, Act::ViewMessage, id), id, scene.now()).await;
    let hide = async |id| scene.store.hide(&deed(&by, Act::HideMessage, id), id, scene.now()).await;
    let found = async |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let filter = MessageFilter { words, ..MessageFilter::default() };
        scene.store.find_messages(&filter, &Place::First, 9).await.unwrap().rows
    };
    for id in [quiet, loud] {
        assert!(matches!(look(id).await, Err(StoreError::NotFound(_))));
        assert!(matches!(hide(id).await, Err(StoreError::NotFound(_))));
        let erase = scene.store.erase(&deed(&by, Act::EraseMessage, id), id, scene.now()).await;
        assert!(matches!(erase, Err(StoreError::NotFound(_))));
    }
    assert!(found(&[]).await.is_empty());
    scene.store.report(&scene.reader(&ada, &board).await, loud, "", scene.now()).await.unwrap();
    assert!(matches!(look(quiet).await, Err(StoreError::NotFound(_))));
    let seen = look(loud).await.unwrap();
    assert_eq!(seen.message().unwrap().content, "secret two");
    assert_eq!((seen.messages.len(), seen.reports.len()), (2, 1), "with a little around it");
    let listed = found(&[]).await;
    assert_eq!(
        (listed.len(), listed[0].id, listed[0].content.clone(), listed[0].reports),
        (1, loud, None, 1)
    );
    assert!(found(&["secret"]).await.is_empty(), "words are not looked for behind closed doors");
    hide(loud).await.unwrap();
    assert_eq!(look(loud).await.unwrap().hidden_by.map(|who| who.id), by.person());
    let looks = crate::AuditFilter { act: Some(Act::ViewMessage), ..crate::AuditFilter::default() };
    assert_eq!(
        scene.store.audit(&looks, &Place::First, 9).await.unwrap().rows.len(),
        2,
        "as often as one looked"
    );
}

/// By words, author, room, time, and whether it is hidden.
pub async fn messages_are_found_by_words_author_room_and_time(scene: Scene) {
    let (by, ada, bob) = (admin(&scene).await, scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let ale = scene.room(&ada, "Ale", RoomKind::Public).await;
    let say = async |who, room: &Room, text: &str, at| {
        let draft = Draft::new(text, None, None).unwrap();
        let posted = scene.store.post(&scene.writer(who, room).await, draft, scene.at(at)).await;
        posted.unwrap().value.message.id
    };
    let one = say(&ada, &tea, "Green TEA, 100%", 10).await;
    let two = say(&bob, &tea, "black tea", 20).await;
    let three = say(&bob, &ale, "pale ale", 30).await;
    let find = async |filter: MessageFilter| {
        let page = scene.store.find_messages(&filter, &Place::First, 9).await.unwrap();
        page.rows.into_iter().map(|found| found.id).collect::<Vec<_>>()
    };
    let words = |words: &[&str]| MessageFilter {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        ..MessageFilter::default()
    };
    assert_eq!(find(words(&[])).await, [three, two, one]);
    assert_eq!(find(words(&["Tea"])).await, [two, one]);
    assert_eq!(find(words(&["tea", "green"])).await, [one]);
    let four = say(&bob, &ale, "ÜBER die Straße nach Łódź", 40).await;
    for word in ["über", "ÜBER", "Über", "straße", "łódź"] {
        assert_eq!(find(words(&[word])).await, [four], "{word}");
    }
    assert_eq!(find(words(&["0%"])).await, [one]);
    assert!(find(words(&["1_0"])).await.is_empty());
    assert_eq!(find(MessageFilter { author: Some(bob.id), ..words(&[]) }).await, [four, three, two]);
    assert_eq!(find(MessageFilter { room: Some(tea.id), ..words(&[]) }).await, [two, one]);
    let between = MessageFilter { from: Some(scene.at(20)), until: Some(scene.at(30)), ..words(&[]) };
    assert_eq!(find(between).await, [two]);
    scene.store.hide(&deed(&by, Act::HideMessage, two), two, scene.now()).await.unwrap();
    assert_eq!(find(MessageFilter { hidden: true, ..words(&[]) }).await, [two]);
    let page = scene.store.find_messages(&words(&["tea"]), &Place::First, 1).await.unwrap();
    assert_eq!(
        (page.rows[0].id, page.rows[0].content.as_deref()),
        (two, Some("black tea")),
        "they read what is hidden"
    );
    let next = scene.store.find_messages(&words(&["tea"]), &page.next.unwrap(), 1).await.unwrap();
    assert_eq!((next.rows[0].id, next.next), (one, None));
}

/// A link makes so many accounts, and none when it is over or withdrawn.
pub async fn an_invitation_to_the_server_makes_so_many_accounts(scene: Scene) {
    let by = admin(&scene).await;
    let secret = |n: u8| crate::Secret([n; 32]);
    let new = |uses_max, days| NewServerInvite { note: "for tea".into(), uses_max, days };
    let invite = async |n, new| {
        let deed = Deed::new(&by, Act::InvitePerson, domain::ids::InviteId(0), "for tea");
        scene.store.invite_to_server(&deed, secret(n), new, scene.now()).await.unwrap()
    };
    let account = |name: &str| crate::NewPerson {
        username: Username::new(name).unwrap(),
        display_name: String::new(),
        email: String::new(),
        password_hash: "$hash".into(),
        admin: FirstAdmin::No,
        is_bot: false,
        avatar: String::new(),
    };
    let sign_up =
        async |n, name: &str, at| scene.store.sign_up_invited(secret(n), account(name), scene.at(at)).await;
    let (two, day) = (invite(1, new(2, 7)).await, invite(2, new(9, 1)).await);
    assert_eq!(
        (two.uses, two.uses_max, two.created_by.as_str(), two.note.as_str()),
        (0, 2, "root", "for tea")
    );
    assert!(matches!(sign_up(1, "root", 1).await, Err(StoreError::Invalid(_))));
    sign_up(1, "ada", 1).await.unwrap();
    sign_up(1, "bob", 1).await.unwrap();
    assert!(
        matches!(sign_up(1, "cyd", 1).await, Err(StoreError::NotFound(_))),
        "a refused account was no use, a third is one too many"
    );
    assert!(matches!(sign_up(9, "cyd", 1).await, Err(StoreError::NotFound(_))));
    assert!(matches!(sign_up(2, "cyd", 86_400).await, Err(StoreError::NotFound(_))), "it is over");
    let open = scene.store.server_invites(scene.now()).await.unwrap();
    assert_eq!(open.iter().map(|invite| invite.id).collect::<Vec<_>>(), [day.id]);
    assert!(scene.store.server_invite(secret(2), scene.now()).await.unwrap().is_some());
    let withdraw = Deed::new(&by, Act::WithdrawInvite, day.id, "");
    scene.store.withdraw_server_invite(&withdraw, day.id, scene.now()).await.unwrap();
    assert!(matches!(sign_up(2, "cyd", 1).await, Err(StoreError::NotFound(_))), "it is withdrawn");
    assert!(scene.store.server_invite(secret(2), scene.now()).await.unwrap().is_none());
    let again = scene.store.withdraw_server_invite(&withdraw, day.id, scene.now()).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))));
}
