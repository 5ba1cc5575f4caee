//! WebSockets (RFC 6455), server side, straight on the connection: frames that were encoded once are written as they are, all
//! that wait with one call, and an idle socket holds no buffer.
//!
//! `permessage-deflate` is agreed on with whoever offers it; see [`deflate`] for what it costs. What the peer sends is checked
//! to the letter; see [`assembly`]. What a message means, and whether binary ones are wanted, is not known here.

mod assembly;
mod deflate;
pub(crate) mod frame;
mod message;
mod offer;
mod upgrade;

pub(crate) use deflate::deflated;

pub(crate) use upgrade::Upgrade;

use assembly::{Assembly, Rules, Step};
use bytes::Bytes;
use domain::limits;
use frame::Fault;
use offer::Agreement;
use std::{
    collections::VecDeque,
    io::{ErrorKind, IoSlice},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// What the peer said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A text message, whole.
    Text(String),
    /// A binary message, whole.
    Binary(Vec<u8>),
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
    /// Bytes of the longest frame that goes out deflated; 0 when that was not agreed on.
    deflated_bytes_max: usize,
    /// A closing frame is on its way; it is the last one.
    is_closing: bool,
}

/// Bytes read at once. The buffer lives on the stack, and only while there is something to read.
const READ_BYTES: usize = 8 * 1024;
/// Frames handed to the system with one call (`IOV_MAX` is 1,024; beyond a few dozen nothing is won).
const WRITE_FRAMES: usize = 64;

impl Socket {
    fn new(stream: TcpStream, held: Vec<u8>, bytes_max: usize, agreement: Option<Agreement>) -> Self {
        if let Err(error) = crate::serve::bound_unsent(&stream, limits::UNSENT_SOCKET_BYTES_MAX) {
            tracing::debug!(%error, "an option of a connection");
        }
        Self {
            stream,
            held,
            assembly: Assembly::new(Rules { bytes_max, deflates: agreement.is_some() }),
            unsent: VecDeque::new(),
            deflated_bytes_max: agreement.map_or(0, Agreement::deflated_bytes_max),
            is_closing: false,
        }
    }

    /// The next thing the peer says. Cancel-safe.
    pub async fn recv(&mut self) -> Result<Incoming, Fault> {
        loop {
            match self.assembly.step(&mut self.held)? {
                Some(Step::Text(text)) => return Ok(Incoming::Text(text)),
                Some(Step::Binary(bytes)) => return Ok(Incoming::Binary(bytes)),
                Some(Step::Ping(payload)) => {
                    self.queue(frame::encode(frame::PONG, &payload));
                    return Ok(Incoming::Alive);
                }
                Some(Step::Pong) => return Ok(Incoming::Alive),
                Some(Step::Close(code)) => {
                    self.queue(code.map_or(frame::encode(frame::CLOSE, &[]), |code| frame::close(code, "")));
                    // Whoever takes nothing any more learns of no answer either.
                    self.push();
                    return Ok(Incoming::Gone);
                }
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
        if !frame.is_empty() && !self.is_closing {
            self.unsent.push_back(frame);
        }
    }

    /// Appends a frame that others are sent too: as it is, or as `deflated` gives it, where that was agreed on and pays.
    pub fn queue_shared(&mut self, plain: Bytes, deflated: impl FnOnce(&Bytes) -> Bytes) {
        let frame = match plain.len() {
            deflate::DEFLATED_BYTES_MIN.. if plain.len() <= self.deflated_bytes_max => deflated(&plain),
            _ => plain,
        };
        self.queue(frame);
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

    /// Closes with a code and a reason, and gives the peer a moment to answer, so that the code is not lost with the connection.
    pub async fn close(mut self, code: u16, reason: &str) {
        self.queue(frame::close(code, reason));
        self.is_closing = true;
        if self.flush().await {
            // Whoever does not answer is gone, or will be.
            let _ = tokio::time::timeout(limits::CLOSE_TIMEOUT, self.part()).await;
        }
    }

    /// Waits for the answer to a closing frame.
    async fn part(&mut self) {
        loop {
            match self.recv().await {
                Ok(Incoming::Gone) => return,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        // What comes cannot be understood any more, and is read all the same: a connection that is closed with bytes
        // unread is reset, and the code may be lost with it.
        if self.stream.shutdown().await.is_ok() {
            while self.stream.readable().await.is_ok() && self.read() {
                self.held = Vec::new();
            }
        }
    }
}

#[cfg(test)]
mod autobahn;
