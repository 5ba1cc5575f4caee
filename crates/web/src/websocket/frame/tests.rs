use super::*;
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

fn hear(bytes: &[u8]) -> Result<Vec<Step>, Fault> {
    let (mut assembly, mut held, mut steps) = (Assembly::default(), bytes.to_vec(), Vec::new());
    while let Some(step) = assembly.step(&mut held)? {
        steps.push(step);
    }
    Ok(steps)
}

fn fault(bytes: &[u8]) -> u16 {
    hear(bytes).unwrap_err().code
}

#[test]
fn the_example_of_the_standard_is_understood() {
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(hear(&hello).unwrap(), [Step::Text("Hello".into())]);
    assert_eq!(&encode(TEXT, b"Hello")[..], [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
}

#[test]
fn a_message_in_parts_is_put_together_around_a_ping() {
    let bytes = [said(0x01, b"cura"), said(0x89, b"?"), said(0x00, b"cao"), said(0x80, b"!")].concat();
    assert_eq!(hear(&bytes).unwrap(), [Step::Ping(b"?".to_vec()), Step::Text("curacao!".into())]);
}

#[test]
fn what_the_standard_forbids_ends_the_socket() {
    let mut bare = said(0x81, b"hi");
    bare[1] &= 0x7f;
    assert_eq!(fault(&bare), 1002, "a frame without a mask");
    for (head, why) in
        [(0xc1, "a reserved bit"), (0x83, "a reserved opcode"), (0x80, "a continuation of nothing")]
    {
        assert_eq!(fault(&said(head, b"hi")), 1002, "{why}");
    }
    assert_eq!(fault(&said(0x09, b"")), 1002, "a ping in parts");
    assert_eq!(fault(&said(0x89, &[b'x'; 126])), 1002, "a long ping");
    assert_eq!(fault(&[said(0x01, b"a"), said(0x81, b"b")].concat()), 1002, "a message within a message");
    assert_eq!(fault(&said(0x82, b"\0")), 1003, "binary data");
    assert_eq!(fault(&said(0x81, &[0xff])), 1007, "text that is not UTF-8");
}

#[test]
fn closing_codes_are_looked_at() {
    assert_eq!(hear(&said(0x88, b"")).unwrap(), [Step::Close]);
    assert_eq!(hear(&said(0x88, &[0x03, 0xe8, b'o', b'k'])).unwrap(), [Step::Close]);
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
        assert_eq!(fault(&said(0x88, &code.to_be_bytes())), 1002, "{code}");
    }
    assert_eq!(fault(&said(0x88, &[3])), 1002);
    assert_eq!(fault(&said(0x88, &[0x03, 0xe8, 0xff])), 1007);
}

#[test]
fn a_message_of_the_greatest_size_is_taken_and_one_byte_more_is_not() {
    let most = vec![b'x'; limits::FRAME_BYTES_MAX];
    assert_eq!(hear(&said(0x81, &most)).unwrap().len(), 1);
    assert_eq!(fault(&said(0x81, &[&most[..], b"x"].concat())), 1009);
    assert_eq!(fault(&[said(0x01, &most), said(0x80, b"x")].concat()), 1009, "over all its parts");
    // Judged by the head alone: nobody waits for an exabyte.
    assert_eq!(fault(&[0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 1009);
}

#[test]
fn a_long_reason_is_cut_at_a_character() {
    let frame = close(1008, &"ñ".repeat(100));
    assert_eq!(frame.len(), 2 + 124);
    assert!(std::str::from_utf8(&frame[4..]).is_ok());
}

proptest! {
    /// Whatever comes, and however it is cut, the answer is the same, and nothing panics.
    #[test]
    fn where_bytes_are_cut_does_not_matter(
        heads in prop::collection::vec((prop::sample::select(vec![0x81_u8, 0x01, 0x80, 0x00, 0x89, 0x8a, 0x88, 0x82, 0xf1]), prop::collection::vec(any::<u8>(), 0..200)), 0..6),
        noise in prop::collection::vec(any::<u8>(), 0..8),
        cuts in prop::collection::vec(1_usize..64, 1..40),
    ) {
        let mut bytes: Vec<u8> = heads.iter().flat_map(|(head, payload)| said(*head, payload)).collect();
        bytes.extend(noise);
        let whole = hear(&bytes);
        let (mut assembly, mut held, mut steps) = (Assembly::default(), Vec::new(), Vec::new());
        let mut ending = Ok(());
        let (mut rest, mut cuts) = (&bytes[..], cuts.iter().cycle());
        'cutting: while !rest.is_empty() {
            let (part, after) = rest.split_at((*cuts.next().expect("a cycle has no end")).min(rest.len()));
            rest = after;
            held.extend_from_slice(part);
            loop {
                match assembly.step(&mut held) {
                    Ok(Some(step)) => steps.push(step),
                    Ok(None) => break,
                    Err(fault) => { ending = Err(fault); break 'cutting; }
                }
            }
        }
        match whole {
            Ok(expected) => prop_assert_eq!((steps, ending), (expected, Ok(()))),
            Err(fault) => prop_assert_eq!(ending, Err(fault)),
        }
    }

    /// What we send is what a client reads: an independent client's codec is asked in the end-to-end tests; here, our own.
    #[test]
    fn text_comes_back_as_it_was(text in ".{0,300}") {
        prop_assert_eq!(hear(&said(0x81, text.as_bytes())).unwrap(), [Step::Text(text)]);
    }
}
