//! GitLab's code quality report: a list of issues, each at a line of a file, in
//! the shape of the Code Climate engines.
//!
//! GitLab compares two reports by fingerprints alone, so those depend only on
//! content and path, never on the run. It needs a line; a duplicate gets its
//! first line. An empty list is a valid report, and resolves earlier issues.

use std::collections::HashSet;
use std::io::{self, Write};

use serde_json::json;

use super::CheckReport;
use super::issue::{Base, Severity, issues};

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    // Two fingerprints that are the same would be one issue to GitLab, and the
    // report invalid.
    let mut seen = HashSet::new();
    for issue in issues(report, Base::Repository) {
        if !seen.insert(issue.fingerprint.clone()) {
            continue;
        }
        let record = json!({
            "description": issue.text(),
            "check_name": issue.rule.id(),
            "fingerprint": issue.fingerprint,
            "severity": match issue.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
            },
            "location": {
                // A name that is not Unicode has no exact form here; the
                // description identifies it.
                "path": issue.path.to_string_lossy(),
                "lines": { "begin": 1 },
            },
        });
        out.write_all(if seen.len() == 1 { b"[\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, &record)?;
    }
    out.write_all(if seen.is_empty() { b"[]\n" } else { b"\n]\n" })
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
        assert_eq!(records.len(), 12 + 2 + 2 + 3 + 2);
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
