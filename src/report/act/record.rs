//! The records of the JSON formats. See [`crate::report::record`].

use serde::Serialize;

use super::{ActHeader, ActTotals, ActedDirectory, ActedFile, ActedResult, FreedBytes};
use crate::report::ExactPath;
use crate::report::record::{Listed, Writer};

/// The version of these formats.
pub(super) const VERSION: u32 = 1;

/// The facts known before the first file.
#[derive(Serialize)]
pub(super) struct Header<'a> {
    #[serde(flatten)]
    writer: Writer,
    operation: &'static str,
    dry_run: bool,
    working_directory: Listed<'a>,
    undoes: Option<u64>,
}

impl<'a> Header<'a> {
    pub(super) fn of(header: &ActHeader<'a>) -> Self {
        Self {
            writer: Writer::of(VERSION),
            operation: header.verb.name(),
            dry_run: header.dry_run,
            working_directory: Listed::one(header.working_directory),
            undoes: header.undoes,
        }
    }
}

/// One file.
#[derive(Serialize)]
pub(super) struct File<'a> {
    group: Option<u64>,
    #[serde(flatten)]
    path: ExactPath<'a>,
    hard_links: Vec<Listed<'a>>,
    size: u64,
    keeper: Option<Listed<'a>>,
    destination: Option<Listed<'a>>,
    result: &'static str,
    reason: Option<&'static str>,
    message: Option<&'a str>,
    proof: Option<&'static str>,
    #[serde(flatten)]
    freed: Freed,
}

#[derive(Serialize)]
struct Freed {
    freed_bytes: u64,
    shared_bytes: u64,
    linked_bytes: u64,
}

impl From<FreedBytes> for Freed {
    fn from(bytes: FreedBytes) -> Self {
        Self {
            freed_bytes: bytes.freed,
            shared_bytes: bytes.shared,
            linked_bytes: bytes.linked,
        }
    }
}

impl<'a> File<'a> {
    pub(super) fn of(file: &ActedFile<'a>) -> Self {
        let mut record = Self {
            group: file.group,
            path: ExactPath::of(file.path),
            hard_links: Listed::all(file.hard_links),
            size: file.size,
            keeper: file.keeper.map(Listed::one),
            destination: file.destination.map(Listed::one),
            result: "done",
            reason: None,
            message: None,
            proof: None,
            freed: FreedBytes::default().into(),
        };
        match file.result {
            ActedResult::Done {
                proof,
                freed,
                message,
            } => {
                record.proof = proof;
                record.freed = freed.into();
                record.message = message;
            }
            ActedResult::Skipped { reason, message } => {
                record.result = "skipped";
                record.reason = Some(reason);
                record.message = Some(message);
            }
            ActedResult::Failed { reason, message } => {
                record.result = "failed";
                record.reason = Some(reason);
                record.message = Some(message);
            }
        }
        record
    }
}

/// One redundant directory.
#[derive(Serialize)]
pub(super) struct Directory<'a> {
    group: u64,
    #[serde(flatten)]
    path: ExactPath<'a>,
    keeper: Option<Listed<'a>>,
    files: u64,
    bytes: u64,
    result: &'static str,
    remaining: Option<Listed<'a>>,
    reason: Option<&'static str>,
    message: Option<&'a str>,
}

impl<'a> Directory<'a> {
    pub(super) fn of(directory: &ActedDirectory<'a>) -> Self {
        let remains = directory.remains.as_ref();
        Self {
            group: directory.group,
            path: ExactPath::of(directory.path),
            keeper: directory.keeper.map(Listed::one),
            files: directory.files,
            bytes: directory.bytes,
            result: match remains {
                None => "done",
                Some(remains) if remains.is_whole => "left",
                Some(_) => "incomplete",
            },
            remaining: remains.map(|remains| Listed::one(remains.path)),
            reason: remains.map(|remains| remains.reason),
            message: remains.map(|remains| remains.message),
        }
    }
}

/// The sums.
#[derive(Serialize)]
pub(super) struct Totals {
    run: Option<u64>,
    interrupted: bool,
    done: u64,
    skipped: u64,
    failed: u64,
    removed_directories: u64,
    done_directories: u64,
    left_directories: u64,
    #[serde(flatten)]
    freed: Freed,
    free_space_gained_bytes: Option<i64>,
}

impl Totals {
    pub(super) fn of(totals: &ActTotals) -> Self {
        Self {
            run: totals.run,
            interrupted: totals.interrupted,
            done: totals.done,
            skipped: totals.skipped,
            failed: totals.failed,
            removed_directories: totals.directories,
            done_directories: totals.done_directories,
            left_directories: totals.left_directories,
            freed: totals.freed.into(),
            free_space_gained_bytes: totals.gained,
        }
    }
}
