//! Accounts.

use super::{
    Postgres, bots, database,
    rows::{self, person_columns},
    seats,
    sessions::end_sessions,
    tokens::end_tokens,
    transaction::Transaction,
};
use crate::{
    Credentials, FirstAdmin, NewPerson, People, PersonPatch, Result, StoreError, Written,
    people::{LAST_ADMIN, TAKEN_NAME, prefix_range},
    statements::statements,
};
use domain::{
    Invalid,
    events::Change,
    ids::{PersonId, RoomId, SessionId},
    people::{Person, Profile, Username, username_key},
};
use jiff::Timestamp;
use tokio_postgres::Row;

statements! {
    HAS_ADMIN = "SELECT EXISTS (SELECT 1 FROM people WHERE is_admin AND is_active)";
    OTHER_ADMIN = "SELECT EXISTS (SELECT 1 FROM people WHERE is_admin AND is_active AND id <> $1)";
    INSERT = concat!("INSERT INTO people AS p (username, username_key, display_name, display_key, email, password_hash, is_admin, is_bot, created_at, updated_at, avatar)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10) ON CONFLICT (username_key) DO NOTHING RETURNING ", person_columns!());
    BY_NAME = concat!("SELECT ", person_columns!(), ", p.password_hash FROM people p WHERE p.username_key = $1");
    FIND = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.is_active AND (p.username_key >= $1 AND p.username_key < $2
                   OR p.display_key >= $1 AND p.display_key < $2) ORDER BY p.username_key LIMIT $3");
    ALL = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.id > $1 ORDER BY p.id LIMIT $2");
    UPDATE = "UPDATE people SET display_name = $2, display_key = $3, email = $4, locale = $5, time_zone = $6, theme = $7, is_admin = $8,
              is_active = $9, lane_seq = $10, updated_at = $11, avatar = $12 WHERE id = $1";
    HOLDER = "SELECT id FROM people WHERE username_key = $1";
    SET_USERNAME = "UPDATE people SET username = $2, username_key = $3, updated_at = $4 WHERE id = $1";
    SET_PASSWORD = "UPDATE people SET password_hash = $2, updated_at = $3 WHERE id = $1";
    ROOMS_IN = "SELECT room FROM members WHERE person = $1 AND standing = 'in' ORDER BY room";
    TOUCH_MEMBER = "UPDATE members SET seq = $3, updated_at = $4 WHERE room = $1 AND person = $2";
}

#[async_trait::async_trait]
impl People for Postgres {
    async fn sign_up(&self, new: NewPerson, now: Timestamp) -> Result<Written<Person>> {
        let new = &new;
        self.write(now, |tx| async move { sign_up(&tx, new).await }).await
    }

    async fn has_admin(&self) -> Result<bool> {
        self.connection().await?.get(HAS_ADMIN, &[], rows::truth).await
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>> {
        self.connection().await?.find(seats::PERSON, &[&id.0], |row| rows::person(row, 0)).await
    }

    async fn person_by_name(&self, username: &str) -> Result<Option<Person>> {
        Ok(self.credentials(username).await?.map(|found| found.person))
    }

    async fn credentials(&self, username: &str) -> Result<Option<Credentials>> {
        let key = username_key(&rows::text(username));
        let row =
            |row: &Row| Ok(Credentials { person: rows::person(row, 0)?, password_hash: row.try_get(11)? });
        self.connection().await?.find(BY_NAME, &[&key], row).await
    }

    async fn find_people(&self, prefix: &str, limit: usize) -> Result<Vec<Person>> {
        let (from, to) = prefix_range(&rows::text(prefix));
        self.connection().await?.list(FIND, &[&from, &to, &(limit as i64)], |row| rows::person(row, 0)).await
    }

    async fn people(&self, after: PersonId, limit: usize) -> Result<Vec<Person>> {
        self.connection().await?.list(ALL, &[&after.0, &(limit as i64)], |row| rows::person(row, 0)).await
    }

    async fn update_person(
        &self,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        let patch = &patch;
        self.write(now, |tx| async move { update(&tx, id, patch).await }).await
    }

    async fn set_password(
        &self,
        id: PersonId,
        hash: &str,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Written<()>> {
        self.write(now, |tx| async move { set_password(&tx, id, hash, keep).await }).await
    }
}

pub(super) async fn sign_up(tx: &Transaction, new: &NewPerson) -> Result<Person> {
    let is_admin = match new.admin {
        FirstAdmin::No => false,
        FirstAdmin::Yes => true,
        FirstAdmin::IfNone => {
            // One after another, so that two first accounts cannot both find none.
            tx.lock_by_number(database::ADMINISTRATORS).await?;
            !tx.get(HAS_ADMIN, &[], rows::truth).await?
        }
    };
    let name = if new.display_name.is_empty() { new.username.as_str() } else { &new.display_name };
    let (key, display_key, email) = (new.username.key(), username_key(name), rows::text(&new.email));
    let username = new.username.as_str();
    let inserted = tx
        .find(
            INSERT,
            &[
                &username,
                &key,
                &name,
                &display_key,
                &email,
                &new.password_hash,
                &is_admin,
                &new.is_bot,
                &tx.now,
                &new.avatar,
            ],
            |row| rows::person(row, 0),
        )
        .await?;
    Ok(inserted.ok_or(Invalid::new("username", TAKEN_NAME))?)
}

/// Keeps another password for somebody and ends their sessions but `keep`.
pub(super) async fn set_password(
    tx: &Transaction,
    id: PersonId,
    hash: &str,
    keep: Option<SessionId>,
) -> Result<()> {
    tx.lock_people(&[id]).await?;
    seats::person(tx, id).await?;
    tx.run(SET_PASSWORD, &[&id.0, &hash, &tx.now]).await?;
    end_sessions(tx, id, keep).await
}

pub(super) async fn update(tx: &Transaction, id: PersonId, patch: &PersonPatch) -> Result<Person> {
    // Whether it is a bot never changes, so it may be asked before anything is held.
    let counted = patch.is_active.is_some() && seats::person(tx, id).await?.is_bot;
    if patch.is_admin == Some(false) || patch.is_active == Some(false) {
        tx.lock_by_number(database::ADMINISTRATORS).await?;
    }
    if patch.display_name.is_some() || patch.username.is_some() || patch.avatar.is_some() || counted {
        tx.lock_rooms(&rooms_in(tx, id).await?).await?;
    }
    tx.lock_people(&[id]).await?;
    let before = seats::person(tx, id).await?;
    let mut after = patched(&before, patch);
    if let Some(username) = &patch.username {
        rename(tx, &mut after, username).await?;
    }
    if after == before {
        return Ok(before);
    }
    stays_governed(tx, &before, &after).await?;
    let seq = tx.next_in_person(id).await?;
    write_person(tx, &after, seq.0).await?;
    if Profile::from(&after) != Profile::from(&before) {
        tell_rooms(tx, id).await?;
    }
    if counted && before.is_active != after.is_active {
        bots::came_or_went(tx, &after).await?;
    }
    tx.tell_person(id, seq, Change::Person(Box::new(after.clone())));
    if before.is_active && !after.is_active {
        end_sessions(tx, id, None).await?;
        end_tokens(tx, id).await?;
    }
    Ok(after)
}

fn patched(before: &Person, patch: &PersonPatch) -> Person {
    let text = |new: &Option<String>, old: &String| {
        new.as_ref().map_or_else(|| old.clone(), |new| rows::text(new).into_owned())
    };
    Person {
        display_name: text(&patch.display_name, &before.display_name),
        avatar: text(&patch.avatar, &before.avatar),
        email: text(&patch.email, &before.email),
        locale: text(&patch.locale, &before.locale),
        time_zone: text(&patch.time_zone, &before.time_zone),
        theme: text(&patch.theme, &before.theme),
        is_admin: patch.is_admin.unwrap_or(before.is_admin),
        is_active: patch.is_active.unwrap_or(before.is_active),
        ..before.clone()
    }
}

/// Gives somebody another name to sign in with, unless it is taken.
async fn rename(tx: &Transaction, person: &mut Person, username: &Username) -> Result<()> {
    let (name, key) = (username.as_str(), username.key());
    let holder = tx.find(HOLDER, &[&key], rows::number).await?;
    if holder.is_some_and(|holder| holder != person.id.0) {
        return Err(Invalid::new("username", TAKEN_NAME).into());
    }
    tx.run(SET_USERNAME, &[&person.id.0, &name, &key, &tx.now]).await?;
    if person.display_name == person.username {
        person.display_name = name.into();
    }
    person.username = name.into();
    Ok(())
}

/// Refuses what would leave the server without an administrator. Whoever asks holds [`database::ADMINISTRATORS`].
pub(super) async fn stays_governed(tx: &Transaction, before: &Person, after: &Person) -> Result<()> {
    let governs = |person: &Person| person.is_admin && person.is_active;
    let goes = governs(before) && !governs(after);
    if goes && !tx.get(OTHER_ADMIN, &[&before.id.0], rows::truth).await? {
        return Err(StoreError::Conflict(LAST_ADMIN));
    }
    Ok(())
}

async fn write_person(tx: &Transaction, p: &Person, lane_seq: i64) -> Result<()> {
    let display_key = username_key(&p.display_name);
    tx.run(
        UPDATE,
        &[
            &p.id.0,
            &p.display_name,
            &display_key,
            &p.email,
            &p.locale,
            &p.time_zone,
            &p.theme,
            &p.is_admin,
            &p.is_active,
            &lane_seq,
            &tx.now,
            &p.avatar,
        ],
    )
    .await
    .map(drop)
}

pub(super) async fn rooms_in(tx: &Transaction, id: PersonId) -> Result<Vec<RoomId>> {
    tx.list(ROOMS_IN, &[&id.0], |row| rows::number(row).map(RoomId)).await
}

/// Tells every room somebody is in about their new name or avatar. The rooms are asked for again: who holds the person has come in
/// nowhere since. One that was entered just before is locked out of order; should that end in a circle, all of this is done again.
pub(super) async fn tell_rooms(tx: &Transaction, id: PersonId) -> Result<()> {
    for room in rooms_in(tx, id).await? {
        let seq = tx.next_in_room(room).await?;
        tx.run(TOUCH_MEMBER, &[&room.0, &id.0, &seq.0, &tx.now]).await?;
        if let Some(member) = seats::member(tx, room, id).await? {
            tx.tell_room(room, seq, Change::Member(Box::new(member)));
        }
    }
    Ok(())
}
