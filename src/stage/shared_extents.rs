//! Files that seem to share their blocks on disk: one of them is read, and the
//! others wait for it.
//!
//! Once the digest of the one that is read is known, the extents on disk show
//! if the others are the same bytes. Those that are have its digest; those that
//! are not, or no longer, are read like every other file.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::ClassIdx;
use crate::types::{Digest, FileIdx};

/// Maximum number of files in one extents check, including the one that was
/// read.
const BATCH_FILES: usize = 64;

/// Files of one size, with equal ends and the same hint.
type Key = (ClassIdx, u64);

/// All files that may share their blocks with others.
#[derive(Debug, Default)]
pub(super) struct SharedExtents {
    /// Hints of files that are still alone in their class of ends.
    hints: HashMap<FileIdx, u64>,
    readers: HashMap<Key, FileIdx>,
    /// Groups by the file that is read.
    groups: HashMap<FileIdx, ExtentGroup>,
    /// Files whose extents are to be checked, each with the one that was read.
    ready: VecDeque<(FileIdx, FileIdx)>,
}

/// A file that is or was read, and those that wait for it.
#[derive(Debug)]
struct ExtentGroup {
    key: Key,
    digest: Option<Digest>,
    waiting: Vec<FileIdx>,
}

/// A file that is to be read in place of one that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Replacement {
    pub(super) file: FileIdx,
    pub(super) ends: ClassIdx,
    /// True if others wait for it.
    pub(super) has_waiting: bool,
}

impl SharedExtents {
    /// Records the hint of a file's blocks.
    pub(super) fn hint(&mut self, file: FileIdx, hint: u64) {
        self.hints.insert(file, hint);
    }

    /// Adds a file that is not alone in its class of equal ends. Returns the
    /// file it waits for; if there is none, it is to be read.
    pub(super) fn add(&mut self, file: FileIdx, ends: ClassIdx) -> Option<FileIdx> {
        let key = (ends, self.hints.remove(&file)?);
        let reader = match self.readers.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                free.insert(file);
                self.groups.insert(file, ExtentGroup::new(key, Vec::new()));
                return None;
            }
        };
        let group = self.groups.get_mut(&reader)?;
        if group.digest.is_some() {
            self.ready.push_back((reader, file));
        } else {
            group.waiting.push(file);
        }
        Some(reader)
    }

    /// Records the digest of a file that was read to its end: those that wait
    /// for it are checked next.
    pub(super) fn whole(&mut self, file: FileIdx, digest: Digest) {
        if let Some(group) = self.groups.get_mut(&file) {
            group.digest = Some(digest);
            let waiting = group.waiting.drain(..);
            self.ready.extend(waiting.map(|other| (file, other)));
        }
    }

    /// Removes a file that failed. If others wait for it, one of them replaces
    /// it.
    pub(super) fn failed(&mut self, file: FileIdx) -> Option<Replacement> {
        let group = match self.groups.entry(file) {
            // A digest that is known stays valid.
            Entry::Occupied(known) if known.get().digest.is_none() => known.remove(),
            _ => return None,
        };
        let mut waiting = group.waiting;
        let Some(replacement) = waiting.pop() else {
            self.readers.remove(&group.key);
            return None;
        };
        let has_waiting = !waiting.is_empty();
        self.readers.insert(group.key, replacement);
        self.groups
            .insert(replacement, ExtentGroup::new(group.key, waiting));
        Some(Replacement {
            file: replacement,
            ends: group.key.0,
            has_waiting,
        })
    }

    /// Number of files that wait for an extents check.
    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }

    /// Returns the next files to check, the one that was read first.
    pub(super) fn pop(&mut self) -> Option<Vec<FileIdx>> {
        let &(reader, _) = self.ready.front()?;
        let mut files = vec![reader];
        while files.len() < BATCH_FILES
            && let Some(&(of, other)) = self.ready.front()
            && of == reader
        {
            self.ready.pop_front();
            files.push(other);
        }
        Some(files)
    }

    /// The class of ends and the digest of a file for which others waited.
    pub(super) fn read(&self, reader: FileIdx) -> Option<(ClassIdx, Digest)> {
        let group = self.groups.get(&reader)?;
        Some((group.key.0, group.digest?))
    }
}

impl ExtentGroup {
    fn new(key: Key, waiting: Vec<FileIdx>) -> Self {
        Self {
            key,
            digest: None,
            waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: ClassIdx = ClassIdx(3);

    /// Files 0, 1 and so on with these hints, none alone in its class.
    fn shared_extents(hints: &[u64]) -> (SharedExtents, Vec<Option<FileIdx>>) {
        let mut shared_extents = SharedExtents::default();
        let places = hints.iter().zip(0..).map(|(&hint, file)| {
            shared_extents.hint(FileIdx(file), hint);
            shared_extents.add(FileIdx(file), ENDS)
        });
        let places = places.collect();
        (shared_extents, places)
    }

    fn files(numbers: &[u32]) -> Vec<FileIdx> {
        numbers.iter().map(|&number| FileIdx(number)).collect()
    }

    #[test]
    fn the_first_of_a_hint_is_read_and_the_others_wait_for_it() {
        let (mut shared_extents, places) = shared_extents(&[7, 8, 7, 7]);
        let first = Some(FileIdx(0));
        assert_eq!(places, [None, None, first, first]);
        assert_eq!(shared_extents.add(FileIdx(9), ENDS), None, "it has no hint");
        shared_extents.hint(FileIdx(4), 7);
        let other = ClassIdx(4);
        assert_eq!(shared_extents.add(FileIdx(4), other), None, "other ends");
        assert_eq!((shared_extents.len(), shared_extents.pop()), (0, None));
        let digest = Digest::new(&[1]);
        shared_extents.whole(FileIdx(0), digest);
        shared_extents.hint(FileIdx(5), 7);
        assert_eq!(shared_extents.add(FileIdx(5), ENDS), first);
        assert_eq!(shared_extents.len(), 3);
        assert_eq!(shared_extents.pop(), Some(files(&[0, 2, 3, 5])));
        assert_eq!(shared_extents.read(FileIdx(0)), Some((ENDS, digest)));
        assert_eq!(shared_extents.read(FileIdx(1)), None);
        assert_eq!((shared_extents.len(), shared_extents.pop()), (0, None));
    }

    #[test]
    fn a_waiting_file_replaces_a_failed_reader() {
        let (mut shared_extents, _) = shared_extents(&[7, 7, 7]);
        assert_eq!(shared_extents.failed(FileIdx(1)), None, "it only waits");
        let replacement = |file, has_waiting| {
            Some(Replacement {
                file: FileIdx(file),
                ends: ENDS,
                has_waiting,
            })
        };
        assert_eq!(shared_extents.failed(FileIdx(0)), replacement(2, true));
        assert_eq!(shared_extents.failed(FileIdx(2)), replacement(1, false));
        assert_eq!(shared_extents.failed(FileIdx(1)), None);
        shared_extents.hint(FileIdx(3), 7);
        assert_eq!(shared_extents.add(FileIdx(3), ENDS), None, "nobody is left");
        shared_extents.whole(FileIdx(3), Digest::new(&[1]));
        assert_eq!(
            shared_extents.failed(FileIdx(3)),
            None,
            "its digest is known"
        );
        shared_extents.hint(FileIdx(4), 7);
        assert_eq!(shared_extents.add(FileIdx(4), ENDS), Some(FileIdx(3)));
    }

    #[test]
    fn an_extents_check_has_files_of_one_group_and_a_limit() {
        let (mut shared_extents, _) = shared_extents(&[[7; 100], [8; 100]].concat());
        for reader in [0, 100] {
            shared_extents.whole(FileIdx(reader), Digest::new(&[1]));
        }
        let mut seen = Vec::new();
        while let Some(files) = shared_extents.pop() {
            seen.push((files[0].0, files.len()));
        }
        assert_eq!(seen, [(0, 64), (0, 37), (100, 64), (100, 37)]);
    }
}
