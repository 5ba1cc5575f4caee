//! A Redis server as a child.

use crate::{
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
        let program =
            find_program("redis-server").context("redis-server is missing: apt-get install redis-server")?;
        let port = free_port()?;
        let daemon = Daemon::start(port, b"PING\r\n", b"+PONG", move || {
            let mut command = Command::new(&program);
            command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
            command.args(["--save", "", "--appendonly", "no"]);
            Ok(command)
        })?;
        Ok(Self { daemon, port })
    }
}

outage_of_its_daemon!(Redis, "redis");
