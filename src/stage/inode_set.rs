//! Set of known inodes, in a few bytes each.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::hash_index::HashIndex;
use crate::types::{DirTable, FileId, FileIdx, FileTable};

/// A set of files by identity. The identity itself is stored in the file table.
///
/// It holds every file whose size occurs twice, also those with one hard link:
/// bind mounts and symbolic links lead to one file twice, and a link can be
/// added during the walk.
#[derive(Debug, Default)]
pub(super) struct InodeSet {
    index: HashIndex,
    /// Seeded: inode numbers are chosen by the file system, which may be under
    /// an attacker's control.
    hash: DefaultHashBuilder,
}

impl InodeSet {
    /// Returns the file that is already present with this identity; otherwise
    /// inserts `new`, the number that this file will get.
    pub(super) fn insert(
        &mut self,
        files: &FileTable,
        dirs: &DirTable,
        id: FileId,
        new: FileIdx,
    ) -> Option<FileIdx> {
        self.index
            .find_or_insert(
                self.hash.hash_one(id),
                new.0,
                |at| files.id(FileIdx(at), dirs) == id,
                |at| self.hash.hash_one(files.id(FileIdx(at), dirs)),
            )
            .map(FileIdx)
    }
}
