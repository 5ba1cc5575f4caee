//! What a client offers of `permessage-deflate`, and what of it is agreed on (RFC 7692, 5 and 7.1).

/// Messages may be deflated, each for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agreement {
    /// How far back a client can look, as a power of two, when it said so.
    window_bits: Option<u8>,
}

/// The farthest that deflated bytes refer back, as a power of two.
const WINDOW_BITS_MAX: u8 = 15;

impl Agreement {
    /// The first offer that can be taken, of those in the `Sec-WebSocket-Extensions` headers.
    pub fn choose<'h>(headers: impl Iterator<Item = &'h str>) -> Option<Self> {
        headers.flat_map(|header| header.split(',')).find_map(Self::read)
    }

    /// An offer; `None` when it is for something else, or asks for what nobody knows (RFC 7692, 7.1: it is declined).
    fn read(offer: &str) -> Option<Self> {
        let mut words = offer.split(';').map(str::trim);
        if words.next() != Some("permessage-deflate") {
            return None;
        }
        let (mut agreement, mut known) = (Self { window_bits: None }, Vec::new());
        for word in words {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
                None => (word, None),
            };
            match (name, value) {
                // Nothing is taken over from one message to the next anyway.
                (
                    "server_no_context_takeover" | "client_no_context_takeover" | "client_max_window_bits",
                    None,
                ) => {}
                ("client_max_window_bits", Some(value)) => drop(bits(value)?),
                ("server_max_window_bits", Some(value)) => agreement.window_bits = Some(bits(value)?),
                _ => return None,
            }
            if known.contains(&name) {
                return None;
            }
            known.push(name);
        }
        Some(agreement)
    }

    /// What the client is answered.
    pub fn answer(self) -> String {
        let answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        match self.window_bits {
            Some(bits) => format!("{answer}; server_max_window_bits={bits}"),
            None => answer.to_owned(),
        }
    }

    /// Bytes of the longest frame that is deflated for this client. What is no longer than its window cannot refer farther
    /// back; so the frames are the same for every client, and one with a small window gets the long ones as they are.
    pub fn deflated_bytes_max(self) -> usize {
        match self.window_bits {
            None | Some(WINDOW_BITS_MAX) => usize::MAX,
            Some(bits) => 1 << bits,
        }
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// Bits of a window: 8 to 15, without leading zeros.
fn bits(value: &str) -> Option<u8> {
    (8..=WINDOW_BITS_MAX).find(|bits| bits.to_string() == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_taken_or_declined_as_a_whole() {
        let answer = |offer: &str| Agreement::choose([offer].into_iter()).map(Agreement::answer);
        let agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        for offer in [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate;client_max_window_bits=10 ; server_no_context_takeover",
            "permessage-bzip2, permessage-deflate; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=16, permessage-deflate",
        ] {
            assert_eq!(answer(offer).as_deref(), Some(agreed), "{offer}");
        }
        for offer in [
            "",
            "x-webkit-deflate-frame",
            "permessage-deflate; level=9",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=09",
            "permessage-deflate; client_max_window_bits=1",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
        ] {
            assert_eq!(answer(offer), None, "{offer}");
        }
        let small = format!("{agreed}; server_max_window_bits=10");
        for offer in [
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=\"10\"",
        ] {
            assert_eq!(answer(offer).as_ref(), Some(&small), "{offer}");
        }
    }

    #[test]
    fn a_small_window_gets_long_frames_as_they_are() {
        let most = |offer: &str| Agreement::choose([offer].into_iter()).map(Agreement::deflated_bytes_max);
        assert_eq!(most("permessage-deflate; server_max_window_bits=10"), Some(1024));
        assert_eq!(most("permessage-deflate; server_max_window_bits=15"), Some(usize::MAX));
        assert_eq!(most("permessage-deflate"), Some(usize::MAX));
    }
}
