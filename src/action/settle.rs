//! The end of a batch: what its acts changed becomes durable, the journal learns
//! the results, and they are reported.
//!
//! That is done together with the beginning of the next batch: one write of a file
//! system and one commit of the journal then serve both.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::Item;
use super::dirs::OpenedDir;
use super::durable::Durable;
use super::journal::{EntryId, JournalError, State, StateChange};
use super::keepers::Keeper;
use super::outcome::{Failure, FileResult, Outcome, Skip, Step};
use super::plan::Action;
use super::run::{Intents, Run, RunError, refused};
use crate::platform::{self, ContentOps, FileOps};
use crate::types::{FileId, FileRecord};

/// A file after its act. It is closed, so that no writer waits for its lease.
pub(super) struct ActedFile<D> {
    pub(super) group: usize,
    record: FileRecord,
    keeper: PathBuf,
    destination: Option<PathBuf>,
    /// The directories of its names.
    pub(super) dirs: Vec<Arc<OpenedDir<D>>>,
    /// The directories that its act changed.
    changed: Vec<Arc<OpenedDir<D>>>,
    pub(super) result: FileResult,
    /// True if what is to be done to it is only in the journal.
    pub(super) is_pending: bool,
    /// Its entry in the journal; none if nothing was intended.
    entry: Option<EntryId>,
    /// True if it is compared with another kept file: that gives its result.
    is_retried: bool,
}

impl<D> ActedFile<D> {
    /// Closes a file and keeps what is told of it. `to` is the directory that files
    /// are moved to.
    pub(super) fn new<F: FileOps<Dir = D>>(item: Item<F>, to: &Path, result: FileResult) -> Self {
        let names = item.proved.target.names.into_iter();
        Self {
            group: item.group,
            keeper: item.proved.keeper.path.clone(),
            destination: item.destinations.first().map(|first| to.join(first)),
            dirs: names.map(|name| name.dir).collect(),
            changed: item.changed,
            record: item.record,
            result,
            is_pending: item.is_pending,
            entry: item.entry,
            is_retried: false,
        }
    }
}

/// The files of a batch whose results are not in the journal yet.
pub(super) struct Unsettled<D> {
    pub(super) files: Vec<ActedFile<D>>,
}

impl<D> Default for Unsettled<D> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<D> Unsettled<D> {
    pub(super) fn new(files: Vec<ActedFile<D>>) -> Self {
        Self { files }
    }

    /// The directories whose entries were changed, by their identity.
    fn changed(&self) -> BTreeMap<FileId, Arc<OpenedDir<D>>> {
        let dirs = self.files.iter().flat_map(|file| &file.changed);
        let by_id = dirs.map(|dir| (dir.status.stat.id, Arc::clone(dir)));
        by_id.collect()
    }

    /// The new states of the entries, except those that stay pending.
    fn changes(&self) -> Vec<StateChange> {
        let settled = self.files.iter().filter(|file| !file.is_pending);
        let change = |file: &ActedFile<D>| {
            let (state, freed) = match file.result {
                FileResult::Done { freed, .. } => (State::Done, freed.bytes),
                _ => (State::NotDone, 0),
            };
            Some(StateChange {
                entry: file.entry?,
                state,
                freed,
            })
        };
        settled.filter_map(change).collect()
    }

    /// Takes the files that found no room for a link: another kept file may have
    /// some, and gives their result.
    pub(super) fn take_again(&mut self) -> Vec<(usize, FileRecord)> {
        let mut again = Vec::new();
        for file in &mut self.files {
            if matches!(file.result, FileResult::Skipped(Skip::TooManyLinks)) {
                file.is_retried = true;
                again.push((file.group, file.record.clone()));
            }
        }
        again
    }

    /// What a directory that is not durable means: the acts that changed it are
    /// settled by the next run.
    fn not_durable(&mut self, dir: FileId, error: &io::Error) {
        for file in &mut self.files {
            if !file.changed.iter().any(|own| own.status.stat.id == dir) {
                continue;
            }
            file.is_pending = true;
            if matches!(file.result, FileResult::Done { .. }) {
                let error = io::Error::new(error.kind(), error.to_string());
                file.result = refused(Failure::new(Step::SyncDirectory, error));
            }
        }
    }
}

impl<F: ContentOps, J: Intents> Run<'_, F, J> {
    /// Makes durable what the acts of a batch changed, and the files that the next
    /// one keeps, with their directories.
    pub(super) fn sync(&self, before: &mut Unsettled<F::Dir>, next: &mut [Item<F>]) {
        let ops = self.context.ops;
        // Where blocks are shared no name and no byte goes.
        let next = match self.context.options.action {
            Action::Dedupe => &mut [],
            _ => next,
        };
        let left = next.iter().filter(|item| item.result.is_none());
        let kept = left.map(|item| &item.proved.keeper);
        let kept = kept.filter(|keeper| !keeper.is_durable());
        let kept = kept.flat_map(|keeper| &keeper.opened.names);
        let changed = before.changed();
        let dirs = changed.values().chain(kept.map(|name| &name.dir));
        let whole = Durable::sync_many(ops, dirs.map(|dir| &**dir));
        let mut synced = HashSet::new();
        for (id, dir) in changed {
            if whole.contains(id) {
                continue;
            }
            match ops.sync_dir(&dir.dir) {
                Ok(()) => _ = synced.insert(id),
                Err(error) => before.not_durable(id, &error),
            }
        }
        for item in next.iter_mut().filter(|item| item.result.is_none()) {
            let keeper = &item.proved.keeper;
            if keeper.is_durable() {
                continue;
            }
            match sync_keeper(ops, keeper, &whole, &mut synced) {
                Ok(()) => keeper.set_durable(),
                Err(error) => {
                    item.result = Some(refused(Failure::new(Step::SyncKeeper, error)));
                }
            }
        }
    }

    /// Tells the journal the results of a batch and the intents of the next one, in
    /// one commit. Those that have a result already are left out.
    pub(super) fn commit(
        &mut self,
        before: &Unsettled<F::Dir>,
        next: &mut [Item<F>],
    ) -> Result<(), JournalError> {
        let (action, now) = (&self.context.options.action, platform::clocks().0);
        let to = match action {
            // Their destinations are absolute.
            Action::Trash { .. } => Some(Path::new("")),
            _ => self.destination.as_ref().map(|to| to.dir.path.as_path()),
        };
        let left = next.iter().filter(|item| item.result.is_none());
        let entries: Vec<_> = left.map(|item| item.intent(action, to, now)).collect();
        let results = before.changes();
        if results.is_empty() && entries.is_empty() {
            return Ok(());
        }
        let ids = self.intents.advance(&results, &entries)?;
        let left = next.iter_mut().filter(|item| item.result.is_none());
        for (item, id) in left.zip(ids) {
            item.entry = Some(id);
        }
        Ok(())
    }

    /// Settles and reports the last batch.
    pub(super) fn finish(&mut self) -> Result<(), RunError> {
        let mut before = std::mem::take(&mut self.unsettled);
        self.sync(&mut before, &mut []);
        let mut ended = self.commit(&before, &mut []);
        if !self.context.cancel.is_cancelled() {
            ended = ended.and_then(|()| self.prune(&before.files));
        }
        before
            .files
            .into_iter()
            .for_each(|file| self.tell_acted(file));
        Ok(ended?)
    }

    /// Reports a file after its act.
    pub(super) fn tell_acted(&mut self, file: ActedFile<F::Dir>) {
        if file.is_retried {
            return;
        }
        self.tell_outcome(Outcome {
            group: file.group,
            file: file.record,
            keeper: Some(file.keeper),
            destination: file.destination,
            result: file.result,
        });
    }
}

/// Makes a kept file durable, with its directories.
fn sync_keeper<F: FileOps>(
    ops: &F,
    keeper: &Keeper<F>,
    whole: &Durable,
    synced: &mut HashSet<FileId>,
) -> io::Result<()> {
    // A file that is mounted into its directory is of another file system.
    if !whole.contains(keeper.opened.stat().id) {
        ops.sync_file(&keeper.opened.file)?;
    }
    for name in &keeper.opened.names {
        let id = name.dir.status.stat.id;
        if !whole.contains(id) && !synced.contains(&id) {
            ops.sync_dir(&name.dir.dir)?;
            synced.insert(id);
        }
    }
    Ok(())
}
