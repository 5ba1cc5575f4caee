//! Server-sent events (WHATWG HTML, section 9.2.6), taken apart as the bytes come, however they are cut.
//!
//! Only `data` matters to us; comments, names and ids of events are read over. An event that is too long is a fault, so nothing
//! here grows without bound. Each byte is looked at once.

use crate::{Fault, FaultKind};
use domain::limits::PROVIDER_EVENT_BYTES_MAX;
use std::mem;

/// What of the stream is not a whole event yet.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    /// The last byte ended a line as CR; an LF after it ends no other one.
    after_return: bool,
}

impl Events {
    /// Takes the next bytes; the data of every event that they complete goes to `whole`, also when an error follows it.
    pub(super) fn push(&mut self, mut bytes: &[u8], whole: &mut Vec<Vec<u8>>) -> Result<(), Fault> {
        while !bytes.is_empty() {
            if mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = memchr::memchr2(b'\r', b'\n', bytes) else { return self.lengthen(bytes) };
            self.lengthen(&bytes[..end])?;
            self.after_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            whole.extend(self.end_line());
        }
        Ok(())
    }

    /// What is left when the stream ends, as if its last lines were complete. It may be half an event.
    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        self.end_line().or(self.data)
    }

    fn lengthen(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let held = self.line.len() + self.data.as_ref().map_or(0, Vec::len);
        if held + bytes.len() > PROVIDER_EVENT_BYTES_MAX {
            let detail = format!("an event is longer than {PROVIDER_EVENT_BYTES_MAX} bytes");
            return Err(Fault::new(FaultKind::Broken, detail));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// An empty line completes the event; any other adds to it.
    fn end_line(&mut self) -> Option<Vec<u8>> {
        let line = mem::take(&mut self.line);
        if line.is_empty() {
            return self.data.take();
        }
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
        if let Some(value) = line.strip_prefix(b"data:") {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match &mut self.data {
                None => self.data = Some(value.to_vec()),
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(chunks: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut whole = Vec::new();
        for chunk in chunks {
            events.push(chunk, &mut whole).unwrap();
        }
        whole.extend(events.finish());
        whole.into_iter().map(|data| String::from_utf8_lossy(&data).into_owned()).collect()
    }

    #[test]
    fn all_three_ends_of_a_line_count_and_comments_do_not() {
        let stream = ": hello\r\n\r\ndata: one\r\n\r\nevent: x\nid: 7\ndata:two\ndata: lines\n\n\n\r\rdata: three\r\r: end";
        assert_eq!(read(&[stream.as_bytes()]), ["one", "two\nlines", "three"]);
        assert_eq!(read(&["\u{feff}data: one\n\n".as_bytes()]), ["one"]);
    }

    #[test]
    fn the_last_event_needs_no_empty_line() {
        assert_eq!(read(&[b"data: one\n\ndata: [DONE]"]), ["one", "[DONE]"]);
        assert_eq!(read(&[b"data: one\n\ndata: [DONE]\n"]), ["one", "[DONE]"]);
    }

    #[test]
    fn a_line_of_ten_megabytes_is_refused_and_what_came_before_it_is_not_lost() {
        let (mut events, mut whole) = (Events::default(), Vec::new());
        events.push(b"data: one\n\ndata: ", &mut whole).unwrap();
        let long = vec![b'x'; 64 * 1024];
        let pushed = (0..160).map(|_| events.push(&long, &mut whole)).take_while(Result::is_ok).count();
        assert_eq!(pushed, 15);
        assert_eq!(whole, [b"one"]);
        let (mut events, mut whole) = (Events::default(), Vec::new());
        let line = [&b"data: "[..], &long, b"\n"].concat();
        let pushed = (0..160).map(|_| events.push(&line, &mut whole)).take_while(Result::is_ok).count();
        assert_eq!(pushed, 15, "nor many lines of one event");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(
            stream in "(data: ?[a-zäé\u{1F375}\r\n:{}\" ]{0,20}|: ?[a-z]{0,5}|[a-z]{0,6}|\r\n|\n|\r){0,30}",
            cuts in prop::collection::vec(0usize..200, 0..40),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream.as_bytes()[cut[0]..cut[1]]).collect();
            let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
            prop_assert_eq!(read(&chunks), read(&[stream.as_bytes()]));
            prop_assert_eq!(read(&bytes), read(&[stream.as_bytes()]));
        }
    }
}
