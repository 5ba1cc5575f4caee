//! What the server remembers about itself.

use crate::Result;
use domain::cursors::Epoch;

/// What the server remembers about itself.
#[async_trait::async_trait]
pub trait Settings: Send + Sync + 'static {
    /// This database's incarnation. Known since start, so it costs nothing.
    fn epoch(&self) -> Epoch;

    /// Gives the database a new incarnation, so that every cursor from before is reset.
    async fn renew_epoch(&self) -> Result<Epoch>;

    /// Whether the database answers, by asking it.
    async fn ping(&self) -> Result<()>;

    /// Whether an acknowledged write survives a power cut, as far as the database says: a sentence about what is
    /// wrong, or `None`. (SQLite: `synchronous`; PostgreSQL: `fsync`, `synchronous_commit`, `full_page_writes`.)
    async fn durability_fault(&self) -> Result<Option<String>>;

    /// A value kept under a name.
    async fn setting(&self, name: &str) -> Result<Option<String>>;

    /// Keeps a value under a name unless there is one already; returns the one that is there now. Several processes
    /// that start together agree by this.
    async fn setting_or(&self, name: &str, value: &str) -> Result<String>;

    /// Forgets a value. Nothing happens when there was none.
    async fn forget_setting(&self, name: &str) -> Result<()>;
}

/// A new incarnation: 48 random bits in hexadecimal.
pub(crate) fn new_epoch() -> Result<Epoch> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes)
        .map_err(|error| crate::StoreError::Bug(format!("no random bytes: {error}")))?;
    Ok(Epoch(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}
