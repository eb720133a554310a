//! GitLab's code quality report: a list of findings, each at a line of a
//! file, in the shape of the Code Climate engines.
//!
//! GitLab compares two reports by fingerprints alone, so those depend only on
//! content and path, never on the run. It needs a line; a duplicate gets its
//! first line. An empty list is a valid report, and resolves earlier findings.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::CheckReport;
use super::fingerprint::fingerprint;
use super::phrases::{REMEDY, STALE_REMEDY, copy_of, is_over, printable, shown, stale};

#[derive(Serialize)]
struct Record<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// Writes records, a line each.
struct List<'a> {
    out: &'a mut dyn Write,
    /// The fingerprints so far: two that are the same would be one finding to
    /// GitLab, and the report invalid.
    seen: HashSet<String>,
}

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    let verdict = report.verdict;
    let mut list = List {
        out,
        seen: HashSet::new(),
    };
    for finding in &verdict.findings {
        for copy in finding.new_files() {
            let over = is_over(verdict, copy);
            let budget = if over { "" } else { ", within the budget" };
            let path = report.placed(&copy.path);
            let what = copy_of(report, finding, copy);
            list.push(
                ("duplicate-file", severity(over)),
                format!("{} is {what}{budget}. {REMEDY}", shown(&path)),
                &path,
                finding.digest.as_bytes(),
            )?;
        }
    }
    for entry in &verdict.stale {
        list.push(
            ("stale-baseline-entry", severity(verdict.deny_stale)),
            format!("{}. {STALE_REMEDY}", stale(report, entry)),
            &report.placed(&entry.path),
            entry.digest.as_bytes(),
        )?;
    }
    for error in report.errors {
        let path = report.placed(&error.path);
        let why = printable(error.message.as_bytes());
        list.push(
            ("unreadable-path", "minor"),
            format!("{} could not be read: {why}", shown(&path)),
            &path,
            error.stage.as_str().as_bytes(),
        )?;
    }
    list.end()
}

fn severity(is_failure: bool) -> &'static str {
    if is_failure { "major" } else { "minor" }
}

impl List<'_> {
    fn push(
        &mut self,
        (check_name, severity): (&'static str, &'static str),
        description: String,
        path: &Path,
        content: &[u8],
    ) -> io::Result<()> {
        let fingerprint = fingerprint(check_name, path, content);
        if !self.seen.insert(fingerprint.clone()) {
            return Ok(());
        }
        let record = Record {
            description,
            check_name,
            fingerprint,
            severity,
            location: Location {
                // A name that is not Unicode has no exact form here; the
                // description identifies it.
                path: &path.to_string_lossy(),
                lines: Lines { begin: 1 },
            },
        };
        let before: &[u8] = if self.seen.len() == 1 {
            b"[\n  "
        } else {
            b",\n  "
        };
        self.out.write_all(before)?;
        self.out.write_all(&serde_json::to_vec(&record)?)
    }

    fn end(self) -> io::Result<()> {
        let end: &[u8] = if self.seen.is_empty() {
            b"[]\n"
        } else {
            b"\n]\n"
        };
        self.out.write_all(end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::CheckFormat;
    use super::super::testing::Sample;
    use super::*;

    fn read(sample: &Sample) -> Vec<Value> {
        serde_json::from_slice(&sample.bytes(CheckFormat::Gitlab)).unwrap()
    }

    #[test]
    fn a_finding_has_a_line() {
        insta::assert_snapshot!(Sample::plain().text(CheckFormat::Gitlab));
    }

    #[test]
    fn all_kinds_of_findings_have_their_severity() {
        insta::assert_snapshot!(Sample::hostile().text(CheckFormat::Gitlab));
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(Sample::clean().text(CheckFormat::Gitlab), "[]\n");
    }

    #[test]
    fn all_that_gitlab_needs_is_there_and_fingerprints_are_distinct() {
        let mut sample = Sample::hostile();
        sample.errors.push(sample.errors[0].clone());
        let records = read(&sample);
        assert_eq!(records.len(), 12 + 2 + 3 + 2);
        let mut prints = HashSet::new();
        for record in &records {
            for field in ["description", "check_name", "fingerprint", "severity"] {
                assert!(record[field].as_str().is_some_and(|text| !text.is_empty()));
            }
            assert_eq!(record["location"]["lines"]["begin"], 1);
            assert!(prints.insert(record["fingerprint"].as_str().unwrap()));
        }
        let paths: Vec<_> = sample.new_paths();
        for (record, path) in records.iter().zip(&paths) {
            let written = record["location"]["path"].as_str().unwrap();
            assert_eq!(written, path.to_string_lossy());
        }
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_what_else_is_found() {
        let mut sample = Sample::plain();
        let before = read(&sample);
        sample.verdict.findings.remove(0);
        sample.verdict.findings[0].copies[0].path = "z".into();
        let after = read(&sample);
        assert_eq!(before[1]["fingerprint"], after[0]["fingerprint"]);
        assert_ne!(before[1]["description"], after[0]["description"]);
    }

    proptest! {
        #[test]
        fn any_name_is_read_back(name in "[^\0]{1,12}") {
            let sample = Sample::named(name.as_bytes());
            let records = read(&sample);
            prop_assert_eq!(records[1]["location"]["path"].as_str(), Some(name.as_str()));
        }
    }
}
