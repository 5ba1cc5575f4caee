//! `permessage-deflate` (RFC 7692): messages compressed each for itself, so that one compressed frame serves everybody who
//! hears of an event, and no connection has a compressor.
//!
//! Nothing is remembered from one message to the next, in either direction. That costs some of the ratio and buys three
//! things: work once per event, no memory per connection, and lengths that tell of no other message.

use super::frame::{self, DEFLATED, Fault};
use bytes::Bytes;
use miniz_oxide::{
    DataFormat,
    deflate::{
        CompressionLevel,
        core::{CompressorOxide, TDEFLFlush, compress},
    },
    inflate::{
        TINFLStatus,
        core::{DecompressorOxide, decompress, inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF},
    },
};
use std::cell::RefCell;

/// Frames shorter than this are sent as they are: what is won is less than a packet costs anyway.
pub(super) const DEFLATED_BYTES_MIN: usize = 256;
/// The lowest that looks for repetitions. The next ones take a third longer for a few bytes less.
const LEVEL: CompressionLevel = CompressionLevel::BestSpeed;
/// What a flush ends with and a message is sent without (RFC 7692, 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// An empty last block: a stream that ends with it is whole.
const LAST: [u8; 5] = [1, 0, 0, 0xff, 0xff];
/// Room for what is inflated is made in steps of at least this.
const STEP_BYTES: usize = 1024;

thread_local! {
    /// A compressor has 300 KB; each worker that needs one keeps it.
    static COMPRESSOR: RefCell<CompressorOxide> =
        RefCell::new(CompressorOxide::with_format_and_level(DataFormat::Raw, LEVEL));
}

/// The same frame, deflated; itself, when that is no shorter.
pub(crate) fn deflated(plain: &Bytes) -> Bytes {
    let (opcode, payload) = (plain[0] & 0x0f, frame::payload(plain));
    match COMPRESSOR.with_borrow_mut(|compressor| deflate(compressor, payload)) {
        Some(bytes) => frame::encode(DEFLATED | opcode, &bytes),
        None => plain.clone(),
    }
}

/// `None` when it does not get shorter.
fn deflate(compressor: &mut CompressorOxide, payload: &[u8]) -> Option<Vec<u8>> {
    compressor.reset();
    let mut out = vec![0; payload.len()];
    let (_, _, made) = compress(compressor, payload, &mut out, TDEFLFlush::Sync);
    // What fills its room to the brim may not be all.
    if made == out.len() {
        return None;
    }
    out.truncate(made.checked_sub(TAIL.len())?);
    Some(out)
}

/// What a deflated message says, if that has at most `bytes_max` bytes.
pub(super) fn inflate(mut message: Vec<u8>, bytes_max: usize) -> Result<Vec<u8>, Fault> {
    message.extend(TAIL);
    message.extend(LAST);
    let (mut inflater, mut rest) = (Box::<DecompressorOxide>::default(), &message[..]);
    let (mut out, mut made) = (Vec::new(), 0);
    loop {
        // One byte more than is allowed, to see that there are more.
        out.resize((made + STEP_BYTES.max(made).max(rest.len())).min(bytes_max + 1), 0);
        let (status, read, more) =
            decompress(&mut inflater, rest, &mut out, made, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        rest = &rest[read..];
        made += more;
        if made > bytes_max {
            return Err(frame::TOO_BIG);
        }
        match status {
            TINFLStatus::Done if rest.is_empty() => break,
            // A last block may end a part of a message (RFC 7692, 7.2.3.4).
            TINFLStatus::Done => inflater.init(),
            TINFLStatus::HasMoreOutput => {}
            _ => return Err(Fault { code: 1007, reason: "a message cannot be inflated" }),
        }
    }
    out.truncate(made);
    Ok(out)
}

#[cfg(test)]
mod tests;
