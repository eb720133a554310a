//! Adaptive back-off: should the walk open files before their metadata is
//! known?

use std::sync::atomic::{AtomicU64, Ordering};

/// The file sizes that a walk has seen, one bit each.
pub(super) struct Sizes(Box<[AtomicU64]>);

impl Sizes {
    /// An empty set for sizes up to this one.
    pub(super) fn with_max(most: u64) -> Self {
        Self((0..=most / 64).map(|_| AtomicU64::new(0)).collect())
    }

    /// Adds a size, which must not exceed the maximum. Returns true if it was
    /// present before.
    pub(super) fn insert(&self, size: u64) -> bool {
        let bit = 1 << (size % 64);
        let word = &self.0[(size / 64) as usize];
        // Nearly always it is present: then nothing is written that other
        // threads share.
        word.load(Ordering::Relaxed) & bit != 0 || word.fetch_or(bit, Ordering::Relaxed) & bit != 0
    }
}

/// Score from which opening files pays off.
const OPEN_FROM: i32 = 64;

/// Maximum score, so that changing the decision takes no longer at the end of a
/// scan than at its beginning.
const MAX_SCORE: i32 = 256;

/// Number of misses in a row after which the pause stops growing.
const MAX_MISSES: u32 = 8;

/// Usefulness of opening the recent files.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    score: i32,
    misses: u32,
}

impl Backoff {
    /// Returns true if the next file is to be opened at once.
    pub(super) fn is_open(&self) -> bool {
        self.score >= OPEN_FROM
    }

    /// Records if opening a file was, or would have been, useful. Opening one
    /// in vain costs about as much as is saved by one that is read.
    pub(super) fn record(&mut self, useful: bool) {
        if useful && self.is_open() {
            self.misses = 0;
        }
        if useful {
            self.score = (self.score + 1).min(MAX_SCORE);
        } else if self.score > -MAX_SCORE {
            self.score -= 1;
        }
    }

    /// Records that a file was opened and could not be read yet. Each miss in a
    /// row doubles the number of other files until the next attempt.
    pub(super) fn record_miss(&mut self) {
        self.score = OPEN_FROM - (OPEN_FROM << self.misses);
        self.misses = (self.misses + 1).min(MAX_MISSES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records_until_open(backoff: &mut Backoff) -> usize {
        let mut tries = 0;
        while !backoff.is_open() {
            backoff.record(true);
            tries += 1;
        }
        tries
    }

    #[test]
    fn a_size_is_new_only_once() {
        let sizes = Sizes::with_max(128);
        for size in [0, 1, 63, 64, 128] {
            assert!(!sizes.insert(size), "{size}");
            assert!(sizes.insert(size), "{size}");
        }
        assert!(!sizes.insert(2));
    }

    #[test]
    fn opening_starts_and_stops_after_some_files() {
        let mut backoff = Backoff::default();
        assert_eq!(records_until_open(&mut backoff), OPEN_FROM as usize);
        for _ in 0..10_000 {
            backoff.record(true);
        }
        for _ in 0..MAX_SCORE - OPEN_FROM {
            assert!(backoff.is_open());
            backoff.record(false);
        }
        backoff.record(false);
        assert!(!backoff.is_open());
    }

    #[test]
    fn no_file_is_opened_if_only_half_are_useful() {
        let mut backoff = Backoff::default();
        for at in 0..10_000 {
            backoff.record(at % 2 == 0);
            assert!(!backoff.is_open(), "{at}");
        }
    }

    #[test]
    fn each_miss_in_a_row_doubles_the_pause() {
        let mut backoff = Backoff::default();
        records_until_open(&mut backoff);
        let mut pauses = Vec::new();
        for _ in 0..MAX_MISSES + 2 {
            backoff.record_miss();
            pauses.push(records_until_open(&mut backoff));
        }
        assert_eq!(pauses[..3], [64, 128, 256]);
        let longest = 64 << MAX_MISSES;
        assert_eq!(pauses[MAX_MISSES as usize..], [longest; 2]);
        // A file that is in memory after all resets that.
        backoff.record(true);
        backoff.record_miss();
        assert_eq!(records_until_open(&mut backoff), 64);
    }
}
