//! The end of a table: the totals and the cost.
//!
//! They come last, because that is still visible when a long table has scrolled
//! away. For the same reason they begin with the reasons why the result is
//! incomplete.

use std::io::{self, Write};

use super::super::humanize::{counted, duration, not_reclaimable, shortfall, size};
use super::super::style::{ALERT, STRONG, Styler};
use super::super::text_table::wrap;
use super::super::{RenderOptions, Report};
use super::wants_unique;
use crate::types::Summary;

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    paint: Styler,
    width: Option<usize>,
) -> io::Result<()> {
    for line in wrap(&styled(report, paint), width.unwrap_or(usize::MAX)) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The same without styles, in one line.
pub(in crate::report) fn text(report: &Report<'_>) -> String {
    styled(report, Styler::new(&RenderOptions::default())) + "\n"
}

fn styled(report: &Report<'_>, paint: Styler) -> String {
    let summary = report.summary;
    let totals = &summary.totals;
    let mut text = String::new();
    if let Some(shortfall) = shortfall(summary) {
        text = format!("{} · ", paint.on(ALERT, shortfall));
    }
    text.push_str(&format!(
        "{} · scanned {} ({}), read {}{} in {}",
        paint.on(STRONG, found(report)),
        counted(totals.files, "file", "files"),
        size(totals.bytes),
        size(totals.bytes_read),
        from_cache(summary),
        duration(summary.elapsed),
    ));
    text
}

/// The bytes that did not have to be read.
fn from_cache(summary: &Summary) -> String {
    match &summary.cache {
        Some(cache) if cache.files > 0 => {
            format!(", {} from the cache", counted(cache.files, "file", "files"))
        }
        _ => String::new(),
    }
}

/// The number of matching groups. "No duplicates" would be wrong, and
/// dangerous, where there are some that were not asked for, or that an
/// interrupted scan had no time to find.
fn found(report: &Report<'_>) -> String {
    let (totals, unique) = (&report.summary.totals, wants_unique(&report.criteria));
    if totals.groups == 0 {
        let what = match unique {
            true => "unique files",
            false if report.criteria == Default::default() => "duplicates",
            false => "matching groups",
        };
        let when = if report.summary.interrupted {
            "confirmed yet"
        } else {
            "found"
        };
        return format!("No {what} {when}");
    }
    if unique {
        return counted(totals.groups, "unique file", "unique files");
    }
    let kept = not_reclaimable(totals)
        .map_or_else(String::new, |kept| format!(" · not reclaimable: {kept}"));
    format!(
        "{} · {} · {} reclaimable{kept}",
        counted(totals.groups, "group", "groups"),
        counted(totals.duplicates, "duplicate file", "duplicate files"),
        size(totals.reclaimable_bytes),
    )
}
