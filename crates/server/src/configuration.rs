//! What can be configured: flag, environment, file, default, in that order.

use crate::{file::setting, providers::Providers};
use anyhow::{Context, Result, ensure};
use clap::Args;
use domain::{
    limits::{PAGE_MESSAGES, PAGE_MESSAGES_MAX},
    settings::{Configured, Origins},
};
use jiff::tz::TimeZone;
use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
};

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Directory of the embedded database [env: TERTULIA_DATA_DIR] [file: data_dir] [default: ./data]
    #[arg(long, global = true)]
    pub data_dir: Option<PathBuf>,
    /// Database: sqlite:<path> or postgres://… [env: DATABASE_URL] [file: database_url] [default: sqlite:<data-dir>/tertulia.db]
    #[arg(long, global = true)]
    pub database_url: Option<String>,
    /// Relay between processes: memory:, postgres:, redis://…, nats://… or amqp://… [env: RELAY_URL] [file: relay_url] [default: memory:]
    #[arg(long, global = true)]
    pub relay_url: Option<String>,
    /// What is logged: error, warn, info, debug, or filters; json for JSON lines [env: LOG] [file: log] [default: info]
    #[arg(long, global = true)]
    pub log: Option<String>,
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// Address to listen on; PORT=N means 0.0.0.0:N [env: LISTEN] [file: listen] [default: 127.0.0.1:8000]
    #[arg(long)]
    pub listen: Option<String>,
    /// The address people use, https://chat.example.org [env: PUBLIC_URL] [file: public_url]
    #[arg(long)]
    pub public_url: Option<String>,
    /// Hosts to answer to, comma-separated; loopback, IP literals and PUBLIC_URL's host always [env: ALLOWED_HOSTS] [file: allowed_hosts]
    #[arg(long)]
    pub allowed_hosts: Option<String>,
    /// Proxies whose X-Forwarded-For is believed, comma-separated addresses [env: TRUSTED_PROXIES] [file: trusted_proxies]
    #[arg(long)]
    pub trusted_proxies: Option<String>,
    /// Zone of times of day, Europe/Madrid [env: TIME_ZONE] [file: time_zone] [default: UTC]
    #[arg(long)]
    pub time_zone: Option<String>,
    /// Messages in a room's page, 1 to 200; older ones are a link away [env: PAGE_MESSAGES] [file: page_messages] [default: 25]
    #[arg(long)]
    pub page_messages: Option<NonZeroU32>,
    /// The server's own name [env: SERVER_NAME] [file: server_name] [default: Tertulia]
    #[arg(long)]
    pub server_name: Option<String>,
    /// Messages one person may send per minute; a fifth of them at once [env: POSTS_PER_MINUTE] [file: posts_per_minute] [default: 600]
    #[arg(long)]
    pub posts_per_minute: Option<NonZeroU32>,
    /// Whom bots ask.
    #[command(flatten)]
    pub providers: Providers,
    /// Whether people without an account may talk with the bot at / [env: GUESTS] [file: guests] [default: true]
    #[arg(long)]
    pub guests: Option<bool>,
    /// Messages a minute to the bot from one guest's address [env: GUEST_POSTS_PER_MINUTE] [file: guest_posts_per_minute] [default: 20]
    #[arg(long)]
    pub guest_posts_per_minute: Option<NonZeroU32>,
    /// Other sites whose pages may call the API and open sockets, comma-separated [env: CORS_ALLOWED_ORIGINS] [file: cors_allowed_origins]
    #[arg(long)]
    pub cors_allowed_origins: Option<String>,
    /// Whether the pages of every site may [env: CORS_ALLOW_ALL_ORIGINS] [file: cors_allow_all_origins] [default: false]
    #[arg(long)]
    pub cors_allow_all_origins: Option<bool>,
}

impl Options {
    /// Where the embedded database lies.
    pub fn data_dir(&self) -> PathBuf {
        let chosen = self.data_dir.clone().or_else(|| setting("TERTULIA_DATA_DIR").map(Into::into));
        chosen.unwrap_or_else(|| "data".into())
    }

    /// The database's URL, when one was chosen.
    pub fn database_url(&self) -> String {
        let chosen = self.database_url.clone().or_else(|| setting("DATABASE_URL"));
        chosen.unwrap_or_else(|| format!("sqlite:{}", self.data_dir().join("tertulia.db").display()))
    }

    /// The relay's URL.
    pub fn relay_url(&self) -> String {
        self.relay_url.clone().or_else(|| setting("RELAY_URL")).unwrap_or_else(|| "memory:".into())
    }

    /// The filter of the log.
    pub fn log(&self) -> String {
        self.log.clone().or_else(|| setting("LOG")).unwrap_or_else(|| "info".into())
    }
}

impl ServeOptions {
    /// Where to listen.
    pub fn listen(&self) -> Result<SocketAddr> {
        let chosen = self
            .listen
            .clone()
            .or_else(|| setting("LISTEN"))
            .or_else(|| setting("PORT").map(|port| format!("0.0.0.0:{port}")));
        let text = chosen.unwrap_or_else(|| "127.0.0.1:8000".into());
        text.parse()
            .with_context(|| format!("LISTEN: {text:?} is not an address and port, like 127.0.0.1:8000"))
    }

    /// What is said here of the settings that administrators make otherwise.
    pub fn configured(&self) -> Result<Configured> {
        Ok(Configured {
            guests: flag(self.guests, "GUESTS")?,
            guest_posts_per_minute: number(self.guest_posts_per_minute, "GUEST_POSTS_PER_MINUTE")?,
            posts_per_minute: number(self.posts_per_minute, "POSTS_PER_MINUTE")?,
            allowed_origins: self.allowed_origins()?,
        })
    }

    fn allowed_origins(&self) -> Result<Option<Origins>> {
        if flag(self.cors_allow_all_origins, "CORS_ALLOW_ALL_ORIGINS")? == Some(true) {
            return Ok(Some(Origins::all()));
        }
        let given = self.cors_allowed_origins.clone().or_else(|| setting("CORS_ALLOWED_ORIGINS"));
        let read = |text: String| {
            Origins::read(&text)
                .with_context(|| format!("CORS_ALLOWED_ORIGINS: {text:?} is no list of origins"))
        };
        given.map(read).transpose()
    }

    fn page_messages(&self) -> Result<usize> {
        let Some(chosen) = number(self.page_messages, "PAGE_MESSAGES")? else { return Ok(PAGE_MESSAGES) };
        let chosen = usize::try_from(chosen.get())?;
        ensure!(
            chosen <= PAGE_MESSAGES_MAX,
            "PAGE_MESSAGES: a page has at most {PAGE_MESSAGES_MAX} messages"
        );
        Ok(chosen)
    }

    /// What the doors need to know.
    pub fn web(&self, listen: SocketAddr) -> Result<web::Config> {
        let zone = self.time_zone.clone().or_else(|| setting("TIME_ZONE")).unwrap_or_else(|| "UTC".into());
        let public_url = self.public_url.clone().or_else(|| setting("PUBLIC_URL"));
        let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
        if let Some(url) = &public_url
            && !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
        {
            anyhow::bail!("PUBLIC_URL: {url:?} does not begin with http:// or https://");
        }
        let proxies = list(self.trusted_proxies.clone().or_else(|| setting("TRUSTED_PROXIES")));
        let proxies = proxies.iter().map(|text| {
            text.parse::<IpAddr>().with_context(|| format!("TRUSTED_PROXIES: {text:?} is not an address"))
        });
        Ok(web::Config {
            public_url,
            allowed_hosts: list(self.allowed_hosts.clone().or_else(|| setting("ALLOWED_HOSTS"))),
            trusted_proxies: proxies.collect::<Result<_>>()?,
            time_zone: TimeZone::get(&zone)
                .with_context(|| format!("TIME_ZONE: there is no zone {zone:?}"))?,
            page_messages: self.page_messages()?,
            server_name: self
                .server_name
                .clone()
                .or_else(|| setting("SERVER_NAME"))
                .unwrap_or_else(|| "Tertulia".into()),
            metrics_token: setting("METRICS_TOKEN"),
            is_loopback: listen.ip().is_loopback(),
            secret_key: web::SecretKey::default(),
        })
    }
}

/// Yes or no, given as a flag, else as a setting.
fn flag(flag: Option<bool>, name: &str) -> Result<Option<bool>> {
    match (flag, setting(name).as_deref().map(str::to_ascii_lowercase).as_deref()) {
        (Some(flag), _) => Ok(Some(flag)),
        (None, None) => Ok(None),
        (None, Some("true" | "1" | "yes" | "on")) => Ok(Some(true)),
        (None, Some("false" | "0" | "no" | "off")) => Ok(Some(false)),
        (None, Some(other)) => anyhow::bail!("{name}: {other:?} is neither true nor false"),
    }
}

/// A number that was given as a flag, else as a setting.
fn number(flag: Option<NonZeroU32>, name: &str) -> Result<Option<NonZeroU32>> {
    let read =
        |text: String| text.parse().with_context(|| format!("{name}: {text:?} is not a number above zero"));
    match flag {
        Some(most) => Ok(Some(most)),
        None => setting(name).map(read).transpose(),
    }
}

fn list(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
