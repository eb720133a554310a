//! SARIF 2.1.0, the format of code scanning.
//!
//! It has everything that GitHub's code scanning requires beyond the standard:
//! rules with short, full and help texts, a location with a region for every
//! result, and a fingerprint under the one name that it reads.
//!
//! Relative URIs are relative to the root of the repository. Its path on this
//! machine is omitted: readers of the log do not need it, and the same result
//! would have a different text elsewhere.

mod record;

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use self::record::{
    Invocation, Location, Log, Message, Notification, Region, Related, ResultRecord, Run,
};
use super::CheckReport;
use super::fingerprint::fingerprint;
use super::phrases::{copy_of, headline, is_over, kept_reason, printable, stale};
use crate::check::{Copy, Finding, Stale};
use crate::report::humanize::shortfall;
use crate::report::json_format;

/// Brackets around a line break: the log, its runs, the run, its results.
const DEEPEST: usize = 4;

/// Maximum number of copies that a result points at. GitHub accepts a thousand
/// and shows a hundred; and as each copy of a large group has a result,
/// pointing at all others would make the log grow with the square of the group.
const MAX_RELATED: usize = 100;

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    let run = Run::new(invocation(report), Results(report));
    json_format::write_deeper(out, &Log::new(run), DEEPEST)
}

/// The outcome of the scan and the paths that it could not read.
fn invocation(report: &CheckReport<'_>) -> Invocation {
    let unread = report.errors.iter().map(|error| Notification {
        level: "error",
        message: Message::plain(&format!(
            "could not be read: {}",
            printable(error.message.as_bytes())
        )),
        locations: vec![Location::of(&report.placed(&error.path), None)],
    });
    let mut notifications: Vec<Notification> = unread.collect();
    let short = shortfall(report.summary);
    let early = report
        .verdict
        .stopped_early
        .then(|| headline(report.verdict));
    notifications.extend(short.into_iter().chain(early).map(|text| Notification {
        level: "warning",
        message: Message::plain(&text),
        locations: Vec::new(),
    }));
    Invocation {
        execution_successful: report.summary.complete && !report.summary.interrupted,
        tool_execution_notifications: notifications,
    }
}

/// The results, made into records one at a time.
struct Results<'a>(&'a CheckReport<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (report, verdict) = (self.0, self.0.verdict);
        let duplicates = verdict.findings.iter().flat_map(|finding| {
            let new = finding.new_files();
            new.map(move |copy| duplicate(report, finding, copy))
        });
        let stale = verdict
            .stale
            .iter()
            .map(|entry| stale_result(report, entry));
        serializer.collect_seq(duplicates.chain(stale))
    }
}

fn duplicate(report: &CheckReport<'_>, finding: &Finding, copy: &Copy) -> ResultRecord {
    let path = report.placed(&copy.path);
    let over = is_over(report.verdict, copy);
    let others = finding.copies.iter().filter(|other| *other != copy);
    let related = others.take(MAX_RELATED).zip(1..);
    let related = related.map(|(other, id)| Related {
        id,
        location: Location::of(&report.placed(&other.path), Some(Region::START)),
        message: Message::plain(
            &kept_reason(&other.status).unwrap_or_else(|| "new too".to_owned()),
        ),
    });
    let budget = if over { "" } else { ", within the budget" };
    let mut text = format!("This file is {}{budget}.", copy_of(report, finding, copy));
    let more = finding.copies.len().saturating_sub(1 + MAX_RELATED);
    if more > 0 {
        text.push_str(&format!(" {more} more copies are not listed here."));
    }
    ResultRecord {
        rule_id: record::DUPLICATE.0,
        rule_index: record::DUPLICATE.1,
        level: if over { "error" } else { "warning" },
        message: Message::plain(&text),
        locations: vec![Location::of(&path, Some(Region::START))],
        related_locations: related.collect(),
        partial_fingerprints: fingerprints(record::DUPLICATE.0, &path, finding.digest.as_bytes()),
    }
}

fn stale_result(report: &CheckReport<'_>, entry: &Stale) -> ResultRecord {
    // The file may be gone: the baseline has to be edited.
    let baseline = report.placed(report.baseline);
    let path = report.placed(&entry.path);
    ResultRecord {
        rule_id: record::STALE.0,
        rule_index: record::STALE.1,
        level: if report.verdict.deny_stale {
            "error"
        } else {
            "warning"
        },
        message: Message::plain(&format!("{}.", stale(report, entry))),
        locations: vec![Location::of(&baseline, Some(Region::START))],
        related_locations: Vec::new(),
        partial_fingerprints: fingerprints(record::STALE.0, &path, entry.digest.as_bytes()),
    }
}

fn fingerprints(rule: &str, path: &std::path::Path, content: &[u8]) -> record::Fingerprints {
    record::Fingerprints {
        primary_location_line_hash: fingerprint(rule, path, content),
    }
}

#[cfg(test)]
mod tests;
