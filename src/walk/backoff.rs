//! Whether it is worth to open files before it is known what they are.

use std::sync::atomic::{AtomicU64, Ordering};

/// Sizes that a walk has met, a bit each.
pub(super) struct Sizes(Box<[AtomicU64]>);

impl Sizes {
    /// For sizes up to this one.
    pub(super) fn up_to(most: u64) -> Self {
        Self((0..=most / 64).map(|_| AtomicU64::new(0)).collect())
    }

    /// Whether a file of this size, which is not above the limit, was met
    /// before. Now it was.
    pub(super) fn meet(&self, size: u64) -> bool {
        let bit = 1 << (size % 64);
        let word = &self.0[(size / 64) as usize];
        // Nearly always it was: then no other thread need hear of it.
        word.load(Ordering::Relaxed) & bit != 0 || word.fetch_or(bit, Ordering::Relaxed) & bit != 0
    }
}

/// From so many points on it is worth it.
const OPEN_FROM: i32 = 64;

/// There are no more points than this, so that it takes no longer to change a
/// mind at the end of a scan than at its beginning.
const MOST: i32 = 256;

/// After so many misses in a row the pause grows no longer.
const MAX_MISSES: u32 = 8;

/// What the files of late were like.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    points: i32,
    misses: u32,
}

impl Backoff {
    /// Whether to open the next file at once.
    pub(super) fn is_open(&self) -> bool {
        self.points >= OPEN_FROM
    }

    /// Tells whether a file was, or would have been, opened for good. To open
    /// one in vain costs about as much as is saved by one that is read.
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

    /// Tells that a file was opened and could not be read yet. With each in a
    /// row it takes twice as many others until this is tried again.
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
        // One that is in memory after all ends that.
        backoff.tell(true);
        backoff.missed();
        assert_eq!(until_worth_it(&mut backoff), 64);
    }
}
