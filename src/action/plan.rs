//! The request: what to do with which files, and what must not be touched.

use std::path::PathBuf;

use super::journal::Operation;
use crate::config::HashAlgorithm;
use crate::types::{Digest, FileId, FileRecord};

/// One way to act on redundant files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Removes them.
    Remove,
    /// Puts them into the trash of the desktop.
    Trash {
        /// The home trash, which is used for files on its file system.
        home: Option<PathBuf>,
    },
    /// Makes them hard links to the kept file.
    HardLink,
    /// Makes them relative symbolic links to the kept file.
    SymbolicLink,
    /// Lets them share their blocks with the kept file; they stay separate files.
    Dedupe,
    /// Moves them below this directory, which exists, keeping their relative
    /// paths.
    Move {
        /// The directory.
        to: PathBuf,
    },
}

impl Action {
    /// The operation as the journal records it.
    #[must_use]
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Self::Remove => Operation::Remove,
            Self::Trash { .. } => Operation::Trash,
            Self::HardLink => Operation::HardLink,
            Self::SymbolicLink => Operation::SymbolicLink,
            Self::Dedupe => Operation::Dedupe,
            Self::Move { .. } => Operation::Move,
        }
    }
}

/// Files with identical content, of which some are to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duplicates {
    /// The digest of the content.
    pub(crate) digest: Digest,
    /// Its algorithm.
    pub(crate) algorithm: HashAlgorithm,
    /// The files. Those with [`FileRecord::keep`] or [`FileRecord::reference`]
    /// are never acted on; without one of them none is.
    pub(crate) files: Vec<FileRecord>,
}

/// Options of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActionOptions {
    /// The way to act.
    pub(crate) action: Action,
    /// The paths that were scanned. Symbolic links are followed in them, and
    /// nowhere below them. A file elsewhere is not acted on, unless there are
    /// none.
    pub(crate) roots: Vec<PathBuf>,
    /// So many files with the content are left at least.
    pub(crate) leave: usize,
    /// Removes directories below the roots that the run empties.
    pub(crate) prune_empty_dirs: bool,
    /// Directories outside of which nothing is acted on; empty for no limit.
    pub(crate) only_under: Vec<PathBuf>,
    /// Files that are never acted on: the journal, the report.
    pub(crate) protected: Vec<FileId>,
    /// Refuses files on which no lease can be had.
    pub(crate) require_lease: bool,
    /// Makes hard links also of files whose owner, permissions, access control
    /// lists or extended attributes differ.
    pub(crate) ignore_metadata: bool,
    /// Acts on files of version control systems and package stores too.
    pub(crate) include_vcs: bool,
    /// Goes through everything but changes nothing.
    pub(crate) dry_run: bool,
}

impl ActionOptions {
    /// The default options of an action.
    #[must_use]
    pub(crate) fn new(action: Action) -> Self {
        Self {
            action,
            roots: Vec::new(),
            leave: 1,
            prune_empty_dirs: false,
            only_under: Vec::new(),
            protected: Vec::new(),
            require_lease: false,
            ignore_metadata: false,
            include_vcs: false,
            dry_run: false,
        }
    }
}
