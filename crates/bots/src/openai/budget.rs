//! How many tokens some bytes are: guessed at first, then as the provider counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bytes of a hundred tokens before anything is known: English takes more, Chinese and code about as many.
const FIRST_GUESS: u64 = 300;
/// No language takes fewer or more.
const SANE: std::ops::RangeInclusive<u64> = 100..=600;

/// Bytes to tokens, shared by all answers of one mind.
#[derive(Debug)]
pub(super) struct Scale {
    bytes_per_hundred: AtomicU64,
}

impl Default for Scale {
    fn default() -> Self {
        Self { bytes_per_hundred: AtomicU64::new(FIRST_GUESS) }
    }
}

impl Scale {
    /// The tokens that so many bytes probably are.
    pub(super) fn tokens(&self, bytes: usize) -> u64 {
        (bytes as u64 * 100).div_ceil(self.bytes_per_hundred.load(Relaxed))
    }

    /// Learns from what a provider counted; one strange count moves it by a quarter only.
    pub(super) fn correct(&self, bytes: usize, tokens: u64) {
        if let Some(measured) = (bytes as u64 * 100).checked_div(tokens) {
            let before = self.bytes_per_hundred.load(Relaxed);
            let after = (before * 3 + measured.clamp(*SANE.start(), *SANE.end())) / 4;
            self.bytes_per_hundred.store(after, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn the_guess_comes_near_what_the_provider_counts() {
        let scale = Scale::default();
        assert_eq!(scale.tokens(3_000), 1_000);
        for _ in 0..20 {
            scale.correct(4_000, 1_000);
        }
        assert!((1_000..1_020).contains(&scale.tokens(4_000)), "{}", scale.tokens(4_000));
        scale.correct(0, 0);
        scale.correct(1, u64::MAX);
        assert!(scale.tokens(4_000) < 1_300, "one strange count");
    }
}
