//! What a reader knows of replies in progress, and what they must never be told.
//!
//! Within a run a text only grows, every piece fits where the last one ended, and the message that a reply becomes says all that was
//! shown. Whatever breaks this is an error at once.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;

/// Replies as one reader was told of them.
#[derive(Default)]
pub struct Replies {
    open: BTreeMap<i64, Shown>,
    /// How many pieces came that continued a text.
    pub pieces: usize,
    /// What was shown in the last moment before a process was killed may be missing at the end.
    pub forgives_loss: bool,
}

/// A reply as it is shown.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Its run.
    pub run: i64,
    /// Its text so far.
    pub text: String,
}

impl Replies {
    /// The only reply in progress.
    pub fn only(&self) -> Option<&Shown> {
        self.open.values().next().filter(|_| self.open.len() == 1)
    }

    /// How many are in progress.
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// Takes in what a frame says of replies and of the messages they became.
    pub(crate) fn take(&mut self, frame: &Value) -> Result<()> {
        match frame["type"].as_str() {
            Some("reply") => self.whole(&frame["reply"])?,
            Some("reply_delta") => self.piece(frame)?,
            _ => {}
        }
        for event in frame["events"].as_array().into_iter().flatten() {
            self.end(&event["message"])?;
        }
        let Some(listed) = frame["replies"].as_array() else { return Ok(()) };
        let ids: Vec<i64> = listed.iter().filter_map(|reply| reply["id"].as_i64()).collect();
        self.open.retain(|id, _| ids.contains(id));
        listed.iter().try_for_each(|reply| self.whole(reply))
    }

    fn whole(&mut self, reply: &Value) -> Result<()> {
        let (id, run) = (number(&reply["id"])?, number(&reply["run"])?);
        let text = reply["text"].as_str().context("a reply has a text")?;
        if let Some(held) = self.open.get(&id) {
            ensure!(held.run <= run, "run {run} after {}: {reply}", held.run);
            ensure!(held.run < run || text.starts_with(&held.text), "{held:?} was shown, and then {reply}");
        }
        self.open.insert(id, Shown { run, text: text.into() });
        Ok(())
    }

    fn piece(&mut self, frame: &Value) -> Result<()> {
        let (id, run, at) = (number(&frame["reply"])?, number(&frame["run"])?, number(&frame["at"])?);
        let held = self.open.get_mut(&id).with_context(|| format!("a piece of an unknown reply: {frame}"))?;
        ensure!(
            held.run == run && held.text.len() as i64 == at,
            "a piece that does not fit {held:?}: {frame}"
        );
        held.text.push_str(frame["text"].as_str().context("a piece has a text")?);
        self.pieces += 1;
        Ok(())
    }

    fn end(&mut self, message: &Value) -> Result<()> {
        let answer = &message["answer"];
        let Some(id) = answer["reply"].as_i64() else { return Ok(()) };
        let run = number(&answer["run"])?;
        if self.open.get(&id).is_none_or(|held| held.run > run) {
            return Ok(());
        }
        let shown = self.open.remove(&id).unwrap_or_default();
        let said = message["content"].as_str().unwrap_or_default();
        if shown.run == run && !self.forgives_loss && !said.starts_with(shown.text.trim()) {
            bail!("{shown:?} was shown, and it ended as {message}");
        }
        Ok(())
    }
}

fn number(value: &Value) -> Result<i64> {
    value.as_i64().with_context(|| format!("{value} is no number"))
}
