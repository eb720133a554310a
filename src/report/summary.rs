//! The totals alone, for a glance or a log.

use std::io::{self, Write};

use super::humanize::{count, counted, duration, not_reclaimable, shortfall, size};
use super::style::{ALERT, FAINT, STRONG, Styler};
use super::{RenderOptions, Report};

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    render: &RenderOptions,
) -> io::Result<()> {
    let paint = Styler::new(render);
    let summary = report.summary;
    let totals = &summary.totals;
    let scanned = counted(totals.files, "file", "files");
    let lines = [
        ("Groups", count(totals.groups)),
        ("Duplicate files", count(totals.duplicates)),
        ("Reclaimable", size(totals.reclaimable_bytes)),
        ("Scanned", format!("{scanned} ({})", size(totals.bytes))),
        ("Read", size(totals.bytes_read)),
        ("Errors", count(totals.errors)),
        ("Elapsed", duration(summary.elapsed)),
    ];
    let mut lines = lines.to_vec();
    if let Some(cache) = &summary.cache {
        let known = counted(cache.files, "file", "files");
        let line = ("From the cache", format!("{known} ({})", size(cache.bytes)));
        lines.insert(5, line);
    }
    if let Some(kept) = not_reclaimable(totals) {
        lines.insert(3, ("Not reclaimable", kept));
    }
    if let Some(directories) = report.directories {
        lines.insert(0, ("Groups of directories", count(directories.found)));
    }
    let widest = lines.iter().map(|(label, _)| label.len()).max();
    for (label, value) in lines {
        let gap = widest.unwrap_or(0) - label.len() + 2;
        let label = paint.on(FAINT, label);
        let value = paint.on(STRONG, value);
        writeln!(out, "{label}{:gap$}{value}", "")?;
    }
    if let Some(shortfall) = shortfall(summary) {
        writeln!(out, "{}", paint.on(ALERT, shortfall))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing};
    use super::*;
    use crate::types::Summary;

    fn text(summary: &Summary) -> String {
        let (out, _) = testing::written(Format::Summary, &[], summary, &[]);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn totals_are_aligned() {
        assert_eq!(
            text(&testing::summary()),
            "\
Groups           2
Duplicate files  3
Reclaimable      3.0 MiB
Scanned          227,000 files (4.0 GiB)
Read             1.0 GiB
Errors           0
Elapsed          1.23 s
"
        );
    }

    #[test]
    fn what_is_kept_elsewhere_is_no_gain() {
        let mut summary = testing::summary();
        summary.totals.linked_outside_bytes = 5 << 20;
        summary.totals.shared_bytes = 7 << 20;
        let text = text(&summary);
        assert!(
            text.contains("\nReclaimable      3.0 MiB\nNot reclaimable  5.0 MiB with hard links outside the scan, 7.0 MiB shared with clones or snapshots\n"),
            "{text}"
        );
    }

    #[test]
    fn an_incomplete_result_says_so() {
        let mut summary = testing::summary();
        summary.complete = false;
        summary.interrupted = true;
        summary.totals.errors = 1;
        summary.totals.files = 1;
        let text = text(&summary);
        assert!(
            text.contains("\nScanned          1 file (4.0 GiB)\n"),
            "{text}"
        );
        assert!(text.contains("\nErrors           1\n"), "{text}");
        assert!(
            text.ends_with("\nINCOMPLETE: interrupted, 1 path could not be read\n"),
            "{text}"
        );
    }

    #[test]
    fn color_changes_nothing_but_color() {
        let summary = testing::summary();
        let render = RenderOptions {
            color: true,
            width: Some(80),
            height: None,
        };
        let report = Report {
            header: testing::header(&[]),
            criteria: Default::default(),
            summary: &summary,
            directories: None,
            errors: &[],
            page_directory: None,
        };
        let mut out = Vec::new();
        write(&mut out, &report, &render).unwrap();
        let colored = String::from_utf8(out).unwrap();
        assert!(colored.starts_with("\x1b[2mGroups\x1b[0m           \x1b[1m2\x1b[0m\n"));
        let mut plain = colored;
        for code in ["\x1b[0m", "\x1b[1m", "\x1b[2m"] {
            plain = plain.replace(code, "");
        }
        assert_eq!(plain, text(&summary));
    }
}
