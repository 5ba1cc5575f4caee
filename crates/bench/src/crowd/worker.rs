//! One thread of the crowd.

use super::{
    Pace, Phase, Shared,
    client::{Client, Plan, State},
};
use crate::{frames, token};
use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use socket2::{Domain, Socket, Type};
use std::{
    collections::HashSet,
    io::{ErrorKind, Read},
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// What one thread saw.
pub(super) struct Result {
    pub delays: Histogram<u64>,
    pub orders: HashSet<(u64, u64)>,
    pub repeated: u64,
    /// Deaf ones whose connection is gone.
    pub lost: u64,
}

pub(super) struct Worker {
    poll: Poll,
    waiting: Vec<Plan>,
    clients: Vec<Client>,
    shared: Arc<Shared>,
    delays: Histogram<u64>,
    /// Nanoseconds between two messages of one sender.
    pause: Option<u64>,
    under_way: usize,
    talking: bool,
    /// Where in `clients` the senders are.
    senders: Vec<usize>,
    deliveries: u64,
    tokens: token::Reader,
    /// When the bytes at hand were read.
    read_at: u64,
}

/// Room for what a deaf client does not read: what it takes for granted is the server's to bound.
const DEAF_BYTES: usize = 4 * 1024;

/// Before it connects, so that the other side never hears of more room (tcp(7)).
fn connect_deaf(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_recv_buffer_size(DEAF_BYTES)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(EINPROGRESS) => Err(error).context("connecting"),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

/// "Under way", of a socket that does not wait for it (errno(3)).
const EINPROGRESS: i32 = 115;

/// Connections one thread makes at the same time.
const UNDER_WAY_MAX: usize = 128;

impl Worker {
    pub fn new(
        mut plans: Vec<Plan>,
        pace: Pace,
        senders: usize,
        shared: Arc<Shared>,
    ) -> anyhow::Result<Self> {
        plans.reverse();
        let pause = match pace {
            Pace::Closed => None,
            Pace::Rate(rate) => Some((senders.max(1) as f64 / rate * 1e9) as u64),
        };
        Ok(Self {
            poll: Poll::new()?,
            waiting: plans,
            clients: Vec::new(),
            shared,
            delays: Histogram::new_with_bounds(1, 60_000_000_000, 3)?,
            pause,
            under_way: 0,
            talking: false,
            senders: Vec::new(),
            deliveries: 0,
            tokens: token::Reader::new(),
            read_at: 0,
        })
    }

    pub fn run(&mut self) -> anyhow::Result<Result> {
        let mut events = Events::with_capacity(2048);
        let mut buffer = vec![0; 256 * 1024];
        loop {
            self.connect_more()?;
            self.poll.poll(&mut events, Some(self.patience()))?;
            for event in &events {
                let at = event.token().0;
                if event.is_writable() {
                    self.writable(at)?;
                }
                if event.is_readable() {
                    self.readable(at, &mut buffer)?;
                }
            }
            self.shared.heard.fetch_add(std::mem::take(&mut self.deliveries), Ordering::AcqRel);
            match self.shared.phase() {
                Phase::Talking => self.talk()?,
                Phase::Over => return Ok(self.result()),
                Phase::Gathering | Phase::Listening => {}
            }
        }
    }

    fn result(&mut self) -> Result {
        let listeners = self.clients.iter().filter(|client| client.plan.listens);
        Result {
            repeated: listeners.clone().map(|client| client.repeated).sum(),
            delays: self.delays.clone(),
            orders: listeners.map(|client| (client.heard, client.order)).collect(),
            lost: self.clients.iter().filter(|client| client.plan.deaf && client.is_gone()).count() as u64,
        }
    }

    /// How long to wait for events: until the next message is due, at most a little.
    fn patience(&self) -> Duration {
        let most = Duration::from_millis(1);
        if self.pause.is_none() || !self.talking || self.shared.phase() != Phase::Talking {
            return most;
        }
        let due = self.senders.iter().map(|at| self.clients[*at].due).min();
        due.map_or(most, |due| Duration::from_nanos(due.saturating_sub(self.shared.now())).min(most))
    }

    fn connect_more(&mut self) -> anyhow::Result<()> {
        while self.under_way < UNDER_WAY_MAX {
            let Some(plan) = self.waiting.pop() else { return Ok(()) };
            let mut stream = match plan.deaf {
                true => connect_deaf(plan.address)?,
                false => TcpStream::connect(plan.address)?,
            };
            let token = Token(self.clients.len());
            self.poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
            if plan.post.is_some() {
                self.senders.push(self.clients.len());
            }
            self.clients.push(Client::new(stream, plan));
            self.under_way += 1;
        }
        Ok(())
    }

    fn writable(&mut self, at: usize) -> anyhow::Result<()> {
        let client = &mut self.clients[at];
        if client.state == State::Connecting {
            client.stream.peer_addr().context("connecting")?;
            client.stream.set_nodelay(true)?;
            client.state = State::Upgrading;
            let upgrade = std::mem::take(&mut client.plan.upgrade);
            client.write(upgrade.as_bytes())?;
        }
        Ok(client.flush()?)
    }

    fn readable(&mut self, at: usize, buffer: &mut [u8]) -> anyhow::Result<()> {
        loop {
            let held = self.clients[at].held.len();
            let mut part = std::mem::take(&mut self.clients[at].held);
            buffer[..held].copy_from_slice(&part);
            let count = match self.clients[at].stream.read(&mut buffer[held..]) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.clients[at].held = part;
                    return Ok(());
                }
                Err(error) => return Err(error).context("reading"),
            };
            self.read_at = self.shared.now();
            let used = self.take(at, &buffer[..held + count])?;
            part.clear();
            part.extend_from_slice(&buffer[used..held + count]);
            self.clients[at].held = part;
            // A short read has emptied the socket; another would only say so (epoll(7)).
            if held + count < buffer.len() {
                return Ok(());
            }
        }
    }

    /// Takes what is whole; how much that was.
    fn take(&mut self, at: usize, bytes: &[u8]) -> anyhow::Result<usize> {
        let mut used = 0;
        if self.clients[at].state == State::Upgrading {
            let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                bail!("no upgrade: {}", String::from_utf8_lossy(bytes));
            }
            used = end + 4;
            let greetings = std::mem::take(&mut self.clients[at].plan.greetings);
            for greeting in &greetings {
                self.clients[at].say(greeting)?;
            }
            self.clients[at].state = State::Greeting(self.clients[at].plan.answers);
            self.greeted(at)?;
        }
        while let Some(frame) = frames::first(&bytes[used..]) {
            let payload = &bytes[used + frame.start..used + frame.end];
            match frame.opcode {
                8 => bail!("a socket was closed: {}", String::from_utf8_lossy(payload)),
                9 => {
                    let mut pong = Vec::new();
                    frames::from_client(10, payload, &mut pong);
                    self.clients[at].write(&pong)?;
                }
                _ => self.heard(at, payload)?,
            }
            used += frame.end;
        }
        Ok(used)
    }

    fn heard(&mut self, at: usize, payload: &[u8]) -> anyhow::Result<()> {
        let client = &mut self.clients[at];
        // Engine.IO's own ping and pong.
        if payload == b"2" {
            return Ok(client.say("3")?);
        }
        if let State::Greeting(left) = client.state {
            if memchr::memmem::find(payload, b"\"error\"").is_some() {
                bail!("a greeting was refused: {}", String::from_utf8_lossy(payload));
            }
            client.state = State::Greeting(left.saturating_sub(1));
            self.greeted(at)?;
            return Ok(());
        }
        if !client.plan.delivers(payload) {
            if memchr::memmem::find(payload, b"\"type\":\"error\"").is_some() {
                bail!("refused: {}", String::from_utf8_lossy(payload));
            }
            return Ok(());
        }
        let (mut own, mut heard) = (false, 0);
        let (read_at, delays) = (self.read_at, &mut self.delays);
        self.tokens.read(payload, |token| {
            client.note(token);
            heard += 1;
            own |= token.sender == client.plan.sender;
            if client.plan.listens {
                delays.saturating_record(read_at.saturating_sub(token.nanoseconds));
            }
        });
        self.deliveries += if client.plan.listens { heard } else { 0 };
        own &= client.plan.post.is_some();
        if own && self.pause.is_none() && self.shared.phase() == Phase::Talking {
            self.post(at, self.shared.now())?;
        }
        Ok(())
    }

    fn greeted(&mut self, at: usize) -> std::io::Result<()> {
        let client = &mut self.clients[at];
        if client.state == State::Greeting(0) {
            client.state = State::Ready;
            if client.plan.deaf {
                self.poll.registry().deregister(&mut client.stream)?;
            }
            self.under_way -= 1;
            self.shared.ready.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    fn talk(&mut self) -> anyhow::Result<()> {
        let now = self.shared.now();
        let senders = std::mem::take(&mut self.senders);
        if !std::mem::replace(&mut self.talking, true) {
            for (nth, at) in senders.iter().enumerate() {
                match self.pause {
                    None => self.post(*at, now)?,
                    Some(pause) => self.clients[*at].due = now + pause * nth as u64 / senders.len() as u64,
                }
            }
        }
        if let Some(pause) = self.pause {
            for at in &senders {
                while self.clients[*at].due <= now {
                    let due = self.clients[*at].due;
                    self.post(*at, due)?;
                    self.clients[*at].due = due + pause;
                }
            }
        }
        self.senders = senders;
        Ok(())
    }

    fn post(&mut self, at: usize, due: u64) -> anyhow::Result<()> {
        self.shared.sent.fetch_add(1, Ordering::AcqRel);
        Ok(self.clients[at].post(due)?)
    }
}
