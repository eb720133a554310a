//! Detects that the system's clock was set back while the walk ran.
//!
//! A change time long before the start of a scan proves that nobody wrote to
//! the file since, as long as the clock that stamps files goes forward.

use std::time::Duration;

use crate::platform;
use crate::types::Timestamp;

/// Difference between the two clocks from which the clock counts as set back.
/// Synchronised clocks are slowed by less, and "long before the start of a
/// scan" means minutes.
const MAX_DRIFT: Duration = Duration::from_secs(60);

/// A point in time, by the clock that stamps files and by a monotonic one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClockGuard {
    wall: Timestamp,
    monotonic: Duration,
}

impl ClockGuard {
    pub(crate) fn now() -> Self {
        let (wall, monotonic) = platform::clocks();
        Self { wall, monotonic }
    }

    /// Returns true if the clock was set back between this point and a later
    /// one.
    pub(crate) fn was_set_back(&self, later: &Self) -> bool {
        let passed = later.monotonic.saturating_sub(self.monotonic);
        // A suspended machine, or a clock that was set forward, gives files
        // later timestamps: that is harmless.
        later.wall.before(passed) < self.wall.before(MAX_DRIFT)
    }

    /// The same point on a clock that is ahead by this much.
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
    fn now_reads_the_current_time() {
        let (before, now, after) = (
            ClockGuard::now(),
            std::time::SystemTime::now(),
            ClockGuard::now(),
        );
        let day = Duration::from_secs(86_400);
        assert!(
            before.wall.before(day) <= now.into() && after.wall >= Timestamp::from(now).before(day)
        );
        assert!(before.monotonic <= after.monotonic);
    }

    #[test]
    fn a_clock_that_was_set_back_is_detected() {
        let start = ClockGuard::now();
        let minute = Duration::from_secs(60);
        let set_back = |wall: i64, monotonic| {
            start.was_set_back(&ClockGuard {
                wall: Timestamp::from_nanos(start.wall.as_nanos() + wall),
                monotonic: start.monotonic + monotonic,
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
