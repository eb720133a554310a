//! Entries that are neither directories nor files, and the directories that were
//! listed in full. Filled only if directories are compared.

use crate::error::TableFull;
use crate::types::{DirId, FoundKind, NameArena, NameRef, WalkBatch};

/// Entries of directories, and what is known about each directory.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    /// True once the walk ended without being cancelled. Until then, files of a
    /// directory that was listed may be missing.
    pub(crate) walk_ended: bool,
    /// True if the names of what was left out are kept.
    pub(crate) names_left_out: bool,
    entries: Vec<StoredEntry>,
    /// The text of names and targets.
    text: NameArena,
    /// Facts about each directory, by its number.
    dirs: Vec<u8>,
}

/// The directory was listed to its end.
const LISTED: u8 = 1;

/// Something in the directory takes no part.
const LEFT_OUT: u8 = 2;

/// An entry of a directory.
#[derive(Debug, Clone, Copy)]
struct StoredEntry {
    dir: DirId,
    name: NameRef,
    kind: StoredKind,
}

#[derive(Debug, Clone, Copy)]
enum StoredKind {
    Link(NameRef),
    EmptyFile,
    Special,
    Root(u32),
    LeftOut,
}

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind<'a> {
    /// A symbolic link, and its target.
    Link(&'a [u8]),
    /// An empty file that is no file of the scan.
    EmptyFile,
    /// A FIFO, socket, device or anything else.
    Special,
    /// A directory that is also a root, by the number of the root.
    Root(u32),
    /// Something that takes no part, if such names are kept.
    LeftOut,
}

impl Listings {
    /// Adds what a walk found.
    ///
    /// # Errors
    ///
    /// When the table of names is full.
    pub(super) fn add(&mut self, batch: &WalkBatch) -> Result<(), TableFull> {
        for &(dir, is_complete) in &batch.listed {
            self.mark(dir, if is_complete { LISTED } else { LEFT_OUT });
        }
        for entry in &batch.entries {
            let kind = match &entry.kind {
                FoundKind::Link(target) => StoredKind::Link(self.text.push(batch.name(target))?),
                FoundKind::EmptyFile => StoredKind::EmptyFile,
                FoundKind::Special => StoredKind::Special,
                FoundKind::Root(root) => StoredKind::Root(*root),
                FoundKind::LeftOut => {
                    self.leave_out(entry.dir);
                    if !self.names_left_out {
                        continue;
                    }
                    StoredKind::LeftOut
                }
            };
            let name = self.text.push(batch.name(&entry.name))?;
            self.entries.push(StoredEntry {
                dir: entry.dir,
                name,
                kind,
            });
        }
        Ok(())
    }

    /// Records that something in a directory takes no part.
    pub(super) fn leave_out(&mut self, dir: DirId) {
        self.mark(dir, LEFT_OUT);
    }

    fn mark(&mut self, dir: DirId, mark: u8) {
        let at = dir.0 as usize;
        if self.dirs.len() <= at {
            self.dirs.resize(at + 1, 0);
        }
        self.dirs[at] |= mark;
    }

    /// Returns true if everything in a directory is known: what is not in the
    /// tables is not in the directory.
    pub(crate) fn is_complete(&self, dir: DirId) -> bool {
        self.walk_ended && self.dirs.get(dir.0 as usize) == Some(&LISTED)
    }

    /// Every entry: its directory, its name and what it is.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = (DirId, &[u8], EntryKind<'_>)> {
        (0..self.entries.len()).map(|at| self.entry(at))
    }

    /// The entry with this position among [`Listings::entries`].
    pub(crate) fn entry(&self, at: usize) -> (DirId, &[u8], EntryKind<'_>) {
        let entry = &self.entries[at];
        let kind = match entry.kind {
            StoredKind::Link(target) => EntryKind::Link(self.text.get(target)),
            StoredKind::EmptyFile => EntryKind::EmptyFile,
            StoredKind::Special => EntryKind::Special,
            StoredKind::Root(root) => EntryKind::Root(root),
            StoredKind::LeftOut => EntryKind::LeftOut,
        };
        (entry.dir, self.text.get(entry.name), kind)
    }
}
