//! Whom the client believes.

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::Arc;

/// The system's certificates (`SSL_CERT_FILE` names others), else Mozilla's list, which is part of the binary.
pub(super) fn roots_of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // One that cannot be read is one whom nobody can be believed by; systems carry such.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

pub(super) fn tls(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the versions of TLS that rustls holds safe")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
