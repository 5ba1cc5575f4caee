//! The framing of RFC 6455: frames out, and messages put together from what comes in.
//!
//! Checked as section 5 asks: clients mask, nothing is reserved, control frames are short and whole, continuations
//! continue something, text is UTF-8, a closing code is one that may be sent. A message has at most
//! [`limits::FRAME_BYTES_MAX`] bytes over all its frames.

use bytes::{BufMut, Bytes, BytesMut};
use domain::limits;

const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;
/// Bytes a control frame may carry (RFC 6455, 5.5).
const CONTROL_BYTES_MAX: usize = 125;

/// Why a socket cannot go on: the code and the words to close it with (RFC 6455, 7.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: u16,
    pub reason: &'static str,
}

const fn broken(reason: &'static str) -> Fault {
    Fault { code: 1002, reason }
}

/// One step of a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Text(String),
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// A frame as a server sends it: whole and not masked.
pub(crate) fn encode(opcode: u8, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(payload.len() + 10);
    out.put_u8(0x80 | opcode);
    match payload.len() {
        short @ 0..126 => out.put_u8(short as u8),
        middle @ 126..65_536 => {
            out.put_u8(126);
            out.put_u16(middle as u16);
        }
        long => {
            out.put_u8(127);
            out.put_u64(long as u64);
        }
    }
    out.put_slice(payload);
    out.freeze()
}

/// A question whether the peer is there.
pub(crate) fn ping() -> Bytes {
    encode(PING, &[])
}

/// A text frame.
pub(crate) fn text(text: &str) -> Bytes {
    encode(TEXT, text.as_bytes())
}

/// A closing frame; a reason that is too long is cut at a character.
pub(crate) fn close(code: u16, reason: &str) -> Bytes {
    let mut end = reason.len().min(CONTROL_BYTES_MAX - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    encode(CLOSE, &payload)
}

/// A message whose frames have not all come in.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    /// Its text so far; `None` between messages.
    open: Option<Vec<u8>>,
}

/// A frame's beginning.
struct Head {
    is_last: bool,
    opcode: u8,
    /// Bytes of the head itself, the mask with it.
    bytes: usize,
    payload: usize,
    mask: [u8; 4],
}

impl Assembly {
    /// Takes the next step out of `held`; `None` when more bytes must come first.
    pub fn step(&mut self, held: &mut Vec<u8>) -> Result<Option<Step>, Fault> {
        loop {
            let Some(head) = self.head(held)? else { return Ok(None) };
            let end = head.bytes + head.payload;
            if held.len() < end {
                return Ok(None);
            }
            let mut payload = held[head.bytes..end].to_vec();
            match held.len() {
                all if all == end => *held = Vec::new(),
                _ => drop(held.drain(..end)),
            }
            unmask(&mut payload, head.mask);
            if let Some(step) = self.take(&head, payload)? {
                return Ok(Some(step));
            }
        }
    }

    fn head(&self, held: &[u8]) -> Result<Option<Head>, Fault> {
        let [first, second, ..] = *held else { return Ok(None) };
        let opcode = first & 0x0f;
        if first & 0x70 != 0 {
            return Err(broken("no extension was agreed on"));
        }
        if second & 0x80 == 0 {
            return Err(broken("a client masks its frames"));
        }
        let is_last = first & 0x80 != 0;
        let (payload, start) = match second & 0x7f {
            126 if held.len() < 4 => return Ok(None),
            127 if held.len() < 10 => return Ok(None),
            126 => (u64::from(u16::from_be_bytes([held[2], held[3]])), 4),
            127 => (u64::from_be_bytes(held[2..10].try_into().unwrap_or_default()), 10),
            short => (u64::from(short), 2),
        };
        self.allow(opcode, is_last, payload)?;
        let Some(mask) = held.get(start..start + 4) else { return Ok(None) };
        let mask = mask.try_into().unwrap_or_default();
        Ok(Some(Head { is_last, opcode, bytes: start + 4, payload: payload as usize, mask }))
    }

    /// Whether such a frame may come now; judged by its head, before its payload is waited for.
    fn allow(&self, opcode: u8, is_last: bool, payload: u64) -> Result<(), Fault> {
        match opcode {
            CLOSE..=PONG if !is_last => return Err(broken("a control frame is not cut in parts")),
            CLOSE..=PONG if payload > CONTROL_BYTES_MAX as u64 => {
                return Err(broken("a control frame has at most 125 bytes"));
            }
            CLOSE..=PONG => return Ok(()),
            CONTINUATION if self.open.is_none() => return Err(broken("nothing is there to be continued")),
            TEXT if self.open.is_some() => return Err(broken("the message before is not complete")),
            BINARY => return Err(Fault { code: 1003, reason: "text frames only" }),
            CONTINUATION | TEXT => {}
            _ => return Err(broken("there is no such opcode")),
        }
        let whole = payload.saturating_add(self.open.as_ref().map_or(0, Vec::len) as u64);
        match whole > limits::FRAME_BYTES_MAX as u64 {
            true => Err(Fault { code: 1009, reason: "a frame has at most 65536 bytes" }),
            false => Ok(()),
        }
    }

    fn take(&mut self, head: &Head, payload: Vec<u8>) -> Result<Option<Step>, Fault> {
        match head.opcode {
            PING => Ok(Some(Step::Ping(payload))),
            PONG => Ok(Some(Step::Pong)),
            CLOSE => check_close(&payload).map(|()| Some(Step::Close)),
            _ => {
                let message = match self.open.take() {
                    Some(mut before) => {
                        before.extend_from_slice(&payload);
                        before
                    }
                    None => payload,
                };
                if !head.is_last {
                    self.open = Some(message);
                    return Ok(None);
                }
                let text = String::from_utf8(message);
                text.map(|text| Some(Step::Text(text)))
                    .map_err(|_| Fault { code: 1007, reason: "text must be UTF-8" })
            }
        }
    }
}

/// A close carries nothing, or a code that may be sent and a reason in UTF-8.
fn check_close(payload: &[u8]) -> Result<(), Fault> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() { Ok(()) } else { Err(broken("half a closing code")) };
    };
    match u16::from_be_bytes([*high, *low]) {
        1000..=1003 | 1007..=1014 | 3000..=4999 => {}
        _ => return Err(broken("there is no such closing code")),
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault { code: 1007, reason: "a reason must be UTF-8" }),
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (words, rest) = payload.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests;
