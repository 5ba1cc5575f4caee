//! The secret key, by which processes read what they gave to browsers to keep.
//!
//! From the environment, or made once: in a file of the data directory that only its owner reads, or in the database where that is a
//! server, so that all processes over it have the same.

use crate::{configuration::Options, file::setting, parts};
use anyhow::{Context, Result, bail};
use app::{SystemWorld, World};
use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use store::Store;
use web::SecretKey;

/// A key that is shorter can be tried out.
const BYTES_WANTED: usize = 32;

/// The key.
pub async fn key(options: &Options, store: &dyn Store) -> Result<SecretKey> {
    if let Some(key) = setting("SECRET_KEY").or_else(|| setting("DJANGO_SECRET_KEY")) {
        if key.len() < BYTES_WANTED {
            tracing::warn!("SECRET_KEY is short; take at least {BYTES_WANTED} random characters");
        }
        return Ok(SecretKey(key));
    }
    if options.database_url().starts_with("sqlite:") {
        let directory = options.data_dir();
        parts::make_private(&directory)?;
        return from_file(&directory.join("secret.key"));
    }
    Ok(SecretKey(store.setting_or("secret_key", &random()).await?))
}

/// Reads the file, or makes it first.
fn from_file(path: &Path) -> Result<SecretKey> {
    let made = random();
    match write_new(path, &made) {
        Ok(()) => return Ok(SecretKey(made)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(|| format!("writing {}", path.display())),
    }
    let key = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    match key.trim() {
        "" => bail!("{} is empty; remove it, and a new key is made", path.display()),
        key => Ok(SecretKey(key.to_owned())),
    }
}

/// Writes a file that is not there yet, whole or not at all: processes that start together take the key of one of them.
fn write_new(path: &Path, key: &str) -> std::io::Result<()> {
    let own = path.with_extension(format!("key.{}", std::process::id()));
    let made = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&own);
    let linked = made.and_then(|mut file| {
        writeln!(file, "{key}")?;
        file.sync_all()?;
        fs::hard_link(&own, path)
    });
    let removed = fs::remove_file(&own);
    linked.and(removed)
}

/// 256 random bits in hexadecimal.
fn random() -> String {
    let mut bytes = [0; 32];
    SystemWorld.randomize(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_read_by_its_owner_alone() {
        let directory = std::env::temp_dir().join(format!("tertulia-{}", random()));
        fs::create_dir(&directory).unwrap();
        let path = directory.join("secret.key");
        let made = from_file(&path).unwrap().0;
        assert_eq!(made.len(), 64);
        assert_eq!(from_file(&path).unwrap().0, made);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::write(&path, "\n").unwrap();
        assert!(from_file(&path).is_err());
        fs::remove_dir_all(&directory).unwrap();
    }
}
