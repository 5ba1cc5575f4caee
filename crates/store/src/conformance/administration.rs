//! What administrators do, and the log of it.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{AuditFilter, FirstAdmin, Listed, PeopleFilter, PersonPatch, Place, Secret, StoreError};
use domain::{
    access::Admin,
    audit::{Act, Deed, Entry, Subject},
    people::Person,
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
