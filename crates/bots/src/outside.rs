//! The one way out of the machine: a client for the addresses an administrator wrote down.
//!
//! A request is sent once, on a connection of its own, and never again by itself: not after a refused connection, not after a
//! lost one. Redirects are not followed, answers are not unpacked, proxies of the environment are not asked. Every wait and every
//! length has a bound. Letting go of an [`Answer`] closes its connection.

mod answer;
mod refusal;
mod trust;

pub use answer::Answer;
pub(crate) use refusal::{kind_of, refusal};

use crate::{Fault, FaultKind};
use bytes::Bytes;
use domain::limits::{PROVIDER_ANSWER_MAX, PROVIDER_CONNECT_MAX, PROVIDER_SILENCE_MAX, PROVIDER_START_MAX};
use http::{HeaderValue, Request, Uri, header};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::RootCertStore;
use std::{
    error::Error,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// The client. Cloning it is cheap, and nothing is read from the system before its first request.
#[derive(Debug, Clone)]
pub struct Outside {
    client: Arc<LazyLock<Http, Make>>,
    patience: Patience,
}

type Http = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;
type Make = Box<dyn FnOnce() -> Http + Send>;

/// How long is waited for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the answer to begin.
    pub start: Duration,
    /// For its next bytes.
    pub silence: Duration,
    /// For everything together.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { start: PROVIDER_START_MAX, silence: PROVIDER_SILENCE_MAX, whole: PROVIDER_ANSWER_MAX }
    }
}

impl Outside {
    /// A client that believes the certificates of the system; where there are none, those of Mozilla's list.
    pub fn new() -> Self {
        Self::made(Box::new(|| client(trust::roots_of_system())))
    }

    /// A client that believes these certificates only.
    pub fn believing(roots: RootCertStore) -> Self {
        Self::made(Box::new(|| client(roots)))
    }

    fn made(make: Make) -> Self {
        Self { client: Arc::new(LazyLock::new(make)), patience: Patience::default() }
    }

    /// The same with another patience.
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// When an answer that begins now has to have ended.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.patience.whole
    }

    /// Sends a request and reads its answer as a whole. A status that is no success is a fault.
    pub(crate) async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        now: &jiff::Zoned,
    ) -> Result<Whole, Fault> {
        let answer = self.send(request, self.deadline()).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer, now));
        }
        Ok(Whole { media_type: answer.media_type(), body: answer.whole().await? })
    }

    /// Sends a request and waits until the answer begins, whatever its status.
    pub async fn send(&self, mut request: Request<Full<Bytes>>, deadline: Instant) -> Result<Answer, Fault> {
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("tertulia"));
        let wait = self.patience.start.min(deadline - Instant::now());
        match timeout(wait, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(Answer::new(response, self.patience.silence, deadline)),
            Ok(Err(error)) if error.is_connect() => Err(Fault::new(FaultKind::Unreachable, chain(&error))),
            Ok(Err(error)) => Err(Fault::new(FaultKind::Broken, chain(&error))),
            Err(_) => Err(Fault::new(FaultKind::Silent, format!("no answer within {wait:?}"))),
        }
    }
}

fn client(roots: RootCertStore) -> Http {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(PROVIDER_CONNECT_MAX));
    tcp.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(trust::tls(roots))
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp);
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .retry_canceled_requests(false)
        .build(connector)
}

/// An answer that was read as a whole.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) media_type: String,
    pub(crate) body: Bytes,
}

impl Whole {
    /// What its JSON says.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fault> {
        let read = serde_json::from_slice(&self.body);
        // Where it fails, not what it says: that may be somebody's words.
        read.map_err(|error| {
            let detail = format!(
                "the answer ({}) cannot be read as JSON (column {})",
                self.media_type,
                error.column()
            );
            Fault::new(FaultKind::Broken, detail)
        })
    }
}

/// Makes a request of its parts; what cannot be made is an administrator's mistake.
pub(crate) fn made(request: http::Result<Request<Full<Bytes>>>) -> Result<Request<Full<Bytes>>, Fault> {
    request.map_err(|_| Fault::new(FaultKind::Settings, "the address or the key cannot be used in a request"))
}

impl Default for Outside {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads the address of an API that an administrator wrote down; a final slash is taken off.
pub(crate) fn read_base(text: &str) -> Result<String, Fault> {
    read_address(text).map(|address| address.trim_end_matches('/').to_owned())
}

/// Reads an address that an administrator wrote down: http or https, without a password.
pub(crate) fn read_address(text: &str) -> Result<String, Fault> {
    let wrong = |why: &str| Fault::new(FaultKind::Settings, format!("the address {why}"));
    let text = text.trim();
    let uri: Uri = text.parse().map_err(|_| wrong("cannot be read"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong("does not begin with http:// or https://"));
    }
    if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return Err(wrong("may not hold a name and password"));
    }
    Ok(text.to_owned())
}

/// An error with its causes, for logs.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{read_address, read_base};

    #[test]
    fn an_address_is_http_or_https_and_holds_no_password() {
        assert_eq!(read_base(" https://api.example.org/v1/ ").unwrap(), "https://api.example.org/v1");
        assert_eq!(read_address("http://a.example/?b=c/").unwrap(), "http://a.example/?b=c/");
        assert_eq!(read_base("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        for wrong in [
            "",
            "api.example.org",
            "file:///etc/passwd",
            "ftp://a.example",
            "https://ada:tea@a.example",
            "https://",
        ] {
            assert!(read_address(wrong).is_err(), "{wrong}");
        }
    }
}
