//! Segments of large files: the parts that are read in sequence, and the parts
//! that are read in parallel.
//!
//! BLAKE3 hashes a tree, so that an aligned part of a file has a value of its
//! own, and the values of all parts give the digest of the file. A file is read
//! window by window: the next window is only read of files that were equal so
//! far. So files that differ are dropped after at most twice the bytes up to
//! their first difference, and equal files are read once. Each window is cut
//! into segments, which may be read in any order, by different workers.
//!
//! ```text
//! windows    0─1─2───4───────8───────16───────────────32 ─ ─ MiB
//! segments  0─1─2───4───────8───────16───────24──────32 ─ ─
//! ```

use serde::{Deserialize, Serialize};

/// Length of the first window and of the second. Files of one size and with
/// equal ends mostly differ near the start (metadata, a time, a name), and
/// hashing 1 MiB takes some hundreds of microseconds, so that the cost of
/// opening the file again is negligible.
const FIRST: u64 = 1 << 20;

/// Maximum length of a segment, the unit of work of a worker: some
/// milliseconds.
const MAX_SEGMENT: u64 = 8 << 20;

/// Maximum length of a window, and so of the data read of a file beyond its
/// first difference. The segments of such a window of two files are enough
/// work for 32 workers.
const MAX_WINDOW: u64 = 128 << 20;

/// Minimum size of files that are read in segments. Another open and another
/// batch cost 10 to 15 microseconds per segment: 3 to 4 % on clones of 2 and 3
/// MiB that are in the cache, 2 % on clones of 8 MiB. Of 280 real files of at
/// least 1 MiB that shared size and ends with another file, 9 differed in
/// between, which is about the break-even point.
const SPLIT_LIMIT: u64 = 4 << 20;

/// A part of a file, aligned so that it is a subtree of the file's BLAKE3 tree:
/// a window, or a segment of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its offset in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

impl Segment {
    /// Returns true if a file of this size is worth reading in segments.
    #[must_use]
    pub(crate) fn is_worth_splitting(size: u64) -> bool {
        size >= SPLIT_LIMIT
    }

    /// The window at an offset of a file of this size. The offset is 0 or the
    /// end of another window.
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

    /// The offset of its end.
    #[must_use]
    pub fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// Returns true if a file of this size has this segment.
    #[must_use]
    pub(crate) fn is_of(self, size: u64) -> bool {
        // A segment that is all of the file would be the root of its tree.
        size > FIRST && Self::aligned(self.offset, size, MAX_SEGMENT) == Some(self)
    }

    /// The longest part at this offset that the alignment allows, since a
    /// subtree begins at a multiple of its length.
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
    fn segments_cover_their_window_and_are_valid() {
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
    fn misaligned_or_wrong_lengths_are_no_segments() {
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
