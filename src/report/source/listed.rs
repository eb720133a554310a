//! Groups of a report as they are held, and the groups that are made of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::SavedMark;
use crate::types::{Digest, FileId, FileRecord, Group, Proof, Timestamp};

/// A group as it is held: a report may list millions of files, so that text is
/// parsed at once and nothing is stored that follows from something else.
#[derive(Debug)]
pub(super) struct ListedGroup {
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) files: Box<[ListedFile]>,
}

#[derive(Debug)]
pub(super) struct ListedFile {
    pub(super) path: Box<Path>,
    pub(super) hard_links: Box<[PathBuf]>,
    pub(super) id: FileId,
    pub(super) modified: Timestamp,
    pub(super) changed: Timestamp,
    pub(super) links: u32,
    pub(super) reference: bool,
    pub(super) keep: bool,
    pub(super) mark: SavedMark,
}

impl ListedGroup {
    pub(super) fn group(&self, base: Option<&Path>) -> (Group, Vec<SavedMark>) {
        let mut marks: Vec<SavedMark> = Vec::with_capacity(self.files.len());
        let mut files: Vec<FileRecord> = Vec::with_capacity(self.files.len());
        let mut linked: HashMap<FileId, usize> = HashMap::new();
        for file in &self.files {
            let mark = file.mark;
            let file = file.record(self.size, base);
            // Names of one file that were reported as files of their own.
            let known = match file.links {
                _ if file.id == FileId::UNKNOWN => None,
                0 | 1 => None,
                _ => linked.insert(file.id, files.len()),
            };
            match known.and_then(|known| files.get_mut(known)) {
                Some(known) => {
                    linked.insert(file.id, known.number as usize);
                    known.keep |= file.keep;
                    known.reference |= file.reference;
                    // One decision for all names of a file: that it stays, if any does.
                    if let Some(saved) = marks.get_mut(known.number as usize)
                        && !mark.mark.acts()
                    {
                        saved.mark = mark.mark;
                    }
                    let names = file.names().cloned().collect::<Vec<_>>();
                    known.hard_links.extend(names);
                }
                None => {
                    marks.push(mark);
                    files.push(FileRecord {
                        number: files.len() as u32,
                        ..file
                    });
                }
            }
        }
        let group = Group {
            digest: Some(self.digest),
            proof: Proof::Digest,
            size: self.size,
            reclaimable_bytes: 0,
            linked_outside_bytes: 0,
            shared_bytes: 0,
            keep_tie: false,
            keep_reason: None,
            files,
        };
        (group, marks)
    }
}

impl ListedFile {
    pub(super) fn record(&self, size: u64, base: Option<&Path>) -> FileRecord {
        let names = self.hard_links.iter();
        FileRecord {
            size,
            modified: self.modified,
            changed: self.changed,
            links: self.links,
            hard_links: names.map(|name| placed(base, name)).collect(),
            reference: self.reference,
            keep: self.keep,
            ..FileRecord::new(placed(base, &self.path), self.id)
        }
    }
}

pub(super) fn placed(base: Option<&Path>, path: &Path) -> PathBuf {
    match base {
        Some(base) => base.join(path),
        None => path.to_path_buf(),
    }
}
