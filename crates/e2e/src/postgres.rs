//! A PostgreSQL server as a child.
//!
//! Its programs refuse to run as root; then they run as the user `postgres`, who owns the directory.

use crate::{
    Outage,
    binary::{find_program, free_port, is_root},
    certificate::make_certificate,
    wait::DEADLINE,
};
use anyhow::{Context, Result, bail};
use std::{
    fs::OpenOptions,
    io::Write,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A PostgreSQL server with an empty database. Dropping it stops it.
pub struct Postgres {
    child: Option<Child>,
    port: u16,
    directory: TempDir,
}

impl Postgres {
    /// Makes a cluster in a temporary directory, starts it and waits until it answers.
    pub fn start() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        if is_root() {
            run(Command::new("chown").args(["postgres:"]).arg(directory.path()))?;
        }
        let data = directory.path().join("cluster");
        run(program("initdb")?
            .args(["--username=tertulia", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg("-D")
            .arg(&data))?;
        let mut postgres = Self { child: None, port: free_port()?, directory };
        postgres.restart()?;
        Ok(postgres)
    }

    /// Starts it on the same port with the same data, and waits until it answers.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        let mut command = program("postgres")?;
        command.arg("-D").arg(self.directory.path().join("cluster"));
        command.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        command.arg("-k").arg(self.directory.path()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().context("starting postgres")?);
        self.await_answer()
    }

    /// Makes a certificate for 127.0.0.1 that nobody else vouches for, and starts again with it: from now on it speaks TLS to whoever
    /// asks. Gives the file of the certificate.
    pub fn certify(&mut self) -> Result<PathBuf> {
        let cluster = self.directory.path().join("cluster");
        // Where PostgreSQL looks for them.
        let (certificate, key) = (cluster.join("server.crt"), cluster.join("server.key"));
        let openssl = find_program("openssl").context("openssl is missing: apt-get install openssl")?;
        make_certificate(as_its_user(&openssl), &key, &certificate)?;
        let mut settings = OpenOptions::new().append(true).open(cluster.join("postgresql.conf"))?;
        writeln!(settings, "ssl = on")?;
        self.restart()?;
        Ok(certificate)
    }

    /// Stops it at once, as an administrator does: whoever is connected is sent away.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        // SIGINT is its fast shutdown.
        Command::new("kill").args(["-INT", &self.id(&child)]).status()?;
        child.wait()?;
        Ok(())
    }

    /// Lets it do nothing until [`Self::thaw`], as a network does that swallows everything.
    pub fn freeze(&self) -> Result<()> {
        self.signal_all("STOP")
    }

    /// Lets it go on.
    pub fn thaw(&self) -> Result<()> {
        self.signal_all("CONT")
    }

    /// To the server and the processes it has for its connections.
    fn signal_all(&self, signal: &str) -> Result<()> {
        let Some(child) = &self.child else { return Ok(()) };
        let (id, signal) = (self.id(child), format!("-{signal}"));
        let children =
            || std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        // Those that it made before it stopped, or had when it was killed. A connection's may end meanwhile.
        let before = children();
        run(Command::new("kill").args([&signal, &id]))?;
        let all = before + " " + &children();
        Command::new("kill").arg(signal).args(all.split_whitespace()).stderr(Stdio::null()).status()?;
        Ok(())
    }

    /// The server's own process: what we started may be the tool that changed the user.
    fn id(&self, child: &Child) -> String {
        // It is the first line of its lock file.
        let lock = self.directory.path().join("cluster/postmaster.pid");
        let id = std::fs::read_to_string(lock).ok().and_then(|text| text.lines().next().map(str::to_owned));
        id.unwrap_or_else(|| child.id().to_string())
    }

    fn await_answer(&self) -> Result<()> {
        let ready = || {
            program("pg_isready").and_then(|mut asked| {
                let asked = asked.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
                Ok(asked.stdout(Stdio::null()).status()?.success())
            })
        };
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() || !ready()? {
            if Instant::now() > deadline {
                bail!("postgres did not answer within {DEADLINE:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Its address, as `DATABASE_URL` wants it.
    pub fn url(&self) -> String {
        format!("postgres://tertulia@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs statements as the owner of the database, beside every server.
    pub fn execute(&self, statements: &str) -> Result<()> {
        run(program("psql")?.args([&self.url(), "-q", "-v", "ON_ERROR_STOP=1", "-c", statements]))
    }

    /// Runs a query of one column; its rows.
    pub fn list(&self, query: &str) -> Result<Vec<String>> {
        let output = program("psql")?.args([&self.url(), "-qAt", "-c", query]).output()?;
        if !output.status.success() {
            bail!("{query}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    }

    /// Where its cluster lies.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Outage for Postgres {
    fn url(&self) -> String {
        self.url()
    }

    fn kill(&mut self) -> Result<()> {
        // One that served a connection a moment ago may have ended by itself.
        let _ = self.signal_all("KILL");
        self.child.take().map_or(Ok(()), |mut child| child.wait().map(drop).context("waiting for its end"))
    }

    fn restart(&mut self) -> Result<()> {
        self.restart()
    }

    fn freeze(&self) -> Result<()> {
        self.freeze()
    }

    fn thaw(&self) -> Result<()> {
        self.thaw()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A frozen one would never stop, and what cannot be stopped any more has ended.
        let _ = self.thaw();
        let _ = self.stop();
    }
}

/// A program of the newest PostgreSQL on this machine.
fn program(name: &str) -> Result<Command> {
    Ok(as_its_user(&find(name)?))
}

/// A program run as somebody PostgreSQL accepts.
fn as_its_user(path: &Path) -> Command {
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
    command
}

fn find(name: &str) -> Result<PathBuf> {
    if let Some(found) = find_program(name) {
        return Ok(found);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        versions.map(|v| v.path().join("bin").join(name)).filter(|p| p.is_file()).collect();
    found.sort();
    match found.pop() {
        Some(path) => Ok(path),
        None => bail!("{name} of PostgreSQL is missing: apt-get install postgresql"),
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("running {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
