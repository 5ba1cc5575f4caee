//! A certificate for this machine, made with OpenSSL's program.

use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// What a server on this machine proves its name with.
pub struct Identity {
    directory: TempDir,
}

impl Identity {
    /// A new one, for which only its own certificate vouches.
    pub fn make() -> Result<Self> {
        let identity = Self { directory: tempfile::tempdir()? };
        make_certificate(Command::new("openssl"), &identity.key(), &identity.certificate())?;
        Ok(identity)
    }

    /// The file of the certificate, which others are shown.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// The file of the key.
    pub fn key(&self) -> PathBuf {
        self.directory.path().join("key.pem")
    }
}

/// Makes a certificate for 127.0.0.1 that vouches for itself, with its key, both as PEM files. `openssl` is how the program is run.
pub fn make_certificate(mut openssl: Command, key: &Path, certificate: &Path) -> Result<()> {
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tea"]);
    openssl.args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.arg("-keyout").arg(key).arg("-out").arg(certificate);
    let output = openssl.output().context("openssl is missing: apt-get install openssl")?;
    if !output.status.success() {
        bail!("{openssl:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
