//! Tokens of programs.

#![allow(clippy::unwrap_used, reason = "a promise that is broken panics")]

use super::Scene;
use crate::{NewToken, PersonPatch, Secret, StoreError};
use domain::{
    events::Change,
    ids::RoomId,
    limits,
    people::Person,
    tokens::{Reach, Scope, Token},
};

fn new(person: &Person, name: &str, n: usize) -> NewToken {
    let mut secret = [0; 32];
    secret[..8].copy_from_slice(&n.to_be_bytes());
    NewToken {
        person: person.id,
        secret: Secret(secret),
        name: name.into(),
        reach: Reach::ALL,
        expires_at: None,
    }
}

async fn made(scene: &Scene, new: NewToken) -> Token {
    scene.store.create_token(new, scene.now()).await.unwrap().value
}

async fn found(scene: &Scene, new: &NewToken) -> Option<Token> {
    scene.store.token(new.secret, scene.now()).await.unwrap().map(|(token, _)| token)
}

/// Revoking ends one token, as an event of the person's lane.
pub async fn a_revoked_token_is_over_and_the_others_are_not(scene: Scene) {
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let (one, other) = (new(&ada, "build", 1), new(&ada, "", 2));
    let (first, second) = (made(&scene, one.clone()).await, made(&scene, other.clone()).await);
    assert_eq!(found(&scene, &one).await, Some(first.clone()));
    let stolen = scene.store.revoke_token(bob.id, first.id, scene.now()).await;
    assert!(matches!(stolen, Err(StoreError::NotFound(_))));
    let written = scene.store.revoke_token(ada.id, first.id, scene.now()).await.unwrap();
    assert_eq!(
        written.events.iter().map(|event| &event.change).collect::<Vec<_>>(),
        [&Change::TokenEnded(first.id)]
    );
    assert_eq!(found(&scene, &one).await, None);
    assert_eq!(found(&scene, &other).await, Some(second.clone()));
    assert_eq!(scene.store.tokens_of(ada.id, scene.now()).await.unwrap(), [second]);
    assert_eq!(scene.told(ada.id).await, [Change::TokenEnded(first.id)]);
    let again = scene.store.revoke_token(ada.id, first.id, scene.now()).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "it is over already");
}

/// Scope, rooms, name and use come back as they were kept.
pub async fn a_token_keeps_how_far_it_reaches(scene: Scene) {
    let ada = scene.person("ada").await;
    let reach = Reach { scope: Scope::Read, rooms: Some([RoomId(3), RoomId(1)].into()) };
    let narrow = NewToken { reach: reach.clone(), ..new(&ada, "weather", 1) };
    let token = made(&scene, narrow.clone()).await;
    assert_eq!((&token.name, &token.reach, token.used_at), (&"weather".to_owned(), &reach, None));
    scene.store.touch_token(token.id, scene.at(60)).await.unwrap();
    let kept = found(&scene, &narrow).await.unwrap();
    assert_eq!(kept, Token { used_at: Some(scene.at(60)), ..token });
    let whole = made(&scene, new(&ada, "whole", 2)).await;
    assert_eq!(whole.reach, Reach::ALL);
}

/// The end that was set is kept to.
pub async fn a_token_that_expires_is_over_by_itself(scene: Scene) {
    let ada = scene.person("ada").await;
    let brief = NewToken { expires_at: Some(scene.at(60)), ..new(&ada, "brief", 1) };
    made(&scene, brief.clone()).await;
    let at = |seconds| scene.store.token(brief.secret, scene.at(seconds));
    assert!(at(59).await.unwrap().is_some());
    assert!(at(60).await.unwrap().is_none());
    assert!(scene.store.tokens_of(ada.id, scene.at(60)).await.unwrap().is_empty());
}

/// Whoever is deactivated has no token left, also when they come back.
pub async fn somebody_deactivated_has_no_token(scene: Scene) {
    let ada = scene.person("ada").await;
    let kept = new(&ada, "build", 1);
    let token = made(&scene, kept.clone()).await;
    let switch = |is_active| PersonPatch { is_active: Some(is_active), ..PersonPatch::default() };
    let written = scene.store.update_person(ada.id, switch(false), scene.now()).await.unwrap();
    assert!(written.events.iter().any(|event| event.change == Change::TokenEnded(token.id)));
    assert_eq!(found(&scene, &kept).await, None);
    scene.store.update_person(ada.id, switch(true), scene.now()).await.unwrap();
    assert_eq!(found(&scene, &kept).await, None);
}

/// Named tokens have a limit that is said; logins never fail for it.
pub async fn named_tokens_are_limited_and_logins_end_the_one_not_used_for_longest(scene: Scene) {
    let ada = scene.person("ada").await;
    for n in 0..limits::TOKENS_PER_PERSON_MAX {
        made(&scene, new(&ada, "build", n)).await;
    }
    let refused = scene.store.create_token(new(&ada, "one more", 9_000), scene.now()).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(why)) if why.limit == Some(limits::TOKENS_PER_PERSON_MAX))
    );
    let login = |n| new(&ada, "", 10_000 + n);
    let first = made(&scene, login(0)).await;
    scene.store.touch_token(first.id, scene.at(60)).await.unwrap();
    for n in 1..limits::LOGIN_TOKENS_PER_PERSON_MAX {
        made(&scene, login(n)).await;
    }
    let written = scene.store.create_token(login(20_000), scene.now()).await.unwrap();
    assert_eq!(written.events.len(), 1, "one ends");
    assert!(found(&scene, &login(0)).await.is_some(), "it was used");
    assert!(found(&scene, &login(1)).await.is_none());
    assert!(found(&scene, &login(20_000)).await.is_some());
}
