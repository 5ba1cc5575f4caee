//! nginx as a child, in front of several servers.

use crate::{
    Server,
    binary::{find_program, free_port, is_root},
    daemon::{Daemon, outage_of_its_daemon},
};
use anyhow::{Context, Result};
use std::process::Command;
use tempfile::TempDir;

/// An nginx. Dropping it kills it.
pub struct Proxy {
    daemon: Daemon,
    port: u16,
    _directory: TempDir,
}

impl Proxy {
    /// Starts one with a site that names its servers `tertulia-1`, `tertulia-2` … on port 8000, and waits until one of them answers.
    pub fn start(site: &str, servers: &[Server]) -> Result<Self> {
        let program = find_program("nginx").context("nginx is missing: apt-get install nginx-light")?;
        let (directory, port) = (tempfile::tempdir()?, free_port()?);
        let mut site = site.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        for (nth, server) in servers.iter().enumerate() {
            let address = format!("127.0.0.1:{}", server.port());
            site = site.replace(&format!("tertulia-{}:8000", nth + 1), &address);
        }
        let configuration = directory.path().join("nginx.conf");
        std::fs::write(&configuration, whole(&site, &directory))?;
        let daemon = Daemon::start(
            port,
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            b"HTTP/1.1 200",
            move || {
                let mut command = Command::new(&program);
                command.arg("-c").arg(&configuration).args(["-e", "stderr"]);
                Ok(command)
            },
        )?;
        Ok(Self { daemon, port, _directory: directory })
    }
}

outage_of_its_daemon!(Proxy, "http");

/// What surrounds a site, so that one process does it all and leaves nothing outside its directory.
fn whole(site: &str, directory: &TempDir) -> String {
    let directory = directory.path().display();
    let user = if is_root() { "user root;" } else { "" };
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|name| format!("{name}_temp_path {directory}/{name};")).concat();
    format!(
        "{user} daemon off; master_process off; pid {directory}/pid; error_log stderr;
         events {{}}
         http {{ access_log off; {temporary}
         {site}
         }}"
    )
}
