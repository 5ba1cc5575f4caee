//! What is measured: the server itself, and the minimal programs beside it, each started on the server's cores with data of its own.

use crate::{
    crowd::Plan,
    frames, peers,
    process::{Cores, Running},
    token,
};
use anyhow::{Context, Result, bail};
use reqwest::{Client, header, redirect::Policy};
use serde_json::json;
use std::{
    io::{Read, Write},
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
    binary: PathBuf,
    peers: Option<PathBuf>,
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
            binary: need.binary.clone(),
            peers: need.peers.clone(),
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
                let mut command = cores.serve(&self.binary);
                command.args(["serve", "--listen", &self.address.to_string()]);
                command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
                command
                    .env("LOG", "warn")
                    .env("POSTS_PER_MINUTE", "100000000")
                    .env("TRUSTED_PROXIES", "127.0.0.1");
                command
            }
            Kind::Hello => {
                let mut command = cores.serve(own);
                command.args(["serve-hello", &self.address.to_string()]);
                command
            }
            Kind::Limit | Kind::LimitDurable => {
                let mut command = cores.serve(own);
                command.args(["serve-limit", &self.address.to_string(), "template"]);
                command.args(["--threads", &cores.servers.to_string()]);
                if self.kind == Kind::LimitDurable {
                    command.args(["--database", "limit.db"]);
                }
                if echo {
                    command.arg("--echo");
                }
                command
            }
            Kind::NodeWs | Kind::SocketIo | Kind::DjangoChannels => {
                let directory = self.peers.as_deref().context("peers are not set up")?;
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

    /// Its process.
    pub fn id(&self) -> u32 {
        self.running.as_ref().map_or(0, Running::id)
    }

    /// Somebody who listens to everything.
    pub fn listener(&self, nth: usize) -> Plan {
        let subscribe = json!({ "type": "subscribe", "room": "general" }).to_string();
        match self.kind {
            Kind::Tertulia => Plan {
                upgrade: self.upgrade("/ws", self.cookie(nth)),
                greetings: vec![subscribe],
                answers: 2,
                listens: true,
                delivery: DELIVERY,
                ..Plan::default()
            },
            _ => self.guest("general"),
        }
    }

    /// Somebody without an account who listens to a room.
    fn guest(&self, room: &str) -> Plan {
        let (greetings, answers) = peers::greetings(self.kind);
        let upgrade = self.upgrade(&peers::path(self.kind, room), "");
        Plan { upgrade, greetings, answers, listens: true, ..Plan::default() }
    }

    /// Somebody who listens to everything and posts.
    pub fn talker(&self, nth: usize, sender: u32) -> Plan {
        Plan { post: Some(self.post("general")), sender, ..self.listener(nth) }
    }

    /// Somebody who posts to a room of their own and hears only that it was taken.
    pub fn writer(&self, nth: usize) -> Plan {
        let room = self.rooms.get(nth).map_or("general", String::as_str);
        let plan = match self.kind {
            Kind::Tertulia => Plan {
                upgrade: self.upgrade("/ws", self.cookie(nth)),
                answers: 1,
                listens: true,
                delivery: ACKNOWLEDGEMENT,
                ..Plan::default()
            },
            _ => self.guest(&format!("room{nth}")),
        };
        Plan { post: Some(self.post(room)), sender: nth as u32, ..plan }
    }

    fn post(&self, room: &str) -> String {
        let content = format!("{{token}} {TEXT}");
        if peers::ALL.contains(&self.kind) {
            return peers::post(self.kind, &content);
        }
        json!({ "type": "post", "room": room, "content": content, "client_id": "{token}" }).to_string()
    }

    /// The account behind a connection: each has as many as it may.
    pub fn cookie(&self, nth: usize) -> &str {
        let people = self.people.len().max(1);
        self.people.get(nth % people).map_or("", String::as_str)
    }

    fn upgrade(&self, path: &str, cookie: &str) -> String {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://{0}\r\nCookie: {cookie}\r\n\r\n",
            self.address
        )
    }

    /// A delivery as it goes over the wire, with `{token}` for the token: what the minimal programs are to send.
    pub fn sample(&self) -> Result<String> {
        let plan = self.talker(0, 0);
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(plan.upgrade.as_bytes())?;
        let token = token::make(0, 0, 0);
        let mut said = Vec::new();
        for text in plan.greetings.iter().chain([&plan.post.unwrap_or_default().replace("{token}", &token)]) {
            frames::from_client(1, text.as_bytes(), &mut said);
        }
        let (mut held, mut buffer) = (Vec::new(), [0; 16 * 1024]);
        loop {
            let count = stream.read(&mut buffer).context("waiting for a sample")?;
            if count == 0 {
                bail!("the socket ended before a sample came");
            }
            held.extend_from_slice(&buffer[..count]);
            if let Some(end) = memchr::memmem::find(&held, b"\r\n\r\n").filter(|_| held.starts_with(b"HTTP"))
            {
                held.drain(..end + 4);
                stream.write_all(&std::mem::take(&mut said))?;
            }
            while let Some(frame) = frames::first(&held).filter(|_| !held.starts_with(b"HTTP")) {
                let payload = held[frame.start..frame.end].to_vec();
                held.drain(..frame.end);
                if payload.starts_with(plan.delivery.as_bytes()) && token::find(&payload).is_some() {
                    // The content has one token; the client_id repeats it, which its sender alone needs.
                    return Ok(String::from_utf8(payload)?.replace(&token, "{token}"));
                }
            }
        }
    }

    /// Accounts and rooms.
    async fn furnish(&mut self, need: &Need) -> Result<()> {
        let http = Client::builder().redirect(Policy::none()).build()?;
        let mut made = tokio::task::JoinSet::new();
        for nth in 0..need.people {
            // The first account governs; it is made before the others.
            made.spawn(sign_up(http.clone(), self.address, nth));
            if nth == 0 || made.len() >= 8 {
                let (nth, cookie) = made.join_next().await.context("an account")???;
                keep(&mut self.people, nth, cookie);
            }
        }
        while let Some(done) = made.join_next().await {
            let (nth, cookie) = done??;
            keep(&mut self.people, nth, cookie);
        }
        for nth in 0..need.rooms {
            let request = http
                .post(format!("http://{}/api/rooms/", self.address))
                .header(header::COOKIE, self.cookie(nth));
            let name = format!("Room {nth}");
            let answer =
                request.json(&json!({ "name": name, "kind": "public" })).send().await?.error_for_status()?;
            let room: serde_json::Value = answer.json().await?;
            self.rooms.push(room["slug"].as_str().context("a room has a slug")?.to_owned());
        }
        Ok(())
    }
}

/// How many accounts so many connections need.
pub const fn people_for(connections: usize) -> usize {
    connections.div_ceil(CONNECTIONS_PER_PERSON)
}

/// What a delivery begins with on `/ws`; other frames with the message's text, to its sender, begin differently.
const DELIVERY: &str = "{\"cursor\"";
const ACKNOWLEDGEMENT: &str = "{\"client_id\"";
/// What people say, beside the token.
const TEXT: &str = "The lecture begins at nine; bring the second chapter and something to write with.";

fn keep(people: &mut Vec<String>, nth: usize, cookie: String) {
    if people.len() <= nth {
        people.resize(nth + 1, String::new());
    }
    people[nth] = cookie;
}

async fn sign_up(http: Client, address: SocketAddr, nth: usize) -> Result<(usize, String)> {
    let name = format!("person{nth}");
    let fields = [
        ("tab", "sign-up"),
        ("username", name.as_str()),
        ("password", "a tertulia of friends"),
        ("terms", "on"),
    ];
    let request =
        http.post(format!("http://{address}/auth")).header(header::ORIGIN, format!("http://{address}"));
    // Accounts are limited per address; each here comes from its own.
    let from = format!("10.{}.{}.{}", nth / 65_536, nth / 256 % 256, nth % 256);
    let answer = request.header("X-Forwarded-For", from).form(&fields).send().await?;
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let pairs: Vec<&str> = cookies.filter_map(|value| value.to_str().ok()?.split(';').next()).collect();
    if answer.status() != 303 || pairs.is_empty() {
        bail!("{name} cannot sign up: {}", answer.status());
    }
    Ok((nth, pairs.join("; ")))
}
