//! The state machine: what is known of every file determines the next step.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::ClassIdx;
use super::catalog::{Catalog, Failure, Status};
use super::class::{ClassTable, Entered, SharedIdx};
use super::compare::Comparisons;
use super::ingest::{Content, WalkReads};
use super::inode_set::InodeSet;
use super::known::KnownFiles;
use super::listings::Listings;
use super::queue::Queue;
use super::same_number::{SameFileCheck, SameNumbers};
use super::shared_extents::SharedExtents;
use super::size_class::{Phase, SizeClasses};
use super::windows::{TreeHash, Windows};
use crate::config::Candidates;
use crate::error::{FailureKind, Stage};
use crate::types::{
    BatchOutcome, Digest, DigestKind, DirId, Ends, Evidence, FileIdx, FileOutcome, Job, ReadDigest,
    SizeIdx, TaskResult, Timestamp,
};

/// Configuration of the state machine.
#[derive(Debug, Clone, Copy)]
pub struct DedupConfig {
    /// Names of one file count as duplicates of each other.
    pub hard_links: bool,
    /// Files that no other can equal are hashed too.
    pub hash_everything: bool,
    /// Compare every class byte for byte.
    pub verify: bool,
    /// Number of workers that share the work.
    pub workers: usize,
    /// Number of files that a comparison may open at once.
    pub compare_width: usize,
    /// Length of a digest in bytes.
    pub digest_len: usize,
    /// See [`Batch::settled_before`](crate::types::Batch::settled_before).
    pub settled_before: Timestamp,
    /// Combines the values of segments, if the algorithm can hash large files
    /// in segments.
    pub tree_hash: Option<TreeHash>,
}

/// State of a running scan.
#[derive(Debug)]
pub struct DedupState {
    pub(super) config: DedupConfig,
    pub(super) catalog: Catalog,
    pub(super) size_classes: SizeClasses,
    pub(super) identities: InodeSet,
    pub(super) same: SameNumbers,
    ends: ClassTable,
    pub(super) queue: Queue,
    pub(super) segments: Windows,
    pub(super) shared_extents: SharedExtents,
    /// Large files that cannot be read in parts: see
    /// [`Ends::is_settled`].
    pub(super) unsettled: HashSet<FileIdx>,
    pub(super) comparisons: Comparisons,
    pub(super) in_flight: usize,
    pub(super) walk_done: bool,
    remaining_done: bool,
    pub(super) bytes_found: u64,
    /// The content of the first file of a size, as far as the walk knows it.
    pub(super) early: HashMap<SizeIdx, Content>,
    pub(super) known: KnownFiles,
    pub(super) candidates: Option<Arc<Candidates>>,
    pub(super) walk_reads: WalkReads,
    pub(super) bytes_planned: u64,
    order: Vec<SizeIdx>,
    settled: usize,
    /// The directory that was written into a batch last, and its path.
    pub(super) entered: (Option<DirId>, Vec<u8>),
}

impl DedupState {
    /// Creates the state of a scan that has found nothing.
    #[must_use]
    pub fn new(config: DedupConfig) -> Self {
        let digest_len = config.digest_len;
        Self {
            config,
            catalog: Catalog::new(digest_len, config.verify),
            size_classes: SizeClasses::default(),
            identities: InodeSet::default(),
            same: SameNumbers::default(),
            ends: ClassTable::new(digest_len),
            queue: Queue::default(),
            segments: Windows::new(config.tree_hash),
            shared_extents: SharedExtents::default(),
            unsettled: HashSet::new(),
            comparisons: Comparisons::new(config.compare_width),
            in_flight: 0,
            walk_done: false,
            remaining_done: !config.hard_links && !config.hash_everything,
            bytes_found: 0,
            early: HashMap::new(),
            known: KnownFiles::default(),
            candidates: None,
            walk_reads: WalkReads::default(),
            bytes_planned: 0,
            order: Vec::new(),
            settled: 0,
            entered: (None, Vec::new()),
        }
    }

    /// Uses `check` to compare names with one inode number, instead of
    /// treating every number as exact. `by_entry` is for scans that follow
    /// links or name files one by one. They can reach one file twice, and its
    /// number can change in between, so they also recognise a file by the path
    /// that a name resolves to.
    #[must_use]
    pub(crate) fn with_same_file_check(
        self,
        check: Box<dyn SameFileCheck>,
        by_entry: bool,
    ) -> Self {
        Self {
            same: SameNumbers::new(check, by_entry),
            ..self
        }
    }

    /// Reads these files, and no others.
    #[must_use]
    pub(crate) fn with_candidates(self, candidates: Option<Arc<Candidates>>) -> Self {
        Self {
            remaining_done: self.remaining_done && candidates.is_none(),
            candidates,
            ..self
        }
    }

    /// Keeps the names of what the walk leaves out, if it sends them.
    #[must_use]
    pub fn with_names_left_out(mut self, kept: bool) -> Self {
        self.catalog.listings.names_left_out = kept;
        self
    }

    /// Entries that are neither directories nor files.
    pub(crate) fn listings_mut(&mut self) -> &mut Listings {
        &mut self.catalog.listings
    }

    /// Sets the number of workers that share the work.
    pub(crate) fn set_workers(&mut self, workers: usize) {
        self.config.workers = workers;
    }

    /// The results so far.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The results, once the scan is over.
    #[must_use]
    pub fn into_catalog(mut self) -> Catalog {
        self.catalog.wholes.close();
        self.catalog
    }

    /// The bytes of all files found, and the bytes that seem to need reading.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.bytes_found, self.bytes_planned)
    }

    /// Number of files that wait to be dispatched.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.segments.len() + self.shared_extents.len() + self.comparisons.len()
    }

    /// Returns true if dispatched files are unanswered.
    #[must_use]
    pub(crate) fn has_in_flight(&self) -> bool {
        self.in_flight > 0
    }

    /// Returns true if nothing is queued and nothing is in progress.
    #[must_use]
    pub(crate) fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.waiting() == 0
    }

    /// Adds the outcome of a batch.
    pub fn done(&mut self, outcome: BatchOutcome) {
        self.in_flight -= outcome.files.len();
        self.catalog.stats.of(outcome.job).bytes_read += outcome.bytes_read;
        if outcome.job == Job::Compare {
            self.add_comparison(outcome.files);
            return;
        }
        if outcome.job == Job::Extents {
            self.extents_checked(outcome.files);
            return;
        }
        for FileOutcome {
            token,
            result,
            generation,
        } in outcome.files
        {
            let file = FileIdx(token);
            let at = self.catalog.files.size_of(file);
            match self.checked_digest(result) {
                TaskResult::Proved(Evidence::Whole(digest)) => {
                    let read = ReadDigest { digest, generation };
                    self.whole(file, at, &read, outcome.job);
                }
                TaskResult::Proved(Evidence::Ends(ends)) => self.ends(file, at, &ends, generation),
                TaskResult::Proved(Evidence::Segment(value)) => {
                    self.known.keep_generation(file, generation);
                    if let Job::Segment(segment) = outcome.job {
                        let update = self.segments.add_value(file, segment, value);
                        self.apply_update(update, at);
                    }
                }
                TaskResult::Failed(kind, message) => {
                    // Several segments of a file can fail: it is reported once.
                    if self.catalog.status(file) != Status::Failed {
                        self.failed(file, outcome.job, kind, message);
                    }
                    let update = self.segments.failed(file);
                    self.apply_update(update, at);
                    if let Some(replacement) = self.shared_extents.failed(file) {
                        self.replace_reader(&replacement, at);
                    }
                }
                // A comparison result for a batch that was to be hashed would
                // be the executor's bug; it proves nothing here.
                TaskResult::Undone
                | TaskResult::Proved(
                    Evidence::EqualsFirst | Evidence::DiffersFromFirst | Evidence::StoredElsewhere,
                ) => {}
            }
            self.file_done(at);
        }
    }

    /// Rejects a digest of another algorithm, which proves nothing here.
    fn checked_digest(&self, result: TaskResult) -> TaskResult {
        match result {
            TaskResult::Proved(Evidence::Whole(digest) | Evidence::Ends(Ends { digest, .. }))
                if digest.as_bytes().len() != self.config.digest_len =>
            {
                let message = "its worker answered with a digest of another kind";
                TaskResult::Failed(FailureKind::Crash, message.to_owned())
            }
            result => result,
        }
    }

    fn ends(&mut self, file: FileIdx, size_class: SizeIdx, ends: &Ends, generation: Option<u32>) {
        let read = ReadDigest {
            digest: ends.digest,
            generation,
        };
        self.proved(file, DigestKind::Ends, &read);
        let size = self.catalog.files.bytes(size_class);
        if !ends.is_settled && self.segments.accepts(size) {
            self.unsettled.insert(file);
        }
        self.add_shared(file, ends.hint, ends.shared_bytes);
        self.enter_ends(file, size_class, &ends.digest);
    }

    /// Records what a file shares with others on disk.
    pub(super) fn add_shared(&mut self, file: FileIdx, hint: Option<u64>, bytes: u64) {
        if let Some(hint) = hint {
            self.shared_extents.hint(file, hint);
        }
        if bytes > 0 {
            self.catalog.shared_bytes.insert(file, bytes);
        }
    }

    pub(super) fn enter_ends(&mut self, file: FileIdx, size_class: SizeIdx, digest: &Digest) {
        if self.candidates.is_some() {
            return self.enter_candidate(file, size_class, digest);
        }
        let (at, entered) = self.ends.enter(&self.catalog.files, digest, file);
        self.catalog.stats.partial.count_member(entered);
        match entered {
            Entered::First => return,
            Entered::Second(first, _) => self.continue_after_ends(first, size_class, at),
            Entered::Later(_) => {}
        }
        self.continue_after_ends(file, size_class, at);
    }

    /// Enters the digest of a file of which every byte was read.
    pub(super) fn whole(
        &mut self,
        file: FileIdx,
        size_class: SizeIdx,
        read: &ReadDigest,
        job: Job,
    ) {
        self.proved(file, DigestKind::Whole, read);
        self.enter_whole(file, size_class, &read.digest, job);
    }

    pub(super) fn enter_whole(
        &mut self,
        file: FileIdx,
        size_class: SizeIdx,
        digest: &Digest,
        job: Job,
    ) {
        self.shared_extents.whole(file, *digest);
        let catalog = &mut self.catalog;
        let (_, entered) = catalog.wholes.enter(&catalog.files, digest, file);
        catalog.stats.of(job).count_member(entered);
        match entered {
            Entered::First => catalog.set_status(file, Status::Whole(None)),
            Entered::Second(_, shared) => {
                self.register_class(shared, size_class);
                self.add_member(shared, file);
            }
            Entered::Later(shared) => self.add_member(shared, file),
        }
    }

    /// Adds a file to the list of a class.
    pub(super) fn add_member(&mut self, shared: SharedIdx, file: FileIdx) {
        let class = self.catalog.wholes.shared_mut(shared);
        let other = std::mem::replace(&mut class.head, file);
        class.count += 1;
        self.catalog.set_status(file, Status::Whole(Some(other)));
    }

    /// Adds a class that got a second member to the list of its size.
    pub(super) fn register_class(&mut self, shared: SharedIdx, size_class: SizeIdx) {
        let class = self.catalog.wholes.shared_mut(shared);
        class.next_of_size = self.size_classes[size_class].classes.replace(shared);
        // There is nothing to compare in empty files.
        class.confirmed = !self.config.verify || self.catalog.files.bytes(size_class) == 0;
    }

    pub(super) fn failed(&mut self, file: FileIdx, job: Job, kind: FailureKind, message: String) {
        self.catalog.set_status(file, Status::Failed);
        let Some(kind) = self.attribute(file, kind) else {
            return;
        };
        self.catalog.failures.push(Failure {
            file,
            stage: match job {
                Job::Partial => Stage::Partial,
                Job::Full | Job::Segment(_) | Job::Extents => Stage::Full,
                Job::Compare => Stage::Verify,
            },
            kind,
            message,
        });
    }

    /// One file of this size is answered; the last one may complete the size.
    pub(super) fn file_done(&mut self, size_class: SizeIdx) {
        self.size_classes[size_class].outstanding -= 1;
        self.advance(size_class);
    }

    /// Marks the walk as complete.
    pub fn walk_done(&mut self) {
        self.walk_done = true;
        let numbers = self.size_classes.numbers();
        self.order = numbers.filter(|&at| self.size_classes[at].open).collect();
        let files = &self.catalog.files;
        self.order
            .sort_unstable_by_key(|&at| std::cmp::Reverse(files.bytes(at)));
        for at in self.size_classes.numbers() {
            self.advance(at);
        }
    }

    /// Queues work that only makes sense once all else is done: files that are
    /// alone in their class but have several names, or all that are alone.
    /// Returns true if there was any.
    pub(crate) fn queue_remaining(&mut self) -> bool {
        if self.remaining_done {
            return false;
        }
        self.remaining_done = true;
        if self.candidates.is_some() {
            return self.queue_first_candidates();
        }
        let alone = self.catalog.unique_files();
        let alone: Vec<FileIdx> = if self.config.hash_everything {
            alone.collect()
        } else {
            alone
                .filter(|&file| self.catalog.has_extra_names(file))
                .collect()
        };
        // Their sizes are complete once all others are queued.
        let mut answered = Vec::new();
        for &file in &alone {
            let at = self.catalog.files.size_of(file);
            let early = self.early.remove(&at);
            if let Some(Content::Read(_)) = early {
                self.continue_with(file, at, early.as_ref());
                continue;
            }
            self.size_classes[at].phase = Phase::Hashing;
            let is_known = match early {
                Some(Content::Known(known)) => self.continue_alone_known(file, at, &known),
                _ => self.enter_known_whole(file, at),
            };
            if is_known {
                self.size_classes[at].outstanding += 1;
                answered.push(at);
                continue;
            }
            match self.segments.continue_alone(file) {
                Some(update) => self.apply_update(update, at),
                None => self.start_full(file, at),
            }
        }
        for at in answered {
            self.file_done(at);
        }
        !alone.is_empty()
    }

    /// The next size, from the largest down, whose result is final, with its
    /// confirmed classes of at least two files. `None` until then.
    pub(crate) fn next_final(&mut self) -> Option<(u64, Vec<ClassIdx>)> {
        let &at = self.order.get(self.settled)?;
        let size_class = &self.size_classes[at];
        if size_class.phase != Phase::Final {
            return None;
        }
        self.settled += 1;
        let mut settled = Vec::new();
        let mut next = size_class.classes;
        while let Some(at) = next {
            let class = self.catalog.wholes.shared(at);
            next = class.next_of_size;
            if class.confirmed && class.count > 1 {
                settled.push(class.class);
            }
        }
        Some((self.catalog.files.bytes(at), settled))
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
