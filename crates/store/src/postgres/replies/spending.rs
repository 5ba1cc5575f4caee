//! Tokens: what is used and set aside, and whether more fits into today's budgets.

use crate::postgres::{database, transaction::Transaction};
use crate::{Result, endings, statements::statements};
use domain::{bots::Budgets, replies::Reply};
use tokio_postgres::Row;

statements! {
    USED = "SELECT coalesce(sum(n) FILTER (WHERE person = $2), 0)::bigint, coalesce(sum(n) FILTER (WHERE room = $3), 0)::bigint, (coalesce(sum(n), 0)
            + coalesce((SELECT sum(input + output + aside) FROM guest_usage WHERE day = $1), 0))::bigint
        FROM (SELECT person, room, input + output + aside AS n FROM usage WHERE day = $1) AS today";
    SPEND = "INSERT INTO usage (day, bot, person, room, input, output, aside) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (day, bot, person, room) DO UPDATE SET input = usage.input + excluded.input, output = usage.output + excluded.output,
            aside = usage.aside + excluded.aside";
}

/// Whether so many more tokens fit into every budget of a day. One after another until each has set its tokens aside, so that two
/// cannot both take the last ones.
pub(super) async fn fits(
    tx: &Transaction,
    reply: &Reply,
    day: i64,
    more: i64,
    budgets: Budgets,
) -> Result<bool> {
    if budgets == Budgets::default() {
        return Ok(true);
    }
    tx.lock_by_number(database::BUDGETS).await?;
    let row =
        |row: &Row| Ok(Budgets { person: row.try_get(0)?, room: row.try_get(1)?, day: row.try_get(2)? });
    let used = tx.get(USED, &[&day, &reply.asker.id.0, &reply.room.0], row).await?;
    Ok(endings::fits(used, more, budgets))
}

/// Counts tokens read, written and set aside; what is negative is taken back.
pub(super) async fn spend(
    tx: &Transaction,
    reply: &Reply,
    day: i64,
    (input, output, aside): (i64, i64, i64),
) -> Result<()> {
    if (input, output, aside) == (0, 0, 0) {
        return Ok(());
    }
    let (bot, person, room) = (reply.bot.id.0, reply.asker.id.0, reply.room.0);
    tx.run(SPEND, &[&day, &bot, &person, &room, &input, &output, &aside]).await.map(drop)
}
