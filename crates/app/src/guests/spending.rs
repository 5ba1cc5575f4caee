//! The tokens of one answer outside of rooms: set aside before the mind is asked, counted when the answer is over, however it is over.
//!
//! They count in the budget of everyone together, and are written down before the end of the answer goes out. While the database is away guests
//! are answered all the same; what they use then is counted after the first answer that ends when it is back, or when the server is asked to
//! stop, and is lost only where the process is killed before.

use crate::{App, Error, answering::ANSWER_TOKENS};
use bots::{Fault, FaultKind, Usage};
use domain::limits;
use std::sync::{Mutex, PoisonError};
use store::GuestUsage;
use tokio::{sync::Mutex as AsyncMutex, time::timeout};

/// What one answer spends.
#[derive(Default)]
pub(super) struct Spending {
    /// What the mind said it used so far.
    pub used: Usage,
    /// Where it is counted: the server, the day, and what was set aside.
    account: Option<(App, i64, i64)>,
    /// The guest waited for it once already.
    is_database_away: bool,
}

impl Spending {
    /// Sets aside what an answer to so many bytes may take. An error when the budget of the day does not hold it.
    pub async fn begin(app: App, spoken: usize) -> Result<Self, Fault> {
        let tokens = spoken as i64 / 3 + ANSWER_TOKENS;
        let asked = async {
            let budget = app.budgets().await?.day;
            // Nothing to keep free for others where there is no budget: one writing less.
            let aside = if budget == 0 { 0 } else { tokens };
            let day = match aside {
                0 => Some(app.now().as_second().div_euclid(86_400)),
                _ => app.store.set_aside(aside, budget, app.now()).await?,
            };
            Ok::<_, Error>(day.map(|day| (day, aside)))
        };
        match timeout(limits::GUEST_BUDGET_WITHIN, asked).await {
            Ok(Ok(Some((day, aside)))) => Ok(Self { account: Some((app, day, aside)), ..Self::default() }),
            Ok(Ok(None)) => Err(Fault::new(FaultKind::Busy, "the budget of the day is used up")),
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("a guest is answered whatever the budget says: the database is away");
                let day = app.now().as_second().div_euclid(86_400);
                Ok(Self { account: Some((app, day, 0)), is_database_away: true, ..Self::default() })
            }
        }
    }
}

/// What was not counted yet, by day, with what is to be given back of what was set aside.
#[derive(Default)]
pub(super) struct Owed {
    sums: Mutex<Vec<(GuestUsage, i64)>>,
    /// Held by who writes them down, so that who comes next knows that all of the earlier was tried.
    writing: AsyncMutex<()>,
}

impl Owed {
    fn add(&self, used: GuestUsage, aside: i64) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        match sums.iter_mut().find(|(owed, _)| owed.day == used.day) {
            Some((owed, owed_aside)) => {
                owed.input += used.input;
                owed.output += used.output;
                *owed_aside += aside;
            }
            None => sums.push((used, aside)),
        }
    }

    fn take(&self) -> Vec<(GuestUsage, i64)> {
        std::mem::take(&mut *self.sums.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl App {
    /// Counts what the answers that are over have used; also called when the server stops. A write that failed may have been carried out all
    /// the same: its tokens are rather counted twice than not at all, and what was set aside for it is not given back twice.
    pub async fn count_guests(&self) {
        let owed = &self.guests.owed;
        let _writing = owed.writing.lock().await;
        for (used, aside) in owed.take() {
            if let Err(error) = self.store.settle(used, aside).await {
                tracing::warn!(%error, "the tokens of guests are counted later, unless the server ends before");
                owed.add(used, 0);
            }
        }
    }
}

impl Spending {
    /// Counts what was used, and waits until it is written down or the database has let them wait long enough.
    pub async fn end(&mut self) {
        let Some(app) = self.owe() else { return };
        let counting = tokio::spawn(async move { app.count_guests().await });
        if !self.is_database_away && timeout(limits::GUEST_BUDGET_WITHIN, counting).await.is_err() {
            tracing::warn!("a guest's answer goes out before its tokens are counted: the database is slow");
        }
    }

    fn owe(&mut self) -> Option<App> {
        let (app, day, aside) = self.account.take()?;
        let used = GuestUsage { day, input: self.used.input as i64, output: self.used.output as i64 };
        if (used.input, used.output, aside) == (0, 0, 0) {
            return None;
        }
        app.guests.owed.add(used, aside);
        Some(app)
    }
}

impl Drop for Spending {
    fn drop(&mut self) {
        // The guest left before the end; what was used is counted all the same.
        if let Some(app) = self.owe() {
            tokio::spawn(async move { app.count_guests().await });
        }
    }
}
