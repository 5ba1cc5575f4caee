//! Passwords: hashed with argon2id, a few at a time, off the threads that serve.

use crate::{Error, Result};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{limits, people::Password};
use tokio::sync::Semaphore;

/// Hashes and checks passwords with argon2id at the parameters OWASP recommends (19 MiB, 2 passes, 1 lane), at most
/// [`limits::PASSWORD_HASHERS_MAX`] at once, because each takes that memory and a core.
pub(crate) struct Passwords {
    permits: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Semaphore::new(limits::PASSWORD_HASHERS_MAX) }
    }
}

impl Passwords {
    /// The hash of a password in PHC form, with a salt of its own.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let text = password.reveal().to_owned();
        self.work(move || {
            let hash = Argon2::default().hash_password(text.as_bytes());
            hash.map(|h| h.to_string()).map_err(|error| Error::Bug(format!("hashing a password: {error}")))
        })
        .await?
    }

    /// Whether a password belongs to a hash. Without a hash it does the same work and says no, so that the time an
    /// answer takes does not tell which names exist.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let text: String = password.chars().take(limits::PASSWORD_CHARS_MAX).collect();
        self.work(move || match hash.as_deref().filter(|h| !h.is_empty()).map(PasswordHash::new) {
            Some(Ok(hash)) => Argon2::default().verify_password(text.as_bytes(), &hash).is_ok(),
            _ => {
                let _ = Argon2::default().hash_password(text.as_bytes());
                false
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _permit = self.permits.acquire().await.map_err(|error| Error::Bug(error.to_string()))?;
        tokio::task::spawn_blocking(job).await.map_err(|error| Error::Bug(error.to_string()))
    }
}
