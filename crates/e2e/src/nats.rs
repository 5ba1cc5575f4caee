//! A NATS server as a child.

use crate::{
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
        let program =
            find_program("nats-server").context("nats-server is missing: apt-get install nats-server")?;
        let port = free_port()?;
        // It introduces itself.
        let daemon = Daemon::start(port, b"", b"INFO {", move || {
            let mut command = Command::new(&program);
            command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
            Ok(command)
        })?;
        Ok(Self { daemon, port })
    }
}

outage_of_its_daemon!(Nats, "nats");
