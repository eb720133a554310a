//! One file in the result of a scan.

use std::path::PathBuf;

use super::{FileId, Timestamp};

/// One file, with all names found for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileRecord {
    /// The first of its names in byte order.
    pub path: PathBuf,
    /// Number of the path to scan under which this name was found. Paths are
    /// numbered from 0 in the order in which they were given, references after
    /// all others. All paths of a list have one number.
    pub root: u32,
    /// Its device and inode number. Where those are not exact, several files
    /// of a group can have the same.
    pub id: FileId,
    /// Number of the file within its group, in the order of the entries:
    /// entries for names of one file have the same number, and no others do.
    pub number: u32,
    /// Its length in bytes.
    pub size: u64,
    /// Time of the last change of its content.
    pub modified: Timestamp,
    /// Time of the last change of its inode (`st_ctime`); equal to `modified`
    /// where the platform has no such time.
    pub changed: Timestamp,
    /// Number of its hard links.
    pub links: u32,
    /// Number of its hard links that the scan did not find.
    pub links_outside: u32,
    /// Its other names, in byte order.
    pub hard_links: Vec<PathBuf>,
    /// True if it is under a reference directory.
    pub reference: bool,
    /// True if it is to stay when redundant files are removed: it is a
    /// reference, or the one copy that the rules choose.
    pub keep: bool,
}

impl FileRecord {
    /// A record of an empty file with this one name, which is not kept.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, id: FileId) -> Self {
        Self {
            path: path.into(),
            root: 0,
            id,
            number: 0,
            size: 0,
            modified: Timestamp::from_nanos(0),
            changed: Timestamp::from_nanos(0),
            links: 1,
            links_outside: 0,
            hard_links: Vec::new(),
            reference: false,
            keep: false,
        }
    }

    /// All its names that were found, in byte order.
    pub fn names(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.path).chain(&self.hard_links)
    }
}
