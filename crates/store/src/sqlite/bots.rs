//! Bots, and what they used.

use super::{
    Sqlite, Transaction, audit, people, replies,
    rows::{self, profile_columns},
    transaction::{self, find, list},
};
use crate::{
    BotPatch, Bots, Missed, NewBot, PersonPatch, Result, StoreError, Written, statements::statements,
};
use domain::{
    Invalid,
    audit::Deed,
    bots::{Bot, UsageLine, UsageSum, UsageSums},
    events::Change,
    ids::{PersonId, RoomId},
    limits,
    members::Member,
    people::{Person, Profile},
    replies::Answers,
};
use jiff::Timestamp;
use rusqlite::{Connection, Row};

macro_rules! select {
    ($end:literal) => {
        concat!(
            "SELECT ",
            profile_columns!(),
            ", p.is_active, b.owner, b.mind, b.answers, b.settings, b.updated_at FROM bots b JOIN people p ON p.id = b.person ",
            $end
        )
    };
}

statements! {
    ONE = select!("WHERE b.person = ?1");
    ALL = select!("ORDER BY p.username_key LIMIT ?1");
    BOTS = "SELECT count(*) FROM bots";
    INSERT = "INSERT INTO bots (person, owner, mind, answers, settings, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
    UPDATE = "UPDATE bots SET mind = ?2, answers = ?3, settings = ?4, updated_at = ?5 WHERE person = ?1";
    TOUCH = "UPDATE people SET lane_seq = ?2 WHERE id = ?1";
    COUNT_IN = "UPDATE rooms SET bots = (SELECT count(*) FROM bots b CROSS JOIN members m CROSS JOIN people p
        WHERE m.room = ?1 AND m.person = b.person AND m.standing = 'in' AND p.id = b.person AND p.is_active) WHERE id = ?1";
    ROOMS_IN = "SELECT room FROM members WHERE person = ?1 AND standing = 'in'";
    USAGE = concat!("SELECT ", profile_columns!(), ", a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END, u.day, u.room, r.name, u.input, u.output
        FROM usage u JOIN people p ON p.id = u.bot JOIN people a ON a.id = u.person JOIN rooms r ON r.id = u.room
        WHERE u.day >= ?1 AND u.input + u.output > 0 ORDER BY u.day DESC, u.bot, u.person, u.room LIMIT ?2");
    DAYS_USED = "SELECT day, sum(input), sum(output) FROM usage WHERE day >= ?1 GROUP BY day HAVING sum(input + output) > 0 ORDER BY day DESC";
    BOTS_USED = concat!("SELECT ", profile_columns!(), ", u.input, u.output FROM (SELECT bot AS who, sum(input) AS input, sum(output) AS output FROM usage
        WHERE day >= ?1 GROUP BY bot) u JOIN people p ON p.id = u.who WHERE u.input + u.output > 0 ORDER BY u.input + u.output DESC, p.id LIMIT ?2");
    PEOPLE_USED = concat!("SELECT ", profile_columns!(), ", u.input, u.output FROM (SELECT person AS who, sum(input) AS input, sum(output) AS output FROM usage
        WHERE day >= ?1 GROUP BY person) u JOIN people p ON p.id = u.who WHERE u.input + u.output > 0 ORDER BY u.input + u.output DESC, p.id LIMIT ?2");
    KEEP_MISSED = "INSERT INTO missed (bot, text, intent, confidence, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    TRIM_MISSED = "DELETE FROM missed WHERE bot = ?1 AND id <= (SELECT id FROM missed WHERE bot = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    MISSED = "SELECT id, text, intent, confidence, created_at FROM missed WHERE bot = ?1 ORDER BY id DESC LIMIT ?2";
    FORGET_MISSED = "DELETE FROM missed WHERE bot = ?1 AND id = ?2";
}

#[async_trait::async_trait]
impl Bots for Sqlite {
    async fn create_bot(&self, deed: Option<&Deed>, new: NewBot, now: Timestamp) -> Result<Written<Bot>> {
        let deed = deed.cloned();
        self.write(now, move |tx| {
            let bot = create(tx, new)?;
            if let Some(deed) = deed {
                audit::record(tx, &deed.on(bot.profile.id))?;
            }
            Ok(bot)
        })
        .await
    }

    async fn update_bot(
        &self,
        deed: Option<&Deed>,
        id: PersonId,
        patch: BotPatch,
        now: Timestamp,
    ) -> Result<Written<Bot>> {
        let deed = deed.cloned();
        self.write(now, move |tx| {
            if let Some(deed) = &deed {
                audit::record(tx, deed)?;
            }
            update(tx, id, patch)
        })
        .await
    }

    async fn bot(&self, id: PersonId) -> Result<Option<Bot>> {
        self.read(move |db| find(db, ONE, [id.0], bot)).await
    }

    async fn bots(&self) -> Result<Vec<Bot>> {
        self.read(|db| list(db, ALL, [limits::BOTS_MAX as i64], bot)).await
    }

    async fn bot_person(&self, id: PersonId) -> Result<Option<Person>> {
        self.read(move |db| match find(db, ONE, [id.0], bot)? {
            Some(_) => transaction::person(db, id).map(Some),
            None => Ok(None),
        })
        .await
    }

    async fn usage(&self, from: i64, limit: usize) -> Result<Vec<UsageLine>> {
        self.read(move |db| list(db, USAGE, (from, limit as i64), usage)).await
    }

    async fn usage_sums(&self, from: i64) -> Result<UsageSums> {
        self.read(move |db| {
            Ok(UsageSums {
                days: list(db, DAYS_USED, [from], day)?,
                bots: list(db, BOTS_USED, [from, limits::BOTS_MAX as i64], sum)?,
                people: list(db, PEOPLE_USED, [from, limits::USAGE_PEOPLE_MAX as i64], sum)?,
            })
        })
        .await
    }

    async fn keep_missed(&self, bot: PersonId, missed: Missed) -> Result<()> {
        let written = self.write(missed.at, move |tx| {
            one(tx.db, bot)?;
            tx.run(KEEP_MISSED, (bot.0, missed.text, missed.intent, missed.confidence, tx.now))?;
            tx.run(TRIM_MISSED, (bot.0, limits::MISSED_MAX as i64)).map(drop)
        });
        written.await.map(drop)
    }

    async fn missed(&self, bot: PersonId, limit: usize) -> Result<Vec<Missed>> {
        self.read(move |db| list(db, MISSED, (bot.0, limit as i64), missed)).await
    }

    async fn forget_missed(&self, deed: Option<&Deed>, bot: PersonId, id: i64, now: Timestamp) -> Result<()> {
        let deed = deed.cloned();
        let written = self.write(now, move |tx| match tx.run(FORGET_MISSED, (bot.0, id))? {
            0 => Ok(()),
            _ => audit::record_any(tx, deed),
        });
        written.await.map(drop)
    }
}

fn create(tx: &mut Transaction<'_>, new: NewBot) -> Result<Bot> {
    if find(tx.db, BOTS, [], |row| row.get::<_, i64>(0))? >= Some(limits::BOTS_MAX as i64) {
        let text = "A server has at most {limit} bots.";
        return Err(Invalid::limit("username", text, limits::BOTS_MAX).into());
    }
    let id = people::sign_up(tx, &new.account())?.id;
    let owner = new.owner.map(|owner| owner.0);
    tx.run(INSERT, (id.0, owner, new.mind, new.answers.as_str(), new.settings, tx.now))?;
    one(tx.db, id)
}

/// Every saving is an event of the bot's own lane, so that every process that thinks for it hears of it.
fn update(tx: &mut Transaction<'_>, id: PersonId, patch: BotPatch) -> Result<Bot> {
    let before = one(tx.db, id)?;
    let account = transaction::person(tx.db, id)?;
    let person = PersonPatch {
        display_name: patch.display_name,
        avatar: patch.avatar,
        is_active: patch.is_active,
        ..PersonPatch::default()
    };
    let after = people::update(tx, id, person)?;
    let mind = patch.mind.unwrap_or(before.mind);
    let answers = patch.answers.unwrap_or(before.answers);
    let settings = patch.settings.unwrap_or(before.settings);
    tx.run(UPDATE, (id.0, mind, answers.as_str(), settings, tx.now))?;
    if after == account {
        let seq = tx.next_in_person(id)?;
        tx.run(TOUCH, (id.0, seq.0))?;
        tx.tell_person(id, seq, Change::Person(Box::new(after)));
    }
    one(tx.db, id)
}

/// Keeps count of a room's bots after one came or went; whoever went is asked to stop.
pub(super) fn moved(tx: &Transaction<'_>, bot: &Member) -> Result<()> {
    tx.run(COUNT_IN, [bot.room.0])?;
    if bot.is_in() { Ok(()) } else { replies::ask_to_stop(tx, bot.room, bot.profile.id) }
}

/// The same in every room it is in, after it was switched on or off.
pub(super) fn came_or_went(tx: &Transaction<'_>, id: PersonId) -> Result<()> {
    for room in list(tx.db, ROOMS_IN, [id.0], |row| row.get(0).map(RoomId))? {
        tx.run(COUNT_IN, [room.0])?;
        if !transaction::person(tx.db, id)?.is_active {
            replies::ask_to_stop(tx, room, id)?;
        }
    }
    Ok(())
}

fn one(db: &Connection, id: PersonId) -> Result<Bot> {
    find(db, ONE, [id.0], bot)?.ok_or(StoreError::NotFound("bot"))
}

fn bot(row: &Row<'_>) -> rusqlite::Result<Bot> {
    Ok(Bot {
        profile: rows::profile(row, 0)?,
        is_active: row.get(4)?,
        owner: row.get::<_, Option<i64>>(5)?.map(PersonId),
        mind: row.get(6)?,
        answers: rows::word(row, 7, Answers::parse)?,
        settings: row.get(8)?,
        updated_at: rows::time(row, 9)?,
    })
}

fn usage(row: &Row<'_>) -> rusqlite::Result<UsageLine> {
    Ok(UsageLine {
        bot: rows::profile(row, 0)?,
        person: rows::profile(row, 4)?,
        day: row.get(8)?,
        room: RoomId(row.get(9)?),
        room_name: row.get(10)?,
        input: row.get(11)?,
        output: row.get(12)?,
    })
}

fn sum(row: &Row<'_>) -> rusqlite::Result<UsageSum<Profile>> {
    Ok(UsageSum { of: rows::profile(row, 0)?, input: row.get(4)?, output: row.get(5)? })
}

fn day(row: &Row<'_>) -> rusqlite::Result<UsageSum<i64>> {
    Ok(UsageSum { of: row.get(0)?, input: row.get(1)?, output: row.get(2)? })
}

fn missed(row: &Row<'_>) -> rusqlite::Result<Missed> {
    Ok(Missed {
        id: row.get(0)?,
        text: row.get(1)?,
        intent: row.get(2)?,
        confidence: row.get(3)?,
        at: rows::time(row, 4)?,
    })
}
