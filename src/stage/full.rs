//! Files whose size and ends equal those of others: they are read in full, in
//! lockstep, or not at all if they share their blocks on disk.

use super::ClassIdx;
use super::shared_extents::Replacement;
use super::state::DedupState;
use super::windows::WindowUpdate;
use crate::types::{Evidence, FileIdx, FileOutcome, Job, ReadDigest, SizeIdx, TaskResult};

impl DedupState {
    pub(super) fn start_full(&mut self, file: FileIdx, size_class: SizeIdx) {
        self.catalog.stats.full.files_in += 1;
        self.push_full(file, size_class);
    }

    pub(super) fn push_full(&mut self, file: FileIdx, size_class: SizeIdx) {
        let size = self.catalog.files.bytes(size_class);
        self.size_classes[size_class].outstanding += 1;
        self.bytes_planned = self.bytes_planned.saturating_add(size);
        self.queue.push_full(file, size);
    }

    /// Continues with a file that shares its class of equal ends with others.
    pub(super) fn continue_after_ends(
        &mut self,
        file: FileIdx,
        size_class: SizeIdx,
        ends: ClassIdx,
    ) {
        self.catalog.stats.full.files_in += 1;
        if self.continue_whole(file, size_class, ends) {
            return;
        }
        match self.shared_extents.add(file, ends) {
            None => self.read_on(file, size_class, ends),
            Some(reader) => {
                self.size_classes[size_class].outstanding += 1;
                self.read_to_the_end(reader, size_class);
            }
        }
    }

    /// Queues the rest of a file, as long as its class has other members.
    fn read_on(&mut self, file: FileIdx, size_class: SizeIdx, ends: ClassIdx) {
        let size = self.catalog.files.bytes(size_class);
        if !self.segments.accepts(size) {
            return self.push_full(file, size_class);
        }
        if self.unsettled.contains(&file) {
            for other in self.segments.read_to_the_end(ends) {
                self.read_to_the_end(other, size_class);
            }
            return self.push_full(file, size_class);
        }
        let update = self.segments.start(file, size, ends);
        self.apply_update(update, size_class);
    }

    /// Queues all of a file that others wait for.
    pub(super) fn read_to_the_end(&mut self, file: FileIdx, size_class: SizeIdx) {
        if let Some(update) = self.segments.continue_alone(file) {
            self.apply_update(update, size_class);
        }
    }

    /// Reads a file in place of a failed one that it waited for.
    pub(super) fn replace_reader(&mut self, replacement: &Replacement, size_class: SizeIdx) {
        self.read_on(replacement.file, size_class, replacement.ends);
        if replacement.has_waiting {
            self.read_to_the_end(replacement.file, size_class);
        }
        // It no longer waits; the work it needs was counted just now.
        self.size_classes[size_class].outstanding -= 1;
    }

    /// Records which files share their blocks on disk with one whose digest is
    /// known.
    pub(super) fn extents_checked(&mut self, files: Vec<FileOutcome>) {
        let mut files = files.into_iter();
        let reader = files.next().map(|first| FileIdx(first.token));
        let read = reader.and_then(|reader| self.shared_extents.read(reader));
        for FileOutcome { token, result, .. } in files {
            let file = FileIdx(token);
            let at = self.catalog.files.size_of(file);
            match (result, read) {
                (TaskResult::Proved(Evidence::EqualsFirst), Some((_, digest))) => {
                    // It was not read.
                    self.enter_whole(file, at, &digest, Job::Extents);
                }
                (TaskResult::Failed(kind, message), _) => {
                    self.failed(file, Job::Extents, kind, message);
                }
                // Together with all others: this may be the second member they
                // wait for.
                (_, Some((ends, _))) => self.read_on(file, at, ends),
                (_, None) => self.push_full(file, at),
            }
            self.file_done(at);
        }
    }

    /// Applies an update to the counts and results of files of one size that
    /// are read in segments.
    pub(super) fn apply_update(&mut self, update: WindowUpdate, size_class: SizeIdx) {
        let class = &mut self.size_classes[size_class];
        class.outstanding += update.queued;
        class.outstanding -= update.dequeued;
        let planned = self.bytes_planned.saturating_add(update.more_bytes);
        self.bytes_planned = planned.saturating_sub(update.fewer_bytes);
        for (file, digest) in update.whole {
            let generation = self.known.take_generation(file);
            let read = ReadDigest { digest, generation };
            self.whole(file, size_class, &read, Job::Full);
        }
        for file in update.fallback {
            self.push_full(file, size_class);
        }
    }
}
