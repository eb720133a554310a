//! Which inodes are already known, in a handful of bytes for each.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::hash_index::HashIndex;
use crate::types::{DirTable, FileId, FileIdx, FileTable};

/// A set of files by identity. The identity itself stands in the file table.
///
/// It holds every file of a size that occurs twice, whatever its number of
/// links is: a file with one link is met twice too, below a bind mount or
/// through a symbolic link, and one that has a single link now may have
/// another when the walk comes by that.
#[derive(Debug, Default)]
pub(super) struct InodeSet {
    index: HashIndex,
    /// Seeded: inode numbers are up to the file system, and whoever has it.
    hash: DefaultHashBuilder,
}

impl InodeSet {
    /// The file that is already here under this identity; if none is, there
    /// is one now: `new`, the number that this file is to get.
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
