//! What becomes of files that have company in size and ends: read from end to
//! end, in lock-step, or not at all because the disk has them in one place.

use super::ClassIdx;
use super::shared_extents::Replacement;
use super::state::DedupState;
use super::windows::WindowUpdate;
use crate::types::{Evidence, FileIdx, FileOutcome, Job, SizeIdx, TaskResult};

impl DedupState {
    pub(super) fn go_full(&mut self, file: FileIdx, size_class: SizeIdx) {
        self.catalog.stats.full.files_in += 1;
        self.push_full(file, size_class);
    }

    pub(super) fn push_full(&mut self, file: FileIdx, size_class: SizeIdx) {
        let size = self.catalog.files.bytes(size_class);
        self.size_classes[size_class].outstanding += 1;
        self.bytes_planned = self.bytes_planned.saturating_add(size);
        self.queue.push_full(file, size);
    }

    /// A file has company in its class of equal ends.
    pub(super) fn beyond_ends(&mut self, file: FileIdx, size_class: SizeIdx, ends: ClassIdx) {
        self.catalog.stats.full.files_in += 1;
        match self.shared_extents.arrive(file, ends) {
            None => self.read_on(file, size_class, ends),
            Some(reader) => {
                self.size_classes[size_class].outstanding += 1;
                self.read_to_the_end(reader, size_class);
            }
        }
    }

    /// Has the rest of a file read, as long as it has company.
    fn read_on(&mut self, file: FileIdx, size_class: SizeIdx, ends: ClassIdx) {
        let size = self.catalog.files.bytes(size_class);
        if !self.segments.takes(size) {
            return self.push_full(file, size_class);
        }
        if self.unsettled.contains(&file) {
            for other in self.segments.read_to_the_end(ends) {
                self.read_to_the_end(other, size_class);
            }
            return self.push_full(file, size_class);
        }
        let moves = self.segments.start(file, size, ends);
        self.moved(moves, size_class);
    }

    /// Has all of a file read for which others wait.
    fn read_to_the_end(&mut self, file: FileIdx, size_class: SizeIdx) {
        if let Some(moves) = self.segments.go_on_alone(file) {
            self.moved(moves, size_class);
        }
    }

    /// Reads a file in place of one that failed, for which it waited.
    pub(super) fn inherit(&mut self, replacement: &Replacement, size_class: SizeIdx) {
        self.read_on(replacement.file, size_class, replacement.ends);
        if replacement.has_twins {
            self.read_to_the_end(replacement.file, size_class);
        }
        // It does not wait any more; what it needs was counted just now.
        self.size_classes[size_class].outstanding -= 1;
    }

    /// Enters which files are the same bytes on the disk as one whose digest
    /// is known.
    pub(super) fn looked_at(&mut self, files: Vec<FileOutcome>) {
        let mut files = files.into_iter();
        let reader = files.next().map(|first| FileIdx(first.token));
        let read = reader.and_then(|reader| self.shared_extents.read(reader));
        for FileOutcome { token, finding } in files {
            let file = FileIdx(token);
            let at = self.catalog.files.size_of(file);
            match (finding, read) {
                (TaskResult::Proved(Evidence::EqualsFirst), Some((_, digest))) => {
                    self.whole(file, at, &digest, Job::Extents);
                }
                (TaskResult::Failed(kind, message), _) => {
                    self.failed(file, Job::Extents, kind, message);
                }
                // Together with all others: they may be waiting for its
                // company.
                (_, Some((ends, _))) => self.read_on(file, at, ends),
                (_, None) => self.push_full(file, at),
            }
            self.returned(at);
        }
    }

    /// Enters what became of files of one size that are read in segments.
    pub(super) fn moved(&mut self, moves: WindowUpdate, size_class: SizeIdx) {
        let class = &mut self.size_classes[size_class];
        class.outstanding += moves.asked;
        class.outstanding -= moves.unasked;
        let planned = self.bytes_planned.saturating_add(moves.more);
        self.bytes_planned = planned.saturating_sub(moves.less);
        for (file, digest) in moves.whole {
            self.whole(file, size_class, &digest, Job::Full);
        }
        for file in moves.unfit {
            self.push_full(file, size_class);
        }
    }
}
