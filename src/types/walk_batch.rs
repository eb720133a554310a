//! Batches of directories and files that a walk sends.

use std::ops::Range;
use std::path::PathBuf;

use super::{Digest, DirId, FileId, FileStat, Known};
use crate::error::ScanError;

/// Properties of a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootInfo {
    /// True if its files are originals.
    pub reference: bool,
    /// Number of its family; roots of one family count as one root.
    pub family: u32,
}

/// A batch of directories and files that a walk found.
///
/// A directory is always sent before its content: in the same batch or an
/// earlier one.
#[derive(Debug, Default)]
pub struct WalkBatch {
    /// Directories, including empty ones.
    pub dirs: Vec<FoundDir>,
    /// Selected files.
    pub files: Vec<FoundFile>,
    /// Digests of the files that the walk read in full: the index in `files`,
    /// in ascending order, and the digest.
    pub contents: Vec<(usize, Digest)>,
    /// The generations of their inodes, if those are wanted.
    pub(crate) generations: Vec<(usize, u32)>,
    /// Digests that the cache holds of files: the index in `files`, in ascending
    /// order, and the digests.
    pub(crate) known: Vec<(usize, Known)>,
    /// The text that the name ranges of both refer to.
    pub text: Vec<u8>,
    /// Roots found inside another root, as (outer, inner).
    pub nested: Vec<(u32, u32)>,
    /// Entries that are neither directories nor selected files; filled only
    /// if directories are compared.
    pub entries: Vec<FoundEntry>,
    /// Directories and whether all that is in them was sent: true once a
    /// directory was listed to its end, false if something was left out. Filled
    /// only if directories are compared.
    pub listed: Vec<(DirId, bool)>,
    /// Paths that were skipped because of an error.
    pub errors: Vec<ScanError>,
    /// Followed symbolic links that lead to nothing.
    pub dangling: Vec<PathBuf>,
    /// The path of a directory that was just listed, for the progress.
    pub current: Option<PathBuf>,
}

/// A directory.
#[derive(Debug, Clone)]
pub struct FoundDir {
    /// Its number.
    pub dir: DirId,
    /// The directory it is in; `None` for a root.
    pub parent: Option<DirId>,
    /// Its name in the batch's text; for a root its path as given.
    pub name: Range<u32>,
    /// Its device and inode number.
    pub id: FileId,
    /// The number of the root it was reached from.
    pub root: u32,
}

/// A file.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// The directory it is in.
    pub dir: DirId,
    /// Its name in the batch's text.
    pub name: Range<u32>,
    /// Its metadata.
    pub stat: FileStat,
    /// True if this name is a symbolic link to the file.
    pub through_link: bool,
}

/// An entry of a directory that is neither a listed directory nor a selected
/// file.
#[derive(Debug, Clone)]
pub struct FoundEntry {
    /// The directory it is in.
    pub dir: DirId,
    /// Its name in the batch's text.
    pub name: Range<u32>,
    /// Its kind.
    pub kind: FoundKind,
}

/// The kind of a [`FoundEntry`].
#[derive(Debug, Clone)]
pub enum FoundKind {
    /// A symbolic link, and the range of its target in the batch's text.
    Link(Range<u32>),
    /// An empty file that takes part in the comparison of directories alone.
    EmptyFile,
    /// A FIFO, socket, device or anything else.
    Special,
    /// A directory that is also a root, by the number of the root.
    Root(u32),
    /// Something that a filter left out or that could not be inspected.
    LeftOut,
}

impl WalkBatch {
    /// Stores a name in the batch's text.
    pub fn push_name(&mut self, name: &[u8]) -> Range<u32> {
        // Batches are sent every few hundred names: far from 4 GiB.
        let start = self.text.len() as u32;
        self.text.extend_from_slice(name);
        start..self.text.len() as u32
    }

    /// A name stored by [`WalkBatch::push_name`].
    #[must_use]
    pub fn name(&self, name: &Range<u32>) -> &[u8] {
        &self.text[name.start as usize..name.end as usize]
    }

    /// Returns true if there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dirs.is_empty()
            && self.files.is_empty()
            && self.nested.is_empty()
            && self.entries.is_empty()
            && self.listed.is_empty()
            && self.errors.is_empty()
            && self.dangling.is_empty()
            && self.current.is_none()
    }
}
