//! Waiting for a condition, with a deadline.

use anyhow::{Result, bail};
use std::{future::Future, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// How long anything may take that should happen at once. Generous, for machines that are busy with other tests.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Asks again and again until the answer is something. An error names what was awaited.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> Result<T> {
    until_in(DEADLINE, what, ask).await
}

/// The same, with more or less patience.
pub async fn until_in<T, F: Future<Output = Option<T>>>(
    patience: Duration,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = ask().await {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("waited {patience:?} for {what}");
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// Gives something at most [`DEADLINE`]. An error names what was awaited.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> Result<T> {
    match timeout(DEADLINE, work).await {
        Ok(done) => Ok(done),
        Err(_) => bail!("waited {DEADLINE:?} for {what}"),
    }
}
