//! What a walk hands over.

use std::ops::Range;
use std::path::PathBuf;

use super::{Digest, DirId, FileId, FileStat};
use crate::error::ScanError;

/// What a root means for the files in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootInfo {
    /// Whether they are originals.
    pub reference: bool,
    /// Roots of one family count as one root.
    pub family: u32,
}

/// Some directories and files that a walk found.
///
/// A directory is always sent before anything that lies in it: in the same
/// batch or an earlier one.
#[derive(Debug, Default)]
pub struct WalkBatch {
    /// Directories, whether or not there is anything in them.
    pub dirs: Vec<FoundDir>,
    /// Files that were selected.
    pub files: Vec<FoundFile>,
    /// What whole files hold, by their places in `files` and in that order, of
    /// those that were read already.
    pub contents: Vec<(usize, Digest)>,
    /// The names that both refer to.
    pub text: Vec<u8>,
    /// Roots that were met inside another root, as (outer, inner).
    pub nested: Vec<(u32, u32)>,
    /// Paths that could not be dealt with.
    pub errors: Vec<ScanError>,
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
    /// Its name in the batch's text; for a root its path as it was given.
    pub name: Range<u32>,
    /// Who it is.
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
    /// What the system says of it.
    pub stat: FileStat,
    /// Whether this name is a symbolic link to it.
    pub through_link: bool,
}

impl WalkBatch {
    /// Keeps a name in the batch's text.
    pub fn keep(&mut self, name: &[u8]) -> Range<u32> {
        // Batches are sent every few hundred names: far from 4 GiB.
        let start = self.text.len() as u32;
        self.text.extend_from_slice(name);
        start..self.text.len() as u32
    }

    /// A name kept before.
    #[must_use]
    pub fn name(&self, name: &Range<u32>) -> &[u8] {
        &self.text[name.start as usize..name.end as usize]
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dirs.is_empty()
            && self.files.is_empty()
            && self.nested.is_empty()
            && self.errors.is_empty()
            && self.current.is_none()
    }
}
