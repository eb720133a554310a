//! The files of a batch: from proved equal to acted on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dirs::OpenedDir;
use super::journal::{ActedName, Entry, EntryId};
use super::names::{relative_destination, temporary_name};
use super::outcome::{Failure, FileResult, Skip, Step};
use super::perform::{Performer, perform_in_turn};
use super::plan::Action;
use super::recheck::Proved;
use super::restore::Wanted;
use super::run::{Destination, Intents, Run, RunError, refused};
use super::settle::Unsettled;
use super::trash::TrashPlace;
use crate::config::HashAlgorithm;
use crate::platform::{ContentOps, FileOps};
use crate::types::{Digest, FileRecord, Timestamp};

/// A file of a batch.
pub(super) struct Item<F: FileOps> {
    pub(super) group: usize,
    pub(super) record: FileRecord,
    pub(super) proved: Proved<F>,
    digest: Digest,
    algorithm: HashAlgorithm,
    pub(super) temporaries: Vec<Vec<u8>>,
    /// Where its names are moved to, below the destination.
    pub(super) destinations: Vec<PathBuf>,
    /// Its places in the trash.
    pub(super) trash: Vec<TrashPlace<F::Dir>>,
    /// True if that is on another file system.
    pub(super) is_transfer: bool,
    /// Its entry in the journal; none if nothing is intended.
    pub(super) entry: Option<EntryId>,
    /// The directories that the act changed.
    pub(super) changed: Vec<Arc<OpenedDir<F::Dir>>>,
    pub(super) result: Option<FileResult>,
    /// True if what is to be done to it is only in the journal.
    pub(super) is_pending: bool,
}

impl<F: FileOps> Item<F> {
    pub(super) fn new(
        group: usize,
        record: FileRecord,
        digest: Digest,
        algorithm: HashAlgorithm,
        proved: Proved<F>,
    ) -> Self {
        let names = &proved.target.names;
        Self {
            temporaries: names.iter().map(|_| temporary_name()).collect(),
            group,
            record,
            digest: proved.digest.unwrap_or(digest),
            algorithm,
            destinations: Vec::new(),
            trash: Vec::new(),
            is_transfer: false,
            entry: None,
            changed: Vec::new(),
            result: None,
            is_pending: false,
            proved,
        }
    }

    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            size: self.proved.target.stat().size,
            digest: self.digest,
            algorithm: self.algorithm,
            metadata: &self.proved.metadata,
        }
    }

    pub(super) fn intent(&self, action: &Action, to: Option<&Path>, time: Timestamp) -> Entry {
        let Proved {
            target,
            keeper,
            proof,
            metadata,
            ..
        } = &self.proved;
        let has_temporary = to.is_none() || self.is_transfer;
        let names = target.names.iter().enumerate().map(|(at, name)| ActedName {
            path: name.dir.join(&name.name).into(),
            temporary: has_temporary.then(|| name.dir.join(&self.temporaries[at]).into()),
            destination: to.map(|to| to.join(&self.destinations[at]).into()),
            directory: Some(name.dir.status.stat.id.ino),
        });
        Entry {
            operation: action.operation(),
            names: names.collect(),
            stat: *target.stat(),
            metadata: metadata.clone(),
            digest: self.digest,
            algorithm: self.algorithm,
            keeper: keeper.path.clone().into(),
            keeper_stat: *keeper.opened.stat(),
            proof: *proof,
            time,
        }
    }
}

impl<F: ContentOps, J: Intents> Run<'_, F, J> {
    /// Settles the batch before, and takes this one through its steps up to the
    /// acts. Returns the files, with their groups, that could not become links
    /// because the kept one has too many.
    pub(super) fn act_on_batch(
        &mut self,
        mut items: Vec<Item<F>>,
    ) -> Result<Vec<(usize, FileRecord)>, RunError> {
        self.plan_destinations(&mut items);
        if self.context.options.dry_run {
            let performer = self.performer();
            for item in &mut items {
                item.result = Some(performer.expected(item));
            }
            self.tell_results(items);
            return Ok(Vec::new());
        }
        self.plan_trash(&mut items);
        let mut before = std::mem::take(&mut self.unsettled);
        self.sync(&mut before, &mut items);
        let recorded = self.record_missing(&items);
        let committed = recorded.and_then(|()| self.commit(&before, &mut items));
        for file in before.files {
            self.tell_acted(file);
        }
        if let Err(error) = committed {
            for item in items.iter_mut().filter(|item| item.result.is_none()) {
                let reason = io::Error::other(error.to_string());
                item.result = Some(refused(Failure::new(Step::Journal, reason)));
            }
            self.tell_results(items);
            return Err(error.into());
        }
        self.unsettled = Unsettled::new((self.perform)(&self.performer(), items));
        let mut results = self.unsettled.files.iter().map(|file| &file.result);
        if results.any(|result| matches!(result, FileResult::Skipped(Skip::Interrupted))) {
            return Err(RunError::Interrupted);
        }
        let again = self.unsettled.take_again();
        if self.pruned.is_some() {
            // The next batch may need a directory that this one leaves empty.
            self.finish()?;
        }
        Ok(again)
    }

    pub(super) fn performer(&self) -> Performer<'_, F> {
        Performer {
            context: self.context,
            destination: self.destination.as_ref(),
        }
    }

    /// Reports files on which nothing was done.
    fn tell_results(&mut self, items: Vec<Item<F>>) {
        for file in perform_in_turn(&self.performer(), items) {
            self.tell_acted(file);
        }
    }

    fn plan_destinations(&self, items: &mut [Item<F>]) {
        let Some(Destination {
            dir: to,
            working_directory,
        }) = &self.destination
        else {
            return;
        };
        for item in items {
            for name in &item.proved.target.names {
                let place = |dir: &OpenedDir<_>| (dir.status.stat.id.dev, dir.status.mount);
                item.is_transfer |= place(&name.dir) != place(to);
                let path = name.dir.join(&name.name);
                item.destinations
                    .push(relative_destination(&path, working_directory));
            }
        }
    }
}
