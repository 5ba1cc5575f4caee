//! Messages put together from the frames that come in.
//!
//! Checked as RFC 6455 asks in section 5: clients mask, nothing is reserved, lengths are written in the shortest way,
//! control frames are short and whole, continuations continue something, text is UTF-8, a closing code is one that may
//! be sent. Whatever is wrong is found as soon as its byte is there, without waiting for the rest of its frame.

use super::{
    frame::{
        self, BINARY, CLOSE, CONTINUATION, CONTROL_BYTES_MAX, DEFLATED, Fault, PING, PONG, TEXT, broken,
    },
    message::{Filled, Message, Part, unmask},
};

/// One step of a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    /// With the code, if one was given.
    Close(Option<u16>),
}

/// What a socket takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Bytes of a message over all its frames, and again when it is inflated.
    pub bytes_max: usize,
    /// Whether messages may be deflated.
    pub deflates: bool,
}

/// What has come in and is not a whole message yet.
#[derive(Debug)]
pub(super) struct Assembly {
    rules: Rules,
    /// `None`, and no memory, between messages.
    open: Option<Box<Message>>,
    /// What was wrong: after it nothing is understood any more.
    fault: Option<Fault>,
}

/// A frame's beginning.
struct Head {
    is_last: bool,
    is_deflated: bool,
    opcode: u8,
    /// Bytes of the head itself, the mask with it.
    bytes: usize,
    payload: usize,
    mask: [u8; 4],
}

impl Assembly {
    pub fn new(rules: Rules) -> Self {
        Self { rules, open: None, fault: None }
    }

    /// Takes the next step out of `held`; `None` when more bytes must come first. After a fault there is only that fault.
    pub fn step(&mut self, held: &mut Vec<u8>) -> Result<Option<Step>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.read(held).inspect_err(|fault| self.fault = Some(*fault))
    }

    fn read(&mut self, held: &mut Vec<u8>) -> Result<Option<Step>, Fault> {
        loop {
            if let Some(message) = &mut self.open {
                match message.fill(held)? {
                    Filled::InPart => return Ok(None),
                    Filled::Frame => {}
                    Filled::Message => {
                        let whole = self.open.take().map(|message| message.finish(self.rules.bytes_max));
                        return whole.transpose();
                    }
                }
            }
            let Some(head) = self.head(held)? else { return Ok(None) };
            if head.opcode >= CLOSE {
                return control(&head, held);
            }
            let_go(held, head.bytes);
            let message =
                self.open.get_or_insert_with(|| Message::begin(head.opcode == TEXT, head.is_deflated));
            message.part = Some(Part { left: head.payload, mask: head.mask, is_last: head.is_last });
        }
    }

    fn head(&self, held: &[u8]) -> Result<Option<Head>, Fault> {
        let [first, second, ..] = *held else { return Ok(None) };
        let (is_last, opcode, reserved) = (first & 0x80 != 0, first & 0x0f, first & 0x70);
        let is_deflated = reserved == DEFLATED && self.rules.deflates && matches!(opcode, TEXT | BINARY);
        if reserved != 0 && !is_deflated {
            return Err(broken("a reserved bit is set that was not agreed on"));
        }
        if second & 0x80 == 0 {
            return Err(broken("a client masks its frames"));
        }
        let Some((payload, start)) = length(held)? else { return Ok(None) };
        self.allow(opcode, is_last, payload)?;
        let Some(mask) = held.get(start..start + 4) else { return Ok(None) };
        let mask = mask.try_into().unwrap_or_default();
        Ok(Some(Head { is_last, is_deflated, opcode, bytes: start + 4, payload: payload as usize, mask }))
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
            TEXT | BINARY if self.open.is_some() => return Err(broken("the message before is not complete")),
            CONTINUATION | TEXT | BINARY => {}
            _ => return Err(broken("there is no such opcode")),
        }
        let before = self.open.as_ref().map_or(0, |message| message.bytes.len());
        match payload.saturating_add(before as u64) > self.rules.bytes_max as u64 {
            true => Err(frame::TOO_BIG),
            false => Ok(()),
        }
    }
}

/// The length in a frame's head and where the mask begins; `None` when more bytes must come first.
fn length(held: &[u8]) -> Result<Option<(u64, usize)>, Fault> {
    let (length, start, least) = match held[1] & 0x7f {
        126 if held.len() < 4 => return Ok(None),
        127 if held.len() < 10 => return Ok(None),
        126 => (u64::from(u16::from_be_bytes([held[2], held[3]])), 4, 126),
        127 => (u64::from_be_bytes(held[2..10].try_into().unwrap_or_default()), 10, 65_536),
        short => (u64::from(short), 2, 0),
    };
    match length {
        long if long < least => Err(broken("a length is written in the shortest way")),
        long if long >> 63 == 1 => Err(broken("a length has 63 bits")),
        length => Ok(Some((length, start))),
    }
}

/// Takes a control frame, when all of it is there.
fn control(head: &Head, held: &mut Vec<u8>) -> Result<Option<Step>, Fault> {
    let end = head.bytes + head.payload;
    let Some(payload) = held.get(head.bytes..end) else { return Ok(None) };
    let mut payload = payload.to_vec();
    let_go(held, end);
    unmask(&mut payload, head.mask);
    match head.opcode {
        PING => Ok(Some(Step::Ping(payload))),
        PONG => Ok(Some(Step::Pong)),
        _ => closing_code(&payload).map(|code| Some(Step::Close(code))),
    }
}

/// A close carries nothing, or a code that may be sent and a reason in UTF-8.
fn closing_code(payload: &[u8]) -> Result<Option<u16>, Fault> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() { Ok(None) } else { Err(broken("half a closing code")) };
    };
    let code = u16::from_be_bytes([*high, *low]);
    match code {
        1000..=1003 | 1007..=1014 | 3000..=4999 => {}
        _ => return Err(broken("there is no such closing code")),
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(Some(code)),
        Err(_) => Err(Fault { code: 1007, reason: "a reason must be UTF-8" }),
    }
}

/// Lets bytes at the beginning go; an empty buffer keeps no memory.
pub(super) fn let_go(held: &mut Vec<u8>, count: usize) {
    match held.len() == count {
        true => *held = Vec::new(),
        false => drop(held.drain(..count)),
    }
}

#[cfg(test)]
mod tests;
