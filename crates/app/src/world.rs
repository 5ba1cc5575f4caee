//! What a server needs of the world around it: the time and chance.

use jiff::Timestamp;

/// The time and chance, replaceable in tests.
pub trait World: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Fills a buffer with bytes nobody can guess.
    fn randomize(&self, bytes: &mut [u8]);
}

/// The machine's clock and its random number generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemWorld;

impl World for SystemWorld {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn randomize(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes)
            .expect("the operating system gives random bytes; without them no secret is safe");
    }
}
