//! Which inodes are already known, in a handful of bytes for each.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::model::{FileId, FileIdx, FileTable};

/// A set of files by identity. The identity itself stands in the file table.
#[derive(Debug, Default)]
pub(super) struct IdentitySet {
    index: HashTable<u32>,
    hash: DefaultHashBuilder,
}

impl IdentitySet {
    /// The file that is already here under this identity; if none is, there
    /// is one now: `file`, which has that identity.
    pub(super) fn insert(&mut self, files: &FileTable, file: FileIdx) -> Option<FileIdx> {
        let id = files.id(file);
        match self.entry(files, id) {
            Entry::Occupied(found) => Some(FileIdx(*found.get())),
            Entry::Vacant(free) => {
                free.insert(file.0);
                None
            }
        }
    }

    /// The file with this identity.
    pub(super) fn find(&self, files: &FileTable, id: FileId) -> Option<FileIdx> {
        self.index
            .find(self.hash.hash_one(id), |&at| files.id(FileIdx(at)) == id)
            .map(|&at| FileIdx(at))
    }

    fn entry(&mut self, files: &FileTable, id: FileId) -> Entry<'_, u32> {
        self.index.entry(
            self.hash.hash_one(id),
            |&at| files.id(FileIdx(at)) == id,
            |&at| self.hash.hash_one(files.id(FileIdx(at))),
        )
    }
}
