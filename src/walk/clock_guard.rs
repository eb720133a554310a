//! Was the system's clock set back while the walk ran?
//!
//! A change time that lies long before the start of a scan tells that nobody
//! wrote to the file since, as long as the clock that files are stamped with
//! goes forward.

use std::time::Duration;

use crate::platform;
use crate::types::Timestamp;

/// So far the two clocks may part before it counts as set back. Clocks that are
/// kept right from outside are slowed by less, and what counts as long before
/// the start of a scan is minutes.
const OUT_OF_STEP: Duration = Duration::from_secs(60);

/// One moment, by the clock that files are stamped with and by one that nobody
/// sets.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClockGuard {
    wall: Timestamp,
    steady: Duration,
}

impl ClockGuard {
    pub(super) fn now() -> Self {
        let (wall, steady) = platform::clocks();
        Self { wall, steady }
    }

    /// Was the clock set back between this moment and a later one?
    pub(super) fn were_set_back(&self, later: &Self) -> bool {
        let passed = later.steady.saturating_sub(self.steady);
        // Asleep, or set forward: files are stamped later for that.
        later.wall.before(passed) < self.wall.before(OUT_OF_STEP)
    }

    /// The same moment on a clock that is so much ahead.
    #[cfg(test)]
    pub(super) fn ahead(&self, by: Duration) -> Self {
        Self {
            wall: Timestamp::from_nanos(self.wall.as_nanos() + by.as_nanos() as i64),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_now() {
        let (before, now, after) = (
            ClockGuard::now(),
            std::time::SystemTime::now(),
            ClockGuard::now(),
        );
        let day = Duration::from_secs(86_400);
        assert!(
            before.wall.before(day) <= now.into() && after.wall >= Timestamp::from(now).before(day)
        );
        assert!(before.steady <= after.steady);
    }

    #[test]
    fn a_clock_that_was_set_back_shows() {
        let start = ClockGuard::now();
        let minute = Duration::from_secs(60);
        let set_back = |wall: i64, steady| {
            start.were_set_back(&ClockGuard {
                wall: Timestamp::from_nanos(start.wall.as_nanos() + wall),
                steady: start.steady + steady,
            })
        };
        let nanos = minute.as_nanos() as i64;
        assert!(!set_back(0, Duration::ZERO));
        assert!(!set_back(nanos, minute));
        assert!(!set_back(60 * nanos, minute));
        assert!(!set_back(0, minute));
        assert!(set_back(-1, minute));
        assert!(set_back(-nanos - 1, Duration::ZERO));
        assert!(!set_back(-nanos, Duration::ZERO));
    }
}
