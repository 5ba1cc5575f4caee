//! What is being measured, on stderr: a bar on a terminal, lines elsewhere.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

/// How far a run has come.
pub struct Progress(ProgressBar);

impl Progress {
    /// Nothing of so many steps is done.
    pub fn new(steps: usize) -> Result<Self> {
        let bar = ProgressBar::new(steps as u64);
        bar.set_style(ProgressStyle::with_template("{pos}/{len} {bar:20} {elapsed} {msg}")?);
        Ok(Self(bar))
    }

    /// What is under way.
    pub fn say(&self, what: String) {
        if self.0.is_hidden() {
            eprintln!("{what}");
        }
        self.0.set_message(what);
        self.0.tick();
    }

    /// One step is done.
    pub fn advance(&self) {
        self.0.inc(1);
    }

    /// Prints something that stays.
    pub fn beside(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
