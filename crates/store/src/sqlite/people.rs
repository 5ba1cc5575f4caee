//! Accounts.

use super::{
    Sqlite, Transaction, bots,
    rows::{self, person_columns},
    sessions::end_sessions,
    tokens::end_tokens,
    transaction::{find, list, person},
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

statements! {
    HAS_ADMIN = "SELECT EXISTS (SELECT 1 FROM people WHERE is_admin AND is_active)";
    OTHER_ADMIN = "SELECT 1 FROM people WHERE is_admin AND is_active AND id <> ?1 LIMIT 1";
    TAKEN = "SELECT 1 FROM people WHERE username_key = ?1";
    INSERT = "INSERT INTO people (username, username_key, display_name, display_key, email, password_hash, is_admin, is_bot, created_at, updated_at, avatar)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10) RETURNING id";
    BY_NAME = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.username_key = ?1");
    CREDENTIALS = concat!("SELECT ", person_columns!(), ", p.password_hash FROM people p WHERE p.username_key = ?1");
    FIND = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.is_active AND (p.username_key >= ?1 AND p.username_key < ?2
                   OR p.display_key >= ?1 AND p.display_key < ?2) ORDER BY p.username_key LIMIT ?3");
    ALL = concat!("SELECT ", person_columns!(), " FROM people p WHERE p.id > ?1 ORDER BY p.id LIMIT ?2");
    UPDATE = "UPDATE people SET display_name = ?2, display_key = ?3, email = ?4, locale = ?5, time_zone = ?6, theme = ?7, is_admin = ?8,
              is_active = ?9, lane_seq = ?10, updated_at = ?11, avatar = ?12 WHERE id = ?1";
    SET_USERNAME = "UPDATE people SET username = ?2, username_key = ?3, updated_at = ?4 WHERE id = ?1";
    SET_PASSWORD = "UPDATE people SET password_hash = ?2, updated_at = ?3 WHERE id = ?1";
    ROOMS_IN = "SELECT room FROM members WHERE person = ?1 AND standing = 'in' ORDER BY room";
    TOUCH_MEMBER = "UPDATE members SET seq = ?3, updated_at = ?4 WHERE room = ?1 AND person = ?2";
}

#[async_trait::async_trait]
impl People for Sqlite {
    async fn sign_up(&self, new: NewPerson, now: Timestamp) -> Result<Written<Person>> {
        self.write(now, move |tx| sign_up(tx, &new)).await
    }

    async fn has_admin(&self) -> Result<bool> {
        self.read(|db| Ok(db.prepare_cached(HAS_ADMIN)?.query_row([], |row| row.get(0))?)).await
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>> {
        self.read(move |db| find(db, super::transaction::PERSON, [id.0], |row| rows::person(row, 0))).await
    }

    async fn person_by_name(&self, username: &str) -> Result<Option<Person>> {
        let key = username_key(username);
        self.read(move |db| find(db, BY_NAME, [key], |row| rows::person(row, 0))).await
    }

    async fn credentials(&self, username: &str) -> Result<Option<Credentials>> {
        let key = username_key(username);
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Credentials { person: rows::person(row, 0)?, password_hash: row.get(11)? })
        };
        self.read(move |db| find(db, CREDENTIALS, [key], row)).await
    }

    async fn find_people(&self, prefix: &str, limit: usize) -> Result<Vec<Person>> {
        let (from, to) = prefix_range(prefix);
        self.read(move |db| list(db, FIND, (from, to, limit as i64), |row| rows::person(row, 0))).await
    }

    async fn people(&self, after: PersonId, limit: usize) -> Result<Vec<Person>> {
        self.read(move |db| list(db, ALL, (after.0, limit as i64), |row| rows::person(row, 0))).await
    }

    async fn update_person(
        &self,
        id: PersonId,
        patch: PersonPatch,
        now: Timestamp,
    ) -> Result<Written<Person>> {
        self.write(now, move |tx| update(tx, id, patch)).await
    }

    async fn set_password(
        &self,
        id: PersonId,
        hash: &str,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Written<()>> {
        let hash = hash.to_owned();
        self.write(now, move |tx| set_password(tx, id, &hash, keep)).await
    }
}

pub(super) fn sign_up(tx: &mut Transaction<'_>, new: &NewPerson) -> Result<Person> {
    let key = new.username.key();
    if find(tx.db, TAKEN, [&key], |_| Ok(()))?.is_some() {
        return Err(Invalid::new("username", TAKEN_NAME).into());
    }
    let has_admin: bool = tx.db.prepare_cached(HAS_ADMIN)?.query_row([], |row| row.get(0))?;
    let is_admin = match new.admin {
        FirstAdmin::No => false,
        FirstAdmin::Yes => true,
        FirstAdmin::IfNone => !has_admin,
    };
    let name = if new.display_name.is_empty() { new.username.as_str() } else { &new.display_name };
    let values = (
        new.username.as_str(),
        &key,
        name,
        username_key(name),
        &new.email,
        &new.password_hash,
        is_admin,
        new.is_bot,
        tx.now,
        &new.avatar,
    );
    let id = tx.db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?;
    person(tx.db, PersonId(id))
}

/// Keeps another password for somebody and ends their sessions but `keep`.
pub(super) fn set_password(
    tx: &mut Transaction<'_>,
    id: PersonId,
    hash: &str,
    keep: Option<SessionId>,
) -> Result<()> {
    person(tx.db, id)?;
    tx.run(SET_PASSWORD, (id.0, hash, tx.now))?;
    end_sessions(tx, id, keep)
}

pub(super) fn update(tx: &mut Transaction<'_>, id: PersonId, patch: PersonPatch) -> Result<Person> {
    let before = person(tx.db, id)?;
    let mut after = before.clone();
    if let Some(username) = &patch.username {
        rename(tx, &mut after, username)?;
    }
    after.display_name = patch.display_name.unwrap_or(after.display_name);
    after.avatar = patch.avatar.unwrap_or(after.avatar);
    after.email = patch.email.unwrap_or(after.email);
    after.locale = patch.locale.unwrap_or(after.locale);
    after.time_zone = patch.time_zone.unwrap_or(after.time_zone);
    after.theme = patch.theme.unwrap_or(after.theme);
    after.is_admin = patch.is_admin.unwrap_or(after.is_admin);
    after.is_active = patch.is_active.unwrap_or(after.is_active);
    if after == before {
        return Ok(before);
    }
    stays_governed(tx, &before, &after)?;
    if Profile::from(&after) != Profile::from(&before) {
        // Locks are taken in one order everywhere: rooms by id, then people.
        write_person(tx, &after, 0)?;
        tell_rooms(tx, id)?;
    }
    let seq = tx.next_in_person(id)?;
    write_person(tx, &after, seq.0)?;
    tx.tell_person(id, seq, Change::Person(Box::new(after.clone())));
    if before.is_bot && before.is_active != after.is_active {
        bots::came_or_went(tx, id)?;
    }
    if before.is_active && !after.is_active {
        end_sessions(tx, id, None)?;
        end_tokens(tx, id)?;
    }
    Ok(after)
}

/// Gives somebody another name to sign in with, unless it is taken.
fn rename(tx: &Transaction<'_>, person: &mut Person, username: &Username) -> Result<()> {
    let holder = find(tx.db, BY_NAME, [username.key()], |row| rows::person(row, 0))?;
    if holder.is_some_and(|holder| holder.id != person.id) {
        return Err(Invalid::new("username", TAKEN_NAME).into());
    }
    tx.run(SET_USERNAME, (person.id.0, username.as_str(), username.key(), tx.now))?;
    if person.display_name == person.username {
        person.display_name = username.as_str().into();
    }
    person.username = username.as_str().into();
    Ok(())
}

/// Refuses what would leave the server without an administrator.
pub(super) fn stays_governed(tx: &Transaction<'_>, before: &Person, after: &Person) -> Result<()> {
    let governs = |person: &Person| person.is_admin && person.is_active;
    let goes = governs(before) && !governs(after);
    if goes && find(tx.db, OTHER_ADMIN, [before.id.0], |_| Ok(()))?.is_none() {
        return Err(StoreError::Conflict(LAST_ADMIN));
    }
    Ok(())
}

fn write_person(tx: &Transaction<'_>, p: &Person, lane_seq: i64) -> Result<()> {
    let values = (
        p.id.0,
        &p.display_name,
        username_key(&p.display_name),
        &p.email,
        &p.locale,
        &p.time_zone,
        &p.theme,
        p.is_admin,
        p.is_active,
        lane_seq,
        tx.now,
        &p.avatar,
    );
    tx.run(UPDATE, values).map(|_| ())
}

/// Tells every room somebody is in about their new name or avatar.
pub(super) fn tell_rooms(tx: &mut Transaction<'_>, id: PersonId) -> Result<()> {
    for room in list(tx.db, ROOMS_IN, [id.0], |row| row.get(0).map(RoomId))? {
        let seq = tx.next_in_room(room)?;
        tx.run(TOUCH_MEMBER, (room.0, id.0, seq.0, tx.now))?;
        if let Some(member) = super::transaction::member(tx.db, room, id)? {
            tx.tell_room(room, seq, Change::Member(Box::new(member)));
        }
    }
    Ok(())
}
