//! Chat sessions.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{SeatBySlug, StoreError, Written};
use domain::{
    access::{Refused, Seat},
    chats::ChatDoor,
    events::Lane,
    ids::{MessageId, Seq},
    limits,
    members::Standing,
    people::Person,
    rooms::{Room, RoomKind},
};

impl Scene {
    async fn seat(&self, person: &Person, room: &Room) -> Seat {
        match self.store.seat(&room.slug, person.id).await.expect("the store answers") {
            Some(SeatBySlug::Here(seat)) => *seat,
            other => panic!("no room is at this address: {other:?}"),
        }
    }

    fn door(&self, by: &Person, seat: Seat, who: &Person) -> Result<ChatDoor, Refused> {
        ChatDoor::grant(by, seat, who.id)
    }

    async fn enter(&self, by: &Person, room: &Room, who: &Person) -> crate::Result<Written<bool>> {
        let door = self.door(by, self.seat(by, room).await, who)?;
        self.store.enter_chat(&door, self.now()).await
    }

    async fn names_in(&self, by: &Person, room: &Room) -> Vec<String> {
        let people = self.store.chat_people(&self.reader(by, room).await).await.expect("it can be read");
        people.into_iter().map(|person| person.username).collect()
    }
}

/// Zoe owns it: first, though the others are before her by name.
pub async fn who_knows_the_address_comes_in_once(scene: Scene) {
    let (zoe, bob, ada) = (scene.person("zoe").await, scene.person("bob").await, scene.person("ada").await);
    let chat = scene.room(&zoe, "3f2a", RoomKind::Session).await;
    let entered = scene.enter(&bob, &chat, &bob).await.unwrap();
    assert!(entered.value && !entered.events.is_empty());
    let again = scene.enter(&bob, &chat, &bob).await.unwrap();
    assert!(!again.value && again.events.is_empty(), "{again:?}");
    let own = scene.enter(&zoe, &chat, &zoe).await.unwrap();
    assert!(!own.value && own.events.is_empty(), "the owner is in already");
    assert!(scene.enter(&bob, &chat, &ada).await.unwrap().value, "a member brings somebody");
    assert_eq!(scene.names_in(&ada, &chat).await, ["zoe", "bob", "ada"]);
    assert!(!scene.since(Lane::Person(ada.id), Seq(0)).await.is_empty(), "ada is told");
}

/// A stranger brings nobody, a banned person does not come in, and no other kind of room has such a door.
pub async fn a_chat_session_is_closed_to_those_who_may_not_enter(scene: Scene) {
    let (ada, bob, eve) = (scene.person("ada").await, scene.person("bob").await, scene.person("eve").await);
    let chat = scene.room(&ada, "3f2a", RoomKind::Session).await;
    let seat = scene.seat(&eve, &chat).await;
    assert_eq!(scene.door(&eve, seat, &bob).unwrap_err(), Refused::Unknown, "a stranger brings others");
    let private = scene.room(&ada, "Private", RoomKind::Private).await;
    let seat = scene.seat(&eve, &private).await;
    assert_eq!(
        scene.door(&eve, seat, &eve).unwrap_err(),
        Refused::Unknown,
        "a private room has no such door"
    );
    let early = scene.door(&eve, scene.seat(&eve, &chat).await, &eve).unwrap();
    let moderator = scene.moderator(&ada, &chat).await;
    scene.store.dismiss(&moderator, eve.id, Standing::Banned, scene.now()).await.unwrap();
    let answer = scene.store.enter_chat(&early, scene.now()).await;
    assert!(
        matches!(answer, Err(StoreError::Refused(Refused::Unknown))),
        "asked again when writing: {answer:?}"
    );
    let answer = scene.enter(&ada, &chat, &eve).await;
    assert!(matches!(answer, Err(StoreError::Conflict(_))), "{answer:?}");
    assert_eq!(scene.names_in(&ada, &chat).await, ["ada"]);
}

/// Many come at once, and it is full.
pub async fn a_chat_session_has_so_many_members(scene: Scene) {
    let ada = scene.person("ada").await;
    let chat = scene.room(&ada, "3f2a", RoomKind::Session).await;
    let come = |n: usize| {
        let (scene, ada, chat) = (scene.clone(), ada.clone(), chat.clone());
        async move {
            let one = scene.person(&format!("p{n}")).await;
            scene.enter(&ada, &chat, &one).await.map(|entered| assert!(entered.value))
        }
    };
    let mut coming = tokio::task::JoinSet::new();
    for n in 1..limits::CHAT_MEMBERS_MAX {
        coming.spawn(come(n));
        if coming.len() >= 64 {
            coming.join_next().await.unwrap().unwrap().unwrap();
        }
    }
    coming.join_all().await.into_iter().collect::<Result<(), _>>().unwrap();
    let late = scene.person("late").await;
    let answer = scene.enter(&late, &chat, &late).await;
    assert!(
        matches!(&answer, Err(StoreError::Invalid(invalid)) if invalid.to_string().contains("1000")),
        "{answer:?}"
    );
    assert_eq!(scene.names_in(&ada, &chat).await.len(), limits::CHAT_MEMBERS_MAX);
}

/// The newest before a place, ascending, without what was deleted.
pub async fn what_was_said_in_a_chat_session_is_read_at_once(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let chat = scene.room(&ada, "3f2a", RoomKind::Session).await;
    scene.enter(&bob, &chat, &bob).await.unwrap();
    let mut said = Vec::new();
    for (who, text) in [(&ada, "one"), (&bob, "two"), (&ada, "three"), (&bob, "four")] {
        said.push(scene.say(who, &chat, text).await.id);
    }
    let reader = scene.reader(&bob, &chat).await;
    scene.store.delete(&scene.reader(&ada, &chat).await, said[2], scene.now()).await.unwrap();
    let lines = async |before: MessageId, limit: usize| {
        let lines = scene.store.chat_lines(&reader, before, limit).await.expect("it can be read");
        lines
            .into_iter()
            .map(|line| format!("{}: {}", line.author.username, line.content))
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(MessageId(i64::MAX), 10).await, ["ada: one", "bob: two", "bob: four"]);
    assert_eq!(lines(MessageId(i64::MAX), 2).await, ["bob: two", "bob: four"]);
    assert_eq!(lines(said[1], 10).await, ["ada: one"]);
}
