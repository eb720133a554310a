//! One JSON document: the whole verdict for another program.
//!
//! The verdict (whether the project is within its budgets, and whether that is
//! certain) comes first, so that a program can stop there. Nothing in it
//! depends on the duration of the scan: the same project gives the same bytes.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::CheckReport;
use super::issue::{Base, Issue, issues};
use super::phrases::{reason, status_word};
use crate::check::{Account, Copy, FileStatus, Finding, Measure, Stale, Staleness, Verdict};
use crate::error::ScanError;
use crate::report::json_format;
use crate::report::record::{Completeness, ErrorRecord, ExactPath, Listed, Shown, Totals, Writer};
use crate::types::Digest;

/// The version of this document: it is incremented when an existing field
/// changes its meaning or is removed.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    writer: Writer,
    within: bool,
    stopped_early: bool,
    #[serde(flatten)]
    completeness: Completeness,
    root: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_bytes: Option<String>,
    project_file: Option<Listed<'a>>,
    hash: &'static str,
    new: Amount,
    accepted_groups: u64,
    unchanged_groups: u64,
    deny_stale: bool,
    totals: Totals,
    budgets: Vec<BudgetRecord<'a>>,
    issues: Issues<'a>,
    findings: Findings<'a>,
    stale: Vec<StaleRecord<'a>>,
    errors: Errors<'a>,
}

/// The amount of new duplicates.
#[derive(Serialize)]
struct Amount {
    groups: u64,
    duplicates: u64,
    reclaimable_bytes: u64,
}

#[derive(Serialize)]
struct BudgetRecord<'a> {
    paths: &'a [String],
    limits: Limits,
    counted: Amount,
    exceeded: Vec<&'static str>,
}

#[derive(Serialize)]
struct Limits {
    groups: Option<u64>,
    duplicates: Option<u64>,
    reclaimable_bytes: Option<u64>,
}

#[derive(Serialize)]
struct FindingRecord<'a> {
    digest: Shown<Digest>,
    size: u64,
    reclaimable_bytes: u64,
    over: bool,
    directory_files: Option<u64>,
    files: Vec<FileRecord<'a>>,
}

#[derive(Serialize)]
struct FileRecord<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    hard_links: Vec<Listed<'a>>,
    status: &'static str,
    accepted_by: Option<&'static str>,
    reason: Option<&'a str>,
    budget: Option<usize>,
}

#[derive(Serialize)]
struct StaleRecord<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    digest: Shown<Digest>,
    now: &'static str,
}

#[derive(Serialize)]
struct IssueRecord<'a> {
    severity: &'static str,
    rule: &'static str,
    #[serde(flatten)]
    path: ExactPath<'a>,
    message: String,
    fix: Option<&'a str>,
    fingerprint: &'a str,
}

/// The issues, made into records one at a time.
struct Issues<'a>(&'a CheckReport<'a>);

impl Serialize for Issues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for issue in issues(self.0, Base::Project) {
            list.serialize_element(&IssueRecord::of(&issue))?;
        }
        list.end()
    }
}

impl<'a> IssueRecord<'a> {
    fn of(issue: &'a Issue<'_>) -> Self {
        Self {
            severity: issue.severity.as_str(),
            rule: issue.rule.id(),
            path: ExactPath::of(&issue.path),
            message: issue.message(),
            fix: issue.fix.as_deref(),
            fingerprint: &issue.fingerprint,
        }
    }
}

/// The findings, made into records one at a time.
struct Findings<'a>(&'a [Finding]);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(FindingRecord::of))
    }
}

struct Errors<'a>(&'a [ScanError]);

impl Serialize for Errors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ErrorRecord::of))
    }
}

pub(super) fn write<'a>(out: &mut dyn Write, report: &'a CheckReport<'a>) -> io::Result<()> {
    let verdict = report.verdict;
    let root = ExactPath::of(report.root);
    let document = Document {
        writer: Writer::of(VERSION),
        within: verdict.is_within(),
        stopped_early: verdict.stopped_early,
        completeness: Completeness::of(report.summary),
        root: root.path,
        root_bytes: root.path_bytes,
        project_file: report.project_file.map(Listed::one),
        hash: report.hash.as_str(),
        new: Amount::of(verdict),
        accepted_groups: verdict.accepted_groups,
        unchanged_groups: verdict.unchanged_groups,
        deny_stale: verdict.deny_stale,
        totals: Totals::of(&report.summary.totals),
        budgets: verdict.accounts.iter().map(BudgetRecord::of).collect(),
        issues: Issues(report),
        findings: Findings(&verdict.findings),
        stale: verdict.stale.iter().map(StaleRecord::of).collect(),
        errors: Errors(report.errors),
    };
    json_format::write(out, &document)
}

impl Amount {
    fn of(verdict: &Verdict) -> Self {
        Self {
            groups: verdict.findings.len() as u64,
            duplicates: verdict.duplicates(),
            reclaimable_bytes: verdict.reclaimable_bytes(),
        }
    }
}

impl<'a> BudgetRecord<'a> {
    fn of(account: &'a Account) -> Self {
        let exceeded = account.excess().into_iter();
        Self {
            paths: &account.paths,
            limits: Limits {
                groups: account.budget.max_groups,
                duplicates: account.budget.max_duplicates,
                reclaimable_bytes: account.budget.max_reclaimable,
            },
            counted: Amount {
                groups: account.groups,
                duplicates: account.duplicates,
                reclaimable_bytes: account.reclaimable_bytes,
            },
            exceeded: exceeded.map(|excess| measure(excess.measure)).collect(),
        }
    }
}

impl<'a> FindingRecord<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            digest: Shown(finding.digest),
            size: finding.size,
            reclaimable_bytes: finding.reclaimable_bytes,
            over: finding.is_over,
            directory_files: finding.directory_files,
            files: finding.copies.iter().map(FileRecord::of).collect(),
        }
    }
}

impl<'a> FileRecord<'a> {
    fn of(copy: &'a Copy) -> Self {
        let (status, budget) = match &copy.status {
            FileStatus::New { account } => ("new", Some(*account)),
            FileStatus::Original => ("original", None),
            _ => ("accepted", None),
        };
        Self {
            path: ExactPath::of(&copy.path),
            hard_links: Listed::all(&copy.hard_links),
            status,
            accepted_by: (status == "accepted").then(|| status_word(&copy.status)),
            reason: Some(reason(&copy.status)).filter(|reason| !reason.is_empty()),
            budget,
        }
    }
}

impl<'a> StaleRecord<'a> {
    fn of(stale: &'a Stale) -> Self {
        Self {
            path: ExactPath::of(&stale.path),
            digest: Shown(stale.digest),
            now: match stale.now {
                Staleness::Gone => "gone",
                Staleness::Changed => "changed",
                Staleness::Alone => "alone",
            },
        }
    }
}

/// The name of a measure, as `limits` and `counted` have it.
fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Groups => "groups",
        Measure::Duplicates => "duplicates",
        Measure::Reclaimable => "reclaimable_bytes",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::CheckFormat;
    use super::super::testing::Sample;
    use crate::report::testing;

    fn value(sample: &Sample) -> Value {
        serde_json::from_slice(&sample.bytes(CheckFormat::Json)).unwrap()
    }

    /// The path that a record names.
    fn exact(record: &Value) -> PathBuf {
        match record.get("path_bytes") {
            Some(bytes) => testing::path(&STANDARD.decode(bytes.as_str().unwrap()).unwrap()),
            None => PathBuf::from(record["path"].as_str().unwrap()),
        }
    }

    #[test]
    fn each_field_finding_and_error_has_a_line() {
        let text = Sample::hostile().text(CheckFormat::Json);
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        insta::assert_snapshot!(text.replace(&version, "\"VERSION\""));
    }

    #[test]
    fn a_root_that_is_not_unicode_is_exact() {
        let sample = Sample::clean();
        let root = testing::path(b"/\xff");
        let mut report = sample.report();
        report.root = &root;
        let mut out = Vec::new();
        super::write(&mut out, &report).unwrap();
        let value: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["root_bytes"], "L/8=");
        assert_eq!(value["within"], true);
    }

    proptest! {
        #[test]
        fn any_name_is_read_back(name in "[^/\0]{1,9}", tail in proptest::collection::vec(1_u8.., 0..4)) {
            let name = [name.as_bytes(), &tail[..]].concat();
            let name: Vec<u8> = name.into_iter().filter(|b| *b != b'/').collect();
            let sample = Sample::named(&name);
            let value = value(&sample);
            let files = &value["findings"][1]["files"];
            prop_assert_eq!(exact(&files[1]), testing::path(&name));
            prop_assert_eq!(exact(&value["stale"][0]), testing::path(&name));
            prop_assert_eq!(exact(&value["errors"][0]), testing::path(&name));
        }
    }
}
