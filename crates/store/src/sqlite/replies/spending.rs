//! Tokens: what is used and set aside, and whether more fits into today's budgets.

use crate::sqlite::{Transaction, transaction::find};
use crate::{Result, endings, statements::statements};
use domain::{bots::Budgets, replies::Reply};

statements! {
    USED = "SELECT coalesce(sum(CASE WHEN person = ?2 THEN n END), 0), coalesce(sum(CASE WHEN room = ?3 THEN n END), 0), coalesce(sum(n), 0)
            + coalesce((SELECT sum(input + output + aside) FROM guest_usage WHERE day = ?1), 0)
        FROM (SELECT person, room, input + output + aside AS n FROM usage WHERE day = ?1)";
    SPEND = "INSERT INTO usage (day, bot, person, room, input, output, aside) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (day, bot, person, room) DO UPDATE SET input = input + excluded.input, output = output + excluded.output, aside = aside + excluded.aside";
}

/// Whether so many more tokens fit into every budget of a day.
pub(super) fn fits(
    tx: &Transaction<'_>,
    reply: &Reply,
    day: i64,
    more: i64,
    budgets: Budgets,
) -> Result<bool> {
    if budgets == Budgets::default() {
        return Ok(true);
    }
    let row =
        |row: &rusqlite::Row<'_>| Ok(Budgets { person: row.get(0)?, room: row.get(1)?, day: row.get(2)? });
    let used = find(tx.db, USED, (day, reply.asker.id.0, reply.room.0), row)?.unwrap_or_default();
    Ok(endings::fits(used, more, budgets))
}

/// Counts tokens read, written and set aside; what is negative is taken back.
pub(super) fn spend(
    tx: &Transaction<'_>,
    reply: &Reply,
    day: i64,
    (input, output, aside): (i64, i64, i64),
) -> Result<()> {
    if (input, output, aside) == (0, 0, 0) {
        return Ok(());
    }
    let values = (day, reply.bot.id.0, reply.asker.id.0, reply.room.0, input, output, aside);
    tx.run(SPEND, values).map(drop)
}
