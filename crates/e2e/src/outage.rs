//! What can happen to a server that ours stands on.

use anyhow::Result;

/// A server that may die, freeze and return.
pub trait Outage: Send {
    /// Its address, as ours are given it.
    fn url(&self) -> String;

    /// Ends it at once (SIGKILL).
    fn kill(&mut self) -> Result<()>;

    /// Starts it on the same port, and waits until it answers.
    fn restart(&mut self) -> Result<()>;

    /// Stops it in its tracks (SIGSTOP): connections stay open and nothing answers.
    fn freeze(&self) -> Result<()>;

    /// Lets it go on (SIGCONT).
    fn thaw(&self) -> Result<()>;
}
