//! Object IDs: digests of the objects' content.

use std::fmt;

use sha1::Digest as _;

/// The hash algorithm of a repository's object IDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha1,
    Sha256,
}

/// The ID of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ObjectId {
    bytes: [u8; 32],
    algorithm: Length,
}

/// The number of bytes in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Length {
    Short,
    Long,
}

impl Algorithm {
    /// Number of bytes of an object ID.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Starts a digest.
    pub(super) fn start(self) -> Hasher {
        match self {
            Self::Sha1 => Hasher::Sha1(sha1::Sha1::new()),
            Self::Sha256 => Hasher::Sha256(sha2::Sha256::new()),
        }
    }

    /// Returns the ID of an object of this kind and content.
    pub(super) fn id_of(self, kind: &str, content: &[u8]) -> ObjectId {
        let mut hasher = self.start();
        hasher.update(format!("{kind} {}\0", content.len()).as_bytes());
        hasher.update(content);
        hasher.finish()
    }

    /// Parses an object ID in hexadecimal digits.
    pub(super) fn parse(self, digits: &[u8]) -> Option<ObjectId> {
        if digits.len() != 2 * self.len() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        ObjectId::new(&bytes[..self.len()])
    }
}

/// The value of a hexadecimal digit.
pub(super) fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// A digest in progress.
pub(super) enum Hasher {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    pub(super) fn finish(self) -> ObjectId {
        let mut bytes = [0; 32];
        let algorithm = match self {
            Self::Sha1(hasher) => {
                bytes[..20].copy_from_slice(&hasher.finalize());
                Length::Short
            }
            Self::Sha256(hasher) => {
                bytes.copy_from_slice(&hasher.finalize());
                Length::Long
            }
        };
        ObjectId { bytes, algorithm }
    }
}

impl ObjectId {
    /// Makes an ID of its bytes, of which there must be 20 or 32.
    pub(super) fn new(name: &[u8]) -> Option<Self> {
        let algorithm = match name.len() {
            20 => Length::Short,
            32 => Length::Long,
            _ => return None,
        };
        let mut bytes = [0; 32];
        bytes[..name.len()].copy_from_slice(name);
        Some(Self { bytes, algorithm })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self.algorithm {
            Length::Short => &self.bytes[..20],
            Length::Long => &self.bytes,
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_ids_are_those_of_git() {
        // IDs that `git hash-object` prints for an empty file and "hello\n".
        for (content, algorithm, name) in [
            (
                &b""[..],
                Algorithm::Sha1,
                "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
            ),
            (
                b"hello\n",
                Algorithm::Sha1,
                "ce013625030ba8dba906f756967f9e9ca394464a",
            ),
            (
                b"",
                Algorithm::Sha256,
                "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
            ),
        ] {
            let id = algorithm.id_of("blob", content);
            assert_eq!(id.to_string(), name);
            assert_eq!(algorithm.parse(name.as_bytes()), Some(id));
            assert_eq!(algorithm.parse(&name.as_bytes()[1..]), None);
        }
    }
}
