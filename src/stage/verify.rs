//! The last stage of a size class: byte comparison, if requested, and the final
//! classes.

use super::ClassIdx;
use super::catalog::{Catalog, Status};
use super::class::SharedIdx;
use super::compare::{ComparisonResult, RoundResult};
use super::size_class::Phase;
use super::state::DedupState;
use crate::types::{Digest, Evidence, FileIdx, FileOutcome, Job, SizeIdx, TaskResult};

impl DedupState {
    /// Advances a size to its next phase if nothing of it is outstanding.
    pub(super) fn advance(&mut self, size_class: SizeIdx) {
        let class = &mut self.size_classes[size_class];
        if !self.walk_done || class.outstanding > 0 || class.phase == Phase::Final {
            return;
        }
        if class.phase == Phase::Comparing || !self.config.verify {
            class.phase = Phase::Final;
            return;
        }
        class.phase = Phase::Comparing;
        let mut next = class.classes;
        // Classes of one file need no comparison.
        if let Some(compared) = &mut self.catalog.compared {
            if compared.len() <= size_class.index() {
                compared.resize(size_class.index() + 1, false);
            }
            compared[size_class.index()] = true;
        }
        while let Some(at) = next {
            next = self.catalog.wholes.shared(at).next_of_size;
            self.verify(at, size_class);
        }
        if self.size_classes[size_class].outstanding == 0 {
            self.size_classes[size_class].phase = Phase::Final;
        }
    }

    fn verify(&mut self, at: SharedIdx, size_class: SizeIdx) {
        let shared = *self.catalog.wholes.shared(at);
        if shared.confirmed {
            return;
        }
        let mut members: Vec<FileIdx> = self.catalog.members(shared.class).collect();
        let class = self.catalog.wholes.shared_mut(at);
        if members.len() < 2 {
            class.confirmed = true;
            return;
        }
        // The same file is the pivot, whatever the order of arrival.
        members.sort_unstable();
        class.count = 0;
        let class_size = self.catalog.files.bytes(size_class);
        self.catalog.stats.verify.files_in += members.len() as u64;
        let bytes = class_size.saturating_mul(members.len() as u64);
        self.bytes_planned = self.bytes_planned.saturating_add(bytes);
        self.compare(shared.class, &members, size_class);
    }

    fn compare(&mut self, at: ClassIdx, files: &[FileIdx], size_class: SizeIdx) {
        self.comparisons.start(at, files);
        // Counted per class, not per file: a pivot takes part in many batches.
        self.size_classes[size_class].outstanding += 1;
    }

    pub(super) fn add_comparison(&mut self, files: Vec<FileOutcome>) {
        let mut results = Vec::with_capacity(files.len());
        for FileOutcome { token, result, .. } in files {
            let file = FileIdx(token);
            results.push((
                file,
                match result {
                    TaskResult::Proved(Evidence::EqualsFirst) => ComparisonResult::Equal,
                    TaskResult::Proved(Evidence::DiffersFromFirst) => ComparisonResult::Different,
                    TaskResult::Failed(kind, message) => {
                        // A pivot can fail in several batches: it is reported
                        // once.
                        if self.catalog.status(file) != Status::Failed {
                            self.failed(file, Job::Compare, kind, message);
                        }
                        ComparisonResult::Failed
                    }
                    TaskResult::Undone | TaskResult::Proved(_) => ComparisonResult::Undone,
                },
            ));
        }
        let Some((&pivot, others)) = results.split_first() else {
            return;
        };
        if pivot.1 == ComparisonResult::Undone {
            // Cancelled: the class stays unconfirmed.
            return;
        }
        if let Some(decided) = self.comparisons.done(pivot, others) {
            self.apply_round(&decided);
        }
    }

    fn apply_round(&mut self, decided: &RoundResult) {
        let Catalog { wholes, files, .. } = &self.catalog;
        let digest = wholes.digest(files, decided.class);
        let size_class = files.size_of(wholes.file(decided.class));
        self.regroup(&digest, &decided.equal, size_class);
        match decided.rest[..] {
            [] => {}
            [_] => self.regroup(&digest, &decided.rest, size_class),
            _ => self.compare(decided.class, &decided.rest, size_class),
        }
        self.file_done(size_class);
    }

    /// Files that were compared and found equal become a class of their own.
    fn regroup(&mut self, digest: &Digest, files: &[FileIdx], size_class: SizeIdx) {
        let Some((&first, others)) = files.split_first() else {
            return;
        };
        let catalog = &mut self.catalog;
        let class = catalog.wholes.push(&catalog.files, digest, first);
        self.catalog.set_status(first, Status::Whole(None));
        if others.is_empty() {
            return;
        }
        let shared = self.catalog.wholes.share(class, first);
        self.register_class(shared, size_class);
        for &file in others {
            self.add_member(shared, file);
        }
        self.catalog.wholes.shared_mut(shared).confirmed = true;
        self.catalog.stats.verify.files_out += files.len() as u64;
    }
}
