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

/// The hash under which the store knows a secret.
pub(crate) fn hash(secret: &str) -> Secret {
    Secret(Sha256::digest(secret.as_bytes()).into())
}
