//! Digests of any supported length as one small value.

use std::fmt;

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
        for byte in self.as_bytes() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_keeps_leading_zeros_and_order() {
        assert_eq!(Digest::new(&[0x00, 0x0f, 0xf0]).to_string(), "000ff0");
    }

    #[test]
    fn length_is_part_of_equality() {
        assert_ne!(Digest::new(&[1, 0]), Digest::new(&[1]));
    }
}
