//! The types of option values and their parsers. The parser in an option's
//! definition is the only one: flags, environment variables and the project file
//! go through it.
//!
//! Pure functions: nothing is opened and no clock is read. Every error names the
//! value and shows a right one.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Span, Zoned};

use super::diagnostics::Fatal;
use crate::config::{KeepRule, MAX_WORKERS, MIN_TIMEOUT, MIN_WORKER_MEMORY};
use crate::error::Error;
use crate::glob::Globs;
use crate::types::Timestamp;

/// A number that is at least 1: of copies, of groups.
pub(super) fn count(text: &str) -> Result<NonZeroU64, String> {
    let count = text.trim().parse();
    count.map_err(|_| format!("invalid number {text:?}: must be 1 or more"))
}

/// A number of groups or files, which may be 0.
pub(super) fn limit(text: &str) -> Result<u64, String> {
    let limit = text.trim().parse();
    limit.map_err(|_| format!("invalid number {text:?}: must be 0 or more"))
}

/// A number of partitions of an index: each is a file that is open.
pub(super) fn partitions(text: &str) -> Result<NonZeroU32, String> {
    const MAX: u32 = 512;
    match text.trim().parse() {
        Ok(number) if number <= NonZeroU32::MIN.saturating_add(MAX - 1) => Ok(number),
        _ => Err(format!("invalid number {text:?}: must be 1 to {MAX}")),
    }
}

/// The name of a host or of a file system. A colon separates a host from a path.
pub(super) fn host(text: &str) -> Result<String, String> {
    let is_wrong = |c: char| c == ':' || c.is_control();
    if text.is_empty() || text.contains(is_wrong) {
        return Err(format!(
            "invalid name {text:?}: must not be empty, nor contain a colon or a control character"
        ));
    }
    Ok(text.to_owned())
}

/// A number of directory levels.
pub(super) fn depth(text: &str) -> Result<u32, String> {
    match text.trim().parse() {
        Ok(levels) if levels > 0 => Ok(levels),
        _ => Err(format!("invalid depth {text:?}: must be 1 or more")),
    }
}

/// A rule that chooses the file to keep.
pub(super) fn keep_rule(text: &str) -> Result<KeepRule, String> {
    KeepRule::parse(text).ok_or_else(|| {
        format!(
            "invalid rule {text:?}: must be oldest, newest, shortest-path, longest-path, \
             shallowest, first-path, most-links or glob:GLOB"
        )
    })
}

/// A number of workers; `None` is auto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Workers(pub Option<NonZeroUsize>);

/// Parses the number of workers.
pub(super) fn workers(text: &str) -> Result<Workers, String> {
    if text == "auto" {
        return Ok(Workers(None));
    }
    match text.trim().parse::<NonZeroUsize>() {
        Ok(number) if number.get() <= MAX_WORKERS => Ok(Workers(Some(number))),
        _ => Err(format!(
            "invalid worker count {text:?}: must be 1 to {MAX_WORKERS} or auto"
        )),
    }
}

/// A valid glob that can match a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(String);

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.0
    }
}

/// Parses a glob.
pub(super) fn glob(text: &str) -> Result<Glob, Fatal> {
    let text = text.to_owned();
    Globs::new(std::slice::from_ref(&text)).map_err(Fatal::from)?;
    let Some((part, hint)) = impossible_part(&text) else {
        return Ok(Glob(text));
    };
    let message = format!("the glob {text:?} matches nothing: no path contains {part:?}");
    Err(Fatal::new(message).hint(hint))
}

/// The part of a glob that no path can contain, and what to write instead.
fn impossible_part(glob: &str) -> Option<(&'static str, &'static str)> {
    if glob.contains("//") {
        return Some(("//", "write one slash"));
    }
    // A leading `./` and a slash at the end are allowed.
    let rest = glob.strip_prefix("./").unwrap_or(glob);
    if rest.is_empty() {
        return Some((".", "\"**\" matches everything"));
    }
    rest.split('/').find_map(|part| match part {
        ".." => Some((
            "..",
            "a glob that starts with a slash is matched against the absolute path",
        )),
        "." if rest == "." => Some((".", "\"**\" matches everything")),
        "." => Some((".", "leave it out")),
        _ => None,
    })
}

/// The cache to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CacheChoice {
    /// None.
    Off,
    /// The one of this user.
    Own,
    /// This file.
    File(PathBuf),
}

/// The parser of a cache: true, false or a file.
pub(super) fn cache() -> impl TypedValueParser<Value = CacheChoice> {
    OsStringValueParser::new().try_map(|word| match word.to_str() {
        Some("") => Err("the value is empty"),
        Some("true") => Ok(CacheChoice::Own),
        Some("false") => Ok(CacheChoice::Off),
        _ => Ok(CacheChoice::File(word.into())),
    })
}

/// Parses a regular expression.
pub(super) fn expression(text: &str) -> Result<String, Fatal> {
    match regex::bytes::Regex::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(Fatal::from(Error::Pattern {
            what: "regular expression",
            pattern: text.to_owned(),
            source: error.into(),
        })),
    }
}

/// Parses a file name extension: without the dot, and without the spaces around
/// it that a list such as `jpg, png` has.
pub(super) fn extension(text: &str) -> Result<String, Fatal> {
    let trimmed = text.trim();
    let bare = trimmed.strip_prefix('.').unwrap_or(trimmed).trim();
    // An empty extension is a mistake: ignoring it would select every file if
    // no other is listed.
    if bare.is_empty() || bare.contains(['/', '*']) {
        let message = format!("{text:?} is not an extension");
        let hint = "write only the extension, as in --extension jpg; use --include for patterns";
        return Err(Fatal::new(message).hint(hint));
    }
    Ok(bare.to_owned())
}

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

/// A point in time, or a time span before the start of the run.
#[derive(Debug, Clone)]
pub(crate) enum When {
    /// A time with its offset from UTC.
    Instant(jiff::Timestamp),
    /// A date and time in the local time zone. A date alone is its first moment,
    /// which need not be midnight where the clocks change then.
    Local(DateTime),
    /// A time span before now.
    Ago(Span),
}

/// Parses a point in time.
pub(super) fn when(text: &str) -> Result<When, String> {
    let trimmed = text.trim();
    let when = if starts_with_a_year(trimmed) {
        match trimmed.parse() {
            Ok(instant) => Ok(When::Instant(instant)),
            Err(_) => trimmed.parse().map(When::Local).map_err(|e| e.to_string()),
        }
    } else {
        ago(trimmed).map(When::Ago)
    };
    when.map_err(|reason| {
        format!("{text:?} is not a time: {reason}; write 2026-01-31, \"2026-01-31 12:30\", 2026-01-31T12:30:00Z, 2d or \"3 weeks\"")
    })
}

fn starts_with_a_year(text: &str) -> bool {
    let (digits, rest) = text.split_at_checked(4).unwrap_or((text, ""));
    digits.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with('-')
}

fn ago(text: &str) -> Result<Span, String> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == 'P' || c == 'p') {
        return Err("it begins with neither a year nor a number".to_owned());
    }
    // A time of day is no duration, though the parser takes it for one:
    // 10:00:00 means a point in time.
    let span: Option<Span> = text.parse().ok().filter(|_| !text.contains(':'));
    match span {
        None => Err(
            "it is neither a date nor a duration (units: s, m or min, h, d, w, mo, y)".to_owned(),
        ),
        Some(span) if span.is_negative() => {
            Err("a duration counts back from now, so it has no sign".to_owned())
        }
        Some(span) => Ok(span),
    }
}

impl When {
    /// The time, for a run that starts `now`. Times beyond the range of a
    /// timestamp become its ends.
    pub(super) fn timestamp(&self, now: &Zoned) -> Timestamp {
        let time = match self {
            Self::Instant(instant) => Ok(*instant),
            Self::Local(local) => {
                let zoned = local.to_zoned(now.time_zone().clone());
                zoned.map(|time| time.timestamp())
            }
            Self::Ago(span) => now.checked_sub(*span).map(|time| time.timestamp()),
        };
        // Only times before the year 1 or near the year 9999 are out of range.
        let time = time.unwrap_or(match self {
            Self::Local(local) if local.year() > 0 => jiff::Timestamp::MAX,
            _ => jiff::Timestamp::MIN,
        });
        let nanos = time.as_nanosecond();
        Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(if nanos < 0 {
            i64::MIN
        } else {
            i64::MAX
        }))
    }
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
            let when = when(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(when.timestamp(&now()).to_string(), expected, "{text:?}");
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
            let error = when(text).unwrap_err();
            assert!(error.contains(&format!("{text:?}")), "{text:?}: {error}");
            assert!(error.contains("2026-01-31"), "{text:?}: {error}");
        }
    }
}
