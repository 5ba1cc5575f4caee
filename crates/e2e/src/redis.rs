//! A Redis server as a child.

use crate::{
    Identity,
    binary::{find_program, free_port},
    daemon::{Daemon, outage_of_its_daemon},
};
use anyhow::{Context, Result};
use std::process::Command;

/// A Redis server that keeps nothing. Dropping it kills it.
pub struct Redis {
    daemon: Daemon,
    port: u16,
}

impl Redis {
    /// Starts one and waits until it answers.
    pub fn start() -> Result<Self> {
        Self::start_with(Vec::new())
    }

    /// Starts one that speaks TLS on another port too; it, and its address there.
    pub fn start_encrypted(identity: &Identity) -> Result<(Self, String)> {
        let port = free_port()?.to_string();
        let [certificate, key] =
            [identity.certificate(), identity.key()].map(|file| file.display().to_string());
        let settings = [
            ("--tls-port", &port),
            ("--tls-cert-file", &certificate),
            ("--tls-key-file", &key),
            ("--tls-ca-cert-file", &certificate),
            ("--tls-auth-clients", &"no".to_owned()),
        ];
        let settings = settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value.clone()]);
        Ok((Self::start_with(settings.collect())?, format!("rediss://127.0.0.1:{port}")))
    }

    fn start_with(settings: Vec<String>) -> Result<Self> {
        let program =
            find_program("redis-server").context("redis-server is missing: apt-get install redis-server")?;
        let port = free_port()?;
        let daemon = Daemon::start(port, b"PING\r\n", b"+PONG", move || {
            let mut command = Command::new(&program);
            command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
            command.args(["--save", "", "--appendonly", "no"]);
            command.args(&settings);
            Ok(command)
        })?;
        Ok(Self { daemon, port })
    }
}

outage_of_its_daemon!(Redis, "redis");
