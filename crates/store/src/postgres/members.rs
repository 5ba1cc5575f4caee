//! Who is in a room: the trait's methods. Coming in is in `entering`, going and roles in `changing`.

mod changing;
mod entering;

use super::{
    Postgres, audit,
    connection::Values,
    database,
    rows::{self, member_columns, profile_columns},
    seats,
};
use crate::{
    Members, Result, RosterPage, Written, members::in_office, people::prefix_range, statements::statements,
};
use domain::{
    access::{RoomMember, RoomModerator, RoomOwner, RoomReader},
    audit::Act,
    ids::PersonId,
    members::{Level, Member, Role, Standing},
    people::Profile,
    rooms::RoomKind,
};
use jiff::Timestamp;

pub(super) use changing::{depart, set_role};
pub(super) use entering::{enter, has_room_for_more};

statements! {
    MEMBERS = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.standing = 'in'
        ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 WHEN 'member' THEN 2 ELSE 3 END, p.display_key, p.id OFFSET $2 LIMIT $3");
    COUNT = "SELECT count(*) FROM members WHERE room = $1 AND standing = 'in'";
    BANNED = concat!("SELECT ", member_columns!(), " FROM members m JOIN people p ON p.id = m.person WHERE m.room = $1 AND m.standing = 'banned' ORDER BY p.display_key");
    MENTIONABLE = concat!("SELECT ", profile_columns!(), " FROM people p LEFT JOIN members m ON m.room = $1 AND m.person = p.id
        WHERE p.is_active AND (p.username_key >= $2 AND p.username_key < $3 OR p.display_key >= $2 AND p.display_key < $3)
        AND (m.standing = 'in' OR $4 AND coalesce(m.standing, '') <> 'banned')
        ORDER BY coalesce(m.standing, '') <> 'in', p.username_key LIMIT $5");
    SET_LEVEL = "UPDATE members SET level = $3, updated_at = $4 WHERE room = $1 AND person = $2 AND level <> $3";
}

/// All statements of this noun's files.
pub(super) fn statements() -> Vec<&'static str> {
    [STATEMENTS, entering::STATEMENTS, changing::STATEMENTS].concat()
}

#[async_trait::async_trait]
impl Members for Postgres {
    async fn join(&self, by: &RoomReader, now: Timestamp) -> Result<Written<Member>> {
        self.write(now, |tx| async move { entering::join(&tx, by).await }).await
    }

    async fn leave(&self, by: &RoomMember, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            if by.room().kind == RoomKind::Group {
                // Two groups that come to have the same people do so one after the other.
                tx.lock_by_number(database::SLUGS).await?;
            }
            let reader = seats::reader(&tx, by, &[by.person()]).await?;
            changing::leave(&tx, &RoomMember::grant(reader)?).await
        })
        .await
    }

    async fn add_member(&self, by: &RoomModerator, id: PersonId, now: Timestamp) -> Result<Written<Member>> {
        self.write(now, |tx| async move {
            let by = RoomModerator::grant(seats::reader(&tx, by, &[id]).await?)?;
            entering::add(&tx, &by, id).await
        })
        .await
    }

    async fn set_role(
        &self,
        by: &RoomOwner,
        id: PersonId,
        role: Role,
        now: Timestamp,
    ) -> Result<Written<Member>> {
        self.write(now, |tx| async move {
            let by = RoomOwner::grant(seats::reader(&tx, by, &[id]).await?)?;
            audit::record_any(&tx, in_office(&by, Role::Owner, Act::ChangeRole, id)).await?;
            set_role(&tx, by.room_id(), id, role).await
        })
        .await
    }

    async fn transfer(&self, by: &RoomOwner, id: PersonId, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            let by = RoomOwner::grant(seats::reader(&tx, by, &[id, by.person()]).await?)?;
            audit::record_any(&tx, in_office(&by, Role::Owner, Act::ChangeRole, id)).await?;
            changing::transfer(&tx, &by, id).await
        })
        .await
    }

    async fn dismiss(
        &self,
        by: &RoomModerator,
        id: PersonId,
        standing: Standing,
        now: Timestamp,
    ) -> Result<Written<Member>> {
        self.write(now, |tx| async move {
            let by = RoomModerator::grant(seats::reader(&tx, by, &[id]).await?)?;
            changing::dismiss(&tx, &by, id, standing).await
        })
        .await
    }

    async fn members(&self, by: &RoomReader, offset: usize, limit: usize) -> Result<RosterPage> {
        let (room, offset, limit) = (by.room_id().0, offset as i64, limit as i64);
        self.read(|tx| async move {
            let members = tx.list(MEMBERS, &[&room, &offset, &limit], |row| rows::member(row, 0)).await?;
            Ok(RosterPage { members, total: tx.get(COUNT, &[&room], rows::number).await? })
        })
        .await
    }

    async fn banned(&self, by: &RoomModerator) -> Result<Vec<Member>> {
        self.connection().await?.list(BANNED, &[&by.room_id().0], |row| rows::member(row, 0)).await
    }

    async fn mentionable(&self, by: &RoomReader, prefix: &str, limit: usize) -> Result<Vec<Profile>> {
        let (from, to) = prefix_range(&rows::text(prefix));
        let (room, public, limit) = (by.room_id().0, by.room().kind == RoomKind::Public, limit as i64);
        let values: Values<'_> = &[&room, &from, &to, &public, &limit];
        self.connection().await?.list(MENTIONABLE, values, |row| rows::profile(row, 0)).await
    }

    async fn set_level(&self, by: &RoomMember, level: Level, now: Timestamp) -> Result<Written<()>> {
        self.write(now, |tx| async move {
            let by = RoomMember::grant(seats::reader(&tx, by, &[by.person()]).await?)?;
            let (room, person) = (by.room_id(), by.person());
            match tx.run(SET_LEVEL, &[&room.0, &person.0, &level.as_str(), &tx.now]).await? {
                0 => Ok(()),
                _ => tx.tell_reading(room, person).await,
            }
        })
        .await
    }
}
