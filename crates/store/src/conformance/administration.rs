//! What administrators do, and the log of it.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{
    AuditFilter, FirstAdmin, Listed, NewToken, PeopleFilter, PersonPatch, Place, RepliesFilter, Reset,
    RoomsFilter, Secret, StoreError,
};
use domain::{
    access::Admin,
    audit::{Act, Deed, Entry, Subject},
    people::Person,
    rooms::{RoomKind, RoomPatch},
};

async fn admin(scene: &Scene, name: &str) -> (Person, Admin) {
    let person = scene.account(name, FirstAdmin::Yes).await.unwrap();
    let admin = Admin::grant(&person).unwrap();
    (person, admin)
}

async fn log(scene: &Scene, filter: AuditFilter) -> Vec<Entry> {
    scene.store.audit(&filter, &Place::First, 50).await.unwrap().rows
}

fn active(is_active: bool) -> PersonPatch {
    PersonPatch { is_active: Some(is_active), ..PersonPatch::default() }
}

/// Who, what, upon what, when; and nothing of an act that was refused.
pub async fn what_is_done_to_somebody_is_written_down_and_what_is_refused_is_not(scene: Scene) {
    let (ada, by) = admin(&scene, "ada").await;
    let bob = scene.person("bob").await;
    scene.session(&bob, 1).await;
    let deed = Deed::new(&by, Act::DeactivatePerson, bob.id, "@bob");
    scene.store.govern_person(&deed, bob.id, active(false), scene.at(5)).await.unwrap();
    assert!(scene.store.session(Secret([1; 32]), scene.at(6)).await.unwrap().is_none());
    let lines = log(&scene, AuditFilter::default()).await;
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line.by, Some((ada.id, "ada".into())));
    assert_eq!((line.act.as_str(), line.detail.as_str()), ("person.deactivate", "@bob"));
    assert_eq!((line.subject.clone(), line.at), (Subject::from(bob.id), scene.at(5)));

    let alone = Deed::new(&by, Act::DemotePerson, ada.id, "@ada");
    let patch = PersonPatch { is_admin: Some(false), ..PersonPatch::default() };
    let refused = scene.store.govern_person(&alone, ada.id, patch, scene.at(7)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(log(&scene, AuditFilter::default()).await.len(), 1);
}

/// The right is asked for again where it is used.
pub async fn who_governs_no_more_changes_nothing(scene: Scene) {
    let (_, by) = admin(&scene, "ada").await;
    let (cyd, other) = admin(&scene, "cyd").await;
    let bob = scene.person("bob").await;
    let demote = Deed::new(&by, Act::DemotePerson, cyd.id, "@cyd");
    let patch = PersonPatch { is_admin: Some(false), ..PersonPatch::default() };
    scene.store.govern_person(&demote, cyd.id, patch, scene.now()).await.unwrap();
    let deed = Deed::new(&other, Act::DeactivatePerson, bob.id, "@bob");
    let refused = scene.store.govern_person(&deed, bob.id, active(false), scene.now()).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert!(scene.store.record(&deed, scene.now()).await.is_err());
    assert!(scene.store.govern_setting(&deed, "x", "1", scene.now()).await.is_err());
    assert_eq!(scene.store.setting("x").await.unwrap(), None);
    assert!(scene.store.person(bob.id).await.unwrap().unwrap().is_active);
    assert_eq!(log(&scene, AuditFilter::default()).await.len(), 1);
}

/// Of two administrators who take the right from each other at once, one keeps it.
pub async fn the_last_administrator_stays_one(scene: Scene) {
    let (ada, by_ada) = admin(&scene, "ada").await;
    let (cyd, by_cyd) = admin(&scene, "cyd").await;
    let demote = |by: Admin, whom: Person| {
        let scene = scene.clone();
        tokio::spawn(async move {
            let deed = Deed::new(&by, Act::DemotePerson, whom.id, "");
            let patch = PersonPatch { is_admin: Some(false), ..PersonPatch::default() };
            scene.store.govern_person(&deed, whom.id, patch, scene.now()).await.is_ok()
        })
    };
    let (one, other) = tokio::join!(demote(by_ada, cyd), demote(by_cyd, ada));
    assert_eq!(usize::from(one.unwrap()) + usize::from(other.unwrap()), 1);
    assert!(scene.store.has_admin().await.unwrap());
}

/// The log is found by who, act, subject and time, and read in pages both ways.
pub async fn the_log_is_searched_and_read_in_pages(scene: Scene) {
    let (ada, by) = admin(&scene, "ada").await;
    let (bob, cyd) = (scene.person("bob").await, scene.person("cyd").await);
    for (n, whom) in [&bob, &cyd, &bob, &cyd, &bob].into_iter().enumerate() {
        let deed = Deed::new(&by, Act::EndSessions, whom.id, format!("{n}"));
        scene.store.record(&deed, scene.at(n as i64)).await.unwrap();
    }
    let machine = Deed::new(&Admin::of_the_machine(), Act::ChangeSetting, Subject::setting("x"), "5");
    scene.store.govern_setting(&machine, "x", "1", scene.at(5)).await.unwrap();
    scene.store.govern_setting(&machine, "x", "2", scene.at(6)).await.unwrap();
    assert_eq!(scene.store.setting("x").await.unwrap().as_deref(), Some("2"));

    let details = |lines: &[Entry]| lines.iter().map(|line| line.detail.clone()).collect::<String>();
    let found = |filter| async { details(&log(&scene, filter).await) };
    let all = AuditFilter::default;
    assert_eq!(found(all()).await, "5543210");
    assert_eq!(found(AuditFilter { by: Some(ada.id), ..all() }).await, "43210");
    assert_eq!(found(AuditFilter { by: Some(bob.id), ..all() }).await, "");
    assert_eq!(found(AuditFilter { by_machine: true, ..all() }).await, "55");
    assert_eq!(found(AuditFilter { act: Some(Act::EndSessions), ..all() }).await, "43210");
    assert_eq!(found(AuditFilter { subject: Some(cyd.id.into()), ..all() }).await, "31");
    let middle = AuditFilter { from: Some(scene.at(1)), until: Some(scene.at(4)), ..all() };
    assert_eq!(found(middle.clone()).await, "321");
    assert_eq!(found(AuditFilter { subject: Some(bob.id.into()), ..middle }).await, "2");
    assert_eq!(found(AuditFilter { from: Some(scene.at(60)), ..all() }).await, "");
    assert_eq!(found(AuditFilter { until: Some(scene.at(0)), ..all() }).await, "");

    let page = |place: Place| {
        let scene = scene.clone();
        async move { scene.store.audit(&AuditFilter::default(), &place, 3).await.unwrap() }
    };
    let first = page(Place::First).await;
    let second = page(first.next.clone().unwrap()).await;
    let third = page(second.next.clone().unwrap()).await;
    let pages = [&first, &second, &third].map(|page: &Listed<Entry>| details(&page.rows));
    assert_eq!(pages, ["554", "321", "0"]);
    assert_eq!((&first.previous, &third.next), (&None, &None));
    assert_eq!(page(third.previous.unwrap()).await, second);
    assert_eq!(page(second.previous.unwrap()).await.rows, first.rows);
    assert!(scene.store.audit(&AuditFilter::default(), &Place::After("x".into()), 3).await.is_err());
}

/// People are found by how name, shown name or address begin, and by what they are.
pub async fn people_are_listed_by_name_and_by_what_they_are(scene: Scene) {
    let (ada, by) = admin(&scene, "ada").await;
    for name in ["Bob", "cyd", "adam", "zoë"] {
        scene.person(name).await;
    }
    scene.bot("den", domain::replies::Answers::Mentioned).await;
    let cyd = scene.store.person_by_name("cyd").await.unwrap().unwrap();
    let patch = PersonPatch {
        display_name: Some("Ádám".into()),
        email: Some("Adele@example.org".into()),
        is_active: Some(false),
        ..PersonPatch::default()
    };
    let deed = Deed::new(&by, Act::UpdatePerson, cyd.id, "");
    scene.store.govern_person(&deed, cyd.id, patch, scene.now()).await.unwrap();
    scene.session(&ada, 1).await;

    let list = |filter, text: &'static str, place: Place| {
        let scene = scene.clone();
        async move { scene.store.list_people(filter, text, &place, 4).await.unwrap() }
    };
    let names = |page: &Listed<crate::PersonLine>| {
        page.rows.iter().map(|line| line.person.username.clone()).collect::<Vec<_>>().join(" ")
    };
    let first = list(PeopleFilter::All, "", Place::First).await;
    assert_eq!(names(&first), "ada adam Bob cyd");
    assert_eq!(first.rows[0].seen_at, Some(scene.now()));
    assert_eq!((first.rows[1].seen_at, first.rows[1].tokens), (None, 0));
    let second = list(PeopleFilter::All, "", first.next.clone().unwrap()).await;
    assert_eq!((names(&second), second.next), ("den zoë".into(), None));
    assert_eq!(list(PeopleFilter::All, "", second.previous.unwrap()).await.rows, first.rows);
    assert_eq!(names(&list(PeopleFilter::All, "AD", Place::First).await), "ada adam cyd");
    assert_eq!(names(&list(PeopleFilter::All, "ádá", Place::First).await), "cyd");
    assert_eq!(names(&list(PeopleFilter::All, "adele@", Place::First).await), "cyd");
    assert_eq!(names(&list(PeopleFilter::All, "example", Place::First).await), "");
    assert_eq!(names(&list(PeopleFilter::Admins, "", Place::First).await), "ada");
    assert_eq!(names(&list(PeopleFilter::Bots, "", Place::First).await), "den");
    assert_eq!(names(&list(PeopleFilter::Inactive, "", Place::First).await), "cyd");
    assert_eq!(names(&list(PeopleFilter::Inactive, "bob", Place::First).await), "");
    let counts = scene.store.count_people().await.unwrap();
    assert_eq!((counts.all, counts.admins, counts.bots, counts.inactive), (6, 1, 1, 1));
}

/// An account is made, and a link given once, by which a password is chosen once.
pub async fn a_link_for_a_password_is_good_once_and_not_for_ever(scene: Scene) {
    let (_, by) = admin(&scene, "ada").await;
    let bob = scene.person("bob").await;
    scene.session(&bob, 1).await;
    let reset = |n: u8, seconds: i64| Reset { secret: Secret([n; 32]), expires_at: scene.at(seconds) };
    let deed = Deed::new(&by, Act::ResetPassword, bob.id, "@bob");
    scene.store.reset_password(&deed, bob.id, reset(7, 100), scene.now()).await.unwrap();
    assert!(scene.store.session(Secret([1; 32]), scene.at(1)).await.unwrap().is_none());
    assert_eq!(scene.store.credentials("bob").await.unwrap().unwrap().password_hash, "");
    assert_eq!(scene.store.reset_of(Secret([7; 32]), scene.at(1)).await.unwrap(), Some(bob.clone()));
    assert_eq!(scene.store.reset_of(Secret([8; 32]), scene.at(1)).await.unwrap(), None);
    assert_eq!(scene.store.reset_of(Secret([7; 32]), scene.at(100)).await.unwrap(), None);
    scene.store.reset_password(&deed, bob.id, reset(8, 100), scene.now()).await.unwrap();
    assert_eq!(scene.store.reset_of(Secret([7; 32]), scene.at(1)).await.unwrap(), None);
    scene.store.use_reset(Secret([8; 32]), "$new", scene.at(2)).await.unwrap();
    assert_eq!(scene.store.credentials("bob").await.unwrap().unwrap().password_hash, "$new");
    let again = scene.store.use_reset(Secret([8; 32]), "$other", scene.at(3)).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
    assert_eq!(
        log(&scene, AuditFilter { subject: Some(bob.id.into()), ..Default::default() }).await.len(),
        2
    );
}

/// Conversations of others stay whole, and rooms have somebody who governs them.
pub async fn a_deleted_person_leaves_words_and_rooms_to_others(scene: Scene) {
    let (ada, by) = admin(&scene, "ada").await;
    let (bob, cyd, dan) = (scene.person("bob").await, scene.person("cyd").await, scene.person("dan").await);
    let tea = scene.room(&bob, "Tea", RoomKind::Private).await;
    for guest in [&cyd, &dan] {
        scene.add(&bob, &tea, guest).await;
    }
    let owner = scene.owner(&bob, &tea).await;
    scene.store.set_role(&owner, dan.id, domain::members::Role::Moderator, scene.now()).await.unwrap();
    let said = scene.say(&bob, &tea, "the kettle is on").await;
    scene.session(&bob, 1).await;
    let deed = Deed::new(&by, Act::DeletePerson, bob.id, "@bob");
    scene.store.delete_person(&deed, bob.id, scene.at(5)).await.unwrap();

    assert!(scene.store.session(Secret([1; 32]), scene.at(6)).await.unwrap().is_none());
    assert!(scene.store.credentials("bob").await.unwrap().is_none());
    let page = scene.page(&cyd, &tea, crate::PageAt::Latest, 50).await;
    let kept = page.messages.iter().find(|message| message.id == said.id).unwrap();
    assert_eq!((kept.content.as_str(), kept.author.display_name.as_str()), ("the kettle is on", "bob"));
    let roster = scene.store.members(&scene.reader(&dan, &tea).await, 0, 10).await.unwrap();
    let roles: Vec<_> = roster.members.iter().map(|m| (m.profile.username.as_str(), m.role)).collect();
    assert_eq!(roles, [("dan", domain::members::Role::Owner), ("cyd", domain::members::Role::Member)]);
    let left = scene.store.list_people(PeopleFilter::All, "bob", &Place::First, 5).await.unwrap();
    assert!(left.rows.is_empty());
    assert!(scene.store.delete_person(&deed, bob.id, scene.at(6)).await.is_err(), "once");
    scene.person("bob").await;

    let alone = Deed::new(&by, Act::DeletePerson, ada.id, "@ada");
    let refused = scene.store.delete_person(&alone, ada.id, scene.at(7)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
}

/// Rooms, replies and tokens are listed by what they are, and acted upon.
pub async fn rooms_replies_and_tokens_are_listed_and_governed(scene: Scene) {
    let (ada, by) = admin(&scene, "ada").await;
    let (bob, den) = (scene.person("bob").await, scene.bot("den", domain::replies::Answers::Always).await);
    let tea = scene.room(&bob, "Tea", RoomKind::Private).await;
    let cake = scene.room(&bob, "Cake", RoomKind::Public).await;
    let rooms = |filter, text: &'static str| {
        let scene = scene.clone();
        async move {
            let page = scene.store.list_rooms(filter, text, &Place::First, 10).await.unwrap();
            page.rows.iter().map(|facts| facts.room.name.clone()).collect::<Vec<_>>().join(" ")
        }
    };
    assert_eq!(rooms(RoomsFilter::All, "").await, "Cake Tea");
    assert_eq!(rooms(RoomsFilter::All, "te").await, "Tea");
    assert_eq!(rooms(RoomsFilter::Kind(RoomKind::Public), "").await, "Cake");
    assert_eq!(rooms(RoomsFilter::Closed, "").await, "");
    let close = RoomPatch { archived: Some(true), ..RoomPatch::default() };
    let deed = Deed::new(&by, Act::CloseRoom, tea.id, "Tea");
    let told = scene.store.govern_room(&deed, tea.id, close, scene.now()).await.unwrap();
    assert_eq!(told.events.len(), 1, "the room is told");
    assert_eq!(rooms(RoomsFilter::Closed, "").await, "Tea");
    let facts = scene.store.room_facts(tea.id).await.unwrap().unwrap();
    assert_eq!((facts.members, facts.owner.as_deref(), facts.last_at), (1, Some("bob"), None));

    scene.add(&bob, &cake, &den).await;
    let reply = scene.ask(&bob, &cake, "hello").await;
    let open = scene.store.list_replies(RepliesFilter::Open, &Place::First, 10).await.unwrap();
    assert_eq!(
        open.rows.iter().map(|facts| (facts.id, facts.state.as_str())).collect::<Vec<_>>(),
        [(reply.id, "queued")]
    );
    assert!(
        scene.store.list_replies(RepliesFilter::Failed, &Place::First, 10).await.unwrap().rows.is_empty()
    );
    let stop = Deed::new(&by, Act::StopReply, reply.id, "");
    scene.store.halt_reply(&stop, reply.id, scene.now()).await.unwrap();
    assert!(scene.store.list_replies(RepliesFilter::Open, &Place::First, 10).await.unwrap().rows.is_empty());
    assert!(scene.store.halt_reply(&stop, domain::ids::ReplyId(999), scene.now()).await.is_err());

    let new = |person, n: u8, expires_at| NewToken {
        person,
        secret: Secret([n; 32]),
        name: format!("t{n}"),
        reach: domain::tokens::Reach::ALL,
        expires_at,
    };
    let mine = scene.store.create_token(new(bob.id, 1, None), scene.now()).await.unwrap().value;
    scene.store.create_token(new(ada.id, 2, Some(scene.at(9))), scene.now()).await.unwrap();
    let tokens = |of, at| {
        let scene = scene.clone();
        async move {
            let page = scene.store.list_tokens(of, &Place::First, 10, at).await.unwrap();
            page.rows.iter().map(|f| format!("{} of {}", f.token.name, f.owner.username)).collect::<Vec<_>>()
        }
    };
    assert_eq!(tokens(None, scene.at(1)).await, ["t2 of ada", "t1 of bob"]);
    assert_eq!(tokens(Some(bob.id), scene.at(1)).await, ["t1 of bob"]);
    assert_eq!(tokens(None, scene.at(10)).await, ["t1 of bob"]);
    let void = Deed::new(&by, Act::RevokeToken, Subject::token(mine.id.0), "");
    let told = scene.store.void_token(&void, mine.id, scene.at(1)).await.unwrap();
    assert_eq!(told.events.len(), 1, "its connections hear of it");
    assert!(scene.store.token(Secret([1; 32]), scene.at(2)).await.unwrap().is_none());
    assert!(scene.store.void_token(&void, mine.id, scene.at(2)).await.is_err());
}
