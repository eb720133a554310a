//! A Markdown table, for the summary of a job or a comment.
//!
//! A name is in a `code` element with every character escaped that is special
//! in Markdown: no name breaks the table, becomes a link, an image or HTML, or
//! mentions anybody. (Mentions and issue references are searched after Markdown
//! is rendered, but not in code.)

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use super::CheckReport;
use super::phrases::{
    REMEDY, STALE_REMEDY, counted_amounts, globs, headline, is_over, printable, shown,
};
use crate::check::{Finding, Verdict};
use crate::report::humanize::{counted, shortfall, size};

/// Maximum number of bytes before a list is cut. GitHub discards a summary of
/// more than 1 MiB as a whole; a row is at most 60 KiB even if both its names
/// are as long as a path can be and need escapes throughout, and the text after
/// the lists is short.
const ROOM: usize = 900 * 1024;

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    let mut page = Page { out, written: 0 };
    let verdict = report.verdict;
    page.put(&format!("### nodupe check: {}\n\n", outcome(report)))?;
    let mut line = headline(verdict);
    if let Some(shortfall) = shortfall(report.summary) {
        line = format!("{shortfall} · {line}");
    }
    page.put(&format!("{}.\n", prose(&line)))?;
    let rows = verdict.findings.iter().flat_map(|finding| {
        let new = finding.new_files();
        new.map(move |copy| {
            let over = is_over(verdict, copy);
            format!(
                "| {} | {} | {} | {} |\n",
                code(&report.placed(&copy.path)),
                original(report, finding),
                size(finding.size),
                if over { "**over**" } else { "within" }
            )
        })
    });
    let head = "| New file | Copy of | Size | Budget |\n| :-- | :-- | --: | :-- |\n";
    page.list(head, rows)?;
    if !verdict.findings.is_empty() {
        page.put(&format!("\n{}\n", escaped(REMEDY)))?;
    }
    page.budgets(verdict)?;
    let stale = verdict.stale.iter().map(|entry| {
        let path = code(&report.placed(&entry.path));
        format!("| {path} | {} |\n", entry.now.as_str())
    });
    page.list("| Stale baseline entry | Why |\n| :-- | :-- |\n", stale)?;
    if !verdict.stale.is_empty() {
        page.put(&format!("\n{}\n", escaped(STALE_REMEDY)))?;
    }
    let errors = report.errors.iter().map(|error| {
        let path = code(&report.placed(&error.path));
        let why = printable(error.message.as_bytes());
        format!("| {path} | {} |\n", prose(&why))
    });
    page.list("| Could not be read | Why |\n| :-- | :-- |\n", errors)?;
    let accepted = counted(verdict.accepted_groups, "group", "groups");
    page.put(&format!("\nAccepted: {accepted}.\n"))
}

fn outcome(report: &CheckReport<'_>) -> &'static str {
    if !report.verdict.is_within() {
        "failed"
    } else if shortfall(report.summary).is_some() {
        "incomplete"
    } else {
        "passed"
    }
}

fn original(report: &CheckReport<'_>, finding: &Finding) -> String {
    let original = finding.original();
    original.map_or(String::new(), |copy| code(&report.placed(&copy.path)))
}

struct Page<'a> {
    out: &'a mut dyn Write,
    written: usize,
}

impl Page<'_> {
    fn put(&mut self, text: &str) -> io::Result<()> {
        self.written += text.len();
        self.out.write_all(text.as_bytes())
    }

    /// Writes a table with these rows, if there are any, as far as there is
    /// room for them.
    fn list(&mut self, head: &str, mut rows: impl Iterator<Item = String>) -> io::Result<()> {
        let Some(first) = rows.next() else {
            return Ok(());
        };
        self.put("\n")?;
        self.put(head)?;
        let mut hidden = 0;
        for row in std::iter::once(first).chain(rows) {
            if self.written < ROOM && hidden == 0 {
                self.put(&row)?;
            } else {
                hidden += 1;
            }
        }
        if hidden > 0 {
            let more = counted(hidden, "more row", "more rows");
            self.put(&format!(
                "\n… and {more} omitted because of the size limit. The other formats list all.\n"
            ))?;
        }
        Ok(())
    }

    /// Path budgets; a single budget for everything is in the verdict already.
    fn budgets(&mut self, verdict: &Verdict) -> io::Result<()> {
        if verdict
            .accounts
            .iter()
            .all(|account| account.paths.is_empty())
        {
            return Ok(());
        }
        let rows = verdict.accounts.iter().map(|account| {
            let paths = match &account.paths[..] {
                [] => "everything else".to_owned(),
                paths => in_code(&globs(paths)),
            };
            let over = account.is_exceeded();
            let status = if over { "**over**" } else { "OK" };
            format!(
                "| {paths} | {} | {status} |\n",
                prose(&counted_amounts(account))
            )
        });
        self.list("| Budget for | Counted | |\n| :-- | :-- | :-- |\n", rows)
    }
}

fn code(path: &Path) -> String {
    in_code(&shown(path))
}

/// Printable text as code.
fn in_code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Printable text, outside of code: an empty comment keeps `@` and `#` from
/// what would make them a mention or a reference.
fn prose(text: &str) -> String {
    let text = escaped(text);
    text.replace("&#64;", "&#64;<!-- -->")
        .replace("&#35;", "&#35;<!-- -->")
}

/// Text without special meaning: ASCII punctuation as references, except where
/// that would only make a text unreadable. A period is escaped after `w`, where
/// it may make `www.` a link, and after a digit, where it may begin a list; so
/// are spaces at the ends and repeated ones, which would be lost.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let plain = match c {
            ' ' => before != ' ' && rest.peek().is_some(),
            '.' => !(before.eq_ignore_ascii_case(&'w') || before.is_ascii_digit()),
            '/' | ',' | ';' => true,
            '-' => before != ' ',
            _ => !c.is_ascii_punctuation(),
        };
        before = c;
        if plain {
            escaped.push(c);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "&#{};", u32::from(c));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::CheckFormat;
    use super::super::testing::{HOSTILE_NAMES, NEW, Sample, copy};
    use super::*;

    fn text(sample: &Sample) -> String {
        sample.text(CheckFormat::Markdown)
    }

    /// The text that a reader of HTML sees, its references taken back.
    fn unescaped(text: &str) -> String {
        let mut seen = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("&#") {
            seen.push_str(before);
            let (number, behind) = behind.split_once(';').unwrap();
            seen.push(char::from_u32(number.parse().unwrap()).unwrap());
            rest = behind;
        }
        seen + rest
    }

    #[test]
    fn nothing_new_is_said_shortly() {
        assert_eq!(
            text(&Sample::clean()),
            "### nodupe check: passed\n\nno new duplicates.\n\nAccepted: 12 groups.\n"
        );
    }

    #[test]
    fn new_files_are_rows() {
        insta::assert_snapshot!(text(&Sample::plain()));
    }

    #[test]
    fn each_kind_of_finding_has_a_table() {
        insta::assert_snapshot!(text(&Sample::hostile()));
    }

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escaped("a/b-c.png, x; y"), "a/b-c.png, x; y");
        assert_eq!(
            escaped("www.e 1. -x  y "),
            "www&#46;e 1&#46; &#45;x &#32;y&#32;"
        );
        for c in "`*_{}[]()<>#+!|~\\&:@$\"'=^%?".chars() {
            assert_eq!(escaped(&format!("a{c}")), format!("a&#{};", u32::from(c)));
        }
    }

    #[test]
    fn mentions_outside_code_are_escaped() {
        let mut sample = Sample::plain();
        sample.verdict.accounts[0].paths = vec!["@me/#1".to_owned()];
        sample.errors = vec![crate::report::testing::error(b"x")];
        sample.errors[0].message = "@you".to_owned();
        let page = text(&sample);
        assert!(
            page.contains("in &#64;<!-- -->me/&#35;<!-- -->1&#58; none"),
            "{page}"
        );
        assert!(page.contains("| <code>&#64;me/&#35;1</code> |"), "{page}");
        assert!(page.contains("| &#64;<!-- -->you |"), "{page}");
    }

    fn check(name: &[u8]) -> Result<(), TestCaseError> {
        let page = text(&Sample::named(name));
        let plain = text(&Sample::named(b"plain"));
        prop_assert_eq!(page.lines().count(), plain.lines().count());
        for (line, plain) in page.lines().zip(plain.lines()) {
            // Only the markup of an ordinary name.
            let signs = |line: &str| -> String {
                let signs = line.replace("<!-- -->", "");
                let signs = signs.replace("&#", "").replace("**", "B");
                let special = "|<>[]()`*_!#&:@~\\\"'$^{}=+";
                signs.chars().filter(|c| special.contains(*c)).collect()
            };
            prop_assert_eq!(signs(line), signs(plain));
        }
        let row = page
            .lines()
            .find(|line| line.contains("<code>old</code>"))
            .unwrap();
        let shown = row
            .strip_prefix("| <code>")
            .unwrap()
            .split_once("</code>")
            .unwrap()
            .0;
        prop_assert_eq!(unescaped(shown), printable(name));
        prop_assert!(!shown.to_ascii_lowercase().contains("www."));
        Ok(())
    }

    #[test]
    fn hostile_names_break_nothing() {
        for name in HOSTILE_NAMES {
            check(name).unwrap();
        }
    }

    #[test]
    fn a_summary_stays_below_the_size_limit() {
        let mut sample = Sample::plain();
        let name = "[".repeat(4000);
        let copies = (0..200).map(|n| copy(format!("{n}{name}").as_bytes(), NEW));
        sample.verdict.findings[0].copies = copies.collect();
        let text = text(&sample);
        assert!(text.len() > 900 * 1024 && text.len() < 1024 * 1024);
        let rows = text.matches("\n| <code>").count() as u64;
        let hidden = sample.verdict.duplicates() - rows;
        assert!(
            text.contains(&format!("\n… and {hidden} more rows omitted")),
            "{rows}"
        );
    }

    proptest! {
        #[test]
        fn no_name_breaks_it(name in proptest::collection::vec(1_u8.., 1..20)) {
            check(&name)?;
        }

        #[test]
        fn no_text_breaks_it(name in "[ -/:-@\\[-`{-~w1\n]{1,20}") {
            check(name.as_bytes())?;
        }
    }
}
