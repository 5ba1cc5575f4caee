//! Coming, going, and keeping order.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{PageAt, PersonPatch, StoreError};
use domain::{
    access::{RoomMember, RoomWriter},
    events::{Change, Lane},
    members::{Role, Standing},
    people::Profile,
    rooms::{History, RoomKind, RoomPatch},
};

/// A second joining changes nothing.
pub async fn joining_twice_is_joining_once(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let first = scene.store.join(&scene.reader(&bob, &tea).await, scene.now()).await.unwrap();
    assert_eq!(first.events.len(), 2, "the room and the person are told");
    let second = scene.store.join(&scene.reader(&bob, &tea).await, scene.now()).await.unwrap();
    assert!(second.events.is_empty());
    assert_eq!(scene.store.members(&scene.reader(&bob, &tea).await, 0, 10).await.unwrap().total, 2);
    assert_eq!(scene.store.roster(tea.id, 10).await.unwrap(), [ada.id, bob.id]);
    assert_eq!(scene.store.room_ids_of(bob.id).await.unwrap(), [tea.id]);
}

/// Removing is not banning.
pub async fn a_removed_person_may_come_back_and_a_banned_one_may_not(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let moderator = scene.moderator(&ada, &tea).await;
    scene.store.add_member(&moderator, bob.id, scene.now()).await.unwrap();
    scene.store.dismiss(&moderator, bob.id, Standing::Removed, scene.now()).await.unwrap();
    assert!(scene.store.join(&scene.reader(&bob, &tea).await, scene.now()).await.is_ok());
    scene.store.dismiss(&moderator, bob.id, Standing::Banned, scene.now()).await.unwrap();
    assert!(scene.try_reader(&bob, &tea).await.is_err());
    assert!(matches!(
        scene.store.add_member(&moderator, bob.id, scene.now()).await,
        Err(StoreError::Conflict(_))
    ));
    assert!(scene.store.public_rooms(bob.id, 0, 10).await.unwrap().is_empty());
    scene.store.dismiss(&moderator, cyd.id, Standing::Banned, scene.now()).await.unwrap();
    assert!(scene.try_reader(&cyd, &tea).await.is_err(), "a ban reaches who was never in");
    assert_eq!(scene.store.banned(&moderator).await.unwrap().len(), 2);
    scene.store.dismiss(&moderator, bob.id, Standing::Left, scene.now()).await.unwrap();
    assert!(scene.try_reader(&bob, &tea).await.is_ok(), "a ban can be lifted");
}

/// No room with people in it is without an owner.
pub async fn the_last_owner_stays_until_there_is_another(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    scene.store.add_member(&scene.moderator(&ada, &tea).await, bob.id, scene.now()).await.unwrap();
    let leaving = RoomMember::grant(scene.reader(&ada, &tea).await).unwrap();
    assert!(matches!(scene.store.leave(&leaving, scene.now()).await, Err(StoreError::Conflict(_))));
    let owner = scene.owner(&ada, &tea).await;
    assert!(matches!(
        scene.store.set_role(&owner, ada.id, Role::Member, scene.now()).await,
        Err(StoreError::Conflict(_))
    ));
    scene.store.transfer(&owner, bob.id, scene.now()).await.unwrap();
    assert_eq!(scene.reader(&bob, &tea).await.member().unwrap().role, Role::Owner);
    assert_eq!(scene.reader(&ada, &tea).await.member().unwrap().role, Role::Moderator);
    let leaving = RoomMember::grant(scene.reader(&ada, &tea).await).unwrap();
    scene.store.leave(&leaving, scene.now()).await.unwrap();
    assert!(scene.reader(&ada, &tea).await.member().is_none());
}

/// Nobody acts upward.
pub async fn moderators_act_on_members_and_not_on_owners(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    for somebody in [&bob, &cyd] {
        scene.store.add_member(&scene.moderator(&ada, &tea).await, somebody.id, scene.now()).await.unwrap();
    }
    scene.store.set_role(&scene.owner(&ada, &tea).await, bob.id, Role::Moderator, scene.now()).await.unwrap();
    let bobs = scene.moderator(&bob, &tea).await;
    assert!(matches!(
        scene.store.dismiss(&bobs, ada.id, Standing::Banned, scene.now()).await,
        Err(StoreError::Refused(_))
    ));
    assert!(scene.store.dismiss(&bobs, cyd.id, Standing::Removed, scene.now()).await.is_ok());
}

/// Leaving is no way around having been told to listen.
pub async fn read_only_people_come_back_read_only(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let said = scene.say(&ada, &tea, "welcome").await;
    for somebody in [&bob, &cyd] {
        scene.store.join(&scene.reader(somebody, &tea).await, scene.now()).await.unwrap();
    }
    scene.store.set_role(&scene.owner(&ada, &tea).await, bob.id, Role::ReadOnly, scene.now()).await.unwrap();
    let stale = RoomWriter::grant(scene.reader(&cyd, &tea).await).unwrap();
    for somebody in [&bob, &cyd] {
        let leaving = RoomMember::grant(scene.reader(somebody, &tea).await).unwrap();
        scene.store.leave(&leaving, scene.now()).await.unwrap();
    }
    assert!(RoomWriter::grant(scene.reader(&bob, &tea).await).is_err(), "nor while he is out");
    assert!(
        scene.store.react(&stale, said.id, "👍", scene.now()).await.is_ok(),
        "cyd was a member and is one again"
    );
    let back = scene.store.join(&scene.reader(&bob, &tea).await, scene.now()).await.unwrap().value;
    assert_eq!(back.role, Role::ReadOnly);
    scene
        .store
        .dismiss(&scene.moderator(&ada, &tea).await, bob.id, Standing::Removed, scene.now())
        .await
        .unwrap();
    let back =
        scene.store.add_member(&scene.moderator(&ada, &tea).await, bob.id, scene.now()).await.unwrap().value;
    assert_eq!(back.role, Role::ReadOnly);
    scene.store.set_role(&scene.owner(&ada, &tea).await, bob.id, Role::Member, scene.now()).await.unwrap();
    scene.say(&bob, &tea, "thank you").await;
}

/// What does not exist for somebody does not shut them out aloud either.
pub async fn a_ban_from_a_private_room_tells_an_outsider_nothing(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let moderator = scene.moderator(&ada, &board).await;
    scene.store.add_member(&moderator, cyd.id, scene.now()).await.unwrap();
    let before = scene.told(cyd.id).await.len();
    for somebody in [&bob, &cyd] {
        let banned =
            scene.store.dismiss(&moderator, somebody.id, Standing::Banned, scene.now()).await.unwrap();
        assert!(banned.events.iter().any(|event| event.lane == Lane::Room(board.id)), "the room is told");
    }
    assert!(scene.told(bob.id).await.is_empty());
    let told = scene.told(cyd.id).await;
    assert_eq!(told.len(), before, "what cyd knew of the room is replaced by that she is banned");
    assert!(
        matches!(told.last(), Some(Change::Reading(now)) if now.slug.is_empty() && now.standing == Standing::Banned)
    );
    scene.store.dismiss(&moderator, bob.id, Standing::Left, scene.now()).await.unwrap();
    assert!(scene.told(bob.id).await.is_empty());
    let moderator = scene.moderator(&ada, &tea).await;
    scene.store.dismiss(&moderator, bob.id, Standing::Banned, scene.now()).await.unwrap();
    assert_eq!(scene.told(bob.id).await.len(), 1, "a public room he could see");
}

/// For mentions: members first, and in a public room everyone who may read it.
pub async fn people_are_found_by_how_their_names_begin(scene: Scene) {
    let ada = scene.person("ada").await;
    let mut others = Vec::new();
    for name in ["Beate", "ben", "BEA", "carl", "beowulf"] {
        others.push(scene.person(name).await);
    }
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    for room in [&tea, &board] {
        scene.store.add_member(&scene.moderator(&ada, room).await, others[1].id, scene.now()).await.unwrap();
    }
    let moderator = scene.moderator(&ada, &tea).await;
    scene.store.dismiss(&moderator, others[4].id, Standing::Banned, scene.now()).await.unwrap();
    let patch = PersonPatch { display_name: Some("Bertold".into()), ..PersonPatch::default() };
    scene.store.update_person(others[3].id, patch, scene.now()).await.unwrap();
    let names = |found: Vec<Profile>| found.into_iter().map(|one| one.username).collect::<Vec<_>>();
    let reader = scene.reader(&ada, &tea).await;
    let found = names(scene.store.mentionable(&reader, "BE", 10).await.unwrap());
    assert_eq!(
        found,
        ["ben", "BEA", "Beate", "carl"],
        "ben is in; carl is shown as Bertold; beowulf is banned"
    );
    assert_eq!(names(scene.store.mentionable(&reader, "be", 2).await.unwrap()), ["ben", "BEA"]);
    assert!(scene.store.mentionable(&reader, "%", 10).await.unwrap().is_empty());
    let reader = scene.reader(&ada, &board).await;
    assert_eq!(names(scene.store.mentionable(&reader, "be", 10).await.unwrap()), ["ben"]);
    let found = scene.store.find_people("bea", 10).await.unwrap();
    assert_eq!(found.iter().map(|one| one.username.as_str()).collect::<Vec<_>>(), ["BEA", "Beate"]);
}

/// History may begin with one's coming.
pub async fn newcomers_read_from_joining_when_the_room_says_so(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    let patch = RoomPatch { history: Some(History::Joining), ..RoomPatch::default() };
    scene.store.update_room(&scene.owner(&ada, &board).await, patch, scene.now()).await.unwrap();
    let before = scene.say(&ada, &board, "before").await;
    scene.store.add_member(&scene.moderator(&ada, &board).await, bob.id, scene.now()).await.unwrap();
    let after = scene.say(&ada, &board, "after").await;
    assert_eq!(scene.ids(&bob, &board, PageAt::Latest, 10).await, [after.id]);
    assert_eq!(scene.ids(&ada, &board, PageAt::Latest, 10).await, [before.id, after.id]);
    let reader = scene.reader(&bob, &board).await;
    assert!(scene.store.message(&reader, before.id).await.unwrap().is_none());
    assert!(matches!(
        scene.store.page(&reader, PageAt::Around(before.id), 5).await,
        Err(StoreError::NotFound(_))
    ));
    let patch = RoomPatch { kind: Some(RoomKind::Public), ..RoomPatch::default() };
    scene.store.update_room(&scene.owner(&ada, &board).await, patch, scene.now()).await.unwrap();
    let all = scene.ids(&bob, &board, PageAt::Latest, 10).await;
    assert_eq!(all, [before.id, after.id], "a member of a public room sees no less than a stranger");
}
