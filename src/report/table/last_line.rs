//! The last line of a table: the totals and the cost.
//!
//! It is one line and the last one, because that is still visible when a long
//! table has scrolled away. For the same reason it begins with the reasons why
//! the result is incomplete.

use std::io::{self, Write};

use super::super::Report;
use super::super::humanize::{counted, duration, shortfall, size};
use super::super::style::{ALERT, STRONG, Styler};
use super::wants_unique;
use crate::config::Criteria;
use crate::types::Totals;

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>, paint: Styler) -> io::Result<()> {
    let summary = report.summary;
    let totals = &summary.totals;
    if let Some(shortfall) = shortfall(summary) {
        write!(out, "{} · ", paint.on(ALERT, shortfall))?;
    }
    writeln!(
        out,
        "{} · scanned {} ({}), read {} in {}",
        paint.on(STRONG, found(totals, &report.criteria)),
        counted(totals.files, "file", "files"),
        size(totals.bytes),
        size(totals.bytes_read),
        duration(summary.elapsed),
    )
}

/// The number of matching groups. "No duplicates" would be wrong, and
/// dangerous, where there are some that were not asked for.
fn found(totals: &Totals, criteria: &Criteria) -> String {
    match (totals.groups, wants_unique(criteria)) {
        (0, true) => "No unique files found".to_owned(),
        (0, false) if *criteria == Criteria::default() => "No duplicates found".to_owned(),
        (0, false) => "No matching groups found".to_owned(),
        (files, true) => counted(files, "unique file", "unique files"),
        (groups, false) => format!(
            "{} · {} · {} reclaimable",
            counted(groups, "group", "groups"),
            counted(totals.duplicates, "duplicate file", "duplicate files"),
            size(totals.reclaimable_bytes),
        ),
    }
}
