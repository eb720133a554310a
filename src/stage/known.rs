//! Digests from the cache in place of reads, and those that a later scan may
//! take from there.

use hashbrown::HashMap;

use super::state::DedupState;
use crate::types::{
    Digest, DigestKind, DirId, FileIdx, Job, Known, ProvedDir, SizeIdx, Timestamp, WHOLE_LIMIT,
    partial_bytes,
};

/// A digest that was proved by reading.
type Proved = (FileIdx, DigestKind, Digest);

/// Digests that the cache knew, and those that it is to store.
#[derive(Debug, Default)]
pub(super) struct KnownFiles {
    /// The whole digests of files whose ends are being compared.
    wholes: HashMap<FileIdx, Digest>,
    /// The cache's digests of files that are read to check it.
    sampled: HashMap<FileIdx, Known>,
    /// Digests to store, if that is wanted, of files that changed before a time.
    proved: Option<(Timestamp, Vec<Proved>)>,
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
        self.known.proved = Some((changed_before, Vec::new()));
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
        let proved = self.known.proved.as_ref();
        proved.map_or(0, |(_, proved)| proved.len())
    }

    /// Takes the digests to store, by directory.
    pub(crate) fn take_proved(&mut self) -> Vec<ProvedDir> {
        let Some((_, proved)) = &mut self.known.proved else {
            return Vec::new();
        };
        let mut proved = std::mem::take(proved);
        let catalog = &self.catalog;
        proved.sort_by_key(|(file, ..)| catalog.files.dir(*file));
        let mut dirs: Vec<ProvedDir> = Vec::new();
        let mut entered: Option<DirId> = None;
        for (file, kind, digest) in proved {
            let record = catalog.files.get(file);
            if entered != Some(record.dir) {
                entered = Some(record.dir);
                let mut dir = ProvedDir {
                    id: Some(catalog.dirs.get(record.dir).id),
                    ..ProvedDir::default()
                };
                catalog
                    .dirs
                    .path_into(record.dir, &catalog.names, &mut dir.path);
                dirs.push(dir);
            }
            let stat = catalog.listed(file);
            if let Some(dir) = dirs.last_mut() {
                dir.push(catalog.files.name(file), stat, kind, digest);
            }
        }
        dirs
    }

    /// Records a digest that was proved by reading.
    pub(super) fn proved(&mut self, file: FileIdx, kind: DigestKind, digest: &Digest) {
        if !self.known.sampled.is_empty() {
            self.known.check(file, kind, digest);
        }
        if let Some((before, proved)) = &mut self.known.proved
            && self.catalog.files.get(file).changed < *before
            && !self.catalog.is_through_link(file)
        {
            proved.push((file, kind, *digest));
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
