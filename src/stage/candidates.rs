//! Reads files because other machines may have the same, whatever is found here:
//! the ends of all files of some sizes, and of those with certain ends everything.
//! Files are not held against each other, and no class of ends opens.

use super::catalog::Status;
use super::size_class::Phase;
use super::state::DedupState;
use crate::types::{Digest, FileIdx, SizeIdx};

impl DedupState {
    /// Returns true if files of this size are to be read at all.
    pub(super) fn is_to_be_read(&self, size_class: SizeIdx) -> bool {
        let size = self.catalog.files.bytes(size_class);
        let candidates = self.candidates.as_ref();
        candidates.is_none_or(|candidates| candidates.has_size(size))
    }

    /// Queues the files that are the only ones of their size here: the others are
    /// read as they are found. Returns true if there was any.
    pub(super) fn queue_first_candidates(&mut self) -> bool {
        let mut any = false;
        for at in self.size_classes.numbers() {
            let class = &self.size_classes[at];
            let first = class.first;
            let is_left = !class.open
                && self.catalog.status(first) == Status::Open
                && !self.catalog.is_excluded(first);
            if is_left && self.is_to_be_read(at) {
                any = true;
                self.size_classes[at].phase = Phase::Hashing;
                let content = self.early.remove(&at);
                self.continue_with(first, at, content.as_ref());
            }
        }
        any
    }

    /// Keeps the digest of the ends of a file, and reads on if they are those of a
    /// candidate.
    pub(super) fn enter_candidate(&mut self, file: FileIdx, size_class: SizeIdx, ends: &Digest) {
        self.catalog.ends.insert(file, *ends);
        let size = self.catalog.files.bytes(size_class);
        let candidates = self.candidates.as_ref();
        let goes_on = candidates.is_some_and(|candidates| candidates.has_ends(size, ends));
        if goes_on && !self.enter_known_whole(file, size_class) {
            self.start_full(file, size_class);
        }
    }
}
