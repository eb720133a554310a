//! The records of the JSON formats.
//!
//! They are separate types, not the model with `derive(Serialize)`: the output
//! is an interface with a version, and renaming a field of the model must not
//! change it. The order of the fields is the order in the output.

use std::borrow::Cow;
use std::fmt::Display;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::Header;
use super::session::Mark;
use crate::error::ScanError;
use crate::platform::bytes_of;
use crate::types::{
    self, Digest, DirectoryGroup, ExecutorSummary, FileRecord, Group, SimilarDirectories, Summary,
    Timestamp,
};

/// The version of the JSON formats: it is incremented when an existing field
/// changes its meaning or is removed.
pub(super) const VERSION: u32 = 1;

/// A path in a format that can only hold Unicode: always as text, and if the
/// text is not exact, its bytes as well.
#[derive(Serialize)]
pub(crate) struct ExactPath<'a> {
    /// The path; U+FFFD replaces parts that are not Unicode.
    pub path: Cow<'a, str>,
    /// All its bytes in base64, if any were replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<String>,
}

impl<'a> ExactPath<'a> {
    pub(crate) fn of(path: &'a Path) -> Self {
        match path.to_str() {
            Some(text) => Self {
                path: Cow::Borrowed(text),
                path_bytes: None,
            },
            None => Self {
                path: path.to_string_lossy(),
                path_bytes: Some(STANDARD.encode(bytes_of(path.as_os_str()))),
            },
        }
    }
}

/// A path as a member of a list: a string where that is exact, else an object.
pub(super) struct Listed<'a>(ExactPath<'a>);

impl<'a> Listed<'a> {
    pub(super) fn one(path: &'a Path) -> Self {
        Self(ExactPath::of(path))
    }

    pub(super) fn all(paths: impl IntoIterator<Item = &'a (impl AsRef<Path> + 'a)>) -> Vec<Self> {
        let exact = |path: &'a _| Self(ExactPath::of(AsRef::as_ref(path)));
        paths.into_iter().map(exact).collect()
    }
}

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.path_bytes {
            None => serializer.serialize_str(&self.0.path),
            Some(_) => self.0.serialize(serializer),
        }
    }
}

/// A value serialized as its `Display` text.
pub(super) struct Shown<T>(pub T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A record with its kind in front.
#[derive(Serialize)]
pub(super) struct Tagged<T> {
    pub r#type: &'static str,
    #[serde(flatten)]
    pub record: T,
}

/// The versions of the program and the format.
#[derive(Serialize)]
pub(super) struct Writer {
    version: u32,
    nodupe: &'static str,
}

impl Writer {
    pub(super) fn this() -> Self {
        Self::of(VERSION)
    }

    /// For a format with its own version number.
    pub(super) fn of(version: u32) -> Self {
        Self {
            version,
            nodupe: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Completeness of the result.
#[derive(Serialize)]
pub(super) struct Completeness {
    complete: bool,
    interrupted: bool,
}

impl Completeness {
    pub(super) fn of(summary: &Summary) -> Self {
        Self {
            complete: summary.complete,
            interrupted: summary.interrupted,
        }
    }

    /// For groups that are final each, even if the scan was ended early.
    pub(super) fn of_session(complete: bool) -> Self {
        Self {
            complete,
            interrupted: false,
        }
    }
}

/// The paths and options of the scan.
#[derive(Serialize)]
pub(super) struct Origin<'a> {
    working_directory: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_directory_bytes: Option<String>,
    roots: Vec<Listed<'a>>,
    project_file: Option<Listed<'a>>,
    hash: &'static str,
}

impl<'a> Origin<'a> {
    pub(super) fn of(header: &Header<'a>) -> Self {
        let directory = ExactPath::of(header.working_directory);
        Self {
            working_directory: directory.path,
            working_directory_bytes: directory.path_bytes,
            roots: Listed::all(header.roots),
            project_file: header.project_file.map(Listed::one),
            hash: header.hash.as_str(),
        }
    }
}

/// The totals of the scan.
#[derive(Serialize)]
pub(super) struct Figures<'a> {
    executor: Executor<'a>,
    totals: Totals,
    stages: Vec<Stage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<CacheFigures<'a>>,
    elapsed_seconds: f64,
}

/// Counts of the cache.
#[derive(Serialize)]
struct CacheFigures<'a> {
    #[serde(flatten)]
    file: ExactPath<'a>,
    files: u64,
    bytes: u64,
    checked: u64,
    wrong: u64,
    stored: u64,
}

#[derive(Serialize)]
struct Executor<'a> {
    kind: &'static str,
    workers: usize,
    task_type: &'static str,
    reason: &'a str,
    replaced_workers: u32,
    startup_seconds: f64,
    peak_memory_bytes: Option<u64>,
}

/// Sums over a scan.
#[derive(Serialize)]
pub(super) struct Totals {
    files: u64,
    bytes: u64,
    groups: u64,
    duplicates: u64,
    reclaimable_bytes: u64,
    linked_outside_bytes: u64,
    shared_bytes: u64,
    bytes_read: u64,
    errors: u64,
}

#[derive(Serialize)]
struct Stage {
    name: &'static str,
    files_in: u64,
    files_out: u64,
    bytes_read: u64,
}

impl<'a> Figures<'a> {
    pub(super) fn of(summary: &'a Summary) -> Self {
        let ExecutorSummary {
            kind,
            workers,
            task_type,
            reason,
            replaced,
            startup,
            peak_memory,
        } = &summary.executor;
        Self {
            executor: Executor {
                kind,
                workers: *workers,
                task_type,
                reason,
                replaced_workers: *replaced,
                startup_seconds: startup.as_secs_f64(),
                peak_memory_bytes: *peak_memory,
            },
            totals: Totals::of(&summary.totals),
            stages: summary
                .stages
                .iter()
                .map(|stage| Stage {
                    name: stage.name,
                    files_in: stage.files_in,
                    files_out: stage.files_out,
                    bytes_read: stage.bytes_read,
                })
                .collect(),
            cache: summary.cache.as_ref().map(|cache| CacheFigures {
                file: ExactPath::of(&cache.file),
                files: cache.files,
                bytes: cache.bytes,
                checked: cache.checked,
                wrong: cache.wrong,
                stored: cache.stored,
            }),
            // Microseconds: finer digits are noise, and make the text longer.
            elapsed_seconds: summary.elapsed.as_micros() as f64 / 1e6,
        }
    }
}

impl Totals {
    pub(super) fn of(totals: &types::Totals) -> Self {
        Self {
            files: totals.files,
            bytes: totals.bytes,
            groups: totals.groups,
            duplicates: totals.duplicates,
            reclaimable_bytes: totals.reclaimable_bytes,
            linked_outside_bytes: totals.linked_outside_bytes,
            shared_bytes: totals.shared_bytes,
            bytes_read: totals.bytes_read,
            errors: totals.errors,
        }
    }
}

/// One group.
#[derive(Serialize)]
pub(super) struct GroupRecord<'a> {
    digest: Option<Shown<Digest>>,
    size: u64,
    reclaimable_bytes: u64,
    linked_outside_bytes: u64,
    shared_bytes: u64,
    files: Vec<FileEntry<'a>>,
}

#[derive(Serialize)]
struct FileEntry<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    dev: Option<u64>,
    ino: Option<u64>,
    modified: Shown<Timestamp>,
    changed: Shown<Timestamp>,
    links: u32,
    hard_links: Vec<Listed<'a>>,
    reference: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested: Option<bool>,
    keep: bool,
}

impl<'a> GroupRecord<'a> {
    pub(super) fn of(group: &'a Group) -> Self {
        Self {
            digest: group.digest.map(Shown),
            size: group.size,
            reclaimable_bytes: group.reclaimable_bytes,
            linked_outside_bytes: group.linked_outside_bytes,
            shared_bytes: group.shared_bytes,
            files: group.files.iter().map(FileEntry::of).collect(),
        }
    }

    /// With the decision on each file. Those that the rules keep are the suggested
    /// ones.
    pub(super) fn marked(group: &'a Group, marks: &[Mark]) -> Self {
        let mut record = Self::of(group);
        for (entry, mark) in record.files.iter_mut().zip(marks) {
            entry.mark = mark.name();
            entry.suggested = Some(entry.keep);
            entry.keep = !mark.acts();
        }
        record
    }
}

impl<'a> FileEntry<'a> {
    fn of(file: &'a FileRecord) -> Self {
        Self {
            path: ExactPath::of(&file.path),
            dev: file.id.known().map(|id| id.dev),
            ino: file.id.known().map(|id| id.ino),
            modified: Shown(file.modified),
            changed: Shown(file.changed),
            links: file.links,
            hard_links: Listed::all(&file.hard_links),
            reference: file.reference,
            mark: None,
            suggested: None,
            keep: file.keep,
        }
    }
}

/// One group of directories.
#[derive(Serialize)]
pub(super) struct DirectoryGroupRecord<'a> {
    digest: Option<Shown<Digest>>,
    files: u64,
    bytes: u64,
    reclaimable_bytes: u64,
    directories: Vec<DirectoryEntry<'a>>,
}

#[derive(Serialize)]
struct DirectoryEntry<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    keep: bool,
}

impl<'a> DirectoryGroupRecord<'a> {
    pub(super) fn of(group: &'a DirectoryGroup) -> Self {
        let directories = group.directories.iter();
        Self {
            digest: group.digest.map(Shown),
            files: group.files,
            bytes: group.bytes,
            reclaimable_bytes: group.reclaimable_bytes,
            directories: directories
                .map(|directory| DirectoryEntry {
                    path: ExactPath::of(&directory.path),
                    keep: directory.keep,
                })
                .collect(),
        }
    }
}

/// A directory most of whose files are in another one.
#[derive(Serialize)]
pub(super) struct SimilarRecord<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    inside: Listed<'a>,
    files: u64,
    files_inside: u64,
    bytes: u64,
    bytes_inside: u64,
    complete: bool,
    only_there: Vec<Listed<'a>>,
}

impl<'a> SimilarRecord<'a> {
    pub(super) fn of(similar: &'a SimilarDirectories) -> Self {
        Self {
            path: ExactPath::of(&similar.path),
            inside: Listed::one(&similar.inside),
            files: similar.files,
            files_inside: similar.files_inside,
            bytes: similar.bytes,
            bytes_inside: similar.bytes_inside,
            complete: similar.is_complete,
            only_there: Listed::all(&similar.only_there),
        }
    }
}

/// One path that could not be processed.
#[derive(Serialize)]
pub(super) struct ErrorRecord<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    stage: &'static str,
    kind: &'static str,
    message: &'a str,
}

impl<'a> ErrorRecord<'a> {
    pub(super) fn of(error: &'a ScanError) -> Self {
        Self {
            path: ExactPath::of(&error.path),
            stage: error.stage.as_str(),
            kind: error.kind.as_str(),
            message: &error.message,
        }
    }
}
