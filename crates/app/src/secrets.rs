//! Secrets that are handed out once and kept as hashes.

use crate::World;
use sha2::{Digest, Sha256};
use store::Secret;

/// A new secret of 256 bits in hexadecimal, for the person, and its hash, for the store.
pub(crate) fn new_secret(world: &dyn World) -> (String, Secret) {
    let mut bytes = [0; 32];
    world.randomize(&mut bytes);
    let text = hex::encode(bytes);
    let hash = hash(&text);
    (text, hash)
}

/// A new secret of 160 bits in 40 hexadecimal digits, as clients of the token API know them, and its hash.
pub(crate) fn new_token(world: &dyn World) -> (String, Secret) {
    let mut bytes = [0; TOKEN_CHARS / 2];
    world.randomize(&mut bytes);
    let text = hex::encode(bytes);
    let hash = hash(&text);
    (text, hash)
}

/// The length of a token's secret.
pub(crate) const TOKEN_CHARS: usize = 40;

/// The length of a session's secret.
pub(crate) const SESSION_CHARS: usize = 64;

/// The hash under which the store knows a secret.
pub(crate) fn hash(secret: &str) -> Secret {
    Secret(Sha256::digest(secret.as_bytes()).into())
}
