use super::*;
use crate::websocket::frame::TEXT;
use proptest::prelude::*;

const ROOM_FOR_ALL: usize = 1 << 20;

#[test]
fn the_examples_of_the_standard_are_understood() {
    let inflate = |bytes: &[u8]| inflate(bytes.to_vec(), 100);
    for hello in [
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], // 7.2.3.1
        &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00], // 7.2.3.3, not compressed
        &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], // 7.2.3.4, a last block
        &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00], // 7.2.3.5, two blocks
    ] {
        assert_eq!(inflate(hello), Ok(b"Hello".to_vec()), "{hello:02x?}");
    }
    assert_eq!(inflate(&[0x00]), Ok(vec![]), "7.2.3.6, nothing");
}

#[test]
fn what_is_cut_short_or_broken_is_refused() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    for length in 0..hello.len() - 1 {
        assert_eq!(
            inflate(hello[..length].to_vec(), 100).map_err(|fault| fault.code),
            Err(1007),
            "{length} bytes"
        );
    }
    // A second message that refers to the first, as with a context that is taken over (7.2.3.2).
    assert_eq!(inflate(vec![0xf2, 0x00, 0x11, 0x00, 0x00], 100).map_err(|fault| fault.code), Err(1007));
}

#[test]
fn what_does_not_get_shorter_goes_as_it_is() {
    let seed = std::iter::successors(Some(7_u64), |n| Some(n.wrapping_mul(6_364_136_223_846_793_005) + 1));
    let noise: Vec<u8> = seed.take(1_000).map(|n| (n >> 56) as u8).collect();
    let plain = frame::encode(TEXT, &noise);
    assert_eq!(deflated(&plain), plain);
    let plain = frame::encode(TEXT, &[b'x'; 1_000]);
    assert!(deflated(&plain).len() < 30);
}

#[test]
fn a_message_says_nothing_of_the_one_before() {
    let frames = ["ada ada ada ada, and who else?", "bob"].map(|text| frame::text(&text.repeat(20)));
    let alone = deflated(&frames[1]);
    deflated(&frames[0]);
    assert_eq!(deflated(&frames[1]), alone);
}

proptest! {
    #[test]
    fn what_is_deflated_comes_back_as_it_was(bytes in prop::collection::vec(0_u8..20, 0..20_000)) {
        let plain = frame::encode(TEXT, &bytes);
        let sent = deflated(&plain);
        prop_assert!(sent.len() <= plain.len());
        if sent[0] & DEFLATED != 0 {
            prop_assert_eq!(inflate(frame::payload(&sent).to_vec(), ROOM_FOR_ALL), Ok(bytes));
        } else {
            prop_assert_eq!(sent, plain);
        }
    }

    /// Noise neither panics nor hangs nor takes more than its bound.
    #[test]
    fn noise_is_refused_or_bounded(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        if let Ok(out) = inflate(bytes, 10_000) {
            prop_assert!(out.len() <= 10_000);
        }
    }
}
