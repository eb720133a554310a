//! Work that is known to be needed and not yet dispatched.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::types::FileIdx;

/// Maximum number of files in one batch. A batch costs its allocations and two
/// channel transfers, about as much as a file; beyond some tens that is lost in
/// the noise, while the end of a scan would wait for the longest batch.
const BATCH_FILES: usize = 64;

/// A batch is closed once its files hold this many bytes.
const BATCH_BYTES: u64 = 2 << 20;

/// Files of one size are added to a batch until it has this many bytes, which
/// still are some milliseconds of work.
const MAX_BYTES: u64 = 4 * BATCH_BYTES;

/// Files waiting for their partial or full hash.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// In the order of the walk: files of one directory stay together.
    partial: VecDeque<FileIdx>,
    /// Largest first, so that the longest reads start early and the end of the
    /// scan consists of short ones; then in insertion order.
    full: BinaryHeap<(u64, Reverse<FileIdx>)>,
}

impl Queue {
    pub(super) fn push_partial(&mut self, file: FileIdx) {
        self.partial.push_back(file);
    }

    pub(super) fn push_full(&mut self, file: FileIdx, size: u64) {
        self.full.push((size, Reverse(file)));
    }

    pub(super) fn len(&self) -> usize {
        self.partial.len() + self.full.len()
    }

    /// Returns the next files to hash in full.
    pub(super) fn pop_full(&mut self) -> Vec<FileIdx> {
        let mut batch = Vec::new();
        let (mut bytes, mut last) = (0, 0);
        while bytes < BATCH_BYTES
            && batch.len() < BATCH_FILES
            && let Some((size, Reverse(file))) = self.full.pop()
        {
            bytes = size.saturating_add(bytes);
            batch.push(file);
            last = size;
        }
        // Those of one size are probably equal, and cheaper together.
        while batch.len() < BATCH_FILES
            && let Some((size, Reverse(file))) = self.full.peek().copied()
            && size == last
            && size.saturating_add(bytes) <= MAX_BYTES
        {
            self.full.pop();
            bytes += size;
            batch.push(file);
        }
        batch
    }

    /// Returns the next files to hash in part, divided among `workers`.
    pub(super) fn pop_partial(&mut self, workers: usize) -> Vec<FileIdx> {
        let share = self.partial.len().div_ceil(workers.max(1));
        let count = share.min(BATCH_FILES);
        self.partial.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_hashes_start_with_the_largest() {
        let mut queue = Queue::default();
        for (file, size) in [(0, 10), (1, BATCH_BYTES), (2, 10), (3, 20)] {
            queue.push_full(FileIdx(file), size);
        }
        assert_eq!(queue.pop_full(), [FileIdx(1)]);
        assert_eq!(queue.pop_full(), [FileIdx(3), FileIdx(0), FileIdx(2)]);
        assert_eq!(queue.pop_full(), []);
    }

    #[test]
    fn files_of_one_size_go_together() {
        let mut queue = Queue::default();
        for file in 0..6 {
            queue.push_full(FileIdx(file), BATCH_BYTES);
        }
        // Too large to wait for one another.
        queue.push_full(FileIdx(9), MAX_BYTES);
        queue.push_full(FileIdx(10), MAX_BYTES);
        queue.push_full(FileIdx(6), BATCH_BYTES - 1);
        queue.push_full(FileIdx(7), BATCH_BYTES - 1);
        queue.push_full(FileIdx(8), 1);
        assert_eq!(queue.pop_full(), [FileIdx(9)]);
        assert_eq!(queue.pop_full(), [FileIdx(10)]);
        assert_eq!(queue.pop_full(), [0, 1, 2, 3].map(FileIdx));
        assert_eq!(queue.pop_full(), [4, 5].map(FileIdx));
        assert_eq!(queue.pop_full(), [6, 7].map(FileIdx));
        assert_eq!(queue.pop_full(), [FileIdx(8)]);
    }

    #[test]
    fn partial_hashes_are_divided_in_order() {
        let mut queue = Queue::default();
        for file in 0..5 {
            queue.push_partial(FileIdx(file));
        }
        assert_eq!(queue.pop_partial(2), [FileIdx(0), FileIdx(1), FileIdx(2)]);
        assert_eq!(queue.pop_partial(2), [FileIdx(3)]);
        assert_eq!(queue.pop_partial(2), [FileIdx(4)]);
        assert_eq!(queue.pop_partial(2), []);
    }

    #[test]
    fn no_batch_exceeds_the_limits() {
        let mut queue = Queue::default();
        for file in 0..1000 {
            queue.push_partial(FileIdx(file));
            queue.push_full(FileIdx(file), 1);
        }
        assert_eq!(queue.pop_partial(1).len(), BATCH_FILES);
        assert_eq!(queue.pop_full().len(), BATCH_FILES);
    }
}
