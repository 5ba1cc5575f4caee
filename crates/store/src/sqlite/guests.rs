//! What conversations outside of rooms use of the server's tokens.

use super::{
    Sqlite,
    transaction::{find, list},
};
use crate::{GuestUsage, Guests, Result, endings, statements::statements};
use domain::bots::Budgets;
use jiff::Timestamp;
use rusqlite::Row;

statements! {
    USED = "SELECT (SELECT coalesce(sum(input + output + aside), 0) FROM usage WHERE day = ?1)
        + (SELECT coalesce(sum(input + output + aside), 0) FROM guest_usage WHERE day = ?1)";
    SPEND = "INSERT INTO guest_usage (day, input, output, aside) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (day) DO UPDATE SET input = input + excluded.input, output = output + excluded.output, aside = aside + excluded.aside";
    USAGE = "SELECT day, input, output FROM guest_usage WHERE day >= ?1 AND input + output > 0 ORDER BY day DESC";
}

#[async_trait::async_trait]
impl Guests for Sqlite {
    async fn set_aside(&self, tokens: i64, budget: i64, now: Timestamp) -> Result<Option<i64>> {
        let written = self.write(now, move |tx| {
            let day = endings::day(tx.now);
            let used = find(tx.db, USED, [day], |row| row.get(0))?.unwrap_or_default();
            let everyone = |day| Budgets { day, ..Budgets::default() };
            if !endings::fits(everyone(used), tokens, everyone(budget)) {
                return Ok(None);
            }
            tx.run(SPEND, (day, 0, 0, tokens))?;
            Ok(Some(day))
        });
        Ok(written.await?.value)
    }

    async fn settle(&self, used: GuestUsage, aside: i64) -> Result<()> {
        let values = (used.day, used.input, used.output, -aside);
        self.writer.run(move |db| Ok(db.execute(SPEND, values)?)).await.map(drop)
    }

    async fn guest_usage(&self, from: i64) -> Result<Vec<GuestUsage>> {
        self.read(move |db| list(db, USAGE, [from], usage)).await
    }
}

fn usage(row: &Row<'_>) -> rusqlite::Result<GuestUsage> {
    Ok(GuestUsage { day: row.get(0)?, input: row.get(1)?, output: row.get(2)? })
}
