//! WebSockets (RFC 6455), server side, straight on the connection: frames that were encoded once are written as they are, all
//! that wait with one call, and an idle socket holds no buffer.
//!
//! Extensions are not offered. What the peer sends is checked to the letter; see [`frame`].

pub(crate) mod frame;
mod upgrade;

pub(crate) use upgrade::Upgrade;

use bytes::Bytes;
use domain::limits;
use frame::{Assembly, Fault, Step};
use std::{
    collections::VecDeque,
    io::{ErrorKind, IoSlice},
};
use tokio::net::TcpStream;

/// What the peer said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A text message, whole.
    Text(String),
    /// A ping (which is answered already) or a pong: it is alive.
    Alive,
    /// The end, agreed on or not.
    Gone,
}

/// An open socket.
pub(crate) struct Socket {
    stream: TcpStream,
    /// Bytes of a frame that has not come in whole; nothing, and no memory, most of the time.
    held: Vec<u8>,
    assembly: Assembly,
    /// Frames on their way out, the first of them perhaps in part.
    unsent: VecDeque<Bytes>,
}

/// Bytes read at once. The buffer lives on the stack, and only while there is something to read.
const READ_BYTES: usize = 8 * 1024;
/// Frames handed to the system with one call (`IOV_MAX` is 1,024; beyond a few dozen nothing is won).
const WRITE_FRAMES: usize = 64;

impl Socket {
    fn new(stream: TcpStream, held: Vec<u8>) -> Self {
        Self { stream, held, assembly: Assembly::default(), unsent: VecDeque::new() }
    }

    /// The next thing the peer says. Cancel-safe.
    pub async fn recv(&mut self) -> Result<Incoming, Fault> {
        loop {
            match self.assembly.step(&mut self.held)? {
                Some(Step::Text(text)) => return Ok(Incoming::Text(text)),
                Some(Step::Ping(payload)) => {
                    self.queue(frame::encode(frame::PONG, &payload));
                    return Ok(Incoming::Alive);
                }
                Some(Step::Pong) => return Ok(Incoming::Alive),
                Some(Step::Close) => return Ok(Incoming::Gone),
                None => {}
            }
            if self.stream.readable().await.is_err() || !self.read() {
                return Ok(Incoming::Gone);
            }
        }
    }

    /// Takes what has come; `false` when nothing more will.
    fn read(&mut self) -> bool {
        let mut buffer = [0; READ_BYTES];
        match self.stream.try_read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.held.extend_from_slice(&buffer[..count]);
                true
            }
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        }
    }

    /// Appends a frame, as [`frame::encode`] made it, to what is to be sent.
    pub fn queue(&mut self, frame: Bytes) {
        if !frame.is_empty() {
            self.unsent.push_back(frame);
        }
    }

    /// Whether something is still to be sent.
    pub fn is_behind(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Sends what the connection takes now. `false` when the peer is gone.
    pub fn push(&mut self) -> bool {
        while !self.unsent.is_empty() {
            let mut slices = [IoSlice::new(&[]); WRITE_FRAMES];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(&self.unsent) {
                *slice = IoSlice::new(frame);
                count += 1;
            }
            match self.stream.try_write_vectored(&slices[..count]) {
                Ok(0) => return false,
                Ok(written) => self.forget(written),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        // What a burst needed is not kept for the quiet after it.
        self.unsent = VecDeque::new();
        true
    }

    fn forget(&mut self, mut written: usize) {
        while let Some(first) = self.unsent.front_mut() {
            if written < first.len() {
                let rest = first.slice(written..);
                *first = rest;
                return;
            }
            written -= first.len();
            self.unsent.pop_front();
        }
    }

    /// Sends everything; `false` when the peer does not take it within [`limits::SEND_TIMEOUT`], or is gone. Cancel-safe.
    pub async fn flush(&mut self) -> bool {
        let work = async {
            while self.push() {
                if !self.is_behind() {
                    return true;
                }
                if self.stream.writable().await.is_err() {
                    return false;
                }
            }
            false
        };
        tokio::time::timeout(limits::SEND_TIMEOUT, work).await.unwrap_or(false)
    }

    /// Sends one frame at once, with everything before it.
    pub async fn send(&mut self, frame: Bytes) -> bool {
        self.queue(frame);
        self.flush().await
    }

    /// Closes with a code and a reason, and gives the peer a moment to answer, so that the code is not lost with the connection.
    pub async fn close(mut self, code: u16, reason: &str) {
        if !self.send(frame::close(code, reason)).await {
            return;
        }
        let answered = async { while !matches!(self.recv().await, Ok(Incoming::Gone) | Err(_)) {} };
        // Whoever does not answer is gone, or will be.
        let _ = tokio::time::timeout(limits::CLOSE_TIMEOUT, answered).await;
    }
}
