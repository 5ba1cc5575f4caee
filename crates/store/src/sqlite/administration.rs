//! What administrators look for, and what they do to others' things: the trait's methods. Lists are in `listing`, links for passwords in
//! `resets`, deleting an account in `deleting`.

mod deleting;
mod listing;
mod resets;

use super::{
    Sqlite,
    audit::record,
    people, replies, rooms, rows, sessions, tokens,
    transaction::{find, page, person, room},
};
use crate::{
    Administration, Listed, NewPerson, PeopleCounts, PeopleFilter, PersonLine, PersonPatch, Place,
    RepliesFilter, ReplyFacts, Reset, Result, RoomFacts, RoomsFilter, Secret, StoreError, TokenFacts,
    Written, administration as lists, statements::statements,
};
use domain::{
    audit::Deed,
    ids::{PersonId, ReplyId, RoomId, TokenId},
    people::{Person, username_key},
    rooms::{NewRoom, Room, RoomPatch},
};
use jiff::Timestamp;

statements! {
    SET = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

/// All statements of this noun's files.
pub(super) fn statements() -> Vec<&'static str> {
    [STATEMENTS, deleting::STATEMENTS, listing::STATEMENTS, resets::STATEMENTS].concat()
}

#[async_trait::async_trait]
impl Administration for Sqlite {
    async fn list_people(
        &self,
        filter: PeopleFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<PersonLine>> {
        let list = lists::people::listing(listing::PEOPLE, filter, text, place, limit);
        let place = place.clone();
        let key = |line: &PersonLine| username_key(&line.person.username);
        self.read(move |db| page(db, list, (&place, limit), listing::person, key)).await
    }

    async fn count_people(&self) -> Result<PeopleCounts> {
        let counts = self.read(|db| find(db, listing::COUNT_PEOPLE, [], listing::counts)).await?;
        counts.ok_or_else(|| StoreError::Bug("a count has no row".into()))
    }

    async fn list_rooms(
        &self,
        filter: RoomsFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<RoomFacts>> {
        let list = lists::rooms::listing(listing::ROOMS, filter, text, place, limit);
        let place = place.clone();
        let key = |facts: &RoomFacts| facts.room.id.to_string();
        self.read(move |db| page(db, list, (&place, limit), listing::room, key)).await
    }

    async fn room_facts(&self, id: RoomId) -> Result<Option<RoomFacts>> {
        self.read(move |db| find(db, listing::ONE_ROOM, [id.0], listing::room)).await
    }

    async fn list_replies(
        &self,
        filter: RepliesFilter,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<ReplyFacts>> {
        let list = lists::replies::listing(listing::REPLIES, filter, place, limit);
        let place = place.clone();
        let key = |facts: &ReplyFacts| facts.id.to_string();
        self.read(move |db| page(db, list, (&place, limit), listing::reply, key)).await
    }

    async fn list_tokens(
        &self,
        of: Option<PersonId>,
        place: &Place,
        limit: usize,
        now: Timestamp,
    ) -> Result<Listed<TokenFacts>> {
        let list = lists::tokens::listing(listing::TOKENS, of, place, limit, now);
        let place = place.clone();
        let key = |facts: &TokenFacts| facts.token.id.to_string();
        self.read(move |db| page(db, list, (&place, limit), listing::token, key)).await
    }

    async fn make_person(
        &self,
        deed: &Deed,
        new: NewPerson,
        reset: Option<Reset>,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            let made = people::sign_up(tx, &new)?;
            record(tx, &deed.on(made.id))?;
            if let Some(reset) = reset {
                resets::keep(tx, made.id, reset)?;
            }
            Ok(made)
        })
        .await
    }

    async fn govern_person(
        &self,
        deed: &Deed,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            people::update(tx, id, patch)
        })
        .await
    }

    async fn govern_password(
        &self,
        deed: &Deed,
        id: PersonId,
        hash: &str,
        now: Timestamp,
    ) -> Result<Written<()>> {
        let (deed, hash) = (deed.clone(), hash.to_owned());
        self.write(now, move |tx| {
            record(tx, &deed)?;
            people::set_password(tx, id, &hash, None)
        })
        .await
    }

    async fn reset_password(
        &self,
        deed: &Deed,
        id: PersonId,
        reset: Reset,
        now: Timestamp,
    ) -> Result<Written<()>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            people::set_password(tx, id, "", None)?;
            tokens::end_tokens(tx, id)?;
            resets::keep(tx, id, reset)
        })
        .await
    }

    async fn reset_of(&self, secret: Secret, now: Timestamp) -> Result<Option<Person>> {
        self.read(move |db| {
            find(db, resets::PERSON, (secret.0, now.as_millisecond()), |row| rows::person(row, 0))
        })
        .await
    }

    async fn use_reset(&self, secret: Secret, hash: &str, now: Timestamp) -> Result<Written<Person>> {
        let hash = hash.to_owned();
        self.write(now, move |tx| resets::spend(tx, secret, &hash)).await
    }

    async fn end_sessions(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            person(tx.db, id)?;
            sessions::end_sessions(tx, id, None)
        })
        .await
    }

    async fn delete_person(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            deleting::delete(tx, id)
        })
        .await
    }

    async fn void_token(&self, deed: &Deed, id: TokenId, now: Timestamp) -> Result<Written<()>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            let token = find(tx.db, listing::GOOD_TOKEN, (id.0, tx.now), |row| rows::token(row, 0))?;
            tokens::end(tx, &token.ok_or(StoreError::NotFound("token"))?)
        })
        .await
    }

    async fn make_room(&self, deed: &Deed, new: NewRoom, now: Timestamp) -> Result<Written<Room>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            let made = rooms::create(tx, None, &new)?;
            record(tx, &deed.on(made.id))?;
            Ok(made)
        })
        .await
    }

    async fn govern_room(
        &self,
        deed: &Deed,
        id: RoomId,
        patch: RoomPatch,
        now: Timestamp,
    ) -> Result<Written<Room>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            rooms::update(tx, &room(tx.db, id)?, patch)
        })
        .await
    }

    async fn halt_reply(&self, deed: &Deed, id: ReplyId, now: Timestamp) -> Result<Written<()>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            replies::halt(tx, id)
        })
        .await
    }

    async fn govern_setting(&self, deed: &Deed, name: &str, value: &str, now: Timestamp) -> Result<()> {
        let (deed, name, value) = (deed.clone(), name.to_owned(), value.to_owned());
        let set = self.write(now, move |tx| {
            record(tx, &deed)?;
            tx.run(SET, (name, value))
        });
        set.await.map(drop)
    }
}
