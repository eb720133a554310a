//! Parsers for sizes, times and durations.
//!
//! Pure functions: the clock is an argument, and every error names the value
//! and shows a right one.

use jiff::civil::DateTime;
use std::time::Duration;

use jiff::{SignedDuration, Span, Zoned};

use crate::config::{MIN_TIMEOUT, MIN_WORKER_MEMORY};
use crate::types::Timestamp;

/// More digits than this after the point say nothing about bytes, and as
/// many as this still multiply exactly in 128 bits.
const FRACTION_DIGITS: usize = 18;

/// A number of bytes: `4096`, `4k`, `1.5GiB`, `10MB`.
///
/// GNU's convention: a letter alone, or with `iB`, counts in 1024s; with `B`
/// it counts in 1000s. What is left of a byte after a fraction is dropped.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let nonsense =
        || format!("{text:?} is not a size: write bytes or a unit, as in 4096, 4k, 1.5GiB or 10MB");
    let trimmed = text.trim();
    let number_ends = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, unit_name) = trimmed.split_at(number_ends);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || number.ends_with('.') {
        return Err(nonsense());
    }
    let unit_name = unit_name.trim_start();
    let unit = unit(unit_name).ok_or_else(|| {
        if unit_name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            format!("{text:?} has the unknown unit {unit_name:?}: use k, M, G, T, P or E (1024s), KiB and so on (the same), or kB and so on (1000s)")
        } else {
            nonsense()
        }
    })?;
    if unit == 1 && fraction.contains(|c| c != '0') {
        return Err(format!("{text:?} is not a whole number of bytes"));
    }
    exact(whole, fraction, unit)
        .ok_or_else(|| format!("{text:?} is larger than the largest size (16 EiB)"))
}

/// Parses the address space limit of a worker process: a size that is enough to
/// work.
pub(super) fn worker_memory(text: &str) -> Result<u64, String> {
    let bytes = size(text)?;
    if bytes < MIN_WORKER_MEMORY {
        return Err(format!(
            "{text:?} is less than a worker process needs: at least {}M",
            MIN_WORKER_MEMORY >> 20
        ));
    }
    Ok(bytes)
}

/// `whole.fraction` units in bytes, or `None` where 64 bits are too few.
fn exact(whole: &str, fraction: &str, unit: u64) -> Option<u64> {
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    let digits = fraction.get(..FRACTION_DIGITS).unwrap_or(fraction);
    let scale = 10_u128.pow(digits.len() as u32);
    let numerator = match digits {
        "" => 0,
        digits => digits.parse::<u128>().ok()?,
    };
    let part = numerator * u128::from(unit) / scale;
    whole.checked_add(u64::try_from(part).ok()?)
}

/// Number of bytes of a unit; case is ignored.
fn unit(name: &str) -> Option<u64> {
    let name = name.to_ascii_lowercase();
    let (letter, base) = if matches!(name.as_str(), "" | "b") {
        return Some(1);
    } else if let Some(letter) = name.strip_suffix("ib") {
        (letter, 1024_u64)
    } else if let Some(letter) = name.strip_suffix('b') {
        (letter, 1000)
    } else {
        (name.as_str(), 1024)
    };
    let power = match letter {
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        "e" => 6,
        _ => return None,
    };
    Some(base.pow(power))
}

/// A point in time: a date (its first moment), a date and time, both in the
/// time zone of `now`, an RFC 3339 time, or a duration before `now`.
pub(super) fn when(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let trimmed = text.trim();
    let time = if starts_with_a_year(trimmed) {
        moment(trimmed, now)
    } else {
        ago(trimmed, now)
    };
    let time = time.map_err(|reason| {
        format!("{text:?} is not a time: {reason}; write 2026-01-31, \"2026-01-31 12:30\", 2026-01-31T12:30:00Z, 2d or \"3 weeks\"")
    })?;
    let nanos = time.timestamp().as_nanosecond();
    Ok(Timestamp::from_nanos(
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }),
    ))
}

fn starts_with_a_year(text: &str) -> bool {
    let (digits, rest) = text.split_at_checked(4).unwrap_or((text, ""));
    digits.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with('-')
}

fn moment(text: &str, now: &Zoned) -> Result<Zoned, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.to_zoned(now.time_zone().clone()));
    }
    // A date alone is its first moment, which need not be midnight where the
    // clocks change then.
    let local = text.parse::<DateTime>().map_err(|e| e.to_string())?;
    local
        .to_zoned(now.time_zone().clone())
        .map_err(|e| e.to_string())
}

fn ago(text: &str, now: &Zoned) -> Result<Zoned, String> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == 'P' || c == 'p') {
        return Err("it begins with neither a year nor a number".to_owned());
    }
    let neither = || "it is neither a date nor a duration (units: s, m or min, h, d, w, mo, y)";
    // A time of day is no duration, though the parser takes it for one:
    // 10:00:00 means a point in time.
    let span: Option<Span> = text.parse().ok().filter(|_| !text.contains(':'));
    let span = span.ok_or_else(neither)?;
    if span.is_negative() {
        return Err("a duration counts back from now, so it has no sign".to_owned());
    }
    now.checked_sub(span)
        .map_err(|_| "that is before the earliest supported date".to_owned())
}

/// Parses the timeout of a read: `30s`, `1m 30s`, `500ms`.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration < MIN_TIMEOUT {
        return Err(format!(
            "{text:?} is too short to tell a hung read from a busy machine: at least {MIN_TIMEOUT:?}"
        ));
    }
    Ok(duration)
}

/// Understands a length of time such as `30s` or `1m 30s`.
///
/// # Errors
///
/// Why it is none.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let nonsense = || {
        format!(
            "{text:?} is not a duration: write a number with a unit, as in 30s, 1m 30s or 500ms"
        )
    };
    let span: SignedDuration = text.trim().parse().map_err(|_| nonsense())?;
    Duration::try_from(span).map_err(|_| nonsense())
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: u64 = 1024;

    #[test]
    fn timeouts_have_a_unit_and_a_lower_bound() {
        let table = [
            ("30s", 30_000),
            (" 1m 30s ", 90_000),
            ("1m30s", 90_000),
            ("500ms", 500),
            ("100ms", 100),
            ("2h", 7_200_000),
        ];
        for (text, millis) in table {
            assert_eq!(timeout(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for (text, part) in [
            ("30", "with a unit"),
            ("", "with a unit"),
            ("-30s", "with a unit"),
            ("soon", "with a unit"),
            ("99ms", "at least 100ms"),
            ("0s", "at least 100ms"),
        ] {
            let error = timeout(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn worker_processes_need_some_memory() {
        let least = MIN_WORKER_MEMORY;
        assert_eq!(worker_memory("64M"), Ok(least));
        assert_eq!(worker_memory("1G"), Ok(1 << 30));
        assert_eq!(worker_memory(&least.to_string()), Ok(least));
        for text in ["1M", "0", "63.9M", &(least - 1).to_string()] {
            let error = worker_memory(text).unwrap_err();
            assert!(error.contains("at least 64M"), "{text}: {error}");
        }
        assert!(worker_memory("lots").unwrap_err().contains("not a size"));
    }

    #[test]
    fn sizes_follow_the_gnu_convention() {
        let table = [
            ("0", 0),
            ("1", 1),
            ("4096", 4096),
            ("12B", 12),
            ("4k", 4 * K),
            ("4K", 4 * K),
            ("4KiB", 4 * K),
            ("4kib", 4 * K),
            ("4kB", 4000),
            ("4KB", 4000),
            ("1M", K * K),
            ("1MB", 1_000_000),
            ("1.5G", 3 * K * K * K / 2),
            (" 1.5 GiB ", 3 * K * K * K / 2),
            ("2t", 2 * K * K * K * K),
            ("2TB", 2_000_000_000_000),
            ("3P", 3 * K * K * K * K * K),
            ("3PB", 3_000_000_000_000_000),
            ("0.5k", 512),
            ("0.0001k", 0),
            ("1.0", 1),
            ("0.3333333333333333333333333333k", 341),
            ("18446744073709551615", u64::MAX),
            ("16383P", 16383 * K.pow(5)),
        ];
        for (text, bytes) in table {
            assert_eq!(size(text), Ok(bytes), "{text:?}");
        }
    }

    #[test]
    fn a_wrong_size_is_named_in_the_error() {
        let table = [
            ("", "is not a size"),
            ("k", "is not a size"),
            ("-1", "is not a size"),
            ("+1", "is not a size"),
            (".5k", "is not a size"),
            ("1.k", "is not a size"),
            ("1.2.3k", "is not a size"),
            ("1,5k", "is not a size"),
            ("0x10", "unknown unit"),
            ("1e3", "unknown unit"),
            ("4kk", "unknown unit"),
            ("4iB", "unknown unit"),
            ("4Q", "unknown unit"),
            ("1.5", "whole number of bytes"),
            ("0.1B", "whole number of bytes"),
            ("18446744073709551616", "largest size"),
            ("16384P", "largest size"),
            (
                "99999999999999999999999999999999999999999999k",
                "largest size",
            ),
        ];
        for (text, reason) in table {
            let error = size(text).unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
            assert!(error.contains(&format!("{text:?}")), "{text:?}: {error}");
        }
    }

    /// Half past ten on a summer evening, a week and a half after nothing.
    fn now() -> Zoned {
        "2026-07-15T22:30:00+02:00[Europe/Berlin]".parse().unwrap()
    }

    #[test]
    fn times_are_dates_in_the_local_zone_or_durations_ago() {
        let table = [
            ("2026-01-31", "2026-01-30T23:00:00Z"),
            ("2026-07-01", "2026-06-30T22:00:00Z"),
            ("2026-01-31 12:30", "2026-01-31T11:30:00Z"),
            ("2026-01-31T12:30:05", "2026-01-31T11:30:05Z"),
            ("2026-01-31T12:30:00Z", "2026-01-31T12:30:00Z"),
            ("2026-01-31T12:30:00.25-05:00", "2026-01-31T17:30:00.25Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
            ("0s", "2026-07-15T20:30:00Z"),
            ("90s", "2026-07-15T20:28:30Z"),
            ("5m", "2026-07-15T20:25:00Z"),
            ("2d", "2026-07-13T20:30:00Z"),
            ("3 weeks", "2026-06-24T20:30:00Z"),
            ("1w 2d", "2026-07-06T20:30:00Z"),
            ("1mo", "2026-06-15T20:30:00Z"),
            ("1 year", "2025-07-15T20:30:00Z"),
            ("P1D", "2026-07-14T20:30:00Z"),
            // The same time of day, on the other side of the clock change.
            ("6 months", "2026-01-15T21:30:00Z"),
            // Out of reach of 64 bits: the nearer end.
            ("0001-01-01", "1677-09-21T00:12:43.145224192Z"),
        ];
        for (text, expected) in table {
            let time = when(text, &now()).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(time.to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_wrong_time_is_named_in_the_error() {
        for text in [
            "",
            "yesterday",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-01-31T25:00",
            "2",
            "2 x",
            "-2d",
            "2d ago",
            "10:00:00",
            "2d 10:00:00",
            "d",
            "99999 years",
            "31.01.2026",
            "é123",
        ] {
            let error = when(text, &now()).unwrap_err();
            assert!(error.contains(&format!("{text:?}")), "{text:?}: {error}");
            assert!(error.contains("2026-01-31"), "{text:?}: {error}");
        }
    }
}
