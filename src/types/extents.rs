//! Physical extents of files, for files that share their blocks.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Address space of physical block addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// A device, by its number.
    Device(u64),
    /// A file system, by its UUID, whose parts have device numbers of their
    /// own.
    FileSystem([u8; 16]),
}

/// A part of a file that is stored contiguously.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Its offset in the file.
    pub logical: u64,
    /// Its address in the [`Space`].
    pub physical: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// All extents of a file, in order. The gaps between them are holes.
///
/// Two files of one size whose extents are equal at some moment have the same
/// content at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extents {
    /// The address space of the extents.
    pub space: Space,
    /// The extents, at least one.
    pub pieces: Vec<Extent>,
}

/// The blocks that a file shares with other files or with a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedBlocks {
    /// Bytes of the file in such blocks, as far as known.
    pub bytes: u64,
    /// All extents of the file, if it shares all of its blocks and their
    /// addresses are those of the file's bytes.
    pub extents: Option<Extents>,
}

impl SharedBlocks {
    /// See [`Ends::hint`](super::Ends::hint).
    pub(crate) fn hint(&self) -> Option<u64> {
        self.extents.as_ref().map(Extents::hint)
    }

    /// The bytes that a file of this size shares. Its last block is counted as a
    /// whole by the system.
    pub(crate) fn bytes_of(&self, size: u64) -> u64 {
        self.bytes.min(size)
    }
}

impl Extents {
    /// A hash of the extents: equal for equal extents, and rarely for others.
    /// It is a hint that a comparison is worthwhile, and proves nothing.
    #[must_use]
    pub fn hint(&self) -> u64 {
        // Unkeyed, so that all processes compute the same value.
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_extents_have_different_hints() {
        let extents = |space, pieces: &[[u64; 3]]| Extents {
            space,
            pieces: pieces
                .iter()
                .map(|&[logical, physical, length]| Extent {
                    logical,
                    physical,
                    length,
                })
                .collect(),
        };
        let device = Space::Device(1);
        let one = extents(device, &[[0, 4096, 8192]]);
        assert_eq!(one.hint(), one.clone().hint());
        let others = [
            extents(Space::Device(2), &[[0, 4096, 8192]]),
            extents(Space::FileSystem([1; 16]), &[[0, 4096, 8192]]),
            extents(device, &[[4096, 4096, 8192]]),
            extents(device, &[[0, 8192, 8192]]),
            extents(device, &[[0, 4096, 4096]]),
            extents(device, &[[0, 4096, 4096], [4096, 8192, 4096]]),
        ];
        for other in others {
            assert_ne!(one, other);
            assert_ne!(one.hint(), other.hint(), "{other:?}");
        }
    }
}
