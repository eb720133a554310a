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

use super::batch::{Batch, Item};
use super::dirs::{Dirs, OpenedDir};
use super::journal::{DirectoryRecord, Entry, EntryId, Journal, JournalError, RunId, StateChange};
use super::keepers::Keepers;
use super::outcome::{FileResult, Outcome, Refusal, Skip, Totals};
use super::plan::{Action, ActionOptions, Duplicates};
use super::prune::PrunedRoots;
use super::recheck::Recheck;
use super::settle::Unsettled;
use super::trash::Trashes;
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
const MAX_FILES: usize = 1024;
/// Descriptors that are not left to a batch.
const RESERVED_DESCRIPTORS: u64 = 100;
/// Bytes that are compared in a batch, and time that it takes, until it is
/// closed: its leases keep writers waiting.
const MAX_BYTES: u64 = 64 << 20;
const MAX_TIME: Duration = Duration::from_millis(500);
/// Time until a batch looks for writers that wait for one of its leases.
const GIVE_WAY: Duration = Duration::from_millis(20);
/// Number of links from which on the kept file of a group may run out of them.
const MANY_LINKS: u64 = 1000;

/// The place of moved files.
pub(super) struct Destination<D> {
    pub(super) dir: Arc<OpenedDir<D>>,
    /// Files below it keep their paths below it.
    pub(super) working_directory: PathBuf,
}

/// A run: what it acts with, and how far it is.
pub(crate) struct Run<'a, F: FileOps, J> {
    pub(super) recheck: Recheck<'a, F>,
    pub(super) intents: &'a mut J,
    pub(super) report: &'a mut dyn FnMut(Outcome),
    pub(super) destination: Option<Destination<F::Dir>>,
    pub(super) trashes: Trashes<F::Dir>,
    pub(super) pruned: Option<PrunedRoots>,
    pub(super) totals: Totals,
    /// The batch before.
    pub(super) unsettled: Unsettled<F::Dir>,
    max_files: usize,
    max_time: Duration,
    give_way: Duration,
    looked: Instant,
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
            recheck: Recheck {
                ops,
                options,
                cancel,
                is_root: platform::is_superuser(),
                dirs: Dirs::default(),
                buffers: [Vec::new(), Vec::new()],
            },
            intents,
            report,
            destination,
            trashes: Trashes::default(),
            pruned: options
                .prune_empty_dirs
                .then(|| PrunedRoots::open(ops, &options.roots)),
            totals: Totals::default(),
            unsettled: Unsettled::default(),
            max_files: usize::try_from(files)
                .unwrap_or(MAX_FILES)
                .clamp(1, MAX_FILES),
            max_time: MAX_TIME,
            give_way: GIVE_WAY,
            looked: Instant::now(),
        })
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
        let ended = self.groups(groups);
        self.finish().and(ended)?;
        Ok(self.totals)
    }

    fn groups(&mut self, groups: impl IntoIterator<Item = Duplicates>) -> Result<(), RunError> {
        let mut batch = Batch::default();
        self.looked = Instant::now();
        for (number, group) in groups.into_iter().enumerate() {
            self.group(number, group, &mut batch)?;
        }
        self.flush(&mut batch, None)?;
        Ok(())
    }

    fn flush(
        &mut self,
        batch: &mut Batch<F>,
        current: Option<usize>,
    ) -> Result<Vec<FileRecord>, RunError> {
        self.recheck.dirs.clear();
        self.act_on_batch(std::mem::take(batch), current)
    }

    fn group(
        &mut self,
        number: usize,
        group: Duplicates,
        batch: &mut Batch<F>,
    ) -> Result<(), RunError> {
        let Duplicates {
            digest,
            algorithm,
            files,
        } = group;
        let (kept, mut targets): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|file| file.keep || file.reference);
        if kept.is_empty() {
            for file in targets {
                self.tell(number, file, FileResult::Skipped(Skip::NoKeeper));
            }
            return Ok(());
        }
        let mut keepers = Keepers::new(kept);
        while !targets.is_empty() {
            let mut may_run_out = false;
            for record in std::mem::take(&mut targets) {
                if self.recheck.cancel.is_cancelled() {
                    self.flush(batch, Some(number))?;
                    return Err(RunError::Interrupted);
                }
                match self.recheck.prove(&record, &mut keepers, algorithm) {
                    Ok(proved) => {
                        let links = proved.keeper.opened.stat().links;
                        may_run_out |=
                            self.recheck.options.action == Action::HardLink && links >= MANY_LINKS;
                        batch.push(Item::new(number, record, digest, algorithm, proved));
                    }
                    Err(refusal) => self.tell(number, record, refusal.into()),
                }
                if self.looked.elapsed() >= self.give_way {
                    batch.give_way(self.recheck.ops);
                    self.looked = Instant::now();
                }
                if self.is_full(batch) {
                    targets.extend(self.flush(batch, Some(number))?);
                }
            }
            if may_run_out {
                targets.extend(self.flush(batch, Some(number))?);
            }
            // The first one that finds no room for a link is kept itself.
            if !targets.is_empty() {
                let file = targets.remove(0);
                keepers.add(file.clone());
                let skipped = FileResult::Skipped(Skip::TooManyLinks);
                self.tell(number, file, skipped);
            }
        }
        Ok(())
    }

    fn is_full(&self, batch: &Batch<F>) -> bool {
        batch.len() >= self.max_files
            || batch.bytes() >= MAX_BYTES
            || batch
                .started()
                .is_some_and(|start: Instant| start.elapsed() >= self.max_time)
            || self.recheck.dirs.len() >= self.max_files
    }

    /// Reports a file that was compared with none.
    pub(super) fn tell(&mut self, group: usize, file: FileRecord, result: FileResult) {
        self.totals.add(&result);
        (self.report)(Outcome {
            group,
            file,
            keeper: None,
            destination: None,
            result,
        });
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
