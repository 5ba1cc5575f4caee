//! A Redis server as a child.

use crate::{
    binary::{find_program, free_port},
    wait::DEADLINE,
};
use anyhow::{Context, Result, bail};
use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A Redis server that keeps nothing. Dropping it kills it.
pub struct Redis {
    child: Option<Child>,
    port: u16,
}

impl Redis {
    /// Starts one and waits until it answers.
    pub fn start() -> Result<Self> {
        let mut redis = Self { child: None, port: free_port()? };
        redis.restart()?;
        Ok(redis)
    }

    /// Starts it on the same port and waits until it answers.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let Some(program) = find_program("redis-server") else {
            bail!("redis-server is missing: apt-get install redis-server")
        };
        let port = self.port.to_string();
        let arguments = ["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"];
        let child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn();
        self.child = Some(child.context("starting redis-server")?);
        let deadline = Instant::now() + DEADLINE;
        while !self.answers() {
            if Instant::now() > deadline {
                bail!("redis-server did not answer within {DEADLINE:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut answer = [0; 5];
        stream.write_all(b"PING\r\n").and_then(|()| stream.read_exact(&mut answer)).is_ok()
            && &answer == b"+PONG"
    }

    /// Ends it at once.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Stops it in its tracks (SIGSTOP): connections stay open and nothing answers.
    pub fn freeze(&self) -> Result<()> {
        self.signal("-STOP")
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self) -> Result<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let child = self.child.as_ref().context("it does not run")?;
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status()?;
        if sent.success() { Ok(()) } else { bail!("kill {signal} failed") }
    }

    /// Its address, as `RELAY_URL` wants it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // What cannot be killed any more has ended.
        let _ = self.kill();
    }
}
