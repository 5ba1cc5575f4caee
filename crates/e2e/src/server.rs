//! The server as a process.
//!
//! With `STORE=postgres` in the environment of the tests, every server that a test gives no database and no directory has a PostgreSQL
//! of its own, so that the same tests hold either store to its word.

use crate::{
    Postgres,
    binary::{find_program, free_port, tertulia},
    wait::DEADLINE,
};
use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Environment variables on top of an empty environment.
    pub settings: Vec<(String, String)>,
    /// Writes the system calls of every thread into this file.
    pub trace: Option<PathBuf>,
    /// Listens on every address of this machine, not on loopback alone.
    pub everywhere: bool,
    /// Is told its port by `PORT`, as hosting services do, and not by a flag.
    pub by_port: bool,
    /// Keeps its data in this directory instead of one of its own.
    pub data: Option<PathBuf>,
    /// Keeps its data in files whatever `STORE` says: the test looks at them.
    pub in_files: bool,
}

impl Options {
    /// Sets an environment variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Whether `STORE` asks for PostgreSQL, and the test has not said where the data are.
    fn wants_postgres(&self) -> Result<bool> {
        match std::env::var("STORE").as_deref() {
            Err(_) | Ok("sqlite") => Ok(false),
            Ok("postgres") => Ok(!self.in_files
                && self.data.is_none()
                && self.settings.iter().all(|(name, _)| name != "DATABASE_URL")),
            Ok(other) => bail!("STORE is {other:?}; it may be sqlite or postgres"),
        }
    }
}

/// One process of the server, with its data in a temporary directory. Dropping it kills it.
pub struct Server {
    child: Option<Child>,
    directory: TempDir,
    options: Options,
    port: u16,
    log: Arc<Mutex<String>>,
    /// Gathers the log; it ends with the process.
    reader: Option<JoinHandle<()>>,
    /// Its database server, which ends with it.
    _postgres: Option<Postgres>,
}

impl Server {
    /// Starts a server with nothing configured and waits until it listens.
    pub fn start() -> Result<Self> {
        Self::start_with(Options::default())
    }

    /// Starts a server and waits until it listens.
    pub fn start_with(mut options: Options) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let postgres = options.wants_postgres()?.then(Postgres::start).transpose()?;
        if let Some(postgres) = &postgres {
            options = options.set("DATABASE_URL", &postgres.url());
        }
        let (port, log) = (free_port()?, Arc::default());
        let mut server =
            Self { child: None, directory, options, port, log, reader: None, _postgres: postgres };
        server.restart()?;
        Ok(server)
    }

    /// Starts it again, on the same data and the same port, and waits until it listens.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let host = if self.options.everywhere { "0.0.0.0" } else { "127.0.0.1" };
        let listen = format!("{host}:{}", self.port);
        let mut command = self.command()?;
        command.arg("serve").current_dir(self.directory.path());
        command.env_clear().env("NO_COLOR", "1").env("LOG", "info");
        match self.options.by_port {
            true => command.env("PORT", self.port.to_string()),
            false => command.args(["--listen", &listen]),
        };
        if let Some(data) = &self.options.data {
            command.env("TERTULIA_DATA_DIR", data);
        }
        command.envs(self.options.settings.iter().map(|(name, value)| (name, value)));
        let mut child = command.stderr(Stdio::piped()).spawn().context("starting tertulia")?;
        let lines = BufReader::new(child.stderr.take().context("its log is piped")?).lines();
        lock(&self.log).clear();
        let log = self.log.clone();
        // Ends with the pipe, that is with the process.
        self.reader = Some(std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = lock(&log);
                log.push_str(&line);
                log.push('\n');
            }
        }));
        self.child = Some(child);
        self.await_line("listening on http")
    }

    /// The binary, under `strace` when its calls are wanted. With `-D` the tracer is the grandchild, so that the child is the server.
    fn command(&self) -> Result<Command> {
        let binary = tertulia()?;
        let Some(trace) = &self.options.trace else { return Ok(Command::new(binary)) };
        let Some(strace) = find_program("strace") else {
            bail!(
                "strace is missing, without which nobody sees what reaches the disk: apt-get install strace"
            )
        };
        let mut command = Command::new(strace);
        command.args(["-D", "-f", "-y", "-s", "24", "-o"]).arg(trace);
        command.args(["-e", "trace=pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync", "--"]).arg(binary);
        Ok(command)
    }

    /// Waits until the log holds a text.
    pub fn await_line(&mut self, text: &str) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        while !lock(&self.log).contains(text) {
            let child = self.child.as_mut().context("the server is not running")?;
            if let Some(status) = child.try_wait()? {
                self.read_to_the_end();
                bail!("the server ended with {status} before it said {text:?}:\n{}", self.log());
            }
            if Instant::now() > deadline {
                bail!("the server did not say {text:?} within {DEADLINE:?}:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Ends it as a power cut would: SIGKILL, and no last words.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        self.read_to_the_end();
        Ok(())
    }

    /// Waits until everything a process that has ended wrote is in the log.
    fn read_to_the_end(&mut self) {
        if let Some(reader) = self.reader.take() {
            // It has nothing to say but that it is done.
            let _ = reader.join();
        }
    }

    /// Asks it to stop (SIGTERM) and gives its exit status.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        let mut child = self.child.take().context("the server is not running")?;
        Command::new("kill").arg(child.id().to_string()).status()?;
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = child.try_wait()? {
                self.read_to_the_end();
                return Ok(status);
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                bail!("the server did not stop within {DEADLINE:?}:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Where it answers, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Bytes of memory it holds now.
    pub fn memory(&self) -> Result<usize> {
        let id = self.child.as_ref().context("the server is not running")?.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
    }

    /// The directory it runs in; its data lie in `data/`.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What it has logged since it was started last.
    pub fn log(&self) -> String {
        lock(&self.log).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What cannot be killed any more has ended.
        let _ = self.kill();
    }
}

fn lock(log: &Mutex<String>) -> std::sync::MutexGuard<'_, String> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
