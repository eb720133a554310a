//! Redundant directories that are acted on as a whole: as a scan found them, or as a
//! report lists them.

use std::path::PathBuf;

use super::{Digest, FileId, FileRecord, Timestamp};

/// A redundant directory and everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WholeDirectory {
    /// The number of its group, from 0 on.
    pub group: usize,
    /// Its path.
    pub path: PathBuf,
    /// Its device and inode number.
    pub id: FileId,
    /// The identical directory that stays.
    pub keeper: PathBuf,
    /// Number of files in it, at any depth.
    pub files: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// It and the directories in it, each after the one that it is in.
    pub directories: Vec<ListedDirectory>,
}

/// One directory and its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedDirectory {
    /// Its path.
    pub path: PathBuf,
    /// Its device and inode number.
    pub id: FileId,
    /// Everything in it.
    pub entries: Vec<(Vec<u8>, ListedEntry)>,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListedEntry {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Its device and inode number.
        id: FileId,
        /// Its length.
        size: u64,
        /// Time of the last change of its content.
        modified: Timestamp,
        /// Time of the last change of its inode.
        changed: Timestamp,
    },
    /// An empty file that is no file of the scan.
    EmptyFile {
        /// The path of one that stays.
        keeper: PathBuf,
    },
    /// A symbolic link.
    Link {
        /// Its target, as it is written.
        target: Vec<u8>,
        /// The path of a link with this target that stays.
        keeper: PathBuf,
    },
}

/// The files in a redundant directory, by what proves that nothing is lost with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WholeContents {
    /// Files of one content: those that stay have [`FileRecord::keep`]; the names of
    /// the others are in redundant directories.
    pub groups: Vec<(Digest, Vec<FileRecord>)>,
    /// Names of files that have other names outside of all redundant directories.
    pub names: Vec<NameElsewhere>,
}

/// A name of a file that has another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameElsewhere {
    /// The name.
    pub path: PathBuf,
    /// The file.
    pub id: FileId,
    /// Its length.
    pub size: u64,
    /// The other name, which stays.
    pub keeper: PathBuf,
}

/// A group of directories that a report lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProposedGroup {
    /// Number of files in each, at any depth.
    pub files: u64,
    /// The sum of their sizes in each.
    pub bytes: u64,
    /// The directories.
    pub directories: Vec<ProposedDirectory>,
}

/// A directory that a report lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProposedDirectory {
    /// Its path.
    pub path: PathBuf,
    /// True if it is to stay.
    pub keep: bool,
}

/// A directory that a report lists as redundant and that is no copy of one that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotConfirmed {
    /// The number of its group, from 0 on.
    pub group: usize,
    /// Its path.
    pub path: PathBuf,
    /// The directory that stays, if the report names one.
    pub keeper: Option<PathBuf>,
    /// Number of files in it, as the report has it.
    pub files: u64,
    /// The sum of their sizes, as the report has it.
    pub bytes: u64,
    /// The reason.
    pub reason: Unequal,
}

/// The reason why a directory is no copy of one that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unequal {
    /// The report names none that stays.
    NoKeeper,
    /// Their content differs, or is not known in full.
    Differs,
    /// Both hold the very same files.
    SameFiles,
}

impl Unequal {
    /// The short name in machine-readable output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoKeeper => "no-keeper",
            Self::Differs => "not-identical",
            Self::SameFiles => "same-files",
        }
    }

    /// The reason, for people.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::NoKeeper => "no directory of its group is to be kept",
            Self::Differs => "it is not identical to a directory that is to be kept",
            Self::SameFiles => "it holds the very files of the kept one, by hard links",
        }
    }
}
