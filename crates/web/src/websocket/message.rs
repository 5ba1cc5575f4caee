//! A message that comes in, in one frame or several, checked while it comes.

use super::{
    assembly::{Step, let_go},
    deflate::inflate,
    frame::Fault,
};

/// A message whose bytes have not all come in.
#[derive(Debug)]
pub(super) struct Message {
    is_text: bool,
    is_deflated: bool,
    /// What has come, as it came but for the mask.
    pub bytes: Vec<u8>,
    /// How many of the bytes are known to be UTF-8.
    checked: usize,
    /// The frame that is being read; `None` between two of them.
    pub part: Option<Part>,
}

/// A frame of a message.
#[derive(Debug)]
pub(super) struct Part {
    /// Bytes still to come.
    pub left: usize,
    /// The mask, turned to the next byte.
    pub mask: [u8; 4],
    pub is_last: bool,
}

/// How far a message has come.
pub(super) enum Filled {
    /// Within a frame.
    InPart,
    /// To the end of a frame, and another one is to come.
    Frame,
    /// To its end.
    Message,
}

const NOT_TEXT: Fault = Fault { code: 1007, reason: "text must be UTF-8" };

impl Message {
    pub fn begin(is_text: bool, is_deflated: bool) -> Box<Self> {
        Box::new(Self { is_text, is_deflated, bytes: Vec::new(), checked: 0, part: None })
    }

    /// Takes what belongs to it out of `held`.
    pub fn fill(&mut self, held: &mut Vec<u8>) -> Result<Filled, Fault> {
        let Some(part) = &mut self.part else { return Ok(Filled::Frame) };
        let (count, start) = (part.left.min(held.len()), self.bytes.len());
        self.bytes.extend_from_slice(&held[..count]);
        let_go(held, count);
        unmask(&mut self.bytes[start..], part.mask);
        part.mask.rotate_left(count % 4);
        part.left -= count;
        let filled = match part {
            Part { left: 0, is_last: true, .. } => return Ok(Filled::Message),
            Part { left: 0, .. } => Filled::Frame,
            _ => Filled::InPart,
        };
        if matches!(filled, Filled::Frame) {
            self.part = None;
        }
        if self.is_text && !self.is_deflated {
            self.check()?;
        }
        Ok(filled)
    }

    /// Whether what has come can be the beginning of a text; a character may be cut at the end.
    fn check(&mut self) -> Result<(), Fault> {
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            Err(cut) if cut.error_len().is_none() => self.checked += cut.valid_up_to(),
            Err(_) => return Err(NOT_TEXT),
        }
        Ok(())
    }

    /// What was said, all of it being here.
    pub fn finish(self, bytes_max: usize) -> Result<Step, Fault> {
        let bytes = match self.is_deflated {
            true => inflate(self.bytes, bytes_max)?,
            false => self.bytes,
        };
        match self.is_text {
            true => String::from_utf8(bytes).map(Step::Text).map_err(|_| NOT_TEXT),
            false => Ok(Step::Binary(bytes)),
        }
    }
}

/// Takes a mask off, or puts it on.
pub(super) fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (words, rest) = payload.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask) {
        *byte ^= key;
    }
}
