//! The state machine: what is known of every file decides what is done next.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::class::ClassTable;
use super::compare::{Comparison, Comparisons};
use super::findings::{ExtraName, Failure, Findings, NONE, Status};
use super::identity::IdentitySet;
use super::queue::Queue;
use super::stretches::{Joins, Moves, Stretches};
use super::twins::{Heir, Twins};
use super::{Class, ClassIdx};
use crate::error::{FailureKind, Stage, TableFull};
use crate::model::{
    Batch, BatchOutcome, Digest, DirRecord, Evidence, FileIdx, FileKind, FileOutcome, FileStat,
    Finding, FoundFile, Job, WalkBatch, partial_bytes,
};

/// What the sieve has to know beforehand.
#[derive(Debug, Clone, Copy)]
pub struct SieveConfig {
    /// Names of one file count as duplicates of each other.
    pub hard_links: bool,
    /// Compare every class byte for byte.
    pub verify: bool,
    /// How many workers share the work.
    pub workers: usize,
    /// How many files a comparison may open at once.
    pub compare_width: usize,
    /// The digest of no bytes: empty files are not opened to learn it.
    pub empty: Digest,
    /// Puts the values of stretches together, if the algorithm can hash large
    /// files in stretches.
    pub joins: Option<Joins>,
}

/// The books of a running scan.
#[derive(Debug)]
pub struct Sieve {
    pub(super) config: SieveConfig,
    pub(super) findings: Findings,
    pub(super) sizes: HashMap<u64, u32>,
    pub(super) size_classes: Vec<SizeClass>,
    identities: IdentitySet,
    ends: ClassTable,
    queue: Queue,
    stretches: Stretches,
    twins: Twins,
    pub(super) comparisons: Comparisons,
    under_way: usize,
    pub(super) walk_done: bool,
    links_done: bool,
    bytes_found: u64,
    pub(super) bytes_planned: u64,
    order: Vec<u32>,
    settled: usize,
}

/// Files of one size.
#[derive(Debug)]
pub(super) struct SizeClass {
    size: u64,
    first: FileIdx,
    open: bool,
    /// Files of this size that are queued or under way.
    pub(super) outstanding: u32,
    pub(super) classes: Option<ClassIdx>,
    pub(super) phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Hashing,
    Comparing,
    Final,
}

impl Sieve {
    /// Empty books.
    #[must_use]
    pub fn new(config: SieveConfig) -> Self {
        Self {
            config,
            findings: Findings::default(),
            sizes: HashMap::new(),
            size_classes: Vec::new(),
            identities: IdentitySet::default(),
            ends: ClassTable::default(),
            queue: Queue::default(),
            stretches: Stretches::new(config.joins),
            twins: Twins::default(),
            comparisons: Comparisons::new(config.compare_width),
            under_way: 0,
            walk_done: false,
            links_done: !config.hard_links,
            bytes_found: 0,
            bytes_planned: 0,
            order: Vec::new(),
            settled: 0,
        }
    }

    /// Says that from now on this many workers share the work.
    pub fn set_workers(&mut self, workers: usize) {
        self.config.workers = workers;
    }

    /// What is known so far.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What is known, when nothing more will come.
    #[must_use]
    pub fn into_findings(self) -> Findings {
        self.findings
    }

    /// The bytes of all files found, and the bytes that seem to need reading.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.bytes_found, self.bytes_planned)
    }

    /// How many files wait for work to be handed out.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.stretches.len() + self.twins.len() + self.comparisons.len()
    }

    /// Whether files were handed out that did not come back yet.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.under_way > 0
    }

    /// Whether nothing waits and nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.under_way == 0 && self.waiting() == 0
    }

    /// Takes in what a walk found.
    ///
    /// # Errors
    ///
    /// When the tables are full.
    pub fn found(&mut self, batch: WalkBatch) -> Result<(), TableFull> {
        for dir in &batch.dirs {
            let name = self.findings.names.push(batch.name(&dir.name))?;
            self.findings.dirs.insert(
                dir.dir,
                DirRecord {
                    parent: dir.parent,
                    name,
                    id: dir.id,
                    root: dir.root,
                },
            );
        }
        for file in &batch.files {
            self.file(file, batch.name(&file.name))?;
        }
        self.findings.walk_errors.extend(batch.errors);
        Ok(())
    }

    fn file(&mut self, found: &FoundFile, name: &[u8]) -> Result<(), TableFull> {
        let at = match self.sizes.entry(found.stat.size) {
            Entry::Vacant(free) => {
                // No more sizes than files, and those are counted.
                free.insert(self.size_classes.len() as u32);
                let first = self.new_file(found, name)?;
                self.size_classes.push(SizeClass {
                    size: found.stat.size,
                    first,
                    open: false,
                    outstanding: 0,
                    classes: None,
                    phase: Phase::Hashing,
                });
                return Ok(());
            }
            Entry::Occupied(known) => *known.get() as usize,
        };
        let first = self.size_classes[at].first;
        let known = if self.size_classes[at].open {
            self.identities.find(&self.findings.files, found.stat.id)
        } else if self.findings.files.id(first) == found.stat.id {
            Some(first)
        } else {
            self.size_classes[at].open = true;
            self.identities.insert(&self.findings.files, first);
            self.go_partial(first, at);
            None
        };
        if let Some(known) = known {
            return self.extra_name(known, found, name);
        }
        let file = self.new_file(found, name)?;
        self.identities.insert(&self.findings.files, file);
        self.go_partial(file, at);
        Ok(())
    }

    fn new_file(&mut self, found: &FoundFile, name: &[u8]) -> Result<FileIdx, TableFull> {
        let findings = &mut self.findings;
        let name = findings.names.push(name)?;
        let file = findings.files.push(found.dir, name, &found.stat)?;
        findings.next.push(NONE);
        findings.status.push(Status::Open);
        if found.through_link {
            findings.linked.insert(file);
        }
        findings.tally.size.files_in += 1;
        self.bytes_found = self.bytes_found.saturating_add(found.stat.size);
        Ok(file)
    }

    fn extra_name(
        &mut self,
        file: FileIdx,
        found: &FoundFile,
        name: &[u8],
    ) -> Result<(), TableFull> {
        let findings = &mut self.findings;
        let at = u32::try_from(findings.extras.len()).map_err(|_| TableFull)?;
        let name = findings.names.push(name)?;
        let next = findings.extra_of.insert(file, at);
        findings.extras.push(ExtraName {
            dir: found.dir,
            name,
            links: found.stat.links,
            through_link: found.through_link,
            next,
        });
        Ok(())
    }

    fn go_partial(&mut self, file: FileIdx, size_class: usize) {
        let class = &mut self.size_classes[size_class];
        self.findings.tally.size.files_out += 1;
        self.findings.tally.partial.files_in += 1;
        if class.size == 0 {
            self.whole(file, size_class, self.config.empty, Job::Partial);
            return;
        }
        class.outstanding += 1;
        self.bytes_planned = self.bytes_planned.saturating_add(partial_bytes(class.size));
        self.queue.push_partial(file);
    }

    fn go_full(&mut self, file: FileIdx, size_class: usize) {
        self.findings.tally.full.files_in += 1;
        self.push_full(file, size_class);
    }

    fn push_full(&mut self, file: FileIdx, size_class: usize) {
        let class = &mut self.size_classes[size_class];
        class.outstanding += 1;
        self.bytes_planned = self.bytes_planned.saturating_add(class.size);
        self.queue.push_full(file, class.size);
    }

    /// A file has company in its class of equal ends.
    fn beyond_ends(&mut self, file: FileIdx, size_class: usize, ends: ClassIdx) {
        self.findings.tally.full.files_in += 1;
        match self.twins.arrive(file, ends) {
            None => self.read_on(file, size_class, ends),
            Some(reader) => {
                self.size_classes[size_class].outstanding += 1;
                self.read_to_the_end(reader, size_class);
            }
        }
    }

    /// Has the rest of a file read, as long as it has company.
    fn read_on(&mut self, file: FileIdx, size_class: usize, ends: ClassIdx) {
        let size = self.size_classes[size_class].size;
        if !self.stretches.takes(size) {
            return self.push_full(file, size_class);
        }
        let moves = self.stretches.start(file, size, ends);
        self.moved(moves, size_class);
    }

    /// Has all of a file read for which others wait.
    fn read_to_the_end(&mut self, file: FileIdx, size_class: usize) {
        if let Some(moves) = self.stretches.go_on_alone(file) {
            self.moved(moves, size_class);
        }
    }

    /// Reads a file in place of one that failed, for which it waited.
    fn inherit(&mut self, heir: &Heir, size_class: usize) {
        self.read_on(heir.file, size_class, heir.ends);
        if heir.has_twins {
            self.read_to_the_end(heir.file, size_class);
        }
        // It does not wait any more; what it needs was counted just now.
        self.size_classes[size_class].outstanding -= 1;
    }

    /// Enters which files are the same bytes on the disk as one whose digest
    /// is known.
    fn looked_at(&mut self, files: Vec<FileOutcome>) {
        let mut files = files.into_iter();
        let reader = files.next().map(|first| FileIdx(first.token));
        let read = reader.and_then(|reader| self.twins.read(reader));
        for FileOutcome { token, finding } in files {
            let file = FileIdx(token);
            let at = self.size_class_of(file);
            match (finding, read) {
                (Finding::Proved(Evidence::EqualsFirst), Some((_, digest))) => {
                    self.whole(file, at, digest, Job::Extents);
                }
                (Finding::Failed(kind, message), _) => {
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

    /// Enters what became of files of one size that are read in stretches.
    fn moved(&mut self, moves: Moves, size_class: usize) {
        let class = &mut self.size_classes[size_class];
        class.outstanding += moves.asked;
        class.outstanding -= moves.unasked;
        let planned = self.bytes_planned.saturating_add(moves.more);
        self.bytes_planned = planned.saturating_sub(moves.less);
        for (file, digest) in moves.whole {
            self.whole(file, size_class, digest, Job::Full);
        }
        for file in moves.unfit {
            self.push_full(file, size_class);
        }
    }

    /// The next work to hand out, if any waits.
    pub fn next_batch(&mut self) -> Option<Batch> {
        // These are the largest files.
        if let Some((file, stretch)) = self.stretches.pop() {
            self.under_way += 1;
            return Some(self.batch(Job::Stretch(stretch), &[file]));
        }
        if let Some(files) = self.twins.pop() {
            self.under_way += files.len();
            return Some(self.batch(Job::Extents, &files));
        }
        let (job, mut files) = {
            let full = self.queue.pop_full();
            if full.is_empty() {
                (Job::Partial, self.queue.pop_partial(self.config.workers))
            } else {
                (Job::Full, full)
            }
        };
        if files.is_empty() {
            let Comparison { pivot, others } = self.comparisons.pop()?;
            files = std::iter::once(pivot).chain(others).collect();
            self.under_way += files.len();
            return Some(self.batch(Job::Compare, &files));
        }
        // Files of one directory in a row are opened relative to it.
        files.sort_by_key(|&file| self.findings.files.get(file).dir);
        self.under_way += files.len();
        Some(self.batch(job, &files))
    }

    fn batch(&self, job: Job, files: &[FileIdx]) -> Batch {
        let mut batch = Batch::new(job);
        let mut path = Vec::new();
        let mut entered = None;
        for &file in files {
            let record = self.findings.files.get(file);
            if entered != Some(record.dir) {
                entered = Some(record.dir);
                self.findings
                    .dirs
                    .path_into(record.dir, &self.findings.names, &mut path);
                batch.enter_known(&path, self.findings.dirs.get(record.dir).id);
            }
            let expected = FileStat {
                id: self.findings.files.id(file),
                kind: FileKind::Regular,
                size: record.size,
                links: 1,
                modified: record.modified,
                changed: record.changed,
            };
            let name = self.findings.names.get(record.name);
            batch.push(file.0, name, self.findings.is_through_link(file), expected);
        }
        batch
    }

    /// Takes in what came of a batch.
    pub fn done(&mut self, outcome: BatchOutcome) {
        self.under_way -= outcome.files.len();
        self.findings.tally.of(outcome.job).bytes_read += outcome.bytes_read;
        if outcome.job == Job::Compare {
            self.compared(outcome.files);
            return;
        }
        if outcome.job == Job::Extents {
            self.looked_at(outcome.files);
            return;
        }
        for FileOutcome { token, finding } in outcome.files {
            let file = FileIdx(token);
            let at = self.size_class_of(file);
            match finding {
                Finding::Proved(Evidence::Whole(digest)) => {
                    self.whole(file, at, digest, outcome.job);
                }
                Finding::Proved(Evidence::Ends(digest)) => self.ends(file, at, digest),
                Finding::Proved(Evidence::SharedEnds(digest, hint)) => {
                    self.twins.hint(file, hint);
                    self.ends(file, at, digest);
                }
                Finding::Proved(Evidence::Stretch(value)) => {
                    if let Job::Stretch(stretch) = outcome.job {
                        let moves = self.stretches.answered(file, stretch, value);
                        self.moved(moves, at);
                    }
                }
                Finding::Failed(kind, message) => {
                    // Several stretches of a file can fail: once is enough.
                    if self.findings.status[token as usize] != Status::Failed {
                        self.failed(file, outcome.job, kind, message);
                    }
                    let moves = self.stretches.failed(file);
                    self.moved(moves, at);
                    if let Some(heir) = self.twins.failed(file) {
                        self.inherit(&heir, at);
                    }
                }
                // A comparison's verdict on a batch that was to be hashed
                // would be the executor's mistake; it proves nothing here.
                Finding::Undone
                | Finding::Proved(
                    Evidence::EqualsFirst | Evidence::DiffersFromFirst | Evidence::StoredElsewhere,
                ) => {}
            }
            self.returned(at);
        }
    }

    fn size_class_of(&self, file: FileIdx) -> usize {
        self.sizes[&self.findings.files.get(file).size] as usize
    }

    fn ends(&mut self, file: FileIdx, size_class: usize, digest: Digest) {
        let size = self.size_classes[size_class].size;
        let (at, new) = self.ends.enter(size, digest, file);
        if new {
            return;
        }
        let class = self.ends.get_mut(at);
        class.count += 1;
        let Class { count, head, .. } = *class;
        self.findings.tally.partial.joined(count);
        if count == 2 {
            self.beyond_ends(head, size_class, at);
        }
        self.beyond_ends(file, size_class, at);
    }

    fn whole(&mut self, file: FileIdx, size_class: usize, digest: Digest, job: Job) {
        let size = self.size_classes[size_class].size;
        self.twins.whole(file, digest);
        self.findings.set_status(file, Status::Whole);
        let (at, new) = self.findings.wholes.enter(size, digest, file);
        if new {
            self.adopt(at, size_class);
            return;
        }
        let class = self.findings.wholes.get_mut(at);
        self.findings.next[file.0 as usize] = class.head.0;
        class.head = file;
        class.count += 1;
        let count = class.count;
        self.findings.tally.of(job).joined(count);
    }

    /// Puts a class on the list of its size.
    pub(super) fn adopt(&mut self, at: ClassIdx, size_class: usize) {
        let class = self.findings.wholes.get_mut(at);
        class.next_of_size = self.size_classes[size_class].classes.replace(at);
        // There is nothing to compare in empty files.
        class.confirmed = !self.config.verify || class.size == 0;
    }

    pub(super) fn failed(&mut self, file: FileIdx, job: Job, kind: FailureKind, message: String) {
        self.findings.set_status(file, Status::Failed);
        self.findings.failures.push(Failure {
            file,
            stage: match job {
                Job::Partial => Stage::Partial,
                Job::Full | Job::Stretch(_) | Job::Extents => Stage::Full,
                Job::Compare => Stage::Verify,
            },
            kind,
            message,
        });
    }

    /// One file of this size came back; the last one may settle the size.
    pub(super) fn returned(&mut self, size_class: usize) {
        self.size_classes[size_class].outstanding -= 1;
        self.settle(size_class);
    }

    /// Says that the walk found everything there is.
    pub fn walk_done(&mut self) {
        self.walk_done = true;
        let open = |(at, class): (usize, &SizeClass)| class.open.then_some(at as u32);
        self.order = self
            .size_classes
            .iter()
            .enumerate()
            .filter_map(open)
            .collect();
        self.order
            .sort_unstable_by_key(|&at| std::cmp::Reverse(self.size_classes[at as usize].size));
        for at in 0..self.size_classes.len() {
            self.settle(at);
        }
    }

    /// More work that only makes sense once all else is done: files that are
    /// alone in their class but have several names. Answers whether there
    /// was any.
    pub fn last_work(&mut self) -> bool {
        if self.links_done {
            return false;
        }
        self.links_done = true;
        let mut alone: Vec<FileIdx> = self
            .findings
            .extra_of
            .keys()
            .copied()
            .filter(|file| self.findings.status[file.0 as usize] == Status::Open)
            .collect();
        alone.sort_unstable();
        for &file in &alone {
            let at = self.size_class_of(file);
            self.size_classes[at].phase = Phase::Hashing;
            match self.stretches.go_on_alone(file) {
                Some(moves) => self.moved(moves, at),
                None => self.go_full(file, at),
            }
        }
        !alone.is_empty()
    }

    /// The next size, from the largest down, about which nothing more will
    /// become known, with its confirmed classes. `None` until then.
    pub fn next_settled(&mut self) -> Option<(u64, Vec<ClassIdx>)> {
        let &at = self.order.get(self.settled)?;
        let class = &self.size_classes[at as usize];
        if class.phase != Phase::Final {
            return None;
        }
        self.settled += 1;
        let size = class.size;
        let mut settled = Vec::new();
        let mut next = class.classes;
        while let Some(at) = next {
            let class = self.findings.class(at);
            next = class.next_of_size;
            if class.confirmed && class.count > 0 {
                settled.push(at);
            }
        }
        Some((size, settled))
    }
}

#[cfg(test)]
#[path = "sieve_tests.rs"]
mod tests;
