//! A moment that file times are held against.
//!
//! Whoever writes to a file moves the time of its inode to now, and nobody can
//! set that time back: it is not the one that `touch` sets. So a file whose
//! inode last changed long before a moment was not written to between that
//! moment and the look at its inode, and one look after a read is enough.
//!
//! That takes a file system which stamps by the clock that is read here, and a
//! clock that nobody sets back meanwhile.

use std::time::{Duration, Instant, SystemTime};

use crate::model::Timestamp;

/// How long before is long enough: some file systems keep whole seconds
/// (ext4 with inodes of 128 bytes), the kernel stamps with a clock that is
/// behind by a tick, and [`OUT_OF_STEP`] is forgiven.
const LONG: Duration = Duration::from_secs(3);

/// So far the two clocks may part before it counts as set back. Clocks that
/// are kept right from outside are slowed or hurried by less.
const OUT_OF_STEP: Duration = Duration::from_secs(1);

/// Now, by the clock that files are stamped with and by one that nobody sets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    wall: SystemTime,
    steady: Instant,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            wall: SystemTime::now(),
            steady: Instant::now(),
        }
    }

    /// This much later by both clocks.
    #[cfg(test)]
    pub(super) fn after(&self, time: Duration) -> Self {
        after(self, time, time)
    }

    /// Whether it came long after this time.
    pub(super) fn is_long_after(&self, time: Timestamp) -> bool {
        let limit = self.wall.checked_sub(LONG).map(Timestamp::from);
        limit.is_some_and(|limit| time < limit)
    }

    /// Whether the clock was not set back between it and `later`.
    pub(super) fn keeps_pace_until(&self, later: &Self) -> bool {
        let passed = later.steady.saturating_duration_since(self.steady);
        let expected = self.wall.checked_add(passed);
        let least = expected.and_then(|time| time.checked_sub(OUT_OF_STEP));
        least.is_some_and(|least| later.wall >= least)
    }
}

#[cfg(test)]
fn after(moment: &Moment, wall: Duration, steady: Duration) -> Moment {
    Moment {
        wall: moment.wall + wall,
        steady: moment.steady + steady,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_long_before_count() {
        let now = Moment::now();
        let at = |time: SystemTime| now.is_long_after(Timestamp::from(time));
        assert!(at(now.wall - LONG - Duration::from_nanos(1)));
        assert!(!at(now.wall - LONG));
        assert!(!at(now.wall));
        assert!(!at(now.wall + Duration::from_secs(60)));
        assert!(now.is_long_after(Timestamp::from_nanos(i64::MIN)));
        assert!(!now.is_long_after(Timestamp::from_nanos(i64::MAX)));
    }

    #[test]
    fn a_clock_that_was_set_back_shows() {
        let then = Moment::now();
        let minute = Duration::from_secs(60);
        let keeps = |wall, steady| then.keeps_pace_until(&after(&then, wall, steady));
        assert!(keeps(Duration::ZERO, Duration::ZERO));
        assert!(keeps(minute, minute));
        // Asleep, or set forward: files are stamped later for that.
        assert!(keeps(minute * 60, minute));
        assert!(keeps(minute - OUT_OF_STEP, minute));
        assert!(!keeps(
            minute - OUT_OF_STEP - Duration::from_nanos(1),
            minute
        ));
        let back = Moment {
            wall: then.wall - minute,
            steady: then.steady,
        };
        assert!(!then.keeps_pace_until(&back));
    }
}
