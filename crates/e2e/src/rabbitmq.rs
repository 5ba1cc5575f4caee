//! A RabbitMQ server as a child.
//!
//! Several run beside each other: each has a name, a home (for its cookie), ports and directories of its own, and its own `epmd`, the
//! daemon that tells Erlang's nodes where the others are, which would outlive it otherwise.

use crate::{
    Identity,
    binary::free_port,
    daemon::{Daemon, outage_of_its_daemon},
};
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// The server's own scripts; those in `/usr/sbin` change the user first.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";

/// A RabbitMQ server. Dropping it kills it.
pub struct RabbitMq {
    /// Ends before its directory does, and before its name service.
    daemon: Daemon,
    _epmd: Daemon,
    port: u16,
    settings: Vec<(&'static str, String)>,
    _directory: TempDir,
}

impl RabbitMq {
    /// Starts one and waits until it answers, which takes some seconds.
    pub fn start() -> Result<Self> {
        Self::start_in(tempfile::tempdir()?)
    }

    /// Starts one that speaks TLS on another port too; it, and its address there.
    pub fn start_encrypted(identity: &Identity) -> Result<(Self, String)> {
        let (directory, port) = (tempfile::tempdir()?, free_port()?);
        let configuration = format!(
            "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n",
            identity.certificate().display(),
            identity.key().display()
        );
        std::fs::write(directory.path().join("configuration.conf"), configuration)?;
        Ok((Self::start_in(directory)?, format!("amqps://127.0.0.1:{port}")))
    }

    fn start_in(directory: TempDir) -> Result<Self> {
        let program = program("rabbitmq-server")?;
        let (port, epmd_port) = (free_port()?, free_port()?);
        let settings = settings(directory.path(), port, epmd_port)?;
        // NAMES_REQ; the answer begins with its own port.
        let epmd = Daemon::start(epmd_port, b"\0\x01n", b"\0\0", move || {
            let mut command = Command::new("epmd");
            command.args(["-address", "127.0.0.1", "-port", &epmd_port.to_string()]);
            Ok(command)
        })?;
        let given = settings.clone();
        // AMQP 0-9-1, 2.2.1: who begins otherwise is told the version that is spoken.
        let daemon = Daemon::start(port, b"AMQP\0\0\0\0", b"AMQP\0\0\x09\x01", move || {
            let mut command = Command::new(&program);
            command.envs(given.iter().map(|(name, value)| (name, value)));
            Ok(command)
        })?;
        Ok(Self { daemon, _epmd: epmd, port, settings, _directory: directory })
    }

    /// What `rabbitmqctl list_…` says, one line for each thing and its columns between tabs.
    pub fn list(&self, what: &str, columns: &[&str]) -> Result<Vec<String>> {
        let mut command = Command::new(program("rabbitmqctl")?);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        let output = command
            .args(["--quiet", "--no-table-headers", &format!("list_{what}")])
            .args(columns)
            .output()?;
        if !output.status.success() {
            bail!("list_{what}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    }
}

outage_of_its_daemon!(RabbitMq, "amqp");

fn program(name: &str) -> Result<PathBuf> {
    let path = Path::new(PROGRAMS).join(name);
    let found = path.is_file().then_some(path);
    found.context("rabbitmq-server is missing: apt-get install rabbitmq-server")
}

fn settings(home: &Path, port: u16, epmd_port: u16) -> Result<Vec<(&'static str, String)>> {
    let inside = |name: &str| home.join(name).display().to_string();
    Ok(vec![
        ("HOME", home.display().to_string()),
        ("RABBITMQ_NODENAME", format!("tertulia{port}@localhost")),
        ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1".into()),
        ("RABBITMQ_NODE_PORT", port.to_string()),
        ("RABBITMQ_DIST_PORT", free_port()?.to_string()),
        ("ERL_EPMD_PORT", epmd_port.to_string()),
        ("RABBITMQ_MNESIA_BASE", inside("mnesia")),
        ("RABBITMQ_LOG_BASE", inside("log")),
        ("RABBITMQ_PID_FILE", inside("pid")),
        // Mostly there are none of these three.
        ("RABBITMQ_CONF_ENV_FILE", inside("environment")),
        ("RABBITMQ_CONFIG_FILE", inside("configuration.conf")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", inside("plugins")),
        // The script becomes the server instead of watching over it, so that the child is the server.
        ("RABBITMQ_ALLOW_INPUT", "1".into()),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 +sbwt none -noinput".into()),
    ])
}
