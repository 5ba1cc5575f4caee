//! What the doors need to know of the configuration.

use jiff::tz::TimeZone;
use std::net::IpAddr;

/// What the doors need to know of the configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address people use, without a slash at the end, when it is known: `https://chat.example.org`.
    pub public_url: Option<String>,
    /// Hosts to answer to beside loopback, IP literals and `public_url`'s; `*` for all.
    pub allowed_hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The zone of times of day where a person chose none.
    pub time_zone: TimeZone,
    /// Messages in a room's page.
    pub page_messages: usize,
    /// The server's own name.
    pub server_name: String,
    /// What `/metrics` wants as a bearer token from anywhere but loopback.
    pub metrics_token: Option<String>,
    /// The listener is loopback: the first account made governs the server.
    pub is_loopback: bool,
    /// What guests' cookies are sealed with.
    pub secret_key: SecretKey,
}

/// A secret that processes share. It is not shown where a configuration is.
#[derive(Clone, Default)]
pub struct SecretKey(pub String);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey")
    }
}

impl Config {
    /// Whether browsers reach the server over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The host and port of `public_url`.
    pub fn public_host(&self) -> Option<&str> {
        self.public_url.as_deref().and_then(|url| url.split_once("://")).map(|(_, host)| host)
    }

    /// The session cookie's name. `__Host-` makes browsers insist on TLS and this very host.
    pub fn session_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-sessionid" } else { "sessionid" }
    }

    /// The names of the cookies that hold a guest's conversation, in their order.
    pub fn guest_cookies(&self) -> impl Iterator<Item = String> + use<> {
        let prefix = if self.is_https() { "__Host-" } else { "" };
        (1..=domain::limits::GUEST_COOKIES_MAX).map(move |nth| format!("{prefix}guest{nth}"))
    }
}
