//! What is measured: the server itself, and the minimal programs beside it, each started on the server's cores with data of its own.

mod furnish;
mod plans;

use crate::{
    peers,
    process::{Cores, Running},
};
use anyhow::{Context, Result, bail};
use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The product.
    Tertulia,
    /// One shared frame to every socket, nothing stored.
    Limit,
    /// The same behind one SQLite writer with group commit and `synchronous=FULL`.
    LimitDurable,
    /// The same, writing what a post durably is: its text, its place in its room, its `client_id`, the room's counter and a read mark.
    LimitKept,
    /// An axum endpoint that answers a constant.
    Hello,
    /// Node `ws` with better-sqlite3.
    NodeWs,
    /// Socket.IO with better-sqlite3.
    SocketIo,
    /// Django Channels with Redis, uvicorn and SQLite.
    DjangoChannels,
}

impl Kind {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tertulia => "tertulia",
            Self::Limit => "limit",
            Self::LimitDurable => "limit-durable",
            Self::LimitKept => "limit-kept",
            Self::Hello => "hello",
            Self::NodeWs => "node-ws",
            Self::SocketIo => "socket.io",
            Self::DjangoChannels => "django-channels",
        }
    }
}

/// What a measure needs of a subject.
#[derive(Debug, Clone)]
pub struct Need {
    /// The binary of the product.
    pub binary: PathBuf,
    /// Accounts.
    pub people: usize,
    /// Rooms, each made by the account of the same number; none: everyone meets in General.
    pub rooms: usize,
    /// The text of a delivery, with `{token}` where the message's token goes; the minimal programs send it.
    pub template: String,
    /// The minimal programs answer only who posted.
    pub echo: bool,
    /// Where the peers were set up.
    pub peers: Option<PathBuf>,
    /// Where the product's bot has a language model.
    pub model: Option<SocketAddr>,
    /// What else the product is told, as environment variables.
    pub settings: Vec<(&'static str, String)>,
    /// The product's cores, as `taskset` writes them; none: all of the server's.
    pub cores: Option<String>,
}

/// A subject that runs.
pub struct Subject {
    /// What it is.
    pub kind: Kind,
    /// Where it listens.
    pub address: SocketAddr,
    /// `Cookie` values of the accounts.
    pub people: Vec<String>,
    /// The rooms' slugs.
    pub rooms: Vec<String>,
    /// How long it took to answer when it was started first.
    pub started_in: Duration,
    running: Option<Running>,
    directory: TempDir,
    need: Need,
}

/// How long a server may take to start.
const START_MAX: Duration = Duration::from_secs(60);
/// Connections that one account may hold.
const CONNECTIONS_PER_PERSON: usize = 100;

impl Subject {
    /// Starts it and makes what is needed.
    pub fn start(kind: Kind, need: &Need) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("template"), &need.template)?;
        let mut subject = Self {
            kind,
            address,
            people: Vec::new(),
            rooms: Vec::new(),
            started_in: Duration::ZERO,
            running: None,
            directory,
            need: need.clone(),
        };
        subject.started_in = subject.restart(need.echo)?;
        if kind == Kind::Tertulia {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(subject.furnish(need))?;
        }
        Ok(subject)
    }

    /// Kills it, if it runs, and starts it on the same data; how long that took until it answered.
    pub fn restart(&mut self, echo: bool) -> Result<Duration> {
        self.running = None;
        let cores = Cores::split()?;
        let own = std::env::current_exe()?;
        let mut command = match self.kind {
            Kind::Tertulia => {
                let mut command = cores.serve_on(self.need.cores.as_deref(), &self.need.binary);
                command.args(["serve", "--listen", &self.address.to_string()]);
                command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
                command
                    .env("LOG", "warn")
                    .env("POSTS_PER_MINUTE", "100000000")
                    .env("TRUSTED_PROXIES", "127.0.0.1")
                    .envs(self.need.model.map(|model| ("OPENAI_BASE_URL", format!("http://{model}/v1"))))
                    .envs(self.need.settings.iter().cloned());
                command
            }
            Kind::Hello => {
                let mut command = cores.serve(own);
                command.args(["serve-hello", &self.address.to_string()]);
                command
            }
            Kind::Limit | Kind::LimitDurable | Kind::LimitKept => {
                let mut command = cores.serve(own);
                command.args(["serve-limit", &self.address.to_string(), "template"]);
                command.args(["--threads", &cores.servers.to_string()]);
                if self.kind != Kind::Limit {
                    command.args(["--database", "limit.db"]);
                }
                if self.kind == Kind::LimitKept {
                    command.arg("--kept");
                }
                if echo {
                    command.arg("--echo");
                }
                command
            }
            Kind::NodeWs | Kind::SocketIo | Kind::DjangoChannels => {
                let directory = self.need.peers.as_deref().context("peers are not set up")?;
                peers::command(self.kind, directory, cores, self.address)
            }
        };
        command.current_dir(self.directory.path()).stdout(Stdio::null());
        let started = Instant::now();
        let running = Running(command.spawn().with_context(|| format!("starting {}", self.kind.name()))?);
        while !self.answers() {
            if started.elapsed() > START_MAX {
                bail!("{} did not start", self.kind.name());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        self.running = Some(running);
        Ok(started.elapsed())
    }

    /// Whether somebody listens. Whoever asks often enough for a port that nobody listens on is given it as its own and talks to itself.
    fn answers(&self) -> bool {
        let stream = TcpStream::connect(self.address);
        stream.and_then(|stream| stream.local_addr()).is_ok_and(|own| own != self.address)
    }

    /// Kills it, so that somebody else can write its data.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Where the product keeps its data.
    pub fn database(&self) -> PathBuf {
        self.directory.path().join("data/tertulia.db")
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.running.as_ref().map_or(0, Running::id)
    }
}

/// How many accounts so many connections need.
pub const fn people_for(connections: usize) -> usize {
    connections.div_ceil(CONNECTIONS_PER_PERSON)
}
