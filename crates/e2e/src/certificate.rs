//! A certificate for this machine, made with OpenSSL's program.

use anyhow::{Context, Result, bail};
use std::{path::Path, process::Command};

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
