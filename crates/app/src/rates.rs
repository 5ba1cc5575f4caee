//! Rate limits, per process, over bounded sets of keys.

use crate::{Error, Result};
use domain::{Invalid, ids::PersonId, limits};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Every rate limit of the product.
pub(crate) struct Rates {
    posts: RwLock<Rate<PersonId>>,
    rooms: Rate<PersonId>,
    reports: Rate<PersonId>,
    sign_ups: Rate<String>,
    account_failures: Window,
    address_failures: Window,
}

impl Default for Rates {
    fn default() -> Self {
        let hour = Duration::from_secs(3600);
        Self {
            posts: RwLock::new(posts(limits::POSTS_PER_MINUTE)),
            rooms: Rate::new(hour, limits::ROOMS_PER_HOUR, limits::ROOMS_PER_HOUR),
            reports: Rate::new(hour, limits::REPORTS_PER_HOUR, limits::REPORTS_PER_HOUR),
            sign_ups: Rate::new(hour, limits::SIGN_UPS_PER_ADDRESS, limits::SIGN_UPS_PER_ADDRESS),
            account_failures: Window::new(limits::LOGIN_WINDOW, limits::LOGIN_FAILURES_PER_ACCOUNT),
            address_failures: Window::new(limits::LOGIN_WINDOW, limits::LOGIN_FAILURES_PER_ADDRESS),
        }
    }
}

/// So many messages a minute of one person, a part of them at once.
fn posts(per_minute: u32) -> Rate<PersonId> {
    Rate::new(Duration::from_secs(60), per_minute, (per_minute / limits::POSTS_BURST_SHARE).max(1))
}

impl Rates {
    /// From now on so many messages a minute of one person. Another number begins to count anew.
    pub fn allow_posts(&self, per_minute: u32) {
        if self.posts.read().unwrap_or_else(PoisonError::into_inner).count != per_minute {
            *self.posts.write().unwrap_or_else(PoisonError::into_inner) = posts(per_minute);
        }
    }

    pub fn post(&self, person: PersonId) -> Result<()> {
        let text = "You are sending messages faster than this server takes them ({limit} a minute).";
        self.posts.read().unwrap_or_else(PoisonError::into_inner).take(&person, text)
    }

    pub fn create_room(&self, person: PersonId) -> Result<()> {
        self.rooms.take(&person, "You have made {limit} rooms within an hour. That is the limit.")
    }

    pub fn report(&self, person: PersonId) -> Result<()> {
        self.reports.take(&person, "You have reported {limit} messages within an hour. That is the limit.")
    }

    pub fn sign_up(&self, address: &str) -> Result<()> {
        self.sign_ups.take(
            &address.to_owned(),
            "From this address {limit} accounts were made within an hour. That is the limit.",
        )
    }

    /// Counts an attempt to sign in as a failure before the password is looked at, so that many at once do not slip through.
    pub fn log_in(&self, account: &str, address: &str) -> Result<()> {
        self.address_failures
            .note(address, "Too many attempts to sign in from this address. Wait a little.")?;
        self.account_failures
            .note(account, "Too many attempts to sign in under this name. Wait a little.")
            .inspect_err(|_| {
                self.address_failures.forgive(address);
            })
    }

    /// Attempts left before the next one is refused, for this name or for this address.
    pub fn tries_left(&self, account: &str, address: &str) -> usize {
        self.account_failures.left(account).min(self.address_failures.left(address))
    }

    /// The attempt was none: the password was right.
    pub fn logged_in(&self, account: &str, address: &str) {
        self.account_failures.forgive(account);
        self.address_failures.forgive(address);
    }
}

/// What happened for each key within a stretch of time, a true sliding window.
pub(crate) struct Window {
    length: Duration,
    most: AtomicUsize,
    seen: Mutex<HashMap<String, VecDeque<Instant>>>,
}

impl Window {
    /// So many within such a stretch.
    pub fn new(length: Duration, most: u32) -> Self {
        Self { length, most: AtomicUsize::new(most as usize), seen: Mutex::default() }
    }

    /// From now on so many.
    pub fn allow(&self, most: u32) {
        self.most.store(most as usize, Ordering::Relaxed);
    }

    /// Counts one more for a key, unless that is one too many.
    pub fn note(&self, key: &str, what: &'static str) -> Result<()> {
        let (now, most) = (Instant::now(), self.most.load(Ordering::Relaxed));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= limits::RATE_KEYS_MAX {
            seen.retain(|_, times| times.back().is_some_and(|at| now.duration_since(*at) < self.length));
        }
        let times = seen.entry(key.to_owned()).or_default();
        while times.front().is_some_and(|at| now.duration_since(*at) >= self.length) {
            times.pop_front();
        }
        match times.front() {
            Some(first) if times.len() >= most => {
                let retry_after =
                    self.length.saturating_sub(now.duration_since(*first)).max(Duration::from_secs(1));
                Err(Error::TooMany { what: Invalid::limit("rate", what, most), retry_after })
            }
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }

    /// How many more are let in within the present stretch.
    fn left(&self, key: &str) -> usize {
        let now = Instant::now();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let within = |at: &&Instant| now.duration_since(**at) < self.length;
        let noted = seen.get(key).map_or(0, |times| times.iter().filter(within).count());
        self.most.load(Ordering::Relaxed).saturating_sub(noted)
    }

    fn forgive(&self, key: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = seen.get_mut(key) {
            times.pop_back();
            if times.is_empty() {
                seen.remove(key);
            }
        }
    }
}

/// A token bucket for each key.
struct Rate<K: Hash + Eq + Clone> {
    count: u32,
    limiter: DefaultKeyedRateLimiter<K>,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(window: Duration, count: u32, burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(window / count.max(1)).expect("no window is empty").allow_burst(burst);
        Self { count, limiter: RateLimiter::keyed(quota) }
    }

    fn take(&self, key: &K, what: &'static str) -> Result<()> {
        if self.limiter.len() >= limits::RATE_KEYS_MAX {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|until| Error::TooMany {
            what: Invalid::limit("rate", what, self.count as usize),
            retry_after: until.wait_time_from(self.limiter.clock().now()).max(Duration::from_secs(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_passwords_are_limited_and_right_ones_are_not() {
        let rates = Rates::default();
        for _ in 0..100 {
            rates.log_in("ada", "192.0.2.1").unwrap();
            rates.logged_in("ada", "192.0.2.1");
        }
        for _ in 0..limits::LOGIN_FAILURES_PER_ACCOUNT {
            rates.log_in("ada", "192.0.2.1").unwrap();
        }
        assert!(matches!(rates.log_in("ada", "192.0.2.9"), Err(Error::TooMany { .. })));
        assert!(rates.log_in("bob", "192.0.2.1").is_ok());
    }

    #[test]
    fn a_guest_is_let_in_again_when_the_window_has_moved_on() {
        let guests = Window::new(Duration::from_millis(40), 2);
        guests.note("192.0.2.1", "{limit}").unwrap();
        guests.note("192.0.2.1", "{limit}").unwrap();
        assert!(guests.note("192.0.2.2", "{limit}").is_ok());
        let Err(Error::TooMany { retry_after, .. }) = guests.note("192.0.2.1", "{limit}") else {
            panic!("a third one within the window is one too many")
        };
        assert!(retry_after <= Duration::from_secs(1));
        let deadline = Instant::now() + Duration::from_secs(10);
        while guests.note("192.0.2.1", "{limit}").is_err() {
            assert!(Instant::now() < deadline, "the window does not move");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn an_address_is_limited_over_all_names() {
        let rates = Rates::default();
        for n in 0..limits::LOGIN_FAILURES_PER_ADDRESS {
            rates.log_in(&format!("p{n}"), "192.0.2.1").unwrap();
        }
        assert!(matches!(rates.log_in("ada", "192.0.2.1"), Err(Error::TooMany { .. })));
        assert!(rates.log_in("ada", "192.0.2.2").is_ok());
    }
}
