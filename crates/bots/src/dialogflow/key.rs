//! A service account's key, and the tokens that it is good for (RFC 7523: a signed statement is exchanged for a token of an hour).

use crate::{
    Fault, FaultKind, Secret,
    outside::{Outside, made, read_address},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Request, header};
use http_body_util::Full;
use jiff::{Timestamp, ToSpan, Zoned};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use tokio::sync::Mutex;

const SCOPE: &str = "https://www.googleapis.com/auth/dialogflow";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// A token is not used in its last minute: our clock or the question may be late.
const SPARE_SECONDS: i64 = 60;

/// The key, with its newest token.
pub(super) struct Key {
    pub(super) project_id: String,
    email: String,
    token_address: String,
    pair: RsaKeyPair,
    token: Mutex<Option<(Secret, Timestamp)>>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    project_id: String,
    client_email: String,
    private_key: String,
    token_uri: String,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    expires_in: i64,
}

impl Key {
    /// Reads a key file's text.
    pub(super) fn read(credentials: &Secret) -> Result<Self, Fault> {
        let wrong = |why: &str| Fault::new(FaultKind::Settings, format!("the service account's key {why}"));
        let file: File = serde_json::from_str(credentials.expose())
            .map_err(|_| wrong("is no key file: it needs client_email, private_key and token_uri"))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.as_bytes())
            .map_err(|_| wrong("holds no private_key in PEM"))?;
        let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| wrong("is no RSA key"))?;
        let token_address = read_address(&file.token_uri)?;
        Ok(Self {
            project_id: file.project_id,
            email: file.client_email,
            token_address,
            pair,
            token: Mutex::default(),
        })
    }

    /// A token that is still good, a new one if need be. Questions that come meanwhile wait for the same one.
    pub(super) async fn token(&self, outside: &Outside, now: &Zoned) -> Result<Secret, Fault> {
        let mut held = self.token.lock().await;
        if let Some((token, until)) = &*held
            && now.timestamp() < *until
        {
            return Ok(token.clone());
        }
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", GRANT)
            .append_pair("assertion", &self.statement(now.timestamp().as_second())?)
            .finish();
        let request = Request::post(&self.token_address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form));
        let granted: Granted = match outside.exchange(made(request)?, now).await {
            Ok(answer) => answer.json()?,
            // How a token is refused (RFC 6749, section 5.2).
            Err(fault) if fault.kind == FaultKind::Settings => {
                return Err(Fault { kind: FaultKind::Refused, ..fault });
            }
            Err(fault) => return Err(fault),
        };
        let seconds = granted.expires_in.clamp(0, 24 * 60 * 60) - SPARE_SECONDS;
        let until = now.timestamp().checked_add(seconds.seconds()).unwrap_or(Timestamp::MIN);
        *held = Some((granted.access_token.clone(), until));
        Ok(granted.access_token)
    }

    /// Has the next question ask for a new token.
    pub(super) async fn forget_token(&self) {
        *self.token.lock().await = None;
    }

    /// Who we are and what we want, signed (RFC 7515, RFC 7518 section 3.3).
    fn statement(&self, now: i64) -> Result<String, Fault> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({"alg": "RS256", "typ": "JWT"}));
        let claims = part(json!({
            "iss": self.email, "scope": SCOPE, "aud": self.token_address, "iat": now, "exp": now + 3600,
        }));
        let said = format!("{head}.{claims}");
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), said.as_bytes(), &mut signature);
        signed.map_err(|_| Fault::new(FaultKind::Settings, "the service account's key cannot sign"))?;
        Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("project_id", &self.project_id).finish_non_exhaustive()
    }
}
