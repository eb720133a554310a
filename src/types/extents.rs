//! Where a file's bytes are stored, for files that share their blocks.

use std::hash::{DefaultHasher, Hash, Hasher};

/// What the addresses of blocks are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// A device, by its number.
    Device(u64),
    /// A file system of which parts have device numbers of their own, by its
    /// own name.
    FileSystem([u8; 16]),
}

/// A piece of a file that is stored in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Where in the file it begins.
    pub logical: u64,
    /// Where in the [`Space`] it begins.
    pub physical: u64,
    /// How many bytes it has.
    pub length: u64,
}

/// All that is stored of a file, in order. What lies between is holes.
///
/// Two files of one size for which this is equal at one moment hold the same
/// bytes at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extents {
    /// What the addresses mean.
    pub space: Space,
    /// The pieces, at least one.
    pub pieces: Vec<Extent>,
}

impl Extents {
    /// A number that is the same for equal extents, and mostly for those
    /// alone: it can say that it is worth looking, and proves nothing.
    #[must_use]
    pub fn hint(&self) -> u64 {
        // Without a key of its own, so that all processes agree.
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_differs_shows_in_the_hint() {
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
