//! Digests of any supported length as one small value.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bytes::{self, FromBytes};

/// The digest of some bytes, at most 256 bits.
///
/// Two digests are equal only if their lengths are equal too, so digests of
/// different algorithms never compare as a match by accident of padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    bytes: [u8; Digest::MAX_LEN],
    len: u8,
}

impl Digest {
    /// The longest digest that fits, in bytes (BLAKE3's 256 bits).
    pub const MAX_LEN: usize = 32;

    /// Wraps the bytes a hash algorithm put out.
    ///
    /// # Panics
    ///
    /// When `bytes` is longer than [`Digest::MAX_LEN`]: no algorithm of this
    /// crate makes such a digest.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        assert!(bytes.len() <= Self::MAX_LEN, "digest longer than 256 bits");
        let mut digest = Self {
            bytes: [0; Self::MAX_LEN],
            len: bytes.len() as u8,
        };
        digest.bytes[..bytes.len()].copy_from_slice(bytes);
        digest
    }

    /// The digest's bytes, as long as the algorithm made them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Lower-case hexadecimal, two digits a byte.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 2 * Self::MAX_LEN];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.as_bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        let text = &text[..2 * self.as_bytes().len()];
        f.write_str(std::str::from_utf8(text).unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// As long as the algorithm made it: the padding does not travel.
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(self.as_bytes(), serializer)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_bytes(FromBytes(|bytes| {
            (bytes.len() <= Self::MAX_LEN).then(|| Self::new(bytes))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_without_its_padding_and_never_too_long() {
        for length in [0, 1, 16, Digest::MAX_LEN] {
            let digest = Digest::new(&[0xff].repeat(length));
            let sent = postcard::to_allocvec(&digest).unwrap();
            assert_eq!(sent.len(), 1 + length);
            assert_eq!(postcard::from_bytes::<Digest>(&sent).unwrap(), digest);
        }
        let sent = postcard::to_allocvec(&vec![0_u8; Digest::MAX_LEN + 1]).unwrap();
        assert!(postcard::from_bytes::<Digest>(&sent).is_err());
    }

    #[test]
    fn hex_keeps_leading_zeros_and_order() {
        assert_eq!(Digest::new(&[0x00, 0x0f, 0xf0]).to_string(), "000ff0");
    }

    #[test]
    fn length_is_part_of_equality() {
        assert_ne!(Digest::new(&[1, 0]), Digest::new(&[1]));
    }
}
