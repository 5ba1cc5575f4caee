//! What browsers keep for us and may neither read nor change: encrypted and signed (AES-256-GCM) with the server's secret key.
//!
//! Processes that share the key open each other's seals. The surprising part: nothing is remembered here, so somebody may bring an
//! older seal back; what is sealed must bear that.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};

/// A key that seals and opens.
pub(crate) struct Seal {
    key: LessSafeKey,
    purpose: &'static [u8],
}

impl Seal {
    /// The key for one purpose (RFC 5869): what is sealed for another cannot be opened with it.
    pub fn new(secret: &str, purpose: &'static str) -> Self {
        let random = Salt::new(HKDF_SHA256, b"tertulia").extract(secret.as_bytes());
        let info = [purpose.as_bytes()];
        let key =
            random.expand(&info, &AES_256_GCM).expect("a key of 32 bytes is within the bound of RFC 5869");
        Self { key: LessSafeKey::new(UnboundKey::from(key)), purpose: purpose.as_bytes() }
    }

    /// Seals bytes as text that fits into a cookie.
    pub fn seal(&self, content: &[u8]) -> String {
        let mut nonce = [0; NONCE_LEN];
        app::World::randomize(&app::SystemWorld, &mut nonce);
        let mut sealed = content.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.purpose),
                &mut sealed,
            )
            .expect("what fits into memory is shorter than the bound of AES-GCM");
        URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    /// Opens what was sealed with the same key; `None` for anything else.
    pub fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        Some(self.key.open_in_place(nonce, Aad::from(self.purpose), &mut rest).ok()?.to_vec())
    }

    /// Bytes of the text that so many bytes become.
    pub fn length(content: usize) -> usize {
        ((content + NONCE_LEN + AES_256_GCM.tag_len()) * 4).div_ceil(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_purpose_opens_a_seal_and_nothing_in_it_can_be_changed() {
        let seal = Seal::new("a secret", "guests");
        let sealed = seal.seal(b"hello");
        assert_eq!(sealed.len(), Seal::length(5));
        assert_eq!(Seal::new("a secret", "guests").open(&sealed).as_deref(), Some(&b"hello"[..]));
        assert_eq!(Seal::new("another", "guests").open(&sealed), None);
        assert_eq!(Seal::new("a secret", "others").open(&sealed), None);
        for at in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(seal.open(&String::from_utf8(forged).unwrap()), None, "at {at}");
            assert_eq!(seal.open(&sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn the_same_words_never_look_the_same() {
        let seal = Seal::new("a secret", "guests");
        assert_ne!(seal.seal(b"hello"), seal.seal(b"hello"));
    }
}
