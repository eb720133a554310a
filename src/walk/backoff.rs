//! Adaptive back-off: should the walk open files before their metadata is
//! known?

use std::sync::atomic::{AtomicU64, Ordering};

/// The file sizes that a walk has seen, one bit each.
pub(super) struct Sizes(Box<[AtomicU64]>);

impl Sizes {
    /// An empty set for sizes up to this one.
    pub(super) fn up_to(most: u64) -> Self {
        Self((0..=most / 64).map(|_| AtomicU64::new(0)).collect())
    }

    /// Adds a size, which must not exceed the maximum. Returns true if it was
    /// present before.
    pub(super) fn meet(&self, size: u64) -> bool {
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
const MOST: i32 = 256;

/// Number of misses in a row after which the pause stops growing.
const MAX_MISSES: u32 = 8;

/// Usefulness of opening the recent files.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    points: i32,
    misses: u32,
}

impl Backoff {
    /// Returns true if the next file is to be opened at once.
    pub(super) fn is_open(&self) -> bool {
        self.points >= OPEN_FROM
    }

    /// Records if opening a file was, or would have been, useful. Opening one
    /// in vain costs about as much as is saved by one that is read.
    pub(super) fn tell(&mut self, useful: bool) {
        if useful && self.is_open() {
            self.misses = 0;
        }
        if useful {
            self.points = (self.points + 1).min(MOST);
        } else if self.points > -MOST {
            self.points -= 1;
        }
    }

    /// Records that a file was opened and could not be read yet. Each miss in a
    /// row doubles the number of other files until the next attempt.
    pub(super) fn missed(&mut self) {
        self.points = OPEN_FROM - (OPEN_FROM << self.misses);
        self.misses = (self.misses + 1).min(MAX_MISSES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until_worth_it(backoff: &mut Backoff) -> usize {
        let mut tries = 0;
        while !backoff.is_open() {
            backoff.tell(true);
            tries += 1;
        }
        tries
    }

    #[test]
    fn a_size_is_met_for_the_first_time_once() {
        let sizes = Sizes::up_to(128);
        for size in [0, 1, 63, 64, 128] {
            assert!(!sizes.meet(size), "{size}");
            assert!(sizes.meet(size), "{size}");
        }
        assert!(!sizes.meet(2));
    }

    #[test]
    fn it_takes_some_files_to_see_that_it_is_worth_it_and_that_it_is_not() {
        let mut backoff = Backoff::default();
        assert_eq!(until_worth_it(&mut backoff), OPEN_FROM as usize);
        for _ in 0..10_000 {
            backoff.tell(true);
        }
        for _ in 0..MOST - OPEN_FROM {
            assert!(backoff.is_open());
            backoff.tell(false);
        }
        backoff.tell(false);
        assert!(!backoff.is_open());
    }

    #[test]
    fn half_of_the_files_are_too_few() {
        let mut backoff = Backoff::default();
        for at in 0..10_000 {
            backoff.tell(at % 2 == 0);
            assert!(!backoff.is_open(), "{at}");
        }
    }

    #[test]
    fn misses_in_a_row_are_tried_less_and_less_often() {
        let mut backoff = Backoff::default();
        until_worth_it(&mut backoff);
        let mut pauses = Vec::new();
        for _ in 0..MAX_MISSES + 2 {
            backoff.missed();
            pauses.push(until_worth_it(&mut backoff));
        }
        assert_eq!(pauses[..3], [64, 128, 256]);
        let longest = 64 << MAX_MISSES;
        assert_eq!(pauses[MAX_MISSES as usize..], [longest; 2]);
        // A file that is in memory after all resets that.
        backoff.tell(true);
        backoff.missed();
        assert_eq!(until_worth_it(&mut backoff), 64);
    }
}
