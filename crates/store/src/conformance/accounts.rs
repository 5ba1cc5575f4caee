//! Accounts and sessions.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{FirstAdmin, PageAt, PersonPatch, Secret, StoreError};
use domain::{
    events::{Change, Lane},
    ids::Seq,
    people::Username,
    rooms::RoomKind,
};

/// Names that fold alike are one.
pub async fn names_are_taken_whatever_their_case(scene: Scene) {
    scene.person("Ada").await;
    let again = scene.account("ADA", FirstAdmin::No).await;
    assert!(matches!(again, Err(StoreError::Invalid(invalid)) if invalid.field == "username"));
    assert_eq!(scene.store.person_by_name("aDa").await.unwrap().unwrap().username, "Ada");
    assert!(scene.store.person_by_name("bob").await.unwrap().is_none());
}

/// Of several who come at once, one governs.
pub async fn only_the_first_may_become_administrator_by_being_first(scene: Scene) {
    let names = ["ada", "bob", "cyd", "dan"];
    let all = names.map(|name| {
        let scene = scene.clone();
        tokio::spawn(async move { scene.account(name, FirstAdmin::IfNone).await.unwrap() })
    });
    let mut governing = 0;
    for person in all {
        governing += usize::from(person.await.unwrap().is_admin);
    }
    assert_eq!(governing, 1);
    assert!(scene.store.has_admin().await.unwrap());
    assert!(!scene.account("eve", FirstAdmin::IfNone).await.unwrap().is_admin);
}

/// Revoking ends one session, as an event of the person's lane.
pub async fn a_revoked_session_is_over_and_the_others_are_not(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let (one, _other) = (scene.session(&ada, 1).await, scene.session(&ada, 2).await);
    let stolen = scene.store.revoke_session(bob.id, one.id, scene.now()).await;
    assert!(matches!(stolen, Err(StoreError::NotFound(_))));
    let written = scene.store.revoke_session(ada.id, one.id, scene.now()).await.unwrap();
    assert_eq!(written.events.len(), 1);
    assert_eq!(written.events[0].change, Change::SessionEnded(one.id));
    assert!(scene.store.session(Secret([1; 32]), scene.now()).await.unwrap().is_none());
    assert!(scene.store.session(Secret([2; 32]), scene.now()).await.unwrap().is_some());
    assert!(
        scene.store.session(Secret([2; 32]), scene.at(2_000)).await.unwrap().is_none(),
        "it ends by itself"
    );
    assert_eq!(scene.told(ada.id).await, [Change::SessionEnded(one.id)]);
}

/// A new password keeps only the session it was changed in.
pub async fn a_new_password_ends_the_other_sessions(scene: Scene) {
    let ada = scene.person("ada").await;
    let (kept, other) = (scene.session(&ada, 1).await, scene.session(&ada, 2).await);
    let written = scene.store.set_password(ada.id, "$new", Some(kept.id), scene.now()).await.unwrap();
    assert_eq!(
        written.events.iter().map(|e| e.change.clone()).collect::<Vec<_>>(),
        [Change::SessionEnded(other.id)]
    );
    assert_eq!(scene.store.sessions_of(ada.id, scene.now()).await.unwrap(), [kept]);
    assert_eq!(scene.store.credentials("ada").await.unwrap().unwrap().password_hash, "$new");
}

/// Deactivating ends everything but what was said.
pub async fn somebody_deactivated_has_no_session(scene: Scene) {
    let ada = scene.person("ada").await;
    scene.session(&ada, 1).await;
    let patch = PersonPatch { is_active: Some(false), ..PersonPatch::default() };
    let written = scene.store.update_person(ada.id, patch, scene.now()).await.unwrap();
    assert!(!written.value.is_active);
    assert!(scene.store.session(Secret([1; 32]), scene.now()).await.unwrap().is_none());
    assert!(written.events.iter().any(|e| matches!(&e.change, Change::Person(p) if !p.is_active)));
}

/// A shown name is part of what rooms show.
pub async fn a_name_that_changes_is_told_in_every_room(scene: Scene) {
    let ada = scene.person("ada").await;
    let room = scene.room(&ada, "Tea", RoomKind::Public).await;
    let patch = PersonPatch { display_name: Some("Ada L.".into()), ..PersonPatch::default() };
    let written = scene.store.update_person(ada.id, patch, scene.now()).await.unwrap();
    let told = written.events.iter().find(|e| e.lane == Lane::Room(room.id)).expect("the room is told");
    assert!(matches!(&told.change, Change::Member(m) if m.profile.display_name == "Ada L."));
    assert_eq!(scene.since(Lane::Room(room.id), Seq(told.seq.0 - 1)).await.len(), 1);
}

/// What is counted of names counts every change of one that shows in a message, and nothing else that becomes of a person.
pub async fn a_change_of_a_name_is_counted_and_other_changes_are_not(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let names = async || scene.page(&ada, &tea, PageAt::Latest, 1).await.names;
    let change = async |patch: PersonPatch| {
        scene.store.update_person(ada.id, patch, scene.now()).await.unwrap();
        names().await
    };
    let shown = |name: &str| PersonPatch { display_name: Some(name.into()), ..PersonPatch::default() };
    let first = names().await;
    let renamed = change(shown("Ada L.")).await;
    assert_ne!(renamed, first);
    assert_eq!(change(shown("Ada L.")).await, renamed, "it is the same name");
    let username = Some(Username::new("countess").unwrap());
    let again = change(PersonPatch { username, ..PersonPatch::default() }).await;
    assert_ne!(again, renamed);
    let other = PersonPatch { theme: Some("dark".into()), is_admin: Some(true), ..PersonPatch::default() };
    assert_eq!(change(other).await, again);
    scene.say(&bob, &tea, "hello @countess").await;
    scene.person("cleo").await;
    assert_eq!(names().await, again);
}

/// Several processes that start together agree.
pub async fn settings_are_kept_once(scene: Scene) {
    assert_eq!(scene.store.setting_or("x", "one").await.unwrap(), "one");
    assert_eq!(scene.store.setting_or("x", "two").await.unwrap(), "one");
    scene.store.forget_setting("x").await.unwrap();
    assert_eq!(scene.store.setting("x").await.unwrap(), None);
    let before = scene.store.epoch();
    let after = scene.store.renew_epoch().await.unwrap();
    assert_ne!(before, after);
    assert_eq!(scene.store.epoch(), after);
    scene.store.ping().await.unwrap();
}
