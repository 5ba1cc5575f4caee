//! The frames of RFC 6455 as a server sends them: whole and not masked.

use bytes::{BufMut, Bytes, BytesMut};

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;
/// The bit of a message that is deflated, when that was agreed on (RFC 7692, 6).
pub(super) const DEFLATED: u8 = 0x40;
/// Bytes a control frame may carry (RFC 6455, 5.5).
pub(super) const CONTROL_BYTES_MAX: usize = 125;

/// Why a socket cannot go on: the code and the words to close it with (RFC 6455, 7.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: u16,
    pub reason: &'static str,
}

/// A message is longer than `limits::FRAME_BYTES_MAX`.
pub(super) const TOO_BIG: Fault = Fault { code: 1009, reason: "a message has at most 65536 bytes" };

/// What breaks the protocol.
pub(super) const fn broken(reason: &'static str) -> Fault {
    Fault { code: 1002, reason }
}

/// A frame; `opcode` may bear [`DEFLATED`].
pub(super) fn encode(opcode: u8, payload: &[u8]) -> Bytes {
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

/// What a frame of [`encode`] carries.
pub(super) fn payload(frame: &[u8]) -> &[u8] {
    let head = match frame.get(1) {
        Some(126) => 4,
        Some(127) => 10,
        _ => 2,
    };
    frame.get(head..).unwrap_or_default()
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
pub(super) fn close(code: u16, reason: &str) -> Bytes {
    let mut end = reason.len().min(CONTROL_BYTES_MAX - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    encode(CLOSE, &payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_the_standard_shows_it() {
        assert_eq!(encode(TEXT, b"Hello")[..], [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        for length in [0, 125, 126, 65_535, 65_536] {
            let sent = vec![7; length];
            assert_eq!(payload(&encode(BINARY, &sent)), sent, "{length} bytes");
        }
    }

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        let frame = close(1008, &"ñ".repeat(100));
        assert_eq!(frame.len(), 2 + 124);
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
    }
}
