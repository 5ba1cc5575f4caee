//! What conversations outside of rooms use of the server's tokens.

use super::{Postgres, database, rows};
use crate::{GuestUsage, Guests, Result, endings, statements::statements};
use domain::bots::Budgets;
use jiff::Timestamp;
use tokio_postgres::Row;

statements! {
    USED = "SELECT ((SELECT coalesce(sum(input + output + aside), 0) FROM usage WHERE day = $1)
        + (SELECT coalesce(sum(input + output + aside), 0) FROM guest_usage WHERE day = $1))::bigint";
    SPEND = "INSERT INTO guest_usage (day, input, output, aside) VALUES ($1, $2, $3, $4)
        ON CONFLICT (day) DO UPDATE SET input = guest_usage.input + excluded.input, output = guest_usage.output + excluded.output,
            aside = guest_usage.aside + excluded.aside";
    USAGE = "SELECT day, input, output FROM guest_usage WHERE day >= $1 AND input + output > 0 ORDER BY day DESC";
}

#[async_trait::async_trait]
impl Guests for Postgres {
    async fn set_aside(&self, tokens: i64, budget: i64, now: Timestamp) -> Result<Option<i64>> {
        let written = self.write(now, |tx| async move {
            tx.lock_by_number(database::BUDGETS).await?;
            let day = endings::day(tx.now);
            let used = tx.get(USED, &[&day], rows::number).await?;
            let everyone = |day| Budgets { day, ..Budgets::default() };
            if !endings::fits(everyone(used), tokens, everyone(budget)) {
                return Ok(None);
            }
            tx.run(SPEND, &[&day, &0_i64, &0_i64, &tokens]).await?;
            Ok(Some(day))
        });
        Ok(written.await?.value)
    }

    async fn settle(&self, used: GuestUsage, aside: i64) -> Result<()> {
        let db = self.connection().await?;
        db.run(SPEND, &[&used.day, &used.input, &used.output, &-aside]).await.map(drop)
    }

    async fn guest_usage(&self, from: i64) -> Result<Vec<GuestUsage>> {
        self.connection().await?.list(USAGE, &[&from], usage).await
    }
}

fn usage(row: &Row) -> Result<GuestUsage> {
    Ok(GuestUsage { day: row.try_get(0)?, input: row.try_get(1)?, output: row.try_get(2)? })
}
