//! A moment that file times are held against.
//!
//! Whoever writes to a file moves the time of its inode to now, and nobody can
//! set that time back: it is not the one that `touch` sets. So a file whose
//! inode last changed long before a moment was not written to between that
//! moment and the look at its inode, and one look after a read is enough.
//!
//! That takes a file system which stamps by the clock that is read here, and a
//! clock that nobody sets back meanwhile.

use std::time::Duration;

use crate::model::Timestamp;
use crate::sys;

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
    wall: Timestamp,
    steady: Duration,
}

impl Moment {
    pub(super) fn now() -> Self {
        let (wall, steady) = sys::clocks();
        Self { wall, steady }
    }

    /// Whether it came long after this time.
    pub(super) fn is_long_after(&self, time: Timestamp) -> bool {
        time < plus(self.wall, -nanos(LONG))
    }

    /// Whether the clock was not set back between it and `later`.
    pub(super) fn keeps_pace_until(&self, later: &Self) -> bool {
        let passed = later.steady.saturating_sub(self.steady);
        let least = nanos(passed).saturating_sub(nanos(OUT_OF_STEP));
        later.wall >= plus(self.wall, least)
    }

    /// This much later by both clocks.
    #[cfg(test)]
    pub(super) fn after(&self, time: Duration) -> Self {
        Self {
            wall: plus(self.wall, nanos(time)),
            steady: self.steady + time,
        }
    }
}

fn plus(time: Timestamp, nanos: i64) -> Timestamp {
    Timestamp::from_nanos(time.as_nanos().saturating_add(nanos))
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_long_before_count() {
        let now = Moment::now();
        let long = nanos(LONG);
        assert!(now.is_long_after(plus(now.wall, -long - 1)));
        assert!(!now.is_long_after(plus(now.wall, -long)));
        assert!(!now.is_long_after(now.wall));
        assert!(!now.is_long_after(plus(now.wall, 20 * long)));
        assert!(now.is_long_after(Timestamp::from_nanos(i64::MIN)));
        assert!(!now.is_long_after(Timestamp::from_nanos(i64::MAX)));
    }

    #[test]
    fn now_is_now() {
        let (before, now, after) = (Moment::now(), std::time::SystemTime::now(), Moment::now());
        let day = Duration::from_secs(86_400);
        let now = Timestamp::from(now);
        assert!(before.wall <= plus(now, nanos(day)) && plus(now, -nanos(day)) <= after.wall);
        assert!(before.steady <= after.steady);
    }

    #[test]
    fn a_clock_that_was_set_back_shows() {
        let then = Moment::now();
        let minute = Duration::from_secs(60);
        let keeps = |wall: i64, steady| {
            let wall = plus(then.wall, wall);
            let steady = then.steady + steady;
            then.keeps_pace_until(&Moment { wall, steady })
        };
        let (least, step) = (nanos(minute), nanos(OUT_OF_STEP));
        assert!(keeps(0, Duration::ZERO));
        assert!(keeps(least, minute));
        // Asleep, or set forward: files are stamped later for that.
        assert!(keeps(60 * least, minute));
        assert!(keeps(least - step, minute));
        assert!(!keeps(least - step - 1, minute));
        assert!(!keeps(-least, Duration::ZERO));
    }
}
