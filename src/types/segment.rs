//! Which pieces of a large file are read one after the other, and which at
//! the same time.
//!
//! BLAKE3 hashes a tree, so that an aligned piece of a file has a value of its
//! own, and the values of all pieces give the digest of the file. A file is
//! read window by window: the next one is only read of files that were equal
//! so far, so that files which differ are dropped after at most twice the
//! bytes that told them apart, while those that are equal are read once. Each
//! window is cut into stretches, which may be read in any order, by different
//! workers.
//!
//! ```text
//! windows    0─1─2───4───────8───────16───────────────32 ─ ─ MiB
//! stretches  0─1─2───4───────8───────16───────24──────32 ─ ─
//! ```

use serde::{Deserialize, Serialize};

/// The first window and the second one hold this much. What sets files of one
/// size and equal ends apart is mostly near the head (metadata, a time, a
/// name), and 1 MiB takes some hundreds of microseconds to hash, beside which
/// opening the file another time is lost.
const FIRST: u64 = 1 << 20;

/// No stretch is longer: it is what a worker does in one go, some
/// milliseconds.
const LONGEST_STRETCH: u64 = 8 << 20;

/// No window is longer: so much is read of a file beyond its first
/// difference at most. Two files then still give work to 32 workers.
const LONGEST_WINDOW: u64 = 128 << 20;

/// From this size on files are read in stretches. Another opening and another
/// batch cost 10 to 15 microseconds a stretch: 3 to 4 % on twins of 2 and
/// 3 MiB that are in the cache, 2 % on twins of 8 MiB. Of 280 real files from
/// 1 MiB on that had company in size and ends, 9 differed in between, which
/// is about as much as it takes to gain that back here.
const WORTH_CUTTING: u64 = 4 << 20;

/// A piece of a file, aligned so that it is a subtree of the file's BLAKE3
/// tree: a window, or a stretch of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Where it begins.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

impl Stretch {
    /// Whether it pays to read a file of this size in stretches.
    #[must_use]
    pub fn worth_cutting(size: u64) -> bool {
        size >= WORTH_CUTTING
    }

    /// The window of a file of this size that begins where another one ends,
    /// or at 0.
    #[must_use]
    pub fn window(offset: u64, size: u64) -> Option<Self> {
        Self::aligned(offset, size, LONGEST_WINDOW)
    }

    /// The stretches of a window, in order.
    pub fn stretches(self) -> impl Iterator<Item = Self> {
        let mut at = self.offset;
        std::iter::from_fn(move || {
            let next = Self::aligned(at, self.end(), LONGEST_STRETCH)?;
            at = next.end();
            Some(next)
        })
    }

    /// Where it ends.
    #[must_use]
    pub fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// Whether a file of this size has this stretch.
    #[must_use]
    pub fn is_of(self, size: u64) -> bool {
        // A stretch that is all of the file would be the root of its tree.
        size > FIRST && Self::aligned(self.offset, size, LONGEST_STRETCH) == Some(self)
    }

    /// What begins at this offset: as long as the offset is aligned, since
    /// a subtree begins at a multiple of its length.
    fn aligned(offset: u64, size: u64, longest: u64) -> Option<Self> {
        let length = match offset {
            0 => FIRST,
            _ => 1 << offset.trailing_zeros(),
        };
        let rest = size.checked_sub(offset).filter(|&rest| rest > 0)?;
        (length >= FIRST).then(|| Self {
            offset,
            length: length.min(longest).min(rest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn windows(size: u64) -> Vec<Stretch> {
        let mut at = 0;
        std::iter::from_fn(|| {
            let next = Stretch::window(at, size)?;
            at = next.end();
            Some(next)
        })
        .collect()
    }

    #[test]
    fn windows_double_up_to_the_longest_and_cover_the_file() {
        let lengths = |size| -> Vec<u64> { windows(size).iter().map(|w| w.length).collect() };
        let mib = |mib: &[u64]| -> Vec<u64> { mib.iter().map(|mib| mib * MIB).collect() };
        assert_eq!(lengths(2 * MIB), mib(&[1, 1]));
        assert_eq!(lengths(7 * MIB), mib(&[1, 1, 2, 3]));
        assert_eq!(
            lengths(700 * MIB),
            mib(&[1, 1, 2, 4, 8, 16, 32, 64, 128, 128, 128, 128, 60])
        );
        assert_eq!(lengths(8 * MIB + 1).last(), Some(&1));
        for size in [1, MIB, 3 * MIB + 7, (1 << 32) + 5] {
            assert_eq!(lengths(size).iter().sum::<u64>(), size);
        }
    }

    #[test]
    fn stretches_cover_their_window_and_are_of_the_file() {
        for size in [MIB + 1, 2 * MIB, 20 * MIB - 1, 41 * MIB + 1, 300 * MIB] {
            let mut at = 0;
            for stretch in windows(size).into_iter().flat_map(Stretch::stretches) {
                assert_eq!(stretch.offset, at);
                assert!(stretch.is_of(size), "{stretch:?} of {size}");
                assert!(stretch.length <= LONGEST_STRETCH);
                at = stretch.end();
            }
            assert_eq!(at, size);
        }
    }

    #[test]
    fn nothing_else_is_a_stretch() {
        let size = 40 * MIB;
        let table = [
            (0, MIB, true),
            (0, MIB - 1, false),
            (0, 2 * MIB, false),
            (1, MIB, false),
            (MIB / 2, MIB / 2, false),
            (3 * MIB, MIB, true),
            (16 * MIB, 8 * MIB, true),
            (16 * MIB, 16 * MIB, false),
            (32 * MIB, 0, false),
            (size, 0, false),
            (64 * MIB, 8 * MIB, false),
            (u64::MAX, u64::MAX, false),
        ];
        for (offset, length, is) in table {
            let stretch = Stretch { offset, length };
            assert_eq!(stretch.is_of(size), is, "{stretch:?}");
        }
        let all = Stretch {
            offset: 0,
            length: MIB,
        };
        assert!(!all.is_of(MIB), "the root of a tree is no subtree");
        const { assert!(WORTH_CUTTING > FIRST) };
    }
}
