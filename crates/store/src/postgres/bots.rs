//! Bots, and what they used.

use super::{
    Postgres, audit,
    connection::Connection,
    database, people, replies,
    rows::{self, profile_columns},
    seats,
    transaction::Transaction,
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
use tokio_postgres::Row;

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
    ONE = select!("WHERE b.person = $1");
    ALL = select!("ORDER BY p.username_key LIMIT $1");
    BOTS = "SELECT count(*) FROM bots";
    INSERT = "INSERT INTO bots (person, owner, mind, answers, settings, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)";
    UPDATE = "UPDATE bots SET mind = $2, answers = $3, settings = $4, updated_at = $5 WHERE person = $1";
    TOUCH = "UPDATE people SET lane_seq = $2 WHERE id = $1";
    COUNT_IN = "UPDATE rooms SET bots = (SELECT count(*) FROM bots b JOIN members m ON m.person = b.person AND m.room = $1 AND m.standing = 'in'
        JOIN people p ON p.id = b.person AND p.is_active) WHERE id = $1";
    USAGE = concat!("SELECT ", profile_columns!(), ", a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END, u.day, u.room, r.name, u.input, u.output
        FROM usage u JOIN people p ON p.id = u.bot JOIN people a ON a.id = u.person JOIN rooms r ON r.id = u.room
        WHERE u.day >= $1 AND u.input + u.output > 0 ORDER BY u.day DESC, u.bot, u.person, u.room LIMIT $2");
    DAYS_USED = "SELECT day, sum(input)::bigint, sum(output)::bigint FROM usage WHERE day >= $1 GROUP BY day HAVING sum(input + output) > 0 ORDER BY day DESC";
    BOTS_USED = concat!("SELECT ", profile_columns!(), ", u.input, u.output FROM (SELECT bot AS who, sum(input)::bigint AS input, sum(output)::bigint AS output FROM usage
        WHERE day >= $1 GROUP BY bot) u JOIN people p ON p.id = u.who WHERE u.input + u.output > 0 ORDER BY u.input + u.output DESC, p.id LIMIT $2");
    PEOPLE_USED = concat!("SELECT ", profile_columns!(), ", u.input, u.output FROM (SELECT person AS who, sum(input)::bigint AS input, sum(output)::bigint AS output FROM usage
        WHERE day >= $1 GROUP BY person) u JOIN people p ON p.id = u.who WHERE u.input + u.output > 0 ORDER BY u.input + u.output DESC, p.id LIMIT $2");
    KEEP_MISSED = "INSERT INTO missed (bot, text, intent, confidence, created_at) VALUES ($1, $2, $3, $4, $5)";
    TRIM_MISSED = "DELETE FROM missed WHERE bot = $1 AND id <= (SELECT id FROM missed WHERE bot = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)";
    MISSED = "SELECT id, text, intent, confidence, created_at FROM missed WHERE bot = $1 ORDER BY id DESC LIMIT $2";
    FORGET_MISSED = "DELETE FROM missed WHERE bot = $1 AND id = $2";
}

#[async_trait::async_trait]
impl Bots for Postgres {
    async fn create_bot(&self, deed: Option<&Deed>, new: NewBot, now: Timestamp) -> Result<Written<Bot>> {
        let new = &new;
        self.write(now, |tx| async move {
            let bot = create(&tx, new).await?;
            if let Some(deed) = deed {
                audit::record(&tx, &deed.on(bot.profile.id)).await?;
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
        let patch = &patch;
        self.write(now, |tx| async move {
            if let Some(deed) = deed {
                audit::record(&tx, deed).await?;
            }
            update(&tx, id, patch).await
        })
        .await
    }

    async fn bot(&self, id: PersonId) -> Result<Option<Bot>> {
        self.connection().await?.find(ONE, &[&id.0], bot).await
    }

    async fn bots(&self) -> Result<Vec<Bot>> {
        self.connection().await?.list(ALL, &[&(limits::BOTS_MAX as i64)], bot).await
    }

    async fn bot_person(&self, id: PersonId) -> Result<Option<Person>> {
        let db = self.connection().await?;
        match db.find(ONE, &[&id.0], bot).await? {
            Some(_) => seats::person(&db, id).await.map(Some),
            None => Ok(None),
        }
    }

    async fn usage(&self, from: i64, limit: usize) -> Result<Vec<UsageLine>> {
        self.connection().await?.list(USAGE, &[&from, &(limit as i64)], usage).await
    }

    async fn usage_sums(&self, from: i64) -> Result<UsageSums> {
        self.read(|tx| async move {
            Ok(UsageSums {
                days: tx.list(DAYS_USED, &[&from], day).await?,
                bots: tx.list(BOTS_USED, &[&from, &(limits::BOTS_MAX as i64)], sum).await?,
                people: tx.list(PEOPLE_USED, &[&from, &(limits::USAGE_PEOPLE_MAX as i64)], sum).await?,
            })
        })
        .await
    }

    async fn keep_missed(&self, bot: PersonId, missed: Missed) -> Result<()> {
        let missed = &missed;
        let written = self.write(missed.at, |tx| async move {
            one(&tx, bot).await?;
            let (text, intent) = (rows::text(&missed.text), rows::text(&missed.intent));
            tx.run(KEEP_MISSED, &[&bot.0, &text, &intent, &missed.confidence, &tx.now]).await?;
            tx.run(TRIM_MISSED, &[&bot.0, &(limits::MISSED_MAX as i64)]).await.map(drop)
        });
        written.await.map(drop)
    }

    async fn missed(&self, bot: PersonId, limit: usize) -> Result<Vec<Missed>> {
        self.connection().await?.list(MISSED, &[&bot.0, &(limit as i64)], missed).await
    }

    async fn forget_missed(&self, deed: Option<&Deed>, bot: PersonId, id: i64, now: Timestamp) -> Result<()> {
        let written = self.write(now, |tx| async move {
            match tx.run(FORGET_MISSED, &[&bot.0, &id]).await? {
                0 => Ok(()),
                _ => audit::record_any(&tx, deed.cloned()).await,
            }
        });
        written.await.map(drop)
    }
}

async fn create(tx: &Transaction, new: &NewBot) -> Result<Bot> {
    // One after another, so that two cannot both be the last one.
    tx.lock_by_number(database::BOTS).await?;
    if tx.get(BOTS, &[], rows::number).await? >= limits::BOTS_MAX as i64 {
        let text = "A server has at most {limit} bots.";
        return Err(Invalid::limit("username", text, limits::BOTS_MAX).into());
    }
    let id = people::sign_up(tx, &new.account()).await?.id;
    let (owner, answers) = (new.owner.map(|owner| owner.0), new.answers.as_str());
    tx.run(INSERT, &[&id.0, &owner, &new.mind, &answers, &new.settings, &tx.now]).await?;
    one(tx, id).await
}

/// Every saving is an event of the bot's own lane, so that every process that thinks for it hears of it.
async fn update(tx: &Transaction, id: PersonId, patch: &BotPatch) -> Result<Bot> {
    one(tx, id).await?;
    let account = seats::person(tx, id).await?;
    let person = PersonPatch {
        display_name: patch.display_name.clone(),
        avatar: patch.avatar.clone(),
        is_active: patch.is_active,
        ..PersonPatch::default()
    };
    let after = people::update(tx, id, &person).await?;
    let before = one(tx, id).await?;
    let mind = patch.mind.as_ref().unwrap_or(&before.mind);
    let answers = patch.answers.unwrap_or(before.answers).as_str();
    let settings = patch.settings.as_ref().unwrap_or(&before.settings);
    tx.run(UPDATE, &[&id.0, mind, &answers, settings, &tx.now]).await?;
    if after == account {
        let seq = tx.next_in_person(id).await?;
        tx.run(TOUCH, &[&id.0, &seq.0]).await?;
        tx.tell_person(id, seq, Change::Person(Box::new(after)));
    }
    one(tx, id).await
}

/// Keeps count of a held room's bots after one came or went; whoever went is asked to stop.
pub(super) async fn moved(tx: &Transaction, bot: &Member) -> Result<()> {
    tx.run(COUNT_IN, &[&bot.room.0]).await?;
    if bot.is_in() { Ok(()) } else { replies::ask_to_stop(tx, bot.room, bot.profile.id).await }
}

/// The same in every room it is in, after it was switched on or off.
pub(super) async fn came_or_went(tx: &Transaction, bot: &Person) -> Result<()> {
    for room in people::rooms_in(tx, bot.id).await? {
        tx.run(COUNT_IN, &[&room.0]).await?;
        if !bot.is_active {
            replies::ask_to_stop(tx, room, bot.id).await?;
        }
    }
    Ok(())
}

async fn one(db: &Connection, id: PersonId) -> Result<Bot> {
    db.find(ONE, &[&id.0], bot).await?.ok_or(StoreError::NotFound("bot"))
}

fn bot(row: &Row) -> Result<Bot> {
    Ok(Bot {
        profile: rows::profile(row, 0)?,
        is_active: row.try_get(4)?,
        owner: row.try_get::<_, Option<i64>>(5)?.map(PersonId),
        mind: row.try_get(6)?,
        answers: rows::word(row, 7, Answers::parse)?,
        settings: row.try_get(8)?,
        updated_at: rows::time(row, 9)?,
    })
}

fn usage(row: &Row) -> Result<UsageLine> {
    Ok(UsageLine {
        bot: rows::profile(row, 0)?,
        person: rows::profile(row, 4)?,
        day: row.try_get(8)?,
        room: RoomId(row.try_get(9)?),
        room_name: row.try_get(10)?,
        input: row.try_get(11)?,
        output: row.try_get(12)?,
    })
}

fn sum(row: &Row) -> Result<UsageSum<Profile>> {
    Ok(UsageSum { of: rows::profile(row, 0)?, input: row.try_get(4)?, output: row.try_get(5)? })
}

fn day(row: &Row) -> Result<UsageSum<i64>> {
    Ok(UsageSum { of: row.try_get(0)?, input: row.try_get(1)?, output: row.try_get(2)? })
}

fn missed(row: &Row) -> Result<Missed> {
    Ok(Missed {
        id: row.try_get(0)?,
        text: row.try_get(1)?,
        intent: row.try_get(2)?,
        confidence: row.try_get(3)?,
        at: rows::time(row, 4)?,
    })
}
