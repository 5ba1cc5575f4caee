//! One WebSocket client: what it says, and what it has heard.

use crate::{
    frames,
    token::{self, Token},
};
use mio::net::TcpStream;
use std::{
    io::{ErrorKind, Result, Write},
    net::SocketAddr,
};

/// What a client is to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where it connects.
    pub address: SocketAddr,
    /// The upgrade request, whole.
    pub upgrade: String,
    /// Text frames to send once connected.
    pub greetings: Vec<String>,
    /// How many frames answer the greetings until the client is ready.
    pub answers: usize,
    /// Its frame for a message, with `{token}` twice or once.
    pub post: Option<String>,
    /// Its number among the senders.
    pub sender: u32,
    /// Counts what it hears.
    pub listens: bool,
    /// Reads nothing more once it is ready, and has little room for what comes.
    pub deaf: bool,
    /// What a delivery begins with, where the server sends other frames with tokens too.
    pub delivery: &'static [&'static str],
}

impl Plan {
    /// Nothing, at a server.
    pub const fn at(address: SocketAddr) -> Self {
        Self {
            address,
            upgrade: String::new(),
            greetings: Vec::new(),
            answers: 0,
            post: None,
            sender: 0,
            listens: false,
            deaf: false,
            delivery: &[],
        }
    }

    /// Whether a frame is a delivery.
    pub fn delivers(&self, payload: &[u8]) -> bool {
        self.delivery.is_empty() || self.delivery.iter().any(|start| payload.starts_with(start.as_bytes()))
    }
}

/// Where a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    Upgrading,
    /// Answers still to come.
    Greeting(usize),
    Ready,
}

pub(super) struct Client {
    pub stream: TcpStream,
    pub plan: Plan,
    pub state: State,
    /// Part of a frame.
    pub held: Vec<u8>,
    unsent: Vec<u8>,
    pub heard: u64,
    /// Of these, what it had heard before.
    pub repeated: u64,
    /// The last message of each sender.
    last: Vec<u32>,
    pub order: u64,
    pub count: u32,
    /// When its next message is due, in nanoseconds since the run began.
    pub due: u64,
}

impl Client {
    pub fn new(stream: TcpStream, plan: Plan) -> Self {
        Self {
            stream,
            plan,
            state: State::Connecting,
            held: Vec::new(),
            unsent: Vec::new(),
            heard: 0,
            repeated: 0,
            last: Vec::new(),
            order: 0,
            count: 0,
            due: 0,
        }
    }

    pub fn say(&mut self, text: &str) -> Result<()> {
        let mut frame = Vec::with_capacity(text.len() + 14);
        frames::from_client(1, text.as_bytes(), &mut frame);
        self.write(&frame)
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.unsent.extend_from_slice(bytes);
        self.flush()
    }

    pub fn flush(&mut self) -> Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sends the next message; `at` is when it was due.
    pub fn post(&mut self, at: u64) -> Result<()> {
        let Some(post) = &self.plan.post else { return Ok(()) };
        self.count += 1;
        let text = post.replace("{token}", &token::make(self.plan.sender, self.count, at));
        self.say(&text)
    }

    /// Whether the connection has ended, in spite of what is still to be read.
    pub fn is_gone(&self) -> bool {
        match self.stream.peek(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }

    /// Notes a token, for the comparison of orders and to know what comes again.
    pub fn note(&mut self, token: Token) {
        let said = u64::from(token.sender) << 32 | u64::from(token.count);
        self.heard += 1;
        let sender = token.sender as usize;
        if self.last.len() <= sender {
            self.last.resize(sender + 1, 0);
        }
        match token.count > self.last[sender] {
            true => self.last[sender] = token.count,
            false => self.repeated += 1,
        }
        self.order = (self.order.rotate_left(5) ^ said).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
