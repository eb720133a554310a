//! The last steps of a size: comparing byte for byte, if that was asked for,
//! and settling.

use super::compare::{Decided, Fate};
use super::findings::{NONE, Status};
use super::sieve::{Phase, Sieve};
use super::{Class, ClassIdx};
use crate::model::{Digest, Evidence, FileIdx, FileOutcome, Finding, Job};

impl Sieve {
    /// Moves a size on if nothing of it is outstanding any more.
    pub(super) fn settle(&mut self, size_class: usize) {
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
        while let Some(at) = next {
            next = self.findings.class(at).next_of_size;
            self.verify(at, size_class);
        }
        if self.size_classes[size_class].outstanding == 0 {
            self.size_classes[size_class].phase = Phase::Final;
        }
    }

    fn verify(&mut self, at: ClassIdx, size_class: usize) {
        let mut members: Vec<FileIdx> = self.findings.members(at).collect();
        let class = self.findings.wholes.get_mut(at);
        if class.confirmed {
            return;
        }
        if members.len() < 2 {
            class.confirmed = true;
            return;
        }
        // Whoever arrived first, the same file is the pivot.
        members.sort_unstable();
        class.count = 0;
        let class_size = class.size;
        self.findings.tally.verify.files_in += members.len() as u64;
        let bytes = class_size.saturating_mul(members.len() as u64);
        self.bytes_planned = self.bytes_planned.saturating_add(bytes);
        self.compare(at, &members, size_class);
    }

    fn compare(&mut self, at: ClassIdx, files: &[FileIdx], size_class: usize) {
        self.comparisons.start(at, files);
        // Counted a class, not a file: a pivot takes part in many batches.
        self.size_classes[size_class].outstanding += 1;
    }

    pub(super) fn compared(&mut self, files: Vec<FileOutcome>) {
        let mut fates = Vec::with_capacity(files.len());
        for FileOutcome { token, finding } in files {
            let file = FileIdx(token);
            fates.push((
                file,
                match finding {
                    Finding::Proved(Evidence::EqualsFirst) => Fate::Equal,
                    Finding::Proved(Evidence::DiffersFromFirst) => Fate::Different,
                    Finding::Failed(kind, message) => {
                        // A pivot can fail in several batches: once is enough.
                        if self.findings.status[token as usize] != Status::Failed {
                            self.failed(file, Job::Compare, kind, message);
                        }
                        Fate::Failed
                    }
                    Finding::Undone | Finding::Proved(_) => Fate::Undone,
                },
            ));
        }
        let Some((&pivot, others)) = fates.split_first() else {
            return;
        };
        if pivot.1 == Fate::Undone {
            // Cancelled: the class stays unconfirmed.
            return;
        }
        if let Some(decided) = self.comparisons.done(pivot, others) {
            self.decided(&decided);
        }
    }

    fn decided(&mut self, decided: &Decided) {
        let Class { size, digest, .. } = *self.findings.class(decided.class);
        let size_class = self.sizes[&size] as usize;
        self.regroup(size, digest, &decided.equal, size_class);
        match decided.rest[..] {
            [] => {}
            [_] => self.regroup(size, digest, &decided.rest, size_class),
            _ => self.compare(decided.class, &decided.rest, size_class),
        }
        self.returned(size_class);
    }

    /// Files that were compared and found equal become a class of their own.
    fn regroup(&mut self, size: u64, digest: Digest, files: &[FileIdx], size_class: usize) {
        let Some((&first, others)) = files.split_first() else {
            return;
        };
        let at = self.findings.wholes.push(size, digest, first);
        self.adopt(at, size_class);
        self.findings.next[first.0 as usize] = NONE;
        for &file in others {
            let class = self.findings.wholes.get_mut(at);
            self.findings.next[file.0 as usize] = class.head.0;
            class.head = file;
            class.count += 1;
        }
        let class = self.findings.wholes.get_mut(at);
        class.confirmed = true;
        if class.count > 1 {
            self.findings.tally.verify.files_out += u64::from(class.count);
        }
    }
}
