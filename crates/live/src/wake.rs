//! What wakes the task behind a connection, and ends it.

use crate::Closed;
use futures_util::task::AtomicWaker;
use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
    task::Context,
};
use tokio::time::Sleep;

/// Wakes the task behind a connection, once however much there is to hear.
#[derive(Default)]
pub(crate) struct Wake {
    pending: AtomicBool,
    /// 0 while open, else one more than the reason's place in [`Closed::ALL`].
    closed: AtomicU8,
    task: AtomicWaker,
}

impl Wake {
    pub fn wake(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            self.task.wake();
        }
    }

    pub fn close(&self, why: Closed) {
        let code = Closed::ALL.iter().position(|c| *c == why).map_or(0, |at| at as u8 + 1);
        if self.closed.compare_exchange(0, code, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            // Whether a call is pending or not: a connection that is behind keeps it so.
            self.pending.store(true, Ordering::Release);
            self.task.wake();
        }
    }

    /// Closes a connection whose time has come.
    fn end_in_time(&self, ends: &mut Option<Pin<Box<Sleep>>>, context: &mut Context<'_>) {
        if ends.as_mut().is_some_and(|sleep| sleep.as_mut().poll(context).is_ready()) {
            *ends = None;
            self.close(Closed::SignedOut);
        }
    }

    /// What a poll for news or for the end begins with.
    pub fn register(&self, ends: &mut Option<Pin<Box<Sleep>>>, context: &mut Context<'_>) {
        self.task.register(context.waker());
        self.end_in_time(ends, context);
    }

    /// Whether there was a call since the last time.
    pub fn take(&self) -> bool {
        self.pending.swap(false, Ordering::AcqRel)
    }

    /// Has no further call made: one that is pending is not made again.
    pub fn hold(&self) {
        self.pending.store(true, Ordering::Release);
    }

    pub fn closed(&self) -> Option<Closed> {
        let code = self.closed.load(Ordering::Acquire) as usize;
        code.checked_sub(1).and_then(|at| Closed::ALL.get(at).copied())
    }
}
