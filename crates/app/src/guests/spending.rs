//! The tokens of one answer outside of rooms: set aside before the mind is asked, counted when the answer is over, however it is over.
//!
//! They count in the budget of everyone together. While the database is away guests are answered all the same; what they use then is counted after
//! the first answer that ends when it is back, unless the process ends before.

use crate::{App, Error, answering::ANSWER_TOKENS};
use bots::{Fault, FaultKind, Usage};
use domain::limits;
use std::sync::{Mutex, PoisonError};
use store::GuestUsage;
use tokio::time::timeout;

/// What one answer spends.
#[derive(Default)]
pub(super) struct Spending {
    /// What the mind said it used so far.
    pub used: Usage,
    /// Where it is counted: the server, the day, and what was set aside.
    account: Option<(App, i64, i64)>,
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
            Ok(Ok(Some((day, aside)))) => {
                Ok(Self { used: Usage::default(), account: Some((app, day, aside)) })
            }
            Ok(Ok(None)) => Err(Fault::new(FaultKind::Busy, "the budget of the day is used up")),
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("a guest is answered whatever the budget says: the database is away");
                let day = app.now().as_second().div_euclid(86_400);
                Ok(Self { used: Usage::default(), account: Some((app, day, 0)) })
            }
        }
    }
}

/// What could not be counted yet, by day.
#[derive(Default)]
pub(super) struct Owed(Mutex<Vec<GuestUsage>>);

impl Owed {
    fn add(&self, used: GuestUsage) {
        let mut owed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match owed.iter_mut().find(|owed| owed.day == used.day) {
            Some(owed) => {
                owed.input += used.input;
                owed.output += used.output;
            }
            None => owed.push(used),
        }
    }

    fn take(&self) -> Vec<GuestUsage> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Counts what an answer used, and after it what was owed. A write that failed may have been carried out all the same: its tokens are rather counted
/// twice than not at all, and what was set aside for it is not given back twice.
async fn count(app: App, used: GuestUsage, aside: i64) {
    let mut left = vec![(used, aside)];
    while let Some((used, aside)) = left.pop() {
        match app.store.settle(used, aside).await {
            Ok(()) => left.extend(app.guests.owed.take().into_iter().map(|owed| (owed, 0))),
            Err(error) => {
                tracing::warn!(%error, "the tokens of a guest's answer are counted later");
                app.guests.owed.add(used);
            }
        }
    }
}

impl Drop for Spending {
    fn drop(&mut self) {
        let Some((app, day, aside)) = self.account.take() else { return };
        let used = GuestUsage { day, input: self.used.input as i64, output: self.used.output as i64 };
        if (used.input, used.output, aside) == (0, 0, 0) {
            return;
        }
        // The guest may have left; what was used is counted all the same.
        tokio::spawn(count(app, used, aside));
    }
}
