//! TLS to the server, for a URL that says `sslmode=require`.
//!
//! The server then has to prove by its certificate that it is the host the URL names; whom to believe is the system's choice, or
//! that of the file in `sslrootcert`. There is no mode that encrypts without that proof: it would keep out only who cannot answer
//! in the server's place. So `verify-ca` and `verify-full`, which the driver does not know, mean the same here.

use crate::{Result, StoreError};
use percent_encoding::percent_decode_str;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{path::Path, sync::Arc};
use tokio_postgres::{Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The name of this protocol for a listener that speaks several; PostgreSQL wants to hear it with `sslnegotiation=direct`.
const PROTOCOL: &[u8] = b"postgresql";

/// Takes out of `url` what the driver cannot read: the rest, and the file of `sslrootcert`.
pub(super) fn split(url: &str) -> (String, Option<String>) {
    // As the driver reads it: a password may hold a question mark.
    let host = url.find('@').unwrap_or(0);
    let Some(query) = url[host..].find('?').map(|at| host + at + 1) else { return (url.into(), None) };
    let mut file = None;
    let mut rest = Vec::new();
    for setting in url[query..].split('&') {
        match setting.split_once('=') {
            Some(("sslrootcert", said)) => file = Some(percent_decode_str(said).decode_utf8_lossy().into()),
            Some(("sslmode", "verify-ca" | "verify-full")) => rest.push("sslmode=require"),
            _ => rest.push(setting),
        }
    }
    let rest = format!("{}{}", &url[..query], rest.join("&"));
    (rest.trim_end_matches('?').into(), file)
}

/// How connections are encrypted; nothing when the URL does not ask for it.
pub(super) fn tls(config: &Config, file: Option<&str>) -> Result<Option<MakeRustlsConnect>> {
    if config.get_ssl_mode() != SslMode::Require {
        return match file {
            Some(_) => Err(unavailable("sslrootcert is of use only with sslmode=require")),
            None => Ok(None),
        };
    }
    let roots = match file {
        None | Some("system") => roots_of_system()?,
        Some(file) => roots_in(Path::new(file))?,
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Bug(error.to_string()))?;
    let mut tls = tls.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = vec![PROTOCOL.into()];
    Ok(Some(MakeRustlsConnect::new(tls)))
}

fn roots_of_system() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // One that cannot be read is one whom nobody can be believed by; systems carry such.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(unavailable(
            "sslmode=require finds no certificates on this system; name a file of them with sslrootcert",
        ));
    }
    Ok(roots)
}

fn roots_in(file: &Path) -> Result<RootCertStore> {
    let because = |error: &dyn std::fmt::Display| {
        unavailable(&format!(
            "the certificates of sslrootcert cannot be read from {}: {error}",
            file.display()
        ))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| because(&error))? {
        roots.add(certificate.map_err(|error| because(&error))?).map_err(|error| because(&error))?;
    }
    if roots.is_empty() {
        return Err(because(&"there is none in it"));
    }
    Ok(roots)
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.into())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn what_the_driver_cannot_read_is_taken_out_and_the_rest_stays() {
        let (rest, file) =
            split("postgres://ada:a?b@h/tea?connect_timeout=2&sslrootcert=/a%20b+c.pem&sslmode=require");
        assert_eq!(rest, "postgres://ada:a?b@h/tea?connect_timeout=2&sslmode=require");
        assert_eq!(file.as_deref(), Some("/a b+c.pem"));
        let (rest, file) = split("postgres://ada@h/tea?sslmode=verify-full&options=-c%20x");
        assert_eq!((rest.as_str(), file), ("postgres://ada@h/tea?sslmode=require&options=-c%20x", None));
        for plain in
            ["postgres://ada@h/tea", "postgres://ada@h/tea?sslmode=disable", "postgres:///tea?host=/run"]
        {
            assert_eq!(split(plain), (plain.into(), None));
        }
        assert_eq!(split("postgres:///tea?sslrootcert=x").0, "postgres:///tea");
    }
}
