//! A run over all groups, in batches.
//!
//! A batch goes through its steps together: each file is proved; the kept files
//! are made durable; the intents are written, in one commit; each file is acted
//! on; the directories are made durable; the results are written. The last two are
//! one with those of the next batch ([`super::settle`]). A failure before the
//! intents are on disk leaves everything as it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::batch::Item;
use super::dirs::OpenedDir;
use super::journal::{DirectoryRecord, Entry, EntryId, Journal, JournalError, RunId, StateChange};
use super::outcome::{FileResult, Outcome, Refusal, Skip, Totals};
use super::perform::{Perform, perform_in_threads, perform_in_turn};
use super::plan::{Action, ActionOptions, Duplicates};
use super::prove::{Job, Limits, Prove, prove_in_threads, prove_in_turn};
use super::prune::PrunedRoots;
use super::recheck::Context;
use super::settle::Unsettled;
use super::trash::Trashes;
use super::whole::Remains;
use crate::platform::{self, ContentOps, FileOps, bytes_of};
use crate::types::{CancelToken, FileRecord};

/// The part of the journal that a run writes.
pub(crate) trait Intents {
    /// Records results and new intents durably, in one step. None of the intents
    /// is carried out if it fails.
    fn advance(
        &mut self,
        results: &[StateChange],
        intents: &[Entry],
    ) -> Result<Vec<EntryId>, JournalError>;

    /// Records directories durably before they are made or removed.
    fn intend_directories(&mut self, records: &[DirectoryRecord]) -> Result<(), JournalError>;
}

/// A run of a journal.
impl Intents for (&Journal, RunId) {
    fn advance(
        &mut self,
        results: &[StateChange],
        intents: &[Entry],
    ) -> Result<Vec<EntryId>, JournalError> {
        let now = platform::clocks().0;
        self.0.advance(self.1, results, intents, now)
    }

    fn intend_directories(&mut self, records: &[DirectoryRecord]) -> Result<(), JournalError> {
        self.0.record_directories(self.1, records)
    }
}

/// The reason why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The journal cannot be written. Nothing is done whose intent is not on
    /// disk.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The destination of moved files cannot be used.
    #[error("cannot use {}: {}", .path.display(), crate::error::describe(.source))]
    Destination {
        /// The directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The whole protocol is only known to hold on Linux.
    #[error("not proved on this system")]
    NotProved,
    /// It was cancelled between two files.
    #[error("interrupted")]
    Interrupted,
}

/// Files in a batch at most.
const MAX_FILES: usize = 4096;
/// Descriptors that are not left to a batch.
const RESERVED_DESCRIPTORS: u64 = 100;
/// Time that is spent on proving the files of a batch: their leases keep writers
/// waiting.
const MAX_TIME: Duration = Duration::from_millis(500);
/// Time until a batch looks for writers that wait for one of its leases.
const GIVE_WAY: Duration = Duration::from_millis(20);

/// The place of moved files.
pub(super) struct Destination<D> {
    pub(super) dir: Arc<OpenedDir<D>>,
    /// Files below it keep their paths below it.
    pub(super) working_directory: PathBuf,
}

/// A run: what it acts with, and how far it is.
pub(crate) struct Run<'a, F: FileOps, J> {
    pub(super) context: Context<'a, F>,
    prove: Prove<F>,
    pub(super) perform: Perform<F>,
    pub(super) intents: &'a mut J,
    pub(super) report: &'a mut dyn FnMut(Outcome),
    pub(super) destination: Option<Destination<F::Dir>>,
    pub(super) trashes: Trashes<F::Dir>,
    pub(super) pruned: Option<PrunedRoots>,
    pub(super) totals: Totals,
    /// The batch before.
    pub(super) unsettled: Unsettled<F::Dir>,
    /// What stays of the directories that are acted on as a whole.
    pub(super) remains: Option<Vec<Remains>>,
    pub(super) max_files: usize,
    max_time: Duration,
    give_way: Duration,
}

impl<'a, F: ContentOps, J: Intents> Run<'a, F, J> {
    /// Prepares a run.
    ///
    /// # Errors
    ///
    /// [`RunError`]; nothing was changed.
    pub(crate) fn new(
        ops: &'a F,
        options: &'a ActionOptions,
        intents: &'a mut J,
        cancel: &'a CancelToken,
        report: &'a mut dyn FnMut(Outcome),
    ) -> Result<Self, RunError> {
        let is_proved = match options.action {
            Action::Remove | Action::Move { .. } => true,
            Action::Trash { .. } | Action::HardLink | Action::SymbolicLink | Action::Dedupe => {
                platform::HAS_EXCHANGE
            }
        };
        if !is_proved {
            return Err(RunError::NotProved);
        }
        let destination = match &options.action {
            Action::Move { to } => Some(destination(ops, to)?),
            _ => None,
        };
        let files = platform::descriptor_limit().saturating_sub(RESERVED_DESCRIPTORS) / 5;
        Ok(Self {
            context: Context {
                ops,
                options,
                cancel,
                is_root: platform::is_superuser(),
                threads: 1,
            },
            prove: prove_in_turn,
            perform: perform_in_turn,
            intents,
            report,
            destination,
            trashes: Trashes::default(),
            pruned: options
                .prune_empty_dirs
                .then(|| PrunedRoots::open(ops, &options.roots)),
            totals: Totals::default(),
            unsettled: Unsettled::default(),
            remains: None,
            max_files: usize::try_from(files)
                .unwrap_or(MAX_FILES)
                .clamp(1, MAX_FILES),
            max_time: MAX_TIME,
            give_way: GIVE_WAY,
        })
    }

    /// Works on the files of several groups at the same time.
    #[must_use]
    pub(crate) fn with_threads(mut self, threads: usize) -> Self
    where
        F: ContentOps<File: Send + Sync, Dir: Send + Sync> + Sync,
    {
        self.context.threads = threads;
        (self.prove, self.perform) = (prove_in_threads, perform_in_threads);
        self
    }

    /// Batches of so many files, however long they take, that look for writers
    /// after each of them.
    #[cfg(test)]
    pub(super) fn with_batches_of(mut self, files: usize) -> Self {
        (self.max_files, self.max_time) = (files, Duration::MAX);
        self.give_way = Duration::ZERO;
        self
    }

    /// Acts on all groups. Every file that is not to be kept is reported.
    ///
    /// # Errors
    ///
    /// [`RunError`]: what was reported as done is done.
    pub(crate) fn run(
        &mut self,
        groups: impl IntoIterator<Item = Duplicates>,
    ) -> Result<Totals, RunError> {
        self.all(groups.into_iter().enumerate())?;
        Ok(self.totals)
    }

    /// The same for groups with their numbers.
    pub(super) fn all(
        &mut self,
        groups: impl Iterator<Item = (usize, Duplicates)>,
    ) -> Result<(), RunError> {
        let ended = self.batches(groups);
        self.finish().and(ended)
    }

    fn batches(
        &mut self,
        mut groups: impl Iterator<Item = (usize, Duplicates)>,
    ) -> Result<(), RunError> {
        let mut jobs: Vec<Job<F>> = Vec::new();
        loop {
            self.fill(&mut jobs, &mut groups);
            if jobs.is_empty() {
                return Ok(());
            }
            if self.context.cancel.is_cancelled() {
                return Err(RunError::Interrupted);
            }
            let items = self.prove(&mut jobs);
            for (group, file) in self.act_on_batch(items)? {
                if let Some(job) = jobs.iter_mut().find(|job| job.group == group) {
                    job.full.push(file);
                }
            }
            for job in &mut jobs {
                // The first one that finds no room for a link is kept itself.
                let mut full = std::mem::take(&mut job.full).into_iter();
                if let Some(file) = full.next() {
                    job.keepers.add(file.clone());
                    let skipped = FileResult::Skipped(Skip::TooManyLinks);
                    self.tell(job.group, file, skipped);
                    job.targets.extend(full);
                }
            }
            jobs.retain(|job| !job.targets.is_empty());
        }
    }

    /// Chooses the files of the next batch: what is left of the last one comes
    /// first.
    fn fill(
        &mut self,
        jobs: &mut Vec<Job<F>>,
        groups: &mut impl Iterator<Item = (usize, Duplicates)>,
    ) {
        let mut room = self.max_files;
        for job in jobs.iter_mut() {
            job.share = job.targets.len().min(room);
            room -= job.share;
        }
        while room > 0
            && let Some((number, group)) = groups.next()
        {
            let mut job = Job::new(number, group);
            if job.keepers.is_empty() {
                for file in job.targets {
                    self.tell(number, file, FileResult::Skipped(Skip::NoKeeper));
                }
                continue;
            }
            job.share = job.targets.len().min(room);
            room -= job.share;
            jobs.push(job);
        }
        jobs.retain(|job| !job.targets.is_empty());
    }

    /// Proves the files of a batch, and reports those that cannot be acted on.
    fn prove(&mut self, jobs: &mut [Job<F>]) -> Vec<Item<F>> {
        let limits = Limits {
            until: Instant::now().checked_add(self.max_time),
            give_way: self.give_way,
        };
        let mut items = Vec::new();
        for found in (self.prove)(self.context, jobs, limits) {
            match found.result {
                Ok(item) => items.push(item),
                Err((file, refusal)) => self.tell(found.group, file, refusal.into()),
            }
        }
        items
    }

    /// Reports a file that was compared with none.
    pub(super) fn tell(&mut self, group: usize, file: FileRecord, result: FileResult) {
        self.tell_outcome(Outcome {
            group,
            file,
            keeper: None,
            destination: None,
            result,
        });
    }

    /// Reports a file.
    pub(super) fn tell_outcome(&mut self, outcome: Outcome) {
        self.totals.add(&outcome.result);
        for name in outcome.file.names() {
            self.note(name, &outcome.result);
        }
        (self.report)(outcome);
    }

    /// The sums so far.
    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }
}

fn destination<F: FileOps>(ops: &F, to: &Path) -> Result<Destination<F::Dir>, RunError> {
    let open = || {
        let dir = ops.open_root(bytes_of(to.as_os_str()))?;
        let dir = Arc::new(OpenedDir::new(ops, dir)?);
        let working_directory = ops.dir_path(&ops.open_root(b"")?)?;
        Ok(Destination {
            dir,
            working_directory,
        })
    };
    open().map_err(|source| RunError::Destination {
        path: to.to_path_buf(),
        source,
    })
}

/// A refusal as a result, for files whose act came to nothing.
pub(super) fn refused(refusal: impl Into<Refusal>) -> FileResult {
    FileResult::from(refusal.into())
}
