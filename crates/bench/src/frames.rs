//! The part of RFC 6455 that a load generator and a minimal server need: text, ping and close, never in fragments.

/// One frame within a buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// 1 text, 8 close, 9 ping, 10 pong.
    pub opcode: u8,
    /// Where its payload begins.
    pub start: usize,
    /// Where the frame ends.
    pub end: usize,
    /// The key it is masked with, when a client sent it.
    pub mask: Option<[u8; 4]>,
}

/// The first frame of a buffer, once it is whole.
pub fn first(buffer: &[u8]) -> Option<Frame> {
    let [head, length, ..] = *buffer else { return None };
    let (length, mut start) = match length & 0x7f {
        126 => (usize::from(u16::from_be_bytes(buffer.get(2..4)?.try_into().ok()?)), 4),
        127 => (u64::from_be_bytes(buffer.get(2..10)?.try_into().ok()?) as usize, 10),
        short => (usize::from(short), 2),
    };
    let mask = match buffer[1] & 0x80 {
        0 => None,
        _ => {
            let key = buffer.get(start..start + 4)?.try_into().ok()?;
            start += 4;
            Some(key)
        }
    };
    let end = start.checked_add(length)?;
    (buffer.len() >= end).then_some(Frame { opcode: head & 0x0f, start, end, mask })
}

/// Appends a frame as a server sends it.
pub fn from_server(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    head(opcode, payload.len(), 0, out);
    out.extend_from_slice(payload);
}

/// Appends a frame as a client sends it. The mask is zero: it protects proxies from browsers, not servers from load.
pub fn from_client(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    head(opcode, payload.len(), 0x80, out);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

fn head(opcode: u8, length: usize, masked: u8, out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match length {
        0..126 => out.push(masked | length as u8),
        126..65536 => {
            out.push(masked | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Takes a mask off.
pub fn unmask(payload: &mut [u8], key: [u8; 4]) {
    for (at, byte) in payload.iter_mut().enumerate() {
        *byte ^= key[at % 4];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written_and_half_of_one_is_not() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let mut bytes = Vec::new();
            from_client(1, &vec![b'x'; length], &mut bytes);
            let frame = first(&bytes).unwrap();
            assert_eq!((frame.opcode, frame.end - frame.start, frame.end), (1, length, bytes.len()));
            assert_eq!(first(&bytes[..bytes.len() - 1]), None);
        }
    }
}
