//! Which pieces of a large file are read one after the other, and which at
//! the same time.
//!
//! BLAKE3 hashes a tree, so that an aligned piece of a file has a value of its
//! own, and the values of all pieces give the digest of the file. A file is
//! read window by window: the next one is only read of files that were equal
//! so far, so that files which differ are dropped after at most twice the
//! bytes that told them apart, while those that are equal are read once. Each
//! window is cut into segments, which may be read in any order, by different
//! workers.
//!
//! ```text
//! windows    0─1─2───4───────8───────16───────────────32 ─ ─ MiB
//! segments  0─1─2───4───────8───────16───────24──────32 ─ ─
//! ```

use serde::{Deserialize, Serialize};

/// The first window and the second one hold this much. What sets files of one
/// size and equal ends apart is mostly near the head (metadata, a time, a
/// name), and 1 MiB takes some hundreds of microseconds to hash, beside which
/// opening the file another time is lost.
const FIRST: u64 = 1 << 20;

/// No segment is longer: it is what a worker does in one go, some
/// milliseconds.
const MAX_SEGMENT: u64 = 8 << 20;

/// No window is longer: so much is read of a file beyond its first
/// difference at most. Two files then still give work to 32 workers.
const MAX_WINDOW: u64 = 128 << 20;

/// From this size on files are read in segments. Another opening and another
/// batch cost 10 to 15 microseconds a segment: 3 to 4 % on clones of 2 and
/// 3 MiB that are in the cache, 2 % on clones of 8 MiB. Of 280 real files from
/// 1 MiB on that had company in size and ends, 9 differed in between, which
/// is about as much as it takes to gain that back here.
const SPLIT_LIMIT: u64 = 4 << 20;

/// A piece of a file, aligned so that it is a subtree of the file's BLAKE3
/// tree: a window, or a segment of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Where it begins.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

impl Segment {
    /// Whether it pays to read a file of this size in segments.
    #[must_use]
    pub fn is_worth_splitting(size: u64) -> bool {
        size >= SPLIT_LIMIT
    }

    /// The window of a file of this size that begins where another one ends,
    /// or at 0.
    #[must_use]
    pub fn window(offset: u64, size: u64) -> Option<Self> {
        Self::aligned(offset, size, MAX_WINDOW)
    }

    /// The segments of a window, in order.
    pub fn segments(self) -> impl Iterator<Item = Self> {
        let mut at = self.offset;
        std::iter::from_fn(move || {
            let next = Self::aligned(at, self.end(), MAX_SEGMENT)?;
            at = next.end();
            Some(next)
        })
    }

    /// Where it ends.
    #[must_use]
    pub fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// Whether a file of this size has this segment.
    #[must_use]
    pub fn is_of(self, size: u64) -> bool {
        // A segment that is all of the file would be the root of its tree.
        size > FIRST && Self::aligned(self.offset, size, MAX_SEGMENT) == Some(self)
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

    fn windows(size: u64) -> Vec<Segment> {
        let mut at = 0;
        std::iter::from_fn(|| {
            let next = Segment::window(at, size)?;
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
            for segment in windows(size).into_iter().flat_map(Segment::segments) {
                assert_eq!(segment.offset, at);
                assert!(segment.is_of(size), "{segment:?} of {size}");
                assert!(segment.length <= MAX_SEGMENT);
                at = segment.end();
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
            let segment = Segment { offset, length };
            assert_eq!(segment.is_of(size), is, "{segment:?}");
        }
        let all = Segment {
            offset: 0,
            length: MIB,
        };
        assert!(!all.is_of(MIB), "the root of a tree is no subtree");
        const { assert!(SPLIT_LIMIT > FIRST) };
    }
}
