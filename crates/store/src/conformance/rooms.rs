//! Rooms, lists of rooms, invitations.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{SeatBySlug, Secret, StoreError};
use domain::{
    circles::Circle,
    events::Change,
    ids::MessageId,
    limits,
    messages::Draft,
    people::Person,
    rooms::{History, NewRoom, RoomKind, RoomPatch, Slug},
};

/// Addresses lead where they led.
pub async fn a_slug_is_unique_and_an_old_one_still_leads_there(scene: Scene) {
    let ada = scene.person("ada").await;
    let (one, two) =
        (scene.room(&ada, "Tea", RoomKind::Public).await, scene.room(&ada, "Tea", RoomKind::Public).await);
    assert_eq!((one.slug.as_str(), two.slug.as_str()), ("tea", "tea-2"));
    let patch = RoomPatch { name: Some("Coffee".into()), ..RoomPatch::default() };
    let renamed = scene.store.update_room(&scene.owner(&ada, &one).await, patch, scene.now()).await.unwrap();
    assert_eq!(renamed.value.slug, "coffee");
    assert_eq!(renamed.events.len(), 1);
    assert!(
        matches!(scene.store.seat("tea", ada.id).await.unwrap(), Some(SeatBySlug::Moved(seat)) if seat.room.id == one.id)
    );
    assert_eq!(
        scene.room(&ada, "Tea", RoomKind::Public).await.slug,
        "tea-3",
        "a room that moved keeps its old address"
    );
    assert!(scene.store.seat("nowhere", ada.id).await.unwrap().is_none());
    let same = RoomPatch { name: Some("Coffee".into()), ..RoomPatch::default() };
    assert!(
        scene
            .store
            .update_room(&scene.owner(&ada, &renamed.value).await, same, scene.now())
            .await
            .unwrap()
            .events
            .is_empty()
    );
}

/// Whoever begins, it is the same room.
pub async fn two_people_have_one_direct_room(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let one = scene.direct(&ada, &[&bob]).await;
    let two = scene.direct(&bob, &[&ada]).await;
    assert_eq!(one.value.id, two.value.id);
    assert!(two.events.is_empty());
    assert_eq!(scene.reader(&ada, &one.value).await.others()[0].username, "bob");
    assert!(scene.try_reader(&cyd, &one.value).await.is_err());
}

/// A few people have one group, whoever begins; it bears their names, and is not the room of any two of them.
pub async fn a_few_people_have_one_group(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let dan = scene.person("dan").await;
    let group = scene.direct(&bob, &[&ada, &cyd]).await.value;
    assert_eq!((group.kind, group.name.as_str()), (RoomKind::Group, "bob, ada, cyd"));
    let again = scene.direct(&cyd, &[&bob, &ada, &bob]).await;
    assert_eq!((again.value.id, again.events.len()), (group.id, 0));
    let pair = scene.direct(&ada, &[&bob]).await.value;
    assert_ne!(pair.id, group.id);
    let names = |others: &[domain::people::Profile]| {
        others.iter().map(|profile| profile.username.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(scene.reader(&ada, &group).await.others()), ["bob", "cyd"]);
    scene.say(&ada, &group, "the three of us").await;
    let lines = scene.store.rooms_of(cyd.id).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| (line.room.id, names(&line.others))).collect::<Vec<_>>(),
        [(group.id, vec!["ada".to_owned(), "bob".to_owned()])]
    );
    assert!(scene.try_reader(&dan, &group).await.is_err());
    let reader = scene.reader(&ada, &group).await;
    assert!(domain::access::RoomModerator::grant(reader).is_err(), "nobody governs it");
}

/// Whoever leaves a group does not know of it any more. Those who stay find it as theirs, unless they have one already or are two.
pub async fn a_group_is_found_by_those_who_stay(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let dan = scene.person("dan").await;
    let four = scene.direct(&ada, &[&bob, &cyd, &dan]).await.value;
    let leave = async |who: &Person, room| {
        let member = domain::access::RoomMember::grant(scene.reader(who, room).await).unwrap();
        scene.store.leave(&member, scene.now()).await.unwrap()
    };
    let told = leave(&dan, &four).await.events;
    assert!(
        told.iter().any(|event| matches!(&event.change, Change::Room(room) if room.name == "ada, bob, cyd"))
    );
    assert!(scene.try_reader(&dan, &four).await.is_err());
    assert_eq!(scene.direct(&bob, &[&cyd, &ada]).await.value.id, four.id, "theirs now");
    let new = scene.direct(&dan, &[&ada, &bob, &cyd]).await.value;
    assert_ne!(new.id, four.id, "nobody comes back by naming the same people");
    leave(&dan, &new).await;
    assert_eq!(scene.direct(&bob, &[&cyd, &ada]).await.value.id, four.id, "the older one stays theirs");
    leave(&cyd, &four).await;
    let pair = scene.direct(&ada, &[&bob]).await.value;
    assert!(pair.id != four.id && pair.kind == RoomKind::Direct, "{pair:?}");
}

/// What is private is in nobody else's list.
pub async fn public_rooms_are_listed_and_private_ones_are_not(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    let listed = scene.store.public_rooms(bob.id, 0, 10).await.unwrap();
    assert_eq!(
        listed.iter().map(|found| (found.room.id, found.members, found.joined)).collect::<Vec<_>>(),
        [(tea.id, 1, false)]
    );
    assert!(scene.store.rooms_of(bob.id).await.unwrap().is_empty());
    let mine: Vec<_> =
        scene.store.rooms_of(ada.id).await.unwrap().into_iter().map(|line| line.room.id).collect();
    assert_eq!(mine, [board.id, tea.id], "by name");
    assert!(scene.try_reader(&bob, &board).await.is_err());
}

/// What is unread is what others said after the last message read.
pub async fn unread_messages_are_counted_until_they_are_read(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    scene.store.join(&scene.reader(&bob, &tea).await, scene.now()).await.unwrap();
    scene.say(&ada, &tea, "one").await;
    let second = scene.say(&ada, &tea, "two @bob").await;
    let counts = async |who| {
        let lines = scene.store.rooms_of(who).await.unwrap();
        (lines[0].unread, lines[0].mentions)
    };
    assert_eq!(counts(bob.id).await, (2, 1));
    assert_eq!(counts(ada.id).await, (0, 0));
    let written = scene.read(&bob, &tea, MessageId(second.id.0 + 1_000)).await;
    assert_eq!(written.events.len(), 1);
    assert_eq!(counts(bob.id).await, (0, 0));
    let earlier = scene.read(&bob, &tea, MessageId(1)).await;
    assert!(earlier.events.is_empty(), "one does not read backwards");
    let head = scene.page(&bob, &tea, crate::PageAt::Latest, 1).await.head;
    assert_eq!(head, second.seq, "a read mark takes no place in the room's lane");
}

/// Being named is counted beside what is unread, and one's own mentions are not.
pub async fn naming_is_counted_apart_until_it_is_read(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    for somebody in [&bob, &cyd] {
        scene.store.join(&scene.reader(somebody, &tea).await, scene.now()).await.unwrap();
    }
    let counts = async |who: &Person| {
        let lines = scene.store.rooms_of(who.id).await.unwrap();
        (lines[0].unread, lines[0].mentions)
    };
    scene.say(&ada, &tea, "@bob and @all").await;
    let second = scene.say(&ada, &tea, "@bob again").await;
    scene.say(&ada, &tea, "nobody").await;
    assert_eq!((counts(&bob).await, counts(&cyd).await, counts(&ada).await), ((3, 2), (3, 1), (0, 0)));
    scene.store.delete(&scene.reader(&ada, &tea).await, second.id, scene.now()).await.unwrap();
    assert_eq!(counts(&bob).await, (2, 1));
    scene.say(&bob, &tea, "I am @bob").await;
    assert_eq!((counts(&bob).await, counts(&cyd).await), ((0, 0), (3, 1)), "whoever writes has read");
}

/// A client of the token API holds its address; nobody else is in it.
pub async fn a_chat_session_keeps_its_address_and_its_walls(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let session = scene.room(&ada, "3f2a", RoomKind::Session).await;
    let owner = scene.owner(&ada, &session).await;
    let refused = [
        RoomPatch { name: Some("Tea".into()), ..RoomPatch::default() },
        RoomPatch { kind: Some(RoomKind::Public), ..RoomPatch::default() },
        RoomPatch { history: Some(History::Joining), ..RoomPatch::default() },
    ];
    for patch in refused {
        let answer = scene.store.update_room(&owner, patch, scene.now()).await;
        assert!(matches!(answer, Err(StoreError::Invalid(_))), "{answer:?}");
    }
    let topic = RoomPatch { topic: Some("help".into()), ..RoomPatch::default() };
    assert_eq!(scene.store.update_room(&owner, topic, scene.now()).await.unwrap().value.slug, session.slug);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let direct = RoomPatch { kind: Some(RoomKind::Direct), ..RoomPatch::default() };
    let answer = scene.store.update_room(&scene.owner(&ada, &tea).await, direct, scene.now()).await;
    assert!(matches!(answer, Err(StoreError::Invalid(_))));
    assert!(scene.try_reader(&bob, &session).await.is_err());
}

/// Whatever the door: making, joining, being brought in, posting, reacting, a direct room.
pub async fn nobody_is_in_more_rooms_than_one_may_be(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let said = scene.say(&ada, &tea, "who comes?").await;
    let make = |n: usize| {
        let (store, now) = (scene.store.clone(), scene.now());
        let (name, slug) = (format!("Room {n}"), Slug::from_name(&format!("Room {n}")));
        let new = NewRoom { name, slug, topic: String::new(), kind: RoomKind::Public };
        let bob = bob.id;
        async move {
            store.create_room(Some(bob), new, now).await.unwrap();
        }
    };
    // Many at a time, because waiting for the disk two thousand times takes long.
    let mut making = tokio::task::JoinSet::new();
    for n in 0..limits::ROOMS_PER_PERSON_MAX {
        making.spawn(make(n));
        if making.len() >= 16 {
            making.join_next().await.unwrap().unwrap();
        }
    }
    making.join_all().await;
    let writer = scene.writer(&bob, &tea).await;
    let (reader, now) = (scene.reader(&bob, &tea).await, scene.now());
    let is_limit = |error: StoreError| matches!(error, StoreError::Invalid(why) if why.limit == Some(limits::ROOMS_PER_PERSON_MAX));
    let draft = Draft::new("me", None, None).unwrap();
    assert!(is_limit(scene.store.join(&reader, now).await.unwrap_err()));
    assert!(is_limit(scene.store.post(&writer, draft, now).await.unwrap_err()));
    assert!(is_limit(scene.store.react(&writer, said.id, "👍", now).await.unwrap_err()));
    let pair = Circle::new(ada.id, &[bob.id]).unwrap();
    assert!(is_limit(scene.store.direct(ada.id, pair, now).await.unwrap_err()));
    assert!(is_limit(
        scene.store.add_member(&scene.moderator(&ada, &tea).await, bob.id, now).await.unwrap_err()
    ));
    let cyd = scene.person("cyd").await;
    assert!(scene.store.join(&scene.reader(&cyd, &tea).await, now).await.is_ok(), "others may");
}

/// A link is a way in for whoever has it.
pub async fn an_invitation_lets_in_until_it_is_withdrawn(scene: Scene) {
    let (ada, bob, cyd) = (scene.person("ada").await, scene.person("bob").await, scene.person("cyd").await);
    let board = scene.room(&ada, "Board", RoomKind::Private).await;
    let moderator = scene.moderator(&ada, &board).await;
    let secret = Secret([7; 32]);
    let invite = scene.store.invite(&moderator, secret, scene.at(100), scene.now()).await.unwrap();
    assert_eq!(scene.store.accept_invite(secret, bob.id, scene.now()).await.unwrap().value.id, board.id);
    assert!(
        scene.store.accept_invite(secret, bob.id, scene.now()).await.unwrap().events.is_empty(),
        "twice is once"
    );
    assert_eq!(scene.store.invites(&moderator, scene.now()).await.unwrap()[0].uses, 1);
    assert!(
        scene.store.invite_by_secret(secret, scene.at(200)).await.unwrap().is_none(),
        "it is over by then"
    );
    scene.store.withdraw_invite(&moderator, invite.id, scene.now()).await.unwrap();
    assert!(matches!(
        scene.store.accept_invite(secret, cyd.id, scene.now()).await,
        Err(StoreError::NotFound(_))
    ));
    assert!(scene.try_reader(&cyd, &board).await.is_err());
}
