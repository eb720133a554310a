//! Digests from the cache in place of reads, and those that a later scan may
//! take from there.

use hashbrown::HashMap;

use super::state::DedupState;
use crate::types::{
    Digest, DigestKind, FileIdx, Job, Known, ProvedFile, ReadDigest, SizeIdx, Timestamp,
    WHOLE_LIMIT, partial_bytes,
};

/// Digests that the cache knew, and those that it is to store.
#[derive(Debug, Default)]
pub(super) struct KnownFiles {
    /// The whole digests of files whose ends are being compared.
    wholes: HashMap<FileIdx, Digest>,
    /// The cache's digests of files that are read to check it.
    sampled: HashMap<FileIdx, Known>,
    /// Digests of files that changed before this time are to be stored.
    keeps_before: Option<Timestamp>,
    /// Those digests.
    proved: Vec<ProvedFile>,
    /// The generations of the inodes of files that are read in windows.
    generations: HashMap<FileIdx, u32>,
    counts: KnownCounts,
}

/// Counts of files that the cache knew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KnownCounts {
    /// Files that were not read, or not to the end.
    pub(crate) files: u64,
    /// The bytes of them that were not read.
    pub(crate) bytes: u64,
    /// Files that were read to check the cache.
    pub(crate) checked: u64,
    /// Those for which it held another digest.
    pub(crate) wrong: u64,
    /// The first of them.
    pub(crate) first_wrong: Option<FileIdx>,
}

impl KnownFiles {
    /// Returns true if digests are to be stored.
    pub(super) fn keeps_proved(&self) -> bool {
        self.keeps_before.is_some()
    }

    /// Keeps the generation of the inode of a file of which a window was read.
    pub(super) fn keep_generation(&mut self, file: FileIdx, generation: Option<u32>) {
        self.generations
            .extend(generation.map(|generation| (file, generation)));
    }

    /// Takes the generation of the inode of a file that was read in windows.
    pub(super) fn take_generation(&mut self, file: FileIdx) -> Option<u32> {
        self.generations.remove(&file)
    }

    /// Compares a digest with what the cache said.
    fn check(&mut self, file: FileIdx, kind: DigestKind, digest: &Digest) {
        let Some(known) = self.sampled.get(&file) else {
            return;
        };
        let said = match kind {
            DigestKind::Ends => known.ends,
            DigestKind::Whole => known.whole,
        };
        let Some(said) = said else { return };
        if said == *digest {
            return;
        }
        self.sampled.remove(&file);
        self.counts.wrong += 1;
        self.counts.first_wrong.get_or_insert(file);
    }
}

impl DedupState {
    /// Keeps digests of files that changed before this time, for
    /// [`DedupState::take_proved`].
    #[must_use]
    pub(crate) fn keeping_proved(mut self, changed_before: Timestamp) -> Self {
        self.known.keeps_before = Some(changed_before);
        self
    }

    /// Counts of files that the cache knew.
    #[must_use]
    pub(crate) fn known_counts(&self) -> KnownCounts {
        self.known.counts
    }

    /// Number of digests to store.
    #[must_use]
    pub(crate) fn proved_count(&self) -> usize {
        self.known.proved.len()
    }

    /// Takes the digests to store.
    pub(crate) fn take_proved(&mut self) -> Vec<ProvedFile> {
        std::mem::take(&mut self.known.proved)
    }

    /// Records a digest that was proved by reading.
    pub(super) fn proved(&mut self, file: FileIdx, kind: DigestKind, read: &ReadDigest) {
        if !self.known.sampled.is_empty() {
            self.known.check(file, kind, &read.digest);
        }
        let Some((before, generation)) = self.known.keeps_before.zip(read.generation) else {
            return;
        };
        let stat = self.catalog.listed(file);
        if stat.changed < before && !self.catalog.is_through_link(file) {
            self.known.proved.push(ProvedFile {
                stat,
                generation,
                kind,
                digest: read.digest,
            });
        }
    }

    /// Continues with a file that the cache knows. Returns false if it has to be
    /// read all the same.
    pub(super) fn continue_known(
        &mut self,
        file: FileIdx,
        size_class: SizeIdx,
        known: &Known,
    ) -> bool {
        if known.is_sampled {
            self.known.counts.checked += 1;
            self.known.sampled.insert(file, *known);
            return false;
        }
        let size = self.catalog.files.bytes(size_class);
        // All files of a size are compared by their ends first, except small
        // ones.
        let ends = if size > WHOLE_LIMIT { known.ends } else { None };
        let whole = known.whole;
        if ends.is_none() && (size > WHOLE_LIMIT || whole.is_none()) {
            return false;
        }
        self.catalog.stats.size.files_out += 1;
        self.catalog.stats.partial.files_in += 1;
        self.known.counts.files += 1;
        self.known.counts.bytes += partial_bytes(size);
        match (ends, whole) {
            (Some(ends), whole) => {
                self.known.wholes.extend(whole.map(|whole| (file, whole)));
                self.add_shared(file, known.hint, known.shared_bytes);
                self.enter_ends(file, size_class, &ends);
            }
            (None, Some(whole)) => self.enter_whole(file, size_class, &whole, Job::Partial),
            (None, None) => {}
        }
        true
    }

    /// Continues with a file whose ends equal those of others, if its whole
    /// digest is known.
    pub(super) fn continue_whole(
        &mut self,
        file: FileIdx,
        size_class: SizeIdx,
        ends: super::ClassIdx,
    ) -> bool {
        let Some(whole) = self.known.wholes.remove(&file) else {
            return false;
        };
        let size = self.catalog.files.bytes(size_class);
        self.known.counts.bytes += size;
        if self.segments.accepts(size) {
            // Those that are read in windows would wait for this one.
            for other in self.segments.read_to_the_end(ends) {
                self.read_to_the_end(other, size_class);
            }
        }
        self.enter_whole(file, size_class, &whole, Job::Full);
        true
    }

    /// Continues with a file that is alone in its size and is to be hashed all
    /// the same. Returns false if it has to be read.
    pub(super) fn continue_alone_known(
        &mut self,
        file: FileIdx,
        size_class: SizeIdx,
        known: &Known,
    ) -> bool {
        match known.whole {
            Some(whole) if !known.is_sampled => {
                self.known.counts.files += 1;
                self.known.wholes.insert(file, whole);
                self.enter_known_whole(file, size_class)
            }
            _ => {
                if known.is_sampled {
                    self.known.counts.checked += 1;
                    self.known.sampled.insert(file, *known);
                }
                false
            }
        }
    }

    /// Enters the whole digest of a file that is alone, if it is known.
    pub(super) fn enter_known_whole(&mut self, file: FileIdx, size_class: SizeIdx) -> bool {
        let Some(whole) = self.known.wholes.remove(&file) else {
            return false;
        };
        self.known.counts.bytes += self.catalog.files.bytes(size_class);
        self.catalog.stats.full.files_in += 1;
        self.enter_whole(file, size_class, &whole, Job::Full);
        true
    }
}
