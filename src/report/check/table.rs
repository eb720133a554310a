//! The verdict for people: each issue and its fix.
//!
//! A check that passes is one line. Otherwise failures come first, then what is
//! within a budget, then stale entries; the verdict is the last line, which is
//! visible in a terminal and at the end of a log. Paths and commands start at
//! the working directory, are whole, and can be pasted into a shell.
//!
//! No line begins with a name: to the runners of some CI systems a line that
//! begins with `::` is a command.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use anstyle::Style;

use super::CheckReport;
use super::issue::{Base, Rule, Severity, is_over, issues, removal};
use super::phrases::{counted_amounts, globs, headline, printable, reason, status_word};
use crate::check::{Copy, FileStatus, Finding};
use crate::report::humanize::{count, counted, duration, shortfall, size};
use crate::report::style::{ALERT, FAINT, SAFE, STRONG, Styler};
use crate::report::text_table::{Cell, Column, TextTable, wrap};
use crate::report::{RenderOptions, quote};

/// Maximum number of accepted files that are listed in each group. One is
/// enough to know what the new ones are copies of.
const MAX_ACCEPTED: usize = 5;

/// The columns of a list: what it is, and the rest of the line.
const COLUMNS: [Column; 2] = [Column::text(""), Column::text("")];

pub(super) fn write(
    out: &mut dyn Write,
    report: &CheckReport<'_>,
    render: &RenderOptions,
) -> io::Result<()> {
    let mut table = Table {
        out,
        report,
        paint: Styler::new(render),
    };
    if !report.verdict.is_within() || report.lists_all {
        table.findings("New duplicates:", true)?;
        table.findings("New duplicates within the budget:", false)?;
        table.remedy()?;
        table.budgets()?;
        table.issues("Copies that must be identical:", Rule::Difference)?;
        table.issues("Stale baseline entries:", Rule::Stale)?;
    }
    table.last_line(render.width)
}

struct Table<'a> {
    out: &'a mut dyn Write,
    report: &'a CheckReport<'a>,
    paint: Styler,
}

impl Table<'_> {
    /// A title, and rows below it.
    fn list(&mut self, indent: usize, rows: &[[Cell<'_>; 2]]) -> io::Result<()> {
        let mut table = TextTable::new(&COLUMNS, indent, self.paint);
        rows.iter().for_each(|row| table.measure(&row[..1]));
        for row in rows {
            self.out.write_all(table.row(row).as_bytes())?;
        }
        writeln!(self.out)
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "{}\n", self.paint.on(STRONG, title))
    }

    fn findings(&mut self, title: &str, over: bool) -> io::Result<()> {
        let findings = &self.report.verdict.findings;
        let mut findings = findings.iter().filter(|finding| finding.is_over == over);
        let Some(first) = findings.next() else {
            return Ok(());
        };
        self.title(title)?;
        for finding in std::iter::once(first).chain(findings) {
            self.finding(finding)?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let new = finding.new_files().count() as u64;
        let new = counted(new, "new copy", "new copies");
        let bytes = size(finding.size);
        let numbers = match finding.directory_files {
            None => format!("{new} of {bytes}"),
            Some(files) => {
                let files = counted(files, "file", "files");
                format!("{new} of a directory ({files}, {bytes})")
            }
        };
        let digest = self.paint.on(FAINT, format!("digest {}", finding.digest));
        let numbers = self.paint.on(STRONG, numbers);
        writeln!(self.out, "  {numbers} · {digest}")?;
        let mut rows = Vec::new();
        let accepted = finding.copies.iter();
        let mut accepted = accepted.filter(|copy| !matches!(copy.status, FileStatus::New { .. }));
        for copy in accepted.by_ref().take(MAX_ACCEPTED) {
            let reason = printable(reason(&copy.status).as_bytes());
            let reason = match reason.is_empty() {
                true => reason,
                false => format!("  ({reason})"),
            };
            let line = format!("{}{reason}", quote(&self.path(&copy.path)));
            rows.push([Cell::new(status_word(&copy.status), SAFE), line.into()]);
            self.links(copy, &mut rows);
        }
        let more = accepted.count() as u64;
        if more > 0 {
            let more = format!(
                "… and {} (-f json lists all)",
                counted(more, "more file", "more files")
            );
            rows.push([Cell::default(), Cell::new(more, FAINT)]);
        }
        for copy in finding.new_files() {
            let over = is_over(self.report, copy);
            let note = match over || !finding.is_over {
                true => "",
                false => "  (within its budget)",
            };
            let line = format!("{}{note}", quote(&self.path(&copy.path)));
            rows.push([
                Cell::new("new", if over { ALERT } else { STRONG }),
                line.into(),
            ]);
            self.links(copy, &mut rows);
        }
        let over = finding
            .new_files()
            .filter(|copy| is_over(self.report, copy));
        let fixes = removal(
            self.report,
            Base::WorkingDirectory,
            finding.directory_files.is_some(),
            over,
        )
        .into_iter();
        rows.extend(fixes.map(|fix| [Cell::new("fix", STRONG), fix.into()]));
        self.list(4, &rows)
    }

    fn path<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        self.report.path_from(Base::WorkingDirectory, path)
    }

    fn links(&self, copy: &Copy, rows: &mut Vec<[Cell<'static>; 2]>) {
        rows.extend(copy.hard_links.iter().map(|link| {
            let link = quote(&self.path(link)).into_owned();
            [Cell::new("hard link", FAINT), Cell::new(link, FAINT)]
        }));
    }

    fn remedy(&mut self) -> io::Result<()> {
        if !self
            .report
            .verdict
            .findings
            .iter()
            .any(|finding| finding.is_over)
        {
            return Ok(());
        }
        let baseline = self.path(self.report.baseline);
        let baseline = format!("adds all of them to {}", quote(&baseline));
        writeln!(
            self.out,
            "Remove the new files with these commands, or accept them:\n"
        )?;
        self.list(
            4,
            &[
                [
                    Cell::new("nodupe check --update-baseline", STRONG),
                    baseline.into(),
                ],
                [
                    Cell::new("[[check.allow]] in nodupe.toml", STRONG),
                    "accepts paths or digests".into(),
                ],
            ],
        )
    }

    /// Path budgets; a single budget for everything is in the verdict already.
    fn budgets(&mut self) -> io::Result<()> {
        let accounts = &self.report.verdict.accounts;
        if accounts.iter().all(|account| account.paths.is_empty()) {
            return Ok(());
        }
        self.title("Budgets:")?;
        let rows: Vec<[Cell<'_>; 2]> = accounts
            .iter()
            .map(|account| {
                let paths = match &account.paths[..] {
                    [] => "everything else".to_owned(),
                    paths => globs(paths),
                };
                let (style, word) = match account.is_exceeded() {
                    true => (ALERT, "over"),
                    false => (SAFE, "OK"),
                };
                let line = match &counted_amounts(account)[..] {
                    "" => paths,
                    amounts => format!("{paths}: {amounts}"),
                };
                [Cell::new(word, style), line.into()]
            })
            .collect();
        self.list(4, &rows)
    }

    /// The issues of a rule, each with what is wrong.
    fn issues(&mut self, title: &str, rule: Rule) -> io::Result<()> {
        let report = self.report;
        let issues = issues(report, Base::WorkingDirectory);
        let mut issues = issues.filter(|issue| issue.rule == rule).peekable();
        if issues.peek().is_none() {
            return Ok(());
        }
        self.title(title)?;
        let rows = issues.map(|issue| {
            let style = match issue.severity {
                Severity::Error => ALERT,
                Severity::Warning => STRONG,
            };
            let line = format!("{} {}", quote(&issue.path), issue.what);
            [Cell::new(issue.severity.as_str(), style), line.into()]
        });
        let rows: Vec<_> = rows.collect();
        self.list(4, &rows)?;
        writeln!(self.out, "{}\n", rule.remedy())
    }

    fn last_line(&mut self, width: Option<usize>) -> io::Result<()> {
        let (verdict, summary) = (self.report.verdict, self.report.summary);
        let part = |style: Style, text: &str| self.paint.on(style, text).to_string();
        let mut parts = Vec::new();
        let shortfall = shortfall(summary);
        parts.extend(shortfall.as_deref().map(|shortfall| part(ALERT, shortfall)));
        if !verdict.is_within() {
            parts.push(part(ALERT, "FAILED"));
        } else if shortfall.is_none() {
            parts.push(part(SAFE, "OK"));
        }
        let mut found = headline(verdict);
        let is_short = verdict.is_within() && !self.report.lists_all;
        let is_clean = verdict.findings.is_empty() && verdict.stale.is_empty();
        if is_short && !is_clean {
            found.push_str(" (--verbose lists them)");
        }
        parts.push(part(STRONG, &found));
        if verdict.accepted_groups > 0 {
            let accepted = counted(verdict.accepted_groups, "group", "groups");
            parts.push(format!("{accepted} accepted"));
        }
        if verdict.unchanged_groups > 0 {
            parts.push(format!("{} unchanged", count(verdict.unchanged_groups)));
        }
        parts.push(format!(
            "scanned {} ({}) in {}",
            counted(summary.totals.files, "file", "files"),
            size(summary.totals.bytes),
            duration(summary.elapsed),
        ));
        for line in wrap(&parts.join(" · "), width.unwrap_or(usize::MAX)) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::CheckFormat;
    use super::super::testing::{HOSTILE_NAMES, Sample, copy};
    use super::*;

    fn text(sample: &Sample) -> String {
        sample.text(CheckFormat::Table)
    }

    #[test]
    fn all_is_well_in_one_line() {
        assert_eq!(
            text(&Sample::clean()),
            "OK · no new duplicates · 12 groups accepted · \
             scanned 227,000 files (4.0 GiB) in 1.23 s\n"
        );
    }

    #[test]
    fn what_is_no_failure_is_one_line() {
        let mut sample = Sample::hostile();
        sample.lists_all = false;
        sample.errors.clear();
        sample.summary = Sample::clean().summary;
        sample.verdict.differences.clear();
        sample.verdict.findings.remove(0);
        sample.verdict.accounts.remove(0);
        for copy in &mut sample.verdict.findings[0].copies[1..] {
            copy.status = FileStatus::New { account: 0 };
        }
        assert_eq!(
            text(&sample),
            "OK · 2 new duplicates in 1 group, 14 B, within the budget, 3 stale baseline entries \
             (--verbose lists them) · 12 groups accepted · 1 unchanged · \
             scanned 227,000 files (4.0 GiB) in 1.23 s\n"
        );
        sample.lists_all = true;
        let all = text(&sample);
        assert!(all.contains("docs/y\n") && !all.contains("fix "), "{all}");
        assert!(!all.contains("accept them"), "{all}");
    }

    #[test]
    fn each_group_says_what_is_new_and_what_it_is_a_copy_of() {
        insta::assert_snapshot!(text(&Sample::plain()));
    }

    #[test]
    fn what_is_within_a_budget_and_what_is_stale_stand_apart() {
        insta::assert_snapshot!(text(&Sample::hostile()));
    }

    #[test]
    fn files_within_and_over_budget_are_distinguished_in_one_group() {
        let mut sample = Sample::hostile();
        let within = FileStatus::New { account: 1 };
        sample.verdict.findings[0]
            .copies
            .push(copy(b"docs/z", within));
        let text = text(&sample);
        assert!(
            text.contains(" new        docs/z  (within its budget)\n"),
            "{text}"
        );
        assert_eq!(text.matches("within its budget").count(), 1);
    }

    #[test]
    fn an_incomplete_check_is_not_ok() {
        let mut sample = Sample::clean();
        sample.summary.complete = false;
        sample.summary.interrupted = true;
        let text = text(&sample);
        assert!(
            text.starts_with("INCOMPLETE: interrupted · no new duplicates · "),
            "{text}"
        );
    }

    #[test]
    fn a_list_that_is_cut_says_so() {
        let mut sample = Sample::plain();
        let kept = (0..1004).map(|n| copy(format!("{n}").as_bytes(), FileStatus::Baseline));
        sample.verdict.findings[0].copies.splice(0..0, kept);
        let text = text(&sample);
        assert!(
            text.contains("              … and 1,000 more files (-f json lists all)\n"),
            "{text}"
        );
    }

    #[test]
    fn color_and_width_change_nothing_but_color() {
        for sample in Sample::all() {
            for width in [1, 20, 80] {
                let render = RenderOptions {
                    color: true,
                    width: Some(width),
                    height: None,
                };
                let colored = sample.bytes_for(CheckFormat::Table, &render);
                let mut plain = String::from_utf8(colored).unwrap();
                assert!(plain.contains("\x1b["));
                for style in ["0", "1", "2", "32", "31"] {
                    plain = plain.replace(&format!("\x1b[{style}m"), "");
                }
                let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(words(&plain), words(&text(&sample)), "{width}");
            }
        }
    }

    /// Nothing acts on a terminal, and no line is a command to a runner.
    fn check(name: &[u8]) -> Result<(), TestCaseError> {
        let [text, plain] = [name, b"plain"].map(|name| text(&Sample::named(name)));
        prop_assert_eq!(text.lines().count(), plain.lines().count());
        prop_assert!(
            !text
                .chars()
                .any(|c| c != '\n' && crate::report::escape::acts(c))
        );
        for line in text.lines() {
            prop_assert!(!line.trim_start().starts_with("::"), "{line}");
        }
        Ok(())
    }

    #[test]
    fn hostile_names_are_escaped() {
        for name in HOSTILE_NAMES {
            check(name).unwrap();
        }
    }

    proptest! {
        #[test]
        fn no_name_acts_on_a_terminal(name in proptest::collection::vec(1_u8.., 1..20)) {
            check(&name)?;
        }
    }
}
