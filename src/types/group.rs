//! Results of a scan: groups of files with identical content.

use super::{Digest, FileRecord};

/// Files with identical content.
///
/// In an ordinary scan a group has at least two files; in a scan for unique or
/// under-replicated files it may have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The digest of the whole content, or `None` for a single file that was
    /// proved unique without reading it in full.
    pub digest: Option<Digest>,
    /// The kind of proof that the files are identical.
    pub proof: Proof,
    /// The length of each file in bytes.
    pub size: u64,
    /// Bytes that would be freed if one copy were kept (all reference copies,
    /// if there are any): [`Group::duplicates`] times [`Group::size`].
    pub reclaimable_bytes: u64,
    /// One entry per file: those to keep first, then by path.
    pub files: Vec<FileRecord>,
}

impl Group {
    /// Number of redundant files: all but one, or all but the references if
    /// there are any. Entries of one file count once.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        let mut distinct: Vec<(u32, bool)> =
            self.files.iter().map(|f| (f.number, f.reference)).collect();
        distinct.sort_unstable();
        distinct.dedup_by_key(|(file, _)| *file);
        let references = distinct.iter().filter(|(_, reference)| *reference).count();
        distinct.len().saturating_sub(references.max(1)) as u64
    }
}

/// The kind of proof that the files of a group are identical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// None is needed: it is a single file, which was proved unique without
    /// reading it in full.
    Unread,
    /// Every file was hashed in full, or compared with one that was, or is
    /// stored in the same blocks as one that was.
    Digest,
    /// Besides, every file was compared byte for byte with another one.
    Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::FileId;

    fn group(files: &[(u32, bool)]) -> Group {
        Group {
            digest: None,
            proof: Proof::Unread,
            size: 0,
            reclaimable_bytes: 0,
            files: files
                .iter()
                .map(|&(number, reference)| FileRecord {
                    number,
                    reference,
                    ..FileRecord::new(number.to_string(), FileId { dev: 1, ino: 1 })
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
