//! Guests with an open socket: how many there may be, and that they hear when the server goes down. The hub knows people only.

use app::Asker;
use domain::limits;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Everybody who is here without an account. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Visitors(Arc<Inner>);

struct Inner {
    open: Mutex<HashMap<String, usize>>,
    is_closing: watch::Sender<bool>,
}

/// One guest's open socket. Dropping it gives its place away.
pub(crate) struct Visit {
    visitors: Visitors,
    key: String,
    closing: watch::Receiver<bool>,
}

impl Default for Visitors {
    fn default() -> Self {
        Self(Arc::new(Inner { open: Mutex::default(), is_closing: watch::Sender::new(false) }))
    }
}

impl Visitors {
    /// A place for one more from an address, if there is one.
    pub fn enter(&self, address: IpAddr) -> Option<Visit> {
        let key = Asker::Guest(address).key();
        let mut open = self.open();
        let (mine, all) = (open.get(&key).copied().unwrap_or_default(), open.values().sum::<usize>());
        if mine >= limits::GUEST_SOCKETS_PER_ADDRESS_MAX || all >= limits::GUEST_SOCKETS_MAX {
            return None;
        }
        open.insert(key.clone(), mine + 1);
        Some(Visit { visitors: self.clone(), key, closing: self.0.is_closing.subscribe() })
    }

    /// How many are here.
    pub fn count(&self) -> usize {
        self.open().values().sum()
    }

    /// Tells everyone that the server goes down.
    pub fn close(&self) {
        self.0.is_closing.send_replace(true);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    /// Waits until the server goes down. Cancel-safe.
    pub async fn over(&mut self) {
        // The sender lives in what this visit holds.
        let _ = self.closing.wait_for(|closing| *closing).await;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut open = self.visitors.open();
        match open.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_so_many_places_and_another_has_its_own() {
        let (visitors, here, there) =
            (Visitors::default(), "192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut visits: Vec<Visit> =
            (0..limits::GUEST_SOCKETS_PER_ADDRESS_MAX).map(|_| visitors.enter(here).unwrap()).collect();
        assert!(visitors.enter(here).is_none() && visitors.enter(there).is_some());
        visits.pop();
        assert!(visitors.enter(here).is_some());
        drop(visits);
        assert_eq!(visitors.count(), 0);
    }
}
