//! A NATS server as a child.

use crate::{
    Identity,
    binary::{find_program, free_port},
    daemon::{Daemon, outage_of_its_daemon},
};
use anyhow::{Context, Result};
use std::process::Command;

/// A NATS server. Dropping it kills it.
pub struct Nats {
    daemon: Daemon,
    port: u16,
}

impl Nats {
    /// Starts one and waits until it answers.
    pub fn start() -> Result<Self> {
        Self::start_with(Vec::new())
    }

    /// Starts one that goes on in TLS after it has introduced itself; it, and its address.
    pub fn start_encrypted(identity: &Identity) -> Result<(Self, String)> {
        let [certificate, key] =
            [identity.certificate(), identity.key()].map(|file| file.display().to_string());
        let settings = ["--tls", "--tlscert", &certificate, "--tlskey", &key].map(str::to_owned);
        let nats = Self::start_with(settings.to_vec())?;
        let url = format!("tls://127.0.0.1:{}", nats.port);
        Ok((nats, url))
    }

    fn start_with(settings: Vec<String>) -> Result<Self> {
        let program =
            find_program("nats-server").context("nats-server is missing: apt-get install nats-server")?;
        let port = free_port()?;
        // It introduces itself.
        let daemon = Daemon::start(port, b"", b"INFO {", move || {
            let mut command = Command::new(&program);
            command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
            command.args(&settings);
            Ok(command)
        })?;
        Ok(Self { daemon, port })
    }
}

outage_of_its_daemon!(Nats, "nats");
