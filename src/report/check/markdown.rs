//! A Markdown page, for the summary of a job or a comment.
//!
//! All text that is not ours is in code spans: no name breaks a table, becomes a
//! link, an image or HTML, or mentions anybody. (Mentions and issue references
//! are searched after Markdown is rendered, but not in code.) So nothing needs
//! to be escaped but the `|` that would end a cell.

use std::io::{self, Write};

use super::CheckReport;
use super::issue::{Base, Rule, Severity, marked_issues};
use super::phrases::{counted_amounts, globs, short_headline};
use crate::report::humanize::{counted, shortfall, size};
use crate::report::markdown::{Page, code};
use crate::report::quote;

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    let mut page = Page::new(out);
    let verdict = report.verdict;
    page.put(&format!("### nodupe check: {}\n\n", outcome(report)))?;
    let mut line = capitalized(&short_headline(verdict));
    if let Some(shortfall) = shortfall(report.summary) {
        line = format!("{shortfall} · {line}");
    }
    page.put(&format!("{line}.\n"))?;
    for rule in Rule::ALL {
        let mut listed = marked_issues(report, Base::Repository, code)
            .filter(|issue| issue.rule == rule)
            .peekable();
        let needs_remedy = listed.peek().is_some_and(|issue| !issue.is_tolerated);
        let rows = listed.map(|issue| {
            let path = code(&quote(&issue.path));
            if !matches!(rule, Rule::Duplicate | Rule::DuplicateDirectory) {
                return format!("| {path} | {} |\n", issue.what);
            }
            let of = issue.others.first().map(|other| code(&quote(&other.path)));
            let fix = match (&issue.fix, issue.severity) {
                (Some(fix), _) => code(fix),
                (None, Severity::Error) => String::new(),
                (None, Severity::Warning) => "within the budget".to_owned(),
            };
            let size = issue.size.map_or(String::new(), size);
            format!("| {path} | {} | {size} | {fix} |\n", of.unwrap_or_default())
        });
        let head = match rule {
            Rule::Duplicate => "| New file | Copy of | Size | Fix |\n| :-- | :-- | --: | :-- |\n",
            Rule::DuplicateDirectory => {
                "| New directory | Copy of | Size | Fix |\n| :-- | :-- | --: | :-- |\n"
            }
            Rule::Difference => "| Must be identical | Problem |\n| :-- | :-- |\n",
            Rule::Stale => "| Stale baseline entry | Problem |\n| :-- | :-- |\n",
            Rule::Unreadable => "| Not checked | Problem |\n| :-- | :-- |\n",
        };
        page.list(head, rows)?;
        if needs_remedy && !rule.remedy().is_empty() {
            page.put(&format!("\n{}\n", rule.remedy()))?;
        }
        if rule == Rule::DuplicateDirectory && !verdict.findings.is_empty() {
            budgets(&mut page, report)?;
        }
    }
    let accepted = counted(verdict.accepted_groups, "group", "groups");
    page.put(&format!("\nAccepted: {accepted}.\n"))
}

/// A text that begins a sentence.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
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

/// Path budgets; a single budget for everything is in the verdict already.
fn budgets(page: &mut Page<'_>, report: &CheckReport<'_>) -> io::Result<()> {
    let accounts = &report.verdict.accounts;
    if accounts.iter().all(|account| account.paths.is_empty()) {
        return Ok(());
    }
    let rows = accounts.iter().map(|account| {
        let paths = match &account.paths[..] {
            [] => "everything else".to_owned(),
            paths => code(&globs(paths)),
        };
        let over = account.is_exceeded();
        let status = if over { "**over**" } else { "OK" };
        format!("| {status} | {paths} | {} |\n", counted_amounts(account))
    });
    page.list(
        "| Budget | For | New duplicates |\n| :-- | :-- | :-- |\n",
        rows,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::super::CheckFormat;
    use super::super::issue::issues;
    use super::super::testing::{HOSTILE_NAMES, NEW, Sample, copy};
    use super::*;
    use crate::report::testing::path;

    fn text(sample: &Sample) -> String {
        sample.text(CheckFormat::Markdown)
    }

    /// The cells of all tables as a reader sees them, a row after the other.
    /// Fails if there is anything but text, code and emphasis in the page.
    fn rows(page: &str) -> Result<Vec<Vec<String>>, TestCaseError> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut in_table = false;
        for event in Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Start(Tag::Table(_)) => in_table = true,
                Event::End(TagEnd::Table) => in_table = false,
                Event::Start(Tag::TableRow) => rows.push(Vec::new()),
                Event::Start(Tag::TableHead) => rows.push(Vec::new()),
                Event::Start(Tag::TableCell) => rows.last_mut().unwrap().push(String::new()),
                Event::Text(text) | Event::Code(text) if in_table => {
                    rows.last_mut().unwrap().last_mut().unwrap().push_str(&text);
                }
                Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Strong)
                | Event::Text(_)
                | Event::End(_) => {}
                other => return Err(TestCaseError::fail(format!("{other:?} in {page}"))),
            }
        }
        Ok(rows)
    }

    #[test]
    fn nothing_new_is_said_shortly() {
        assert_eq!(
            text(&Sample::clean()),
            "### nodupe check: passed\n\nNo new duplicates.\n\nAccepted: 12 groups.\n"
        );
    }

    #[test]
    fn new_files_are_rows() {
        insta::assert_snapshot!(text(&Sample::plain()));
    }

    #[test]
    fn each_kind_of_issue_has_a_table() {
        insta::assert_snapshot!(text(&Sample::hostile()));
    }

    /// Every text is read as it was meant, and nothing else happens.
    fn check(name: &[u8]) -> Result<(), TestCaseError> {
        let sample = Sample::named(name);
        let page = text(&sample);
        let rows = rows(&page)?;
        let name = path(name);
        let name = quote(&name);
        let expected: Vec<Vec<String>> = issues(&sample.report(), Base::Repository)
            .map(|issue| match issue.rule {
                Rule::Duplicate => vec![
                    quote(&issue.path).into_owned(),
                    quote(&issue.others[0].path).into_owned(),
                    size(issue.size.unwrap()),
                    issue.fix.clone().unwrap(),
                ],
                _ => vec![quote(&issue.path).into_owned(), issue.what.clone()],
            })
            .collect();
        let bodies: Vec<_> = rows
            .into_iter()
            .filter(|row| {
                !row.contains(&"Copy of".to_owned()) && !row.contains(&"Problem".to_owned())
            })
            .collect();
        prop_assert_eq!(&bodies, &expected);
        prop_assert_eq!(&bodies[0][1], &name);
        prop_assert_eq!(&bodies[1][0], &name);
        Ok(())
    }

    #[test]
    fn hostile_names_are_read_back() {
        for name in HOSTILE_NAMES {
            check(name).unwrap();
        }
    }

    #[test]
    fn a_summary_stays_below_the_size_limit() {
        let mut sample = Sample::plain();
        let name = "[".repeat(4000);
        let copies = (0..400).map(|n| copy(format!("{n}{name}").as_bytes(), NEW));
        sample.verdict.findings[0].copies = copies.collect();
        let text = text(&sample);
        assert!(text.len() > 900 * 1024 && text.len() < 1024 * 1024);
        let rows = rows(&text).unwrap().len() as u64 - 1;
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
