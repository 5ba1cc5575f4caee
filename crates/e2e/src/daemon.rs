//! A server as a child: started, killed, frozen and started again.

use crate::wait::DEADLINE;
use anyhow::{Context, Result, bail};
use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// One process, and how it is started again. Dropping it kills it.
pub(crate) struct Daemon {
    child: Option<Child>,
    start: Box<dyn Fn() -> Result<Command> + Send>,
    /// Where it listens, what it is asked there (nothing: it speaks first), and how its answer begins.
    port: u16,
    ask: &'static [u8],
    answer: &'static [u8],
}

impl Daemon {
    /// Starts one and waits until it answers.
    pub fn start(
        port: u16,
        ask: &'static [u8],
        answer: &'static [u8],
        start: impl Fn() -> Result<Command> + Send + 'static,
    ) -> Result<Self> {
        let mut daemon = Self { child: None, start: Box::new(start), port, ask, answer };
        daemon.restart()?;
        Ok(daemon)
    }

    /// Starts it again and waits until it answers.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let mut command = (self.start)()?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = self.child.insert(command.spawn().with_context(|| format!("starting {command:?}"))?);
        let deadline = Instant::now() + 2 * DEADLINE;
        while !answers(self.port, self.ask, self.answer) {
            if let Some(status) = child.try_wait()? {
                bail!("{command:?} ended with {status} before it answered");
            }
            if Instant::now() > deadline {
                bail!("{command:?} did not answer within {:?}", 2 * DEADLINE);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Ends it at once.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let child = self.child.as_ref().context("it does not run")?;
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status()?;
        if sent.success() { Ok(()) } else { bail!("kill {signal} failed") }
    }
}

fn answers(port: u16, ask: &[u8], answer: &[u8]) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut begins = vec![0; answer.len()];
    let asked = stream.set_read_timeout(Some(DEADLINE)).and_then(|()| stream.write_all(ask));
    asked.and_then(|()| stream.read_exact(&mut begins)).is_ok() && begins == answer
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // What cannot be killed any more has ended.
        let _ = self.kill();
    }
}

/// A server that is one such process is at the mercy of the same signals.
macro_rules! outage_of_its_daemon {
    ($server:ty, $scheme:literal) => {
        impl $crate::Outage for $server {
            fn url(&self) -> String {
                format!("{}://127.0.0.1:{}", $scheme, self.port)
            }

            fn kill(&mut self) -> anyhow::Result<()> {
                self.daemon.kill()
            }

            fn restart(&mut self) -> anyhow::Result<()> {
                self.daemon.restart()
            }

            fn freeze(&self) -> anyhow::Result<()> {
                self.daemon.signal("-STOP")
            }

            fn thaw(&self) -> anyhow::Result<()> {
                self.daemon.signal("-CONT")
            }
        }
    };
}
pub(crate) use outage_of_its_daemon;
