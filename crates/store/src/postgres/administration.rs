//! What administrators look for, and what they do to others' things: the trait's methods. Lists are in `listing`, links for passwords in
//! `resets`, deleting an account in `deleting`.

mod deleting;
mod listing;
mod resets;

use super::{Postgres, audit::record, people, replies, rooms, rows, seats, sessions, tokens};
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
    SET = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

/// All statements of this noun's files.
pub(super) fn statements() -> Vec<&'static str> {
    [STATEMENTS, deleting::STATEMENTS, listing::STATEMENTS, resets::STATEMENTS].concat()
}

#[async_trait::async_trait]
impl Administration for Postgres {
    async fn list_people(
        &self,
        filter: PeopleFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<PersonLine>> {
        let list = lists::people::listing(listing::PEOPLE, filter, text, place, limit);
        let key = |line: &PersonLine| username_key(&line.person.username);
        self.connection().await?.page(list, (place, limit), listing::person, key).await
    }

    async fn count_people(&self) -> Result<PeopleCounts> {
        self.connection().await?.get(listing::COUNT_PEOPLE, &[], listing::counts).await
    }

    async fn list_rooms(
        &self,
        filter: RoomsFilter,
        text: &str,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<RoomFacts>> {
        let list = lists::rooms::listing(listing::ROOMS, filter, text, place, limit);
        let key = |facts: &RoomFacts| facts.room.id.to_string();
        self.connection().await?.page(list, (place, limit), listing::room, key).await
    }

    async fn room_facts(&self, id: RoomId) -> Result<Option<RoomFacts>> {
        self.connection().await?.find(listing::ONE_ROOM, &[&id.0], listing::room).await
    }

    async fn list_replies(
        &self,
        filter: RepliesFilter,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<ReplyFacts>> {
        let list = lists::replies::listing(listing::REPLIES, filter, place, limit);
        let key = |facts: &ReplyFacts| facts.id.to_string();
        self.connection().await?.page(list, (place, limit), listing::reply, key).await
    }

    async fn list_tokens(
        &self,
        of: Option<PersonId>,
        place: &Place,
        limit: usize,
        now: Timestamp,
    ) -> Result<Listed<TokenFacts>> {
        let list = lists::tokens::listing(listing::TOKENS, of, place, limit, now);
        let key = |facts: &TokenFacts| facts.token.id.to_string();
        self.connection().await?.page(list, (place, limit), listing::token, key).await
    }

    async fn make_person(
        &self,
        deed: &Deed,
        new: NewPerson,
        reset: Option<Reset>,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        let new = &new;
        self.write(now, |tx| async move {
            let made = people::sign_up(&tx, new).await?;
            record(&tx, &deed.on(made.id)).await?;
            if let Some(reset) = reset {
                resets::keep(&tx, made.id, reset).await?;
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
        let patch = &patch;
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            people::update(&tx, id, patch).await
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
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            people::set_password(&tx, id, hash, None).await
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
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            people::set_password(&tx, id, "", None).await?;
            tokens::end_tokens(&tx, id).await?;
            resets::keep(&tx, id, reset).await
        })
        .await
    }

    async fn reset_of(&self, secret: Secret, now: Timestamp) -> Result<Option<Person>> {
        let (secret, now) = (secret.0.as_slice(), now.as_millisecond());
        self.connection().await?.find(resets::PERSON, &[&secret, &now], |row| rows::person(row, 0)).await
    }

    async fn use_reset(&self, secret: Secret, hash: &str, now: Timestamp) -> Result<Written<Person>> {
        self.write(now, |tx| async move { resets::spend(&tx, secret, hash).await }).await
    }

    async fn end_sessions(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            seats::person(&tx, id).await?;
            sessions::end_sessions(&tx, id, None).await
        })
        .await
    }

    async fn delete_person(&self, deed: &Deed, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            deleting::delete(&tx, id).await
        })
        .await
    }

    async fn void_token(&self, deed: &Deed, id: TokenId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            let token = tx.find(listing::GOOD_TOKEN, &[&id.0, &tx.now], |row| rows::token(row, 0)).await?;
            let token = token.ok_or(StoreError::NotFound("token"))?;
            tx.lock_people(&[token.person]).await?;
            tokens::end(&tx, &token).await
        })
        .await
    }

    async fn make_room(&self, deed: &Deed, new: NewRoom, now: Timestamp) -> Result<Written<Room>> {
        let new = &new;
        self.write(now, |tx| async move {
            let made = rooms::create(&tx, None, new).await?;
            record(&tx, &deed.on(made.id)).await?;
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
        let patch = &patch;
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            tx.lock_room(id).await?;
            rooms::update(&tx, &seats::room(&tx, id).await?, patch).await
        })
        .await
    }

    async fn halt_reply(&self, deed: &Deed, id: ReplyId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            replies::halt(&tx, id).await
        })
        .await
    }

    async fn govern_setting(&self, deed: &Deed, name: &str, value: &str, now: Timestamp) -> Result<()> {
        let (name, value) = (rows::text(name), rows::text(value));
        let (name, value) = (&name, &value);
        let set = self.write(now, |tx| async move {
            record(&tx, deed).await?;
            tx.run(SET, &[name, value]).await
        });
        set.await.map(drop)
    }
}
