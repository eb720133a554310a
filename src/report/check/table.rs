//! The verdict for people: new duplicates, and what to do about them.
//!
//! Failures come first, then findings within a budget, then stale entries; the
//! verdict is the last line, which is visible in a terminal and at the end of a
//! log. Paths are never shortened or aligned in columns: they are meant to be
//! copied, and a narrow terminal may break them.
//!
//! No line begins with a name: to the runners of some CI systems a line that
//! begins with `::` is a command.

use std::io::{self, Write};

use super::CheckReport;
use super::phrases::{counted_amounts, globs, headline, is_over, kept_reason, shown};
use crate::check::{Copy, FileStatus, Finding};
use crate::report::RenderOptions;
use crate::report::humanize::{count, counted, duration, shortfall, size};
use crate::report::style::{ALERT, FAINT, SAFE, STRONG, Styler};

/// Maximum number of kept files that are listed in each group. One is enough to
/// know what the new ones are copies of.
const MAX_KEPT: usize = 5;

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
    table.findings("New duplicates:", true)?;
    table.findings("New duplicates within the budget:", false)?;
    table.remedy()?;
    table.budgets()?;
    table.stale()?;
    table.last_line()
}

struct Table<'a> {
    out: &'a mut dyn Write,
    report: &'a CheckReport<'a>,
    paint: Styler,
}

impl Table<'_> {
    fn findings(&mut self, title: &str, over: bool) -> io::Result<()> {
        let findings = &self.report.verdict.findings;
        let mut findings = findings.iter().filter(|finding| finding.is_over == over);
        let Some(first) = findings.next() else {
            return Ok(());
        };
        writeln!(self.out, "{}\n", self.paint.on(STRONG, title))?;
        for finding in std::iter::once(first).chain(findings) {
            self.finding(finding)?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let new = finding.new_files().count() as u64;
        let new = counted(new, "new copy", "new copies");
        let numbers = format!("{new} of {}", size(finding.size));
        let digest = self.paint.on(FAINT, format!("digest {}", finding.digest));
        let numbers = self.paint.on(STRONG, numbers);
        writeln!(self.out, "  {numbers} · {digest}")?;
        for copy in finding.new_files() {
            let over = is_over(self.report.verdict, copy);
            let style = if over { ALERT } else { STRONG };
            let note = if over || !finding.is_over {
                ""
            } else {
                "  (within its budget)"
            };
            let name = shown(&copy.path);
            writeln!(
                self.out,
                "    {} {name}{note}",
                self.paint.on(style, "new ")
            )?;
            self.links(copy)?;
        }
        let kept = finding.copies.iter();
        let mut kept = kept.filter(|copy| !matches!(copy.status, FileStatus::New { .. }));
        for copy in kept.by_ref().take(MAX_KEPT) {
            let why = kept_reason(&copy.status).unwrap_or_default();
            let why = self.paint.on(FAINT, format!("({why})"));
            let word = self.paint.on(SAFE, "kept");
            writeln!(self.out, "    {word} {}  {why}", shown(&copy.path))?;
            self.links(copy)?;
        }
        let more = kept.count() as u64;
        if more > 0 {
            let more = counted(more, "more file", "more files");
            let more = format!("kept … and {more} (--format json lists all)");
            writeln!(self.out, "    {}", self.paint.on(FAINT, more))?;
        }
        writeln!(self.out)
    }

    fn links(&mut self, copy: &Copy) -> io::Result<()> {
        for link in &copy.hard_links {
            let line = format!("link {}  (hard link)", shown(link));
            writeln!(self.out, "    {}", self.paint.on(FAINT, line))?;
        }
        Ok(())
    }

    fn remedy(&mut self) -> io::Result<()> {
        if self.report.verdict.findings.is_empty() {
            return Ok(());
        }
        let command = self.paint.on(STRONG, "nodupe check --update-baseline");
        let rule = self.paint.on(STRONG, "an allow rule in nodupe.toml");
        let baseline = shown(self.report.baseline);
        writeln!(self.out, "Remove the new files, or accept them:\n")?;
        writeln!(self.out, "    {command}  adds all of them to {baseline}")?;
        writeln!(self.out, "    {rule}    accepts paths or digests\n")
    }

    /// Path budgets; a single budget for everything is in the verdict already.
    fn budgets(&mut self) -> io::Result<()> {
        let accounts = &self.report.verdict.accounts;
        if accounts.iter().all(|account| account.paths.is_empty()) {
            return Ok(());
        }
        writeln!(self.out, "{}\n", self.paint.on(STRONG, "Budgets:"))?;
        for account in accounts {
            let paths = match &account.paths[..] {
                [] => "everything else".to_owned(),
                paths => globs(paths),
            };
            let (style, word) = if account.is_exceeded() {
                (ALERT, "over")
            } else {
                (SAFE, "OK")
            };
            let (gap, word) = (5 - word.len(), self.paint.on(style, word));
            writeln!(
                self.out,
                "    {word}{:gap$} {paths}: {}",
                "",
                counted_amounts(account)
            )?;
        }
        writeln!(self.out)
    }

    fn stale(&mut self) -> io::Result<()> {
        let verdict = self.report.verdict;
        if verdict.stale.is_empty() {
            return Ok(());
        }
        let title = format!("Stale entries of {}:", shown(self.report.baseline));
        writeln!(self.out, "{}\n", self.paint.on(STRONG, title))?;
        let style = if verdict.deny_stale { ALERT } else { STRONG };
        for entry in &verdict.stale {
            let (path, why) = (shown(&entry.path), entry.now.as_str());
            let why = self.paint.on(FAINT, format!("({why})"));
            writeln!(
                self.out,
                "    {} {path}  {why}",
                self.paint.on(style, "stale")
            )?;
        }
        let command = self.paint.on(STRONG, "nodupe check --update-baseline");
        writeln!(self.out, "\nRemove them: {command}.\n")
    }

    fn last_line(&mut self) -> io::Result<()> {
        let (verdict, summary) = (self.report.verdict, self.report.summary);
        let shortfall = shortfall(summary);
        if let Some(shortfall) = &shortfall {
            write!(self.out, "{} · ", self.paint.on(ALERT, shortfall))?;
        }
        if !verdict.is_within() {
            write!(self.out, "{} · ", self.paint.on(ALERT, "FAILED"))?;
        } else if shortfall.is_none() {
            write!(self.out, "{} · ", self.paint.on(SAFE, "OK"))?;
        }
        write!(self.out, "{}", self.paint.on(STRONG, headline(verdict)))?;
        if verdict.accepted_groups > 0 {
            let accepted = counted(verdict.accepted_groups, "group", "groups");
            write!(self.out, " · {accepted} accepted")?;
        }
        if verdict.unchanged_groups > 0 {
            write!(self.out, " · {} unchanged", count(verdict.unchanged_groups))?;
        }
        writeln!(
            self.out,
            " · scanned {} ({}) in {}",
            counted(summary.totals.files, "file", "files"),
            size(summary.totals.bytes),
            duration(summary.elapsed),
        )
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
            text.contains("    new  docs/z  (within its budget)\n"),
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
            text.contains("\n    kept … and 1,000 more files (--format json lists all)\n"),
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
                assert_eq!(plain, text(&sample), "{width}");
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
