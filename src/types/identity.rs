//! Identity, kind and metadata of files.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A file's identity: two names with the same `FileId` are the same file.
///
/// The inode number alone is not enough: it repeats on every other device
/// and in every btrfs snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId {
    /// The device the file lives on (`st_dev`).
    pub dev: u64,
    /// The file's number on that device (`st_ino`).
    pub ino: u64,
}

impl FileId {
    /// Stands for the identity of a file on another machine: no file has it.
    pub(crate) const UNKNOWN: Self = Self { dev: 0, ino: 0 };

    /// It, unless it stands for an unknown one.
    #[must_use]
    pub(crate) fn known(self) -> Option<Self> {
        (self != Self::UNKNOWN).then_some(self)
    }
}

/// Type of a directory entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// A regular file: the only kind whose content is read.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link (only reported where links are not followed).
    Symlink,
    /// A FIFO, socket, device or anything else.
    Special,
}

impl From<std::fs::FileType> for FileKind {
    fn from(kind: std::fs::FileType) -> Self {
        if kind.is_file() {
            Self::Regular
        } else if kind.is_dir() {
            Self::Directory
        } else if kind.is_symlink() {
            Self::Symlink
        } else {
            Self::Special
        }
    }
}

/// Metadata of a file, obtained without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStat {
    /// Its device and inode number.
    pub id: FileId,
    /// Its type.
    pub kind: FileKind,
    /// Its length in bytes.
    pub size: u64,
    /// Number of its hard links.
    pub links: u64,
    /// Time of the last change of its content.
    pub modified: Timestamp,
    /// Time of the last change of its inode (`st_ctime`); equal to `modified`
    /// where the platform has no such time.
    pub changed: Timestamp,
}

impl FileStat {
    /// Returns true if `later`, taken of the same file afterwards, shows no
    /// sign of a change in between.
    #[must_use]
    pub(crate) fn unchanged_in(&self, later: &Self) -> bool {
        self.id == later.id
            && self.kind == later.kind
            && self.size == later.size
            && self.modified == later.modified
            && self.changed == later.changed
    }
}
