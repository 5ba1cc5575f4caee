use super::*;
use crate::websocket::{deflate::deflated, frame::encode};
use bytes::Bytes;
use domain::limits;
use proptest::prelude::*;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame as a client sends it.
fn said(head: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = encode(head & 0x0f, payload).to_vec();
    bytes[0] = head;
    bytes[1] |= 0x80;
    let mut masked = payload.to_vec();
    unmask(&mut masked, KEY);
    let start = bytes.len() - payload.len();
    bytes.splice(start.., KEY.into_iter().chain(masked));
    bytes
}

/// The same in several frames, cut at these places.
fn said_in_parts(head: u8, payload: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (payload.len() + 1)).collect();
    cuts.sort_unstable();
    let ends = cuts.iter().copied().chain([payload.len()]);
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let (mut frames, count) = (Vec::new(), cuts.len());
    for (number, (start, end)) in starts.zip(ends).enumerate() {
        let (first, last) = (number == 0, number == count);
        let head = if first { head & 0x7f } else { 0 } | if last { 0x80 } else { 0 };
        frames.push(said(head, &payload[start..end]));
    }
    frames
}

fn assembly(deflates: bool) -> Assembly {
    Assembly::new(Rules { bytes_max: limits::FRAME_BYTES_MAX, deflates })
}

/// What is understood, up to the end or the fault.
fn hear_of(mut assembly: Assembly, parts: &[&[u8]]) -> (Vec<Step>, Option<Fault>) {
    let (mut held, mut steps) = (Vec::new(), Vec::new());
    for part in parts {
        held.extend_from_slice(part);
        loop {
            match assembly.step(&mut held) {
                Ok(Some(step)) => steps.push(step),
                Ok(None) => break,
                Err(fault) => return (steps, Some(fault)),
            }
        }
    }
    (steps, None)
}

fn hear(bytes: &[u8]) -> Vec<Step> {
    let (steps, fault) = hear_of(assembly(false), &[bytes]);
    assert_eq!(fault, None);
    steps
}

fn fault(bytes: &[u8]) -> u16 {
    hear_of(assembly(false), &[bytes]).1.expect("a fault").code
}

#[test]
fn the_example_of_the_standard_is_understood() {
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(hear(&hello), [Step::Text("Hello".into())]);
}

#[test]
fn a_message_in_parts_is_put_together_around_a_ping() {
    let bytes = [said(0x01, b"cura"), said(0x89, b"?"), said(0x00, b"cao"), said(0x80, b"!")].concat();
    assert_eq!(hear(&bytes), [Step::Ping(b"?".to_vec()), Step::Text("curacao!".into())]);
    assert_eq!(hear(&said(0x82, &[0, 255])), [Step::Binary(vec![0, 255])]);
}

#[test]
fn what_the_standard_forbids_ends_the_socket() {
    let mut bare = said(0x81, b"hi");
    bare[1] &= 0x7f;
    assert_eq!(fault(&bare), 1002, "a frame without a mask");
    for (head, why) in [
        (0xc1, "deflated, which was not agreed on"),
        (0x83, "a reserved opcode"),
        (0x8b, "a reserved opcode of control"),
        (0x80, "a continuation of nothing"),
    ] {
        assert_eq!(fault(&said(head, b"hi")), 1002, "{why}");
    }
    assert_eq!(fault(&said(0x09, b"")), 1002, "a ping in parts");
    assert_eq!(fault(&said(0x89, &[b'x'; 126])), 1002, "a long ping");
    assert_eq!(fault(&[said(0x01, b"a"), said(0x81, b"b")].concat()), 1002, "a message within a message");
    assert_eq!(fault(&[said(0x01, b"a"), said(0x82, b"b")].concat()), 1002, "of another kind, too");
    assert_eq!(fault(&said(0x81, &[0xff])), 1007, "text that is not UTF-8");
    assert_eq!(fault(&said(0x81, "ñ".as_bytes().split_at(1).0)), 1007, "text that ends within a character");
}

#[test]
fn only_whole_messages_are_marked_as_deflated_and_nothing_else_is() {
    let hear = |bytes: &[u8]| hear_of(assembly(true), &[bytes]);
    let refused = |bytes: &[u8]| hear(bytes).1.map(|fault| fault.code);
    // RFC 7692, 7.2.3.1 and 7.2.3.4.
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(hear(&said(0xc1, &hello)), (vec![Step::Text("Hello".into())], None));
    assert_eq!(hear(&said(0xc2, &hello)), (vec![Step::Binary(b"Hello".to_vec())], None));
    let cut = [said(0x41, &hello[..3]), said(0x89, b"?"), said(0x80, &hello[3..])].concat();
    assert_eq!(hear(&cut), (vec![Step::Ping(b"?".to_vec()), Step::Text("Hello".into())], None));
    let plain_between = [said(0x81, b"plain"), said(0xc1, &hello)].concat();
    assert_eq!(hear(&plain_between).0.len(), 2);
    assert_eq!(
        refused(&[said(0x41, &hello[..3]), said(0xc0, &hello[3..])].concat()),
        Some(1002),
        "later frames"
    );
    for (head, why) in [(0xc9, "a ping"), (0xc8, "a close"), (0xa1, "another bit"), (0xe1, "two bits")] {
        assert_eq!(refused(&said(head, &[])), Some(1002), "{why}");
    }
    assert_eq!(refused(&said(0xc1, b"\xff\xff\xff")), Some(1007), "what cannot be inflated");
}

#[test]
fn after_a_fault_nothing_is_understood() {
    let (mut assembly, mut held) = (assembly(false), [said(0x88, &[3]), said(0x81, b"hi")].concat());
    let fault = assembly.step(&mut held).unwrap_err();
    assert_eq!(assembly.step(&mut held), Err(fault));
}

#[test]
fn closing_codes_are_looked_at() {
    assert_eq!(hear(&said(0x88, b"")), [Step::Close(None)]);
    assert_eq!(hear(&said(0x88, &[0x03, 0xe8, b'o', b'k'])), [Step::Close(Some(1000))]);
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] {
        assert_eq!(fault(&said(0x88, &code.to_be_bytes())), 1002, "{code}");
    }
    for code in [1000_u16, 1003, 1007, 1011, 1014, 3000, 4999] {
        assert_eq!(hear(&said(0x88, &code.to_be_bytes())), [Step::Close(Some(code))]);
    }
    assert_eq!(fault(&said(0x88, &[3])), 1002);
    assert_eq!(fault(&said(0x88, &[0x03, 0xe8, 0xff])), 1007);
}

#[test]
fn a_message_of_the_greatest_size_is_taken_and_one_byte_more_is_not() {
    let most = vec![b'x'; limits::FRAME_BYTES_MAX];
    assert_eq!(hear(&said(0x81, &most)).len(), 1);
    assert_eq!(fault(&said(0x81, &[&most[..], b"x"].concat())), 1009);
    assert_eq!(fault(&[said(0x01, &most), said(0x80, b"x")].concat()), 1009, "over all its parts");
    // Judged by the head alone: nobody waits for an exabyte.
    assert_eq!(fault(&[0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 1009);
    assert!(frame::TOO_BIG.reason.contains(&limits::FRAME_BYTES_MAX.to_string()));
}

#[test]
fn what_inflates_to_more_than_the_greatest_size_is_not_taken() {
    let sent = |length: usize| {
        let frame = deflated(&encode(TEXT, &vec![b'x'; length]));
        said(0xc1, frame::payload(&frame))
    };
    assert!(sent(limits::FRAME_BYTES_MAX + 1).len() < 2_000, "it is small on its way");
    assert_eq!(hear_of(assembly(true), &[&sent(limits::FRAME_BYTES_MAX)]).0.len(), 1);
    for length in [limits::FRAME_BYTES_MAX + 1, 16 << 20] {
        let (steps, fault) = hear_of(assembly(true), &[&sent(length)]);
        assert_eq!((steps, fault), (vec![], Some(frame::TOO_BIG)), "{length} bytes");
    }
}

#[test]
fn a_length_is_written_in_the_shortest_way() {
    for head in [&[0x81, 0xfe, 0, 125][..], &[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff]] {
        assert_eq!(fault(head), 1002);
    }
    assert_eq!(fault(&[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1002, "64 bits");
    assert!(hear(&[0x81, 0xfe, 0, 126]).is_empty(), "the shortest way, and more is to come");
}

#[test]
fn text_that_is_none_is_not_waited_for() {
    // The head announces 100 bytes; the third of them cannot be.
    let frame = said(0x81, &[&[b'a', 0xce, 0x28][..], &[b'b'; 97]].concat());
    let (told, rest) = frame.split_at(6 + 3);
    assert_eq!(
        hear_of(assembly(false), &[&told[..8]]),
        (vec![], None),
        "until there it may become a character"
    );
    assert_eq!(fault(told), 1007);
    assert!(!rest.is_empty());
    // The same over two frames: a character may be cut in two, but not so.
    let (whole, broken) =
        ([said(0x01, &[0xc3]), said(0x00, &[0xb1])], [said(0x01, &[0xc3]), said(0x00, &[0x28])]);
    assert_eq!(hear_of(assembly(false), &[&whole.concat()]), (vec![], None));
    assert_eq!(fault(&broken.concat()), 1007);
}

/// A frame of any kind, right or wrong.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let heads = vec![0x81_u8, 0x01, 0x80, 0x00, 0x89, 0x8a, 0x88, 0x82, 0x02, 0xc1, 0x41, 0xc2, 0xf1];
    let payloads = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        ".{0,200}".prop_map(String::into_bytes),
        ".{0,200}".prop_map(|text| frame::payload(&deflated(&encode(TEXT, text.as_bytes()))).to_vec()),
    ];
    (prop::sample::select(heads), payloads).prop_map(|(head, payload)| said(head, &payload))
}

proptest! {
    /// Whatever comes, and however it is cut, the answer is the same, and nothing panics.
    #[test]
    fn where_bytes_are_cut_does_not_matter(
        frames in prop::collection::vec(anything(), 0..6),
        noise in prop::collection::vec(any::<u8>(), 0..16),
        cuts in prop::collection::vec(1_usize..64, 1..40),
        deflates in any::<bool>(),
    ) {
        let bytes = [frames.concat(), noise].concat();
        let mut parts = Vec::new();
        let (mut rest, mut cuts) = (&bytes[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (part, after) = rest.split_at((*cuts.next().expect("a cycle has no end")).min(rest.len()));
            parts.push(part);
            rest = after;
        }
        prop_assert_eq!(hear_of(assembly(deflates), &parts), hear_of(assembly(deflates), &[&bytes]));
    }

    /// A text in any number of frames, deflated or not, with pings between them, is the text; what we encode is what is read.
    #[test]
    fn a_text_in_parts_is_the_text(
        text in ".{0,600}",
        cuts in prop::collection::vec(any::<usize>(), 0..5),
        pings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..126), 0..4),
        deflate in any::<bool>(),
    ) {
        let plain = encode(TEXT, text.as_bytes());
        let sent = if deflate { deflated(&plain) } else { plain };
        let mut frames = said_in_parts(sent[0], frame::payload(&sent), &cuts);
        for (place, ping) in pings.iter().enumerate() {
            frames.insert((place * 2 + 1).min(frames.len() - 1).max(1).min(frames.len()), said(0x89, ping));
        }
        let (steps, fault) = hear_of(assembly(deflate), &[&frames.concat()]);
        prop_assert_eq!(fault, None);
        prop_assert_eq!(steps.len(), pings.len() + 1);
        prop_assert!(steps.contains(&Step::Text(text)));
        for ping in pings {
            prop_assert!(steps.contains(&Step::Ping(ping)));
        }
    }

    /// Bytes that are no text are told from text wherever frames are cut, and what comes before them does not help.
    #[test]
    fn what_is_no_text_is_refused_however_it_is_cut(
        before in ".{0,50}", wrong in prop::sample::select(vec![&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"]),
        cuts in prop::collection::vec(any::<usize>(), 0..5), deflate in any::<bool>(),
    ) {
        let plain: Bytes = encode(TEXT, &[before.as_bytes(), wrong].concat());
        let sent = if deflate { deflated(&plain) } else { plain };
        let frames = said_in_parts(sent[0], frame::payload(&sent), &cuts);
        let (steps, fault) = hear_of(assembly(deflate), &[&frames.concat()]);
        prop_assert_eq!((steps.len(), fault.map(|fault| fault.code)), (0, Some(1007)));
    }
}
