//! Who listens to a lane, and the one task that wakes them.
//!
//! Whoever appends to a lane only asks for the call; it comes when the worker has done what was waiting already. Posts that were
//! committed together are therefore heard together: each listener wakes once for all of them, and nobody who posted waits
//! until a thousand others were woken.

use crate::wake::Wake;
use slab::Slab;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::mpsc;

/// Where calls are asked for.
pub(crate) type Calls = mpsc::UnboundedSender<Weak<Listeners>>;

/// Those who listen to one lane.
pub(crate) struct Listeners {
    wakes: Mutex<Slab<Arc<Wake>>>,
    /// A call was asked for and has not come yet; so each lane waits once in the queue at most.
    is_asked: AtomicBool,
    calls: Calls,
}

impl Listeners {
    pub fn new(calls: Calls) -> Arc<Self> {
        Arc::new(Self { wakes: Mutex::default(), is_asked: AtomicBool::new(false), calls })
    }

    fn wakes(&self) -> MutexGuard<'_, Slab<Arc<Wake>>> {
        self.wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a listener; its place.
    pub fn add(&self, wake: &Arc<Wake>) -> usize {
        self.wakes().insert(wake.clone())
    }

    /// Takes the listener at a place out.
    pub fn remove(&self, place: usize) {
        self.wakes().try_remove(place);
    }

    pub fn is_empty(&self) -> bool {
        self.wakes().is_empty()
    }

    /// Asks for everyone to be woken soon.
    pub fn ask(self: &Arc<Self>) {
        if !self.is_asked.swap(true, Ordering::AcqRel) {
            // The task is gone only while the server goes down, and every connection hears of that another way.
            let _ = self.calls.send(Arc::downgrade(self));
        }
    }

    fn call(&self) {
        // First, so that what is appended from here on is called for again.
        self.is_asked.store(false, Ordering::Release);
        for (_, wake) in self.wakes().iter() {
            wake.wake();
        }
    }
}

/// Lanes called for between two turns of the worker.
const CALLS_AT_ONCE: usize = 256;

/// Wakes listeners until the hub is gone.
pub(crate) async fn call(mut asked: mpsc::UnboundedReceiver<Weak<Listeners>>) {
    let mut lanes = Vec::with_capacity(CALLS_AT_ONCE);
    while asked.recv_many(&mut lanes, CALLS_AT_ONCE).await > 0 {
        tokio::task::yield_now().await;
        for lane in lanes.drain(..).filter_map(|lane| lane.upgrade()) {
            lane.call();
        }
    }
}
