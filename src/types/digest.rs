//! Digests of any supported length in one small value.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bytes::{self, FromBytes};

/// The digest of some bytes, at most 256 bits.
///
/// Digests of different lengths are never equal, whatever their padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    bytes: [u8; Digest::MAX_LEN],
    len: u8,
}

impl Digest {
    /// The longest digest that fits, in bytes (BLAKE3's 256 bits).
    pub const MAX_LEN: usize = 32;

    /// Wraps the output of a hash algorithm.
    ///
    /// # Panics
    ///
    /// If `bytes` is longer than [`Digest::MAX_LEN`]: no algorithm of this
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

    /// The bytes of the digest, in the algorithm's length.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Parse error of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseDigestError {
    /// It contains a character that is not a hexadecimal digit.
    #[error("it is not hexadecimal")]
    NotHex,
    /// No algorithm has digests of this length.
    #[error("it has {0} digits, and digests have 64 (blake3) or 32 (xxh3, md5)")]
    Length(usize),
}

impl Digest {
    /// Parses hexadecimal digits of either case, in the length of a supported
    /// algorithm.
    ///
    /// # Errors
    ///
    /// If the text is no such digest.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseDigestError> {
        let digits = text.bytes().map(|byte| char::from(byte).to_digit(16));
        let digits: Option<Vec<u32>> = digits.collect();
        let digits = digits.ok_or(ParseDigestError::NotHex)?;
        if ![32, 64].contains(&digits.len()) {
            return Err(ParseDigestError::Length(digits.len()));
        }
        // Two digits of four bits make a byte.
        let bytes = digits
            .chunks_exact(2)
            .map(|pair| (pair[0] << 4 | pair[1]) as u8);
        Ok(Self::new(&bytes.collect::<Vec<_>>()))
    }
}

/// Lower-case hexadecimal, two digits per byte.
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

/// Serializes the digest without its padding.
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
    fn serialized_form_has_no_padding_and_a_maximum_length() {
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
    fn parsing_accepts_only_the_printed_form_in_either_case() {
        for length in [16, 32] {
            let digest = Digest::new(&(0..length).map(|n| n * 7).collect::<Vec<u8>>());
            let text = digest.to_string();
            assert_eq!(Digest::parse(&text), Ok(digest));
            assert_eq!(Digest::parse(&text.to_uppercase()), Ok(digest));
            let short = &text[1..];
            assert_eq!(
                Digest::parse(short),
                Err(ParseDigestError::Length(short.len()))
            );
            let wrong = text.replacen('0', "g", 1);
            assert_eq!(Digest::parse(&wrong), Err(ParseDigestError::NotHex));
        }
        assert_eq!(Digest::parse(""), Err(ParseDigestError::Length(0)));
        assert_eq!(
            Digest::parse(&"\u{e9}".repeat(16)),
            Err(ParseDigestError::NotHex)
        );
        assert_eq!(
            Digest::parse(&"+1".repeat(16)),
            Err(ParseDigestError::NotHex)
        );
    }

    #[test]
    fn length_is_part_of_equality() {
        assert_ne!(Digest::new(&[1, 0]), Digest::new(&[1]));
    }
}
