//! One lane: the log of what happened last.
