//! Rate limits, per process, over bounded sets of keys.

use crate::{Error, Result};
use domain::{ids::PersonId, limits};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use std::{hash::Hash, num::NonZeroU32, time::Duration};

/// Every rate limit of the product.
pub(crate) struct Rates {
    posts: Rate<PersonId>,
    rooms: Rate<PersonId>,
    sign_ups: Rate<String>,
    account_failures: Rate<String>,
    address_failures: Rate<String>,
}

impl Default for Rates {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        let hour = Duration::from_secs(3600);
        Self {
            posts: Rate::new(minute, limits::POSTS_PER_MINUTE, limits::POSTS_BURST),
            rooms: Rate::new(hour, limits::ROOMS_PER_HOUR, limits::ROOMS_PER_HOUR),
            sign_ups: Rate::new(hour, limits::SIGN_UPS_PER_ADDRESS, limits::SIGN_UPS_PER_ADDRESS),
            account_failures: Rate::new(
                limits::LOGIN_WINDOW,
                limits::LOGIN_FAILURES_PER_ACCOUNT,
                limits::LOGIN_FAILURES_PER_ACCOUNT,
            ),
            address_failures: Rate::new(
                limits::LOGIN_WINDOW,
                limits::LOGIN_FAILURES_PER_ADDRESS,
                limits::LOGIN_FAILURES_PER_ADDRESS,
            ),
        }
    }
}

impl Rates {
    pub fn post(&self, person: PersonId) -> Result<()> {
        self.posts
            .take(&person, "You are sending messages faster than this server takes them (600 a minute).")
    }

    pub fn create_room(&self, person: PersonId) -> Result<()> {
        self.rooms.take(&person, "You have made 100 rooms within an hour. That is the limit.")
    }

    pub fn sign_up(&self, address: &str) -> Result<()> {
        self.sign_ups.take(
            &address.to_owned(),
            "From this address 100 accounts were made within an hour. That is the limit.",
        )
    }

    /// Counts an attempt to sign in before the password is looked at, so that many at once do not slip through.
    pub fn log_in(&self, account: &str, address: &str) -> Result<()> {
        self.address_failures
            .take(&address.to_owned(), "Too many attempts to sign in from this address. Wait a little.")?;
        self.account_failures
            .take(&account.to_owned(), "Too many attempts to sign in under this name. Wait a little.")
    }
}

/// A token bucket for each key.
struct Rate<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(window: Duration, count: u32, burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(window / count.max(1)).expect("no window is empty").allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota) }
    }

    fn take(&self, key: &K, what: &'static str) -> Result<()> {
        if self.limiter.len() >= limits::RATE_KEYS_MAX {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|until| Error::TooMany {
            what,
            retry_after: until.wait_time_from(self.limiter.clock().now()).max(Duration::from_secs(1)),
        })
    }
}
