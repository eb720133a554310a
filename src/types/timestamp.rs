//! Timestamps of files.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01 00:00 UTC.
///
/// Sixty-four bits cover the years 1677 to 2262. A time outside of that range
/// is always clamped to the nearer end, so that comparing two stats of one file
/// stays exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest time.
    pub const MIN: Self = Self(i64::MIN);

    /// Converts whole seconds and the nanoseconds after them.
    #[must_use]
    pub fn new(seconds: i64, nanoseconds: u32) -> Self {
        let nanos = seconds
            .checked_mul(1_000_000_000)
            .and_then(|n| n.checked_add(i64::from(nanoseconds)));
        Self(nanos.unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Converts nanoseconds since 1970.
    #[must_use]
    pub fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub fn as_nanos(self) -> i64 {
        self.0
    }

    /// The time that is earlier by `duration`.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let nanos = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(nanos))
    }
}

impl From<std::time::SystemTime> for Timestamp {
    fn from(time: std::time::SystemTime) -> Self {
        match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Self::new(
                i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                after.subsec_nanos(),
            ),
            Err(before) => {
                let nanos = before.duration().as_nanos();
                Self(i64::try_from(nanos).map_or(i64::MIN, |n| -n))
            }
        }
    }
}

/// RFC 3339 in UTC, with as many fractional digits as the time has, or as the
/// precision says.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(time) => time.fmt(f),
            // Not reached: jiff knows the years -9999 to 9999.
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn shows_rfc_3339_in_utc() {
        assert_eq!(Timestamp::new(0, 0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(
            Timestamp::new(1_000_000_000, 120_000_000).to_string(),
            "2001-09-09T01:46:40.12Z"
        );
        assert_eq!(Timestamp::new(-1, 0).to_string(), "1969-12-31T23:59:59Z");
        assert_eq!(
            format!("{:.9}", Timestamp::new(-1, 5)),
            "1969-12-31T23:59:59.000000005Z"
        );
        assert_eq!(
            format!("{:.9}", Timestamp::new(0, 0)),
            "1970-01-01T00:00:00.000000000Z"
        );
    }

    #[test]
    fn times_out_of_range_clamp_to_the_nearer_end() {
        assert_eq!(Timestamp::new(i64::MAX, 5).as_nanos(), i64::MAX);
        assert_eq!(Timestamp::new(i64::MIN, 5).as_nanos(), i64::MIN);
        assert!(!Timestamp::new(i64::MAX, 0).to_string().is_empty());
        assert!(!Timestamp::new(i64::MIN, 0).to_string().is_empty());
    }

    #[test]
    fn system_time_agrees_with_seconds_on_both_sides_of_1970() {
        let later = UNIX_EPOCH + Duration::new(7, 9);
        assert_eq!(Timestamp::from(later), Timestamp::new(7, 9));
        let earlier = UNIX_EPOCH - Duration::from_secs(7);
        assert_eq!(Timestamp::from(earlier), Timestamp::new(-7, 0));
    }
}
