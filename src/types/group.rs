//! Results of a scan: groups of files with identical content.

use std::path::PathBuf;

use super::{Digest, FileId, FileRecord};

/// Files with identical content.
///
/// In an ordinary scan a group has at least two files; in a scan for unique or
/// under-replicated files it may have one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The digest of the whole content, or `None` for a single file that was
    /// proved unique without reading it in full.
    pub digest: Option<Digest>,
    /// The kind of proof that the files are identical.
    pub proof: Proof,
    /// The length of each file in bytes.
    pub size: u64,
    /// Bytes that would be freed if all redundant files were removed under all
    /// names that the scan found.
    pub reclaimable_bytes: u64,
    /// Bytes of redundant files that would not be freed, because the files have
    /// hard links outside the scan.
    pub linked_outside_bytes: u64,
    /// Bytes of the other redundant files that would not be freed, because clones
    /// or snapshots use the same blocks. Known on btrfs and XFS, for files of
    /// 1 MiB or more. Together with `reclaimable_bytes` and
    /// `linked_outside_bytes` they are [`Group::duplicates`] times
    /// [`Group::size`].
    pub shared_bytes: u64,
    /// True if [`KeepRule::Oldest`](crate::KeepRule::Oldest) or
    /// [`KeepRule::Newest`](crate::KeepRule::Newest) was given and could not
    /// decide: several files have that time, and a later rule chose.
    pub keep_tie: bool,
    /// The property by which the rules chose the file to keep, as a clause: `it is
    /// the oldest`. None if it is not known.
    pub(crate) keep_reason: Option<&'static str>,
    /// One entry per file: those to keep first, then by path.
    pub files: Vec<FileRecord>,
}

impl Group {
    /// A group of identical files of `size` bytes, with nothing reclaimable yet.
    #[must_use]
    pub fn new(digest: Option<Digest>, proof: Proof, size: u64, files: Vec<FileRecord>) -> Self {
        Self {
            digest,
            proof,
            size,
            reclaimable_bytes: 0,
            linked_outside_bytes: 0,
            shared_bytes: 0,
            keep_tie: false,
            keep_reason: None,
            files,
        }
    }

    /// The group without the files to keep; `None` if no others are in it.
    #[must_use]
    pub fn without_kept(mut self) -> Option<Self> {
        self.files.retain(|file| !file.keep);
        (!self.files.is_empty()).then_some(self)
    }

    /// The paths for a plain list of files: the first name of each file, or
    /// all its names if no file of the group is to be kept.
    pub(crate) fn listed_names(&self) -> impl Iterator<Item = &PathBuf> {
        let has_kept = self.files.iter().any(|file| file.keep);
        let most = if has_kept { 1 } else { usize::MAX };
        self.files
            .iter()
            .flat_map(move |file| file.names().take(most))
    }

    /// Number of redundant files: all except those to keep. Entries of one
    /// file count once.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        let distinct = |kept: bool| {
            let files = self.files.iter().filter(|file| file.keep || !kept);
            let mut numbers: Vec<u32> = files.map(|file| file.number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers.len() as u64
        };
        distinct(false) - distinct(true)
    }
}

/// Directories with identical content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryGroup {
    /// The BLAKE3 digest of what they hold. `None` if a file in them was not
    /// read: because the only other names of its content are its own hard links.
    pub digest: Option<Digest>,
    /// Number of files in each, at any depth.
    pub files: u64,
    /// The sum of their sizes in each.
    pub bytes: u64,
    /// Bytes that would be freed if all redundant directories were removed.
    pub reclaimable_bytes: u64,
    /// The directories: those to keep first, then by path.
    pub directories: Vec<DirectoryRecord>,
}

/// One directory in the result of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryRecord {
    /// Its path.
    pub path: PathBuf,
    /// Its device and inode number.
    pub id: FileId,
    /// True if it is under a reference directory.
    pub reference: bool,
    /// True if it is to stay when redundant directories are removed.
    pub keep: bool,
}

/// A directory most of whose files are also in another one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimilarDirectories {
    /// The directory.
    pub path: PathBuf,
    /// The other one, which has its content, whatever the names.
    pub inside: PathBuf,
    /// Number of files in the directory, at any depth; hard links count one by
    /// one.
    pub files: u64,
    /// Those whose content is in the other one.
    pub files_inside: u64,
    /// The sum of the sizes of all its files.
    pub bytes: u64,
    /// The sum of the sizes of those in the other one.
    pub bytes_inside: u64,
    /// True if everything in the directory is known: if not, it has more than
    /// these files.
    pub is_complete: bool,
    /// The paths of the files whose content is not in the other one.
    pub only_there: Vec<PathBuf>,
}

impl DirectoryGroup {
    /// The group without the directories to keep; `None` if no others are in it.
    #[must_use]
    pub fn without_kept(mut self) -> Option<Self> {
        self.directories.retain(|directory| !directory.keep);
        (!self.directories.is_empty()).then_some(self)
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
    /// In addition, every file was compared byte for byte with another one.
    Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::FileId;

    fn group(files: &[(u32, bool)]) -> Group {
        let file = |&(number, keep): &(u32, bool)| FileRecord {
            number,
            keep,
            ..FileRecord::new(number.to_string(), FileId { dev: 1, ino: 1 })
        };
        Group {
            digest: None,
            proof: Proof::Unread,
            size: 0,
            reclaimable_bytes: 0,
            linked_outside_bytes: 0,
            shared_bytes: 0,
            keep_tie: false,
            keep_reason: None,
            files: files.iter().map(file).collect(),
        }
    }

    #[test]
    fn all_files_but_those_to_keep_are_redundant() {
        assert_eq!(group(&[(1, true)]).duplicates(), 0);
        assert_eq!(group(&[(1, true), (2, false), (3, false)]).duplicates(), 2);
        assert_eq!(group(&[(1, true), (2, true), (3, false)]).duplicates(), 1);
        assert_eq!(group(&[(1, true), (2, true)]).duplicates(), 0);
    }

    #[test]
    fn names_of_one_file_count_once() {
        assert_eq!(group(&[(1, true), (1, false), (1, false)]).duplicates(), 0);
        assert_eq!(group(&[(1, true), (2, false), (2, false)]).duplicates(), 1);
    }

    #[test]
    fn without_the_kept_files_a_group_may_be_nothing() {
        let rest = group(&[(1, true), (2, false), (3, false)]).without_kept();
        let rest = rest.unwrap();
        let numbers: Vec<_> = rest.files.iter().map(|file| file.number).collect();
        assert_eq!(numbers, [2, 3]);
        assert_eq!(rest.duplicates(), 2);
        assert_eq!(group(&[(1, true), (2, true)]).without_kept(), None);
    }
}
