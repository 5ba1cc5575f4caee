//! The one cursor of every transport: `epoch.seq`.

use crate::ids::Seq;
use serde::{Deserialize, Serialize};

/// A database's incarnation. It changes when a backup is restored, so that cursors from before are recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub String);

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a reader has come in one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The database the sequence number belongs to.
    pub epoch: Epoch,
    /// The last change the reader has.
    pub seq: Seq,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

impl std::str::FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (epoch, seq) = text.rsplit_once('.').ok_or(NotACursor)?;
        let fits = !epoch.is_empty() && epoch.len() <= 32 && epoch.bytes().all(|b| b.is_ascii_alphanumeric());
        let seq = seq.parse().ok().filter(|n| (0..1 << 53).contains(n)).ok_or(NotACursor)?;
        if fits { Ok(Self { epoch: Epoch(epoch.into()), seq: Seq(seq) }) } else { Err(NotACursor) }
    }
}

/// The text is not of the form `epoch.seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A cursor has the form epoch.seq, as a server gave it.")]
pub struct NotACursor;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let cursor = Cursor { epoch: Epoch("k3f9".into()), seq: Seq(42) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "42", ".42", "k3f9.", "k3f9.-1", "k3f9.x", "k3 f9.1", "k3f9.9007199254740993"] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text:?}");
        }
    }
}
