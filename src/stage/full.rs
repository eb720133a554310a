//! Files whose size and ends equal those of others: they are read from start to
//! end, in lock-step, or not at all because they share their blocks on disk.

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

    /// Continues with a file that shares its class of equal ends with others.
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

    /// Queues the rest of a file, as long as its class has other members.
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

    /// Queues all of a file that others wait for.
    fn read_to_the_end(&mut self, file: FileIdx, size_class: SizeIdx) {
        if let Some(moves) = self.segments.go_on_alone(file) {
            self.moved(moves, size_class);
        }
    }

    /// Reads a file in place of a failed one that it waited for.
    pub(super) fn inherit(&mut self, replacement: &Replacement, size_class: SizeIdx) {
        self.read_on(replacement.file, size_class, replacement.ends);
        if replacement.has_twins {
            self.read_to_the_end(replacement.file, size_class);
        }
        // It no longer waits; the work it needs was counted just now.
        self.size_classes[size_class].outstanding -= 1;
    }

    /// Records which files share their blocks on disk with one whose digest is
    /// known.
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
                // Together with all others: this may be the second member they
                // wait for.
                (_, Some((ends, _))) => self.read_on(file, at, ends),
                (_, None) => self.push_full(file, at),
            }
            self.returned(at);
        }
    }

    /// Applies an update to the counts and results of files of one size that
    /// are read in segments.
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
