//! One JSON document: the whole comparison for another program.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::super::json_format;
use super::super::record::{ErrorRecord, ExactPath, Listed, Shown, Writer};
use super::{Answer, Count, DiffEntry, DiffKind, DiffReport, SideReport};
use crate::types::Digest;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    writer: Writer,
    answer: &'static str,
    interrupted: bool,
    working_directory: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_directory_bytes: Option<String>,
    hash: &'static str,
    a: Side<'a>,
    b: Side<'a>,
    elapsed_seconds: f64,
    only_in_a: Vec<Entry<'a>>,
    only_in_b: Vec<Entry<'a>>,
    in_both: Vec<Both<'a>>,
    differing: Vec<Differing<'a>>,
    not_compared: Vec<Unknown<'a>>,
    errors: Vec<ErrorRecord<'a>>,
}

#[derive(Serialize)]
struct Side<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    files: Numbers,
    in_other: Numbers,
    only_here: Numbers,
    other_entries_only_here: u64,
    not_compared: u64,
}

#[derive(Serialize)]
struct Numbers {
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
struct What<'a> {
    kind: &'static str,
    size: Option<u64>,
    target: Option<Listed<'a>>,
}

#[derive(Serialize)]
struct Both<'a> {
    digest: Option<Shown<Digest>>,
    size: u64,
    a: Vec<Listed<'a>>,
    b: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Differing<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    a: What<'a>,
    b: What<'a>,
}

#[derive(Serialize)]
struct Unknown<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    reason: &'static str,
}

impl<'a> What<'a> {
    fn of(kind: &'a DiffKind) -> Self {
        Self {
            kind: kind.name(),
            size: match kind {
                DiffKind::File(size) => Some(*size),
                _ => None,
            },
            target: match kind {
                DiffKind::Link(target) => Some(Listed::one(target)),
                _ => None,
            },
        }
    }
}

impl<'a> Side<'a> {
    fn of(side: &'a SideReport) -> Self {
        let numbers = |count: Count| Numbers {
            files: count.files,
            bytes: count.bytes,
        };
        Self {
            path: ExactPath::of(&side.path),
            files: numbers(side.files),
            in_other: numbers(side.shared),
            only_here: numbers(side.only),
            other_entries_only_here: side.only_others,
            not_compared: side.unknown,
        }
    }
}

fn entries(entries: &[DiffEntry]) -> Vec<Entry<'_>> {
    let entries = entries.iter().map(|entry| Entry {
        path: ExactPath::of(&entry.path),
        what: What::of(&entry.what),
    });
    entries.collect()
}

pub(super) fn write(out: &mut dyn Write, report: &DiffReport<'_>) -> io::Result<()> {
    let directory = ExactPath::of(report.header.working_directory);
    let [a, b] = &report.sides;
    let unknown = |entry: &'_ (PathBuf, &'static str)| entry.1;
    let document = Document {
        writer: Writer::this(),
        answer: match report.answer {
            Answer::AllInB => "all-in-b",
            Answer::OnlyInA => "only-in-a",
            Answer::NotProved => "not-proved",
        },
        interrupted: report.interrupted,
        working_directory: directory.path,
        working_directory_bytes: directory.path_bytes,
        hash: report.header.hash.as_str(),
        a: Side::of(a),
        b: Side::of(b),
        elapsed_seconds: report.elapsed.as_micros() as f64 / 1e6,
        only_in_a: entries(&a.only_entries),
        only_in_b: entries(&b.only_entries),
        in_both: report
            .in_both
            .iter()
            .map(|both| Both {
                digest: both.digest.map(Shown),
                size: both.size,
                a: Listed::all(&both.paths[0]),
                b: Listed::all(&both.paths[1]),
            })
            .collect(),
        differing: report
            .differing
            .iter()
            .map(|differing| Differing {
                path: ExactPath::of(&differing.path),
                a: What::of(&differing.kinds[0]),
                b: What::of(&differing.kinds[1]),
            })
            .collect(),
        not_compared: a
            .not_compared
            .iter()
            .chain(&b.not_compared)
            .map(|entry| Unknown {
                path: ExactPath::of(&entry.0),
                reason: unknown(entry),
            })
            .collect(),
        errors: report.errors.iter().map(ErrorRecord::of).collect(),
    };
    json_format::write(out, &document)
}
