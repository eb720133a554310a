//! Sample results for the tests of every formatter.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::{Directories, Format, Header, RenderOptions, Report, Written, write};
use crate::config::{Criteria, HashAlgorithm};
use crate::error::{FailureKind, ScanError, Stage};
use crate::types::{
    Digest, DirectoryGroup, DirectoryRecord, ExecutorSummary, FileId, FileRecord, Group, Proof,
    SimilarDirectories, StageStats, Summary, Timestamp, Totals,
};

/// A pipe that is closed after so many bytes.
pub(super) struct ClosedPipe(pub usize);

impl Write for ClosedPipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The path to every object in a document, as [`Value::pointer`] takes it.
pub(super) fn objects(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![(String::new(), document)];
    while let Some((at, value)) = left.pop() {
        match value {
            Value::Object(fields) => {
                left.extend(
                    fields
                        .iter()
                        .map(|(name, value)| (format!("{at}/{name}"), value)),
                );
                found.push(at);
            }
            Value::Array(members) => {
                let members = members.iter().enumerate();
                left.extend(members.map(|(index, value)| (format!("{at}/{index}"), value)));
            }
            _ => {}
        }
    }
    found
}

/// A path of any bytes.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(crate::platform::os_str(bytes))
}

/// A file without further names; its inode number identifies it.
pub(super) fn file(name: &[u8], ino: u64) -> FileRecord {
    FileRecord {
        number: ino as u32,
        modified: Timestamp::new(1_000_000_000, 120_000_000),
        changed: Timestamp::new(1_000_000_001, 0),
        ..FileRecord::new(path(name), FileId { dev: 8, ino })
    }
}

/// Files of `size` bytes with these names and inode numbers from 1.
pub(super) fn group(size: u64, names: &[&[u8]]) -> Group {
    let files = names.iter().zip(1..).map(|(name, ino)| file(name, ino));
    group_of(size, files.collect())
}

/// The references are kept, or else the first file.
pub(super) fn group_of(size: u64, mut files: Vec<FileRecord>) -> Group {
    let has_reference = files.iter().any(|file| file.reference);
    for (at, file) in files.iter_mut().enumerate() {
        file.size = size;
        file.keep = file.reference || (at == 0 && !has_reference);
    }
    let mut group = Group {
        digest: Some(Digest::new(&[0xab; 16])),
        proof: Proof::Digest,
        size,
        reclaimable_bytes: 0,
        linked_outside_bytes: 0,
        shared_bytes: 0,
        keep_tie: false,
        keep_reason: None,
        files,
    };
    group.reclaimable_bytes = group.duplicates().saturating_mul(size);
    group
}

/// A group with every special case: a reference with a hard link, and names
/// that hold a line break, a terminal sequence and a byte that is not UTF-8.
pub(super) fn hostile() -> Group {
    let original = FileRecord {
        reference: true,
        links: 3,
        hard_links: vec![path(b"d/same"), path(b"d/s\xffme")],
        ..file(b"d/original", 1)
    };
    let files = vec![
        original,
        file(b"d/a\nb", 2),
        file(b"d/\x1b[2J,\"", 3),
        file(b"d/caf\xe9", 4),
    ];
    group_of(1000, files)
}

/// Groups of directories: one with a name that is not UTF-8, and one that was not
/// read in full.
pub(super) fn directory_groups() -> Vec<DirectoryGroup> {
    let directory = |name: &[u8], ino, keep| DirectoryRecord {
        path: path(name),
        id: FileId { dev: 8, ino },
        reference: false,
        keep,
    };
    let group = |digest, bytes, directories| DirectoryGroup {
        digest,
        files: 3,
        bytes,
        reclaimable_bytes: bytes,
        directories,
    };
    let first = vec![
        directory(b"d/photos", 5, true),
        directory(b"d/ph\xf6tos\n", 6, false),
    ];
    let second = vec![directory(b"d/x", 7, true), directory(b"d/y", 8, false)];
    vec![
        group(Some(Digest::new(&[0xcd; 32])), 5000, first),
        group(None, 10, second),
    ]
}

/// A directory that is largely in another one.
pub(super) fn similar_directories() -> Vec<SimilarDirectories> {
    vec![SimilarDirectories {
        path: path(b"d/mo\xfft"),
        inside: path(b"d/photos"),
        files: 4,
        files_inside: 3,
        bytes: 40,
        bytes_inside: 39,
        is_complete: true,
        only_there: vec![path(b"d/a"), path(b"d/\xff")],
    }]
}

/// The rest of a group without the file to keep: one with two names, and
/// another.
pub(super) fn redundant() -> Group {
    let linked = FileRecord {
        links: 2,
        hard_links: vec![path(b"d/link\n2")],
        ..file(b"d/a\nb", 2)
    };
    let kept = file(b"d/original", 1);
    let group = group_of(1000, vec![kept, linked, file(b"d/b", 3)]);
    group.without_kept().unwrap()
}

pub(super) fn summary() -> Summary {
    Summary {
        complete: true,
        interrupted: false,
        totals: Totals {
            files: 227_000,
            bytes: 4 << 30,
            groups: 2,
            duplicates: 3,
            reclaimable_bytes: 3 << 20,
            linked_outside_bytes: 0,
            shared_bytes: 0,
            bytes_read: 1 << 30,
            errors: 0,
        },
        stages: vec![StageStats {
            name: "partial",
            files_in: 9,
            files_out: 5,
            bytes_read: 77,
        }],
        read_by_walk: 0,
        cache: None,
        executor: ExecutorSummary {
            kind: "thread",
            workers: 4,
            task_type: "io",
            reason: "reads \"block\"".to_owned(),
            replaced: 0,
            startup: Duration::ZERO,
            peak_memory: None,
        },
        elapsed: Duration::from_millis(1230),
    }
}

pub(super) fn error(name: &[u8]) -> ScanError {
    ScanError {
        path: path(name),
        stage: Stage::Full,
        kind: FailureKind::NotFound,
        message: "No such file or directory".to_owned(),
    }
}

pub(super) const PLAIN: RenderOptions = RenderOptions {
    color: false,
    width: None,
    height: None,
};

pub(super) fn header(roots: &[PathBuf]) -> Header<'_> {
    Header {
        working_directory: Path::new("/home/me"),
        roots,
        project_file: None,
        hash: HashAlgorithm::Blake3,
    }
}

/// The output of `write` for an ordinary scan of `d` with this result.
pub(super) fn written(
    format: Format,
    groups: &[Group],
    summary: &Summary,
    errors: &[ScanError],
) -> (Vec<u8>, Written) {
    written_with(format, groups, None, summary, errors)
}

/// The same for a scan that may have compared directories.
pub(super) fn written_with(
    format: Format,
    groups: &[Group],
    directories: Option<&[DirectoryGroup]>,
    summary: &Summary,
    errors: &[ScanError],
) -> (Vec<u8>, Written) {
    let similar = similar_directories();
    let roots = [PathBuf::from("d")];
    let report = Report {
        header: header(&roots),
        criteria: Criteria::default(),
        summary,
        directories: directories.map(|groups| Directories {
            groups,
            similar: Some(&similar),
            found: groups.len() as u64,
            files_within: 1,
        }),
        errors,
        page_directory: None,
    };
    let mut out = Vec::new();
    let groups = &mut groups.iter().cloned();
    let written = write(format, &mut out, &report, groups, &PLAIN).unwrap();
    (out, written)
}
