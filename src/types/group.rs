//! Results of a scan: groups of files with identical content.

use std::path::PathBuf;

use super::{Digest, FileId, Timestamp};

/// Files with identical content.
///
/// In an ordinary scan a group has at least two files; in a scan for unique or
/// under-replicated files it may have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The digest of the whole content, or `None` for a single file that was
    /// proved unique without reading it in full.
    pub digest: Option<Digest>,
    /// The length of each file in bytes.
    pub size: u64,
    /// Bytes that would be freed if one copy were kept (all reference copies,
    /// if there are any): [`Group::duplicates`] times [`Group::size`].
    pub reclaimable_bytes: u64,
    /// One entry per replica: references first, then by path.
    pub files: Vec<Replica>,
}

impl Group {
    /// Number of redundant files: all but one, or all but the references if
    /// there are any. Entries of one file count once.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        let mut distinct: Vec<(u32, bool)> =
            self.files.iter().map(|f| (f.file, f.reference)).collect();
        distinct.sort_unstable();
        distinct.dedup_by_key(|(file, _)| *file);
        let references = distinct.iter().filter(|(_, reference)| *reference).count();
        distinct.len().saturating_sub(references.max(1)) as u64
    }
}

/// One file, with all names found for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// The first of its names in byte order.
    pub path: PathBuf,
    /// Its device and inode number. Where those are not exact, several files
    /// of a group can have the same.
    pub id: FileId,
    /// Number of the file within the group, in the order of the entries:
    /// entries for names of one file have the same number, and no others do.
    pub file: u32,
    /// Time of the last change of its content.
    pub modified: Timestamp,
    /// Its other names, in byte order.
    pub hard_links: Vec<PathBuf>,
    /// True if it is under a reference directory.
    pub reference: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(files: &[(u32, bool)]) -> Group {
        Group {
            digest: None,
            size: 0,
            reclaimable_bytes: 0,
            files: files
                .iter()
                .map(|&(ino, reference)| Replica {
                    path: PathBuf::from(ino.to_string()),
                    id: FileId { dev: 1, ino: 1 },
                    file: ino,
                    modified: Timestamp::new(0, 0),
                    hard_links: Vec::new(),
                    reference,
                })
                .collect(),
        }
    }

    #[test]
    fn one_copy_or_every_reference_is_kept() {
        assert_eq!(group(&[(1, false)]).duplicates(), 0);
        assert_eq!(group(&[(1, false), (2, false), (3, false)]).duplicates(), 2);
        assert_eq!(group(&[(1, true), (2, false), (3, false)]).duplicates(), 2);
        assert_eq!(group(&[(1, true), (2, true), (3, false)]).duplicates(), 1);
        assert_eq!(group(&[(1, true), (2, true)]).duplicates(), 0);
    }

    #[test]
    fn names_of_one_inode_count_once() {
        assert_eq!(group(&[(1, false), (1, false), (1, false)]).duplicates(), 0);
        assert_eq!(group(&[(1, false), (2, false), (1, false)]).duplicates(), 1);
    }
}
