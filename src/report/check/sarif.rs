//! SARIF 2.1.0, the format of code scanning.
//!
//! It has everything that GitHub's code scanning requires beyond the standard:
//! rules with short, full and help texts, a location with a region for every
//! result, and a fingerprint under the one name that it reads.
//!
//! Relative URIs are relative to the root of the repository. Its path on this
//! machine is omitted: readers of the log do not need it, and the same result
//! would have a different text elsewhere.
//!
//! The log is written as JSON literals. Types made from the published schema
//! exist, but they need all results in memory, with some kilobytes for each
//! location; a test holds the literals to that schema instead.

use std::io::{self, Write};
use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::CheckReport;
use super::issue::{Base, Issue, Rule, issues};
use super::phrases::headline;
use crate::report::humanize::shortfall;
use crate::report::json_format;
use crate::report::uri::uri;

/// Brackets around a line break: the log, its runs, the run, its results.
const DEEPEST: usize = 4;

/// The base of relative URIs, under the name that code hosts know.
const SOURCE_ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    invocations: [Value; 1],
    original_uri_base_ids: Value,
    column_kind: &'static str,
    results: Results<'a>,
}

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: tool(),
            invocations: [invocation(report)],
            original_uri_base_ids: json!({
                SOURCE_ROOT: { "description": { "text": "The root of the repository." } }
            }),
            column_kind: "unicodeCodePoints",
            results: Results(report),
        }],
    };
    json_format::write_deeper(out, &log, DEEPEST)
}

/// The rules whose violations are results. A path that could not be read is no
/// result but a notification.
fn rules() -> impl Iterator<Item = Rule> {
    Rule::ALL
        .into_iter()
        .filter(|rule| *rule != Rule::Unreadable)
}

fn tool() -> Value {
    let rules = rules().map(|rule| {
        json!({
            "id": rule.id(),
            "shortDescription": { "text": rule.title() },
            "fullDescription": { "text": rule.meaning() },
            "help": { "text": rule.remedy() },
            "defaultConfiguration": {
                "level": if rule == Rule::Stale { "warning" } else { "error" },
            },
            "properties": { "tags": ["maintainability"] },
        })
    });
    json!({
        "driver": {
            "name": "nodupe",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.collect::<Vec<_>>(),
        }
    })
}

/// The outcome of the scan and the paths that it could not read.
fn invocation(report: &CheckReport<'_>) -> Value {
    let unread = issues(report, Base::Repository).filter(|issue| issue.rule == Rule::Unreadable);
    let unread = unread.map(|issue| {
        json!({
            "level": "error",
            "message": message(&issue.message()),
            "locations": [location(&issue.path)],
        })
    });
    let early = report
        .verdict
        .stopped_early
        .then(|| headline(report.verdict));
    let others = shortfall(report.summary).into_iter().chain(early);
    let others = others.map(|text| json!({ "level": "warning", "message": message(&text) }));
    json!({
        "executionSuccessful": report.summary.complete && !report.summary.interrupted,
        "toolExecutionNotifications": unread.chain(others).collect::<Vec<_>>(),
    })
}

/// The results, made one at a time.
struct Results<'a>(&'a CheckReport<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let issues = issues(self.0, Base::Repository);
        let issues = issues.filter(|issue| issue.rule != Rule::Unreadable);
        serializer.collect_seq(issues.map(|issue| result(&issue)))
    }
}

fn result(issue: &Issue<'_>) -> Value {
    let mut text = issue.text();
    if issue.unlisted > 0 {
        text.push_str(&format!(
            " {} more copies are not listed here.",
            issue.unlisted
        ));
    }
    let related = issue.others.iter().zip(1..).map(|(other, id)| {
        let mut related = at_start(&other.path);
        related["id"] = json!(id);
        related["message"] = message(&other.role);
        related
    });
    let file = issue.location.as_deref().unwrap_or(&issue.path);
    json!({
        "ruleId": issue.rule.id(),
        "ruleIndex": rules().position(|rule| rule == issue.rule),
        "level": issue.severity.as_str(),
        "message": message(&text),
        "locations": [at_start(file)],
        "relatedLocations": related.collect::<Vec<_>>(),
        // The identity of an alert on GitHub. Without it, GitHub would look at
        // lines of the file, which may be a picture.
        "partialFingerprints": { "primaryLocationLineHash": issue.fingerprint },
    })
}

/// Quotes a text exactly: braces, which are placeholders, are doubled (3.11.5
/// of the standard); brackets are escaped (3.11.6), so a name cannot make a
/// link.
fn message(text: &str) -> Value {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' | '}' => escaped.push(c),
            '[' | ']' => escaped.push('\\'),
            _ => {}
        }
        escaped.push(c);
    }
    json!({ "text": escaped })
}

fn location(path: &Path) -> Value {
    let mut artifact = json!({ "uri": uri(path) });
    if !path.is_absolute() {
        artifact["uriBaseId"] = json!(SOURCE_ROOT);
    }
    json!({ "physicalLocation": { "artifactLocation": artifact } })
}

/// The first line. The whole file is meant, but a region with lines is required
/// even if the file has none.
fn at_start(path: &Path) -> Value {
    let mut start = location(path);
    start["physicalLocation"]["region"] =
        json!({ "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1 });
    start
}

#[cfg(test)]
#[path = "sarif_tests.rs"]
mod tests;
