//! The groups of a merge, which wait in order for their report.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::row::IndexError;
use super::sorter::{Sorted, Sorter};
use crate::platform::{bytes_of, foreign_path};
use crate::types::{Digest, FileId, FileRecord, Group, Proof, Timestamp};

#[derive(Serialize, Deserialize)]
struct StoredGroup {
    digest: Option<Digest>,
    size: u64,
    reclaimable_bytes: u64,
    linked_outside_bytes: u64,
    keep_tie: bool,
    files: Vec<StoredFile>,
}

#[derive(Serialize, Deserialize)]
struct StoredFile {
    /// Its names, the first one first.
    names: Vec<Vec<u8>>,
    root: u32,
    modified: Timestamp,
    changed: Timestamp,
    links: u32,
    links_outside: u32,
    keep: bool,
}

/// Collects groups.
pub(super) struct Spool {
    sorter: Sorter,
    record: Vec<u8>,
}

impl Spool {
    pub(super) fn new(dir: &Path, memory: usize) -> Self {
        Self {
            sorter: Sorter::new(dir, memory),
            record: Vec::new(),
        }
    }

    /// Adds a group. The order is that of a report: most reclaimable bytes first,
    /// then by the smallest path.
    pub(super) fn push(&mut self, group: &Group) -> Result<(), IndexError> {
        let least = group.files.iter().map(|file| &file.path).min();
        let least = least.map_or(&[][..], |path| bytes_of(path.as_os_str()));
        self.record.clear();
        let first = !group.reclaimable_bytes;
        self.record.extend_from_slice(&first.to_be_bytes());
        self.record.extend_from_slice(least);
        self.record.push(0);
        let stored = StoredGroup {
            digest: group.digest,
            size: group.size,
            reclaimable_bytes: group.reclaimable_bytes,
            linked_outside_bytes: group.linked_outside_bytes,
            keep_tie: group.keep_tie,
            files: group.files.iter().map(stored).collect(),
        };
        let record = postcard::to_extend(&stored, std::mem::take(&mut self.record));
        self.record = record.map_err(|_| damaged())?;
        Ok(self.sorter.push(&self.record)?)
    }

    pub(super) fn finish(self) -> Result<MergedGroups, IndexError> {
        Ok(MergedGroups {
            sorted: self.sorter.finish()?,
            failure: None,
        })
    }
}

/// A temporary file is not as it was written.
pub(super) fn damaged() -> IndexError {
    IndexError::Temporary(std::io::Error::other("it is damaged"))
}

fn stored(file: &FileRecord) -> StoredFile {
    let names = file.names().map(|name| bytes_of(name.as_os_str()).to_vec());
    StoredFile {
        names: names.collect(),
        root: file.root,
        modified: file.modified,
        changed: file.changed,
        links: file.links,
        links_outside: file.links_outside,
        keep: file.keep,
    }
}

/// Groups in the order of a report.
pub(crate) struct MergedGroups {
    sorted: Sorted,
    failure: Option<IndexError>,
}

impl MergedGroups {
    /// The reason why not all groups came.
    pub(crate) fn failure(&mut self) -> Option<IndexError> {
        self.failure.take()
    }

    fn take(&mut self) -> Result<Option<Group>, IndexError> {
        let Some(record) = self.sorted.next()? else {
            return Ok(None);
        };
        let rest = record.get(8..).ok_or_else(damaged)?;
        let end = rest.iter().position(|&byte| byte == 0);
        let rest = end.and_then(|end| rest.get(end + 1..));
        let stored: StoredGroup =
            postcard::from_bytes(rest.ok_or_else(damaged)?).map_err(|_| damaged())?;
        let size = stored.size;
        let files = stored.files.into_iter().enumerate();
        let files = files.map(|(number, file)| {
            let mut names = file.names.iter().map(|name| foreign_path(name));
            let path = names.next().unwrap_or_default();
            FileRecord {
                root: file.root,
                number: number as u32,
                size,
                modified: file.modified,
                changed: file.changed,
                links: file.links,
                links_outside: file.links_outside,
                hard_links: names.collect(),
                keep: file.keep,
                ..FileRecord::new(path, FileId::UNKNOWN)
            }
        });
        let proof = match stored.digest {
            Some(_) => Proof::Digest,
            None => Proof::Unread,
        };
        Ok(Some(Group {
            reclaimable_bytes: stored.reclaimable_bytes,
            linked_outside_bytes: stored.linked_outside_bytes,
            keep_tie: stored.keep_tie,
            ..Group::new(stored.digest, proof, size, files.collect())
        }))
    }
}

impl Iterator for MergedGroups {
    type Item = Group;

    fn next(&mut self) -> Option<Group> {
        self.take().unwrap_or_else(|error| {
            self.failure = Some(error);
            None
        })
    }
}
