//! Numbers for people.
//!
//! The table and the summary share these functions, so that they agree.

use std::time::Duration;

use bytesize::ByteSize;

use crate::types::{Summary, Totals};

/// A size with a binary unit: `1.2 GiB`.
pub(crate) fn size(bytes: u64) -> String {
    let text = ByteSize(bytes).display().iec().to_string();
    if text.starts_with("1024.0 ") {
        // Rounding to one digit reached the next unit, which begins at the
        // next power of two.
        ByteSize(bytes.next_power_of_two())
            .display()
            .iec()
            .to_string()
    } else {
        text
    }
}

/// A number with its thousands set apart: `227,000`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with what it counts: `1 group`, `2,000 groups`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A duration with useful precision: `1.23 s`, `2 min 5 s`, `1 h 2 min`.
pub(crate) fn duration(elapsed: Duration) -> String {
    // Rounded first: 59.999 s are a minute and not "60.00 s".
    let hundredths = elapsed.as_millis().saturating_add(5) / 10;
    let seconds = hundredths / 100;
    if seconds < 60 {
        format!("{seconds}.{:02} s", hundredths % 100)
    } else if seconds < 3600 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {} min", seconds / 3600, seconds / 60 % 60)
    }
}

/// The space of redundant files that removing them would not free, and why; `None`
/// if there is none.
pub(crate) fn not_reclaimable(totals: &Totals) -> Option<String> {
    let parts = [
        (
            totals.linked_outside_bytes,
            "with hard links outside the scan",
        ),
        (totals.shared_bytes, "shared with clones or snapshots"),
    ];
    let parts = parts.into_iter().filter(|&(bytes, _)| bytes > 0);
    let parts: Vec<_> = parts
        .map(|(bytes, reason)| format!("{} {reason}", size(bytes)))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The reasons why the result is incomplete, or `None` if it is complete.
pub(crate) fn shortfall(summary: &Summary) -> Option<String> {
    let errors = summary.totals.errors;
    let mut reasons = Vec::new();
    if summary.interrupted {
        reasons.push("interrupted".to_owned());
    }
    if errors > 0 {
        let paths = counted(errors, "path", "paths");
        reasons.push(format!("{paths} could not be read"));
    }
    let reasons = reasons.join(", ");
    match (summary.complete && !summary.interrupted, reasons.is_empty()) {
        (true, true) => None,
        (true, false) => Some(reasons),
        (false, true) => Some("INCOMPLETE".to_owned()),
        (false, false) => Some(format!("INCOMPLETE: {reasons}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn sizes_change_unit_where_rounding_does() {
        let sizes = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (1023 * 1024, "1023.0 KiB"),
            (1_288_490_189, "1.2 GiB"),
            ((1 << 40) - 1, "1.0 TiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, text) in sizes {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        let counts = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (100_000, "100,000"),
            (1_000_000, "1,000,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ];
        for (n, text) in counts {
            assert_eq!(count(n), text);
        }
    }

    #[test]
    fn only_one_is_singular() {
        assert_eq!(counted(0, "path", "paths"), "0 paths");
        assert_eq!(counted(1, "path", "paths"), "1 path");
        assert_eq!(counted(1001, "path", "paths"), "1,001 paths");
    }

    #[test]
    fn times_grow_coarser() {
        let times = [
            (0, "0.00 s"),
            (4, "0.00 s"),
            (5, "0.01 s"),
            (1_230, "1.23 s"),
            (59_994, "59.99 s"),
            (59_999, "1 min 0 s"),
            (125_000, "2 min 5 s"),
            (3_599_999, "1 h 0 min"),
            (3_725_000, "1 h 2 min"),
        ];
        for (millis, text) in times {
            assert_eq!(duration(Duration::from_millis(millis)), text, "{millis}");
        }
        assert!(!duration(Duration::MAX).is_empty());
    }

    #[test]
    fn reasons_for_incompleteness_are_named() {
        let mut summary = testing::summary();
        assert_eq!(shortfall(&summary), None);
        summary.complete = false;
        assert_eq!(shortfall(&summary).unwrap(), "INCOMPLETE");
        summary.totals.errors = 1;
        assert_eq!(
            shortfall(&summary).unwrap(),
            "INCOMPLETE: 1 path could not be read"
        );
        summary.interrupted = true;
        summary.totals.errors = 2000;
        assert_eq!(
            shortfall(&summary).unwrap(),
            "INCOMPLETE: interrupted, 2,000 paths could not be read"
        );
        summary.totals.errors = 0;
        summary.complete = true;
        assert_eq!(shortfall(&summary).unwrap(), "INCOMPLETE: interrupted");
    }
}
