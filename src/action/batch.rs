//! The files of a batch: from proved equal to acted on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::act::{Act, Acted, act_failed};
use super::dirs::OpenedDir;
use super::displace;
use super::freed::Freed;
use super::journal::{ActedName, Entry, EntryId};
use super::link::{LinkKind, link};
use super::names::{relative_destination, temporary_name};
use super::outcome::{Failure, FileResult, Refusal, Skip, Step};
use super::plan::Action;
use super::recheck::Proved;
use super::restore::Wanted;
use super::run::{Destination, Intents, Run, RunError, refused};
use super::settle::{Changed, Unsettled};
use super::share::share;
use super::transfer::transfer;
use super::trash::{self, TrashPlace};
use super::write_back::require_keeper;
use crate::config::HashAlgorithm;
use crate::platform::{BlockUsage, ContentOps, FileOps, bytes_of};
use crate::types::{Digest, FileRecord, Timestamp};

/// A file of a batch.
pub(super) struct Item<F: FileOps> {
    pub(super) group: usize,
    pub(super) record: FileRecord,
    pub(super) proved: Proved<F>,
    digest: Digest,
    algorithm: HashAlgorithm,
    temporaries: Vec<Vec<u8>>,
    /// Where its names are moved to, below the destination.
    pub(super) destinations: Vec<PathBuf>,
    /// Its places in the trash.
    pub(super) trash: Vec<TrashPlace<F::Dir>>,
    /// True if that is on another file system.
    is_transfer: bool,
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
            result: None,
            is_pending: false,
            proved,
        }
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            size: self.proved.target.stat().size,
            digest: self.digest,
            algorithm: self.algorithm,
            metadata: &self.proved.metadata,
        }
    }

    pub(super) fn entry(&self, action: &Action, to: Option<&Path>, time: Timestamp) -> Entry {
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

/// Files that are acted on together.
pub(super) struct Batch<F: FileOps> {
    items: Vec<Item<F>>,
    bytes: u64,
    started: Option<Instant>,
}

impl<F: FileOps> Default for Batch<F> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            bytes: 0,
            started: None,
        }
    }
}

impl<F: FileOps> Batch<F> {
    pub(super) fn push(&mut self, item: Item<F>) {
        self.started.get_or_insert_with(Instant::now);
        self.bytes = self.bytes.saturating_add(item.record.size);
        self.items.push(item);
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn started(&self) -> Option<Instant> {
        self.started
    }

    /// Releases the leases that writers wait for. The acts on their files find
    /// them in use.
    pub(super) fn give_way(&self, ops: &F) {
        for Proved { target, keeper, .. } in self.items.iter().map(|item| &item.proved) {
            for file in [target, &keeper.opened] {
                if file.has_lease && !ops.holds_lease(&file.file) {
                    ops.release_lease(&file.file);
                }
            }
        }
    }
}

impl<F: ContentOps, J: Intents> Run<'_, F, J> {
    /// Settles the batch before, and takes this one through its steps up to the
    /// acts. Returns the files of the current group that could not become links
    /// because the kept one has too many.
    pub(super) fn act_on_batch(
        &mut self,
        batch: Batch<F>,
        current: Option<usize>,
    ) -> Result<Vec<FileRecord>, RunError> {
        let mut items = batch.items;
        self.plan_destinations(&mut items);
        if self.recheck.options.dry_run {
            for item in &mut items {
                item.result = Some(self.expected(item));
            }
            self.tell_results(items);
            return Ok(Vec::new());
        }
        self.plan_trash(&mut items);
        let mut before = std::mem::take(&mut self.unsettled);
        self.sync(&mut before, &mut items);
        let recorded = self.record_missing(&items);
        let ids = recorded.and_then(|()| self.commit(&before, &items));
        for file in before.files {
            self.tell_acted(file);
        }
        match ids {
            Ok(ids) => self.act_on(items, ids, current),
            Err(error) => {
                for item in items.iter_mut().filter(|item| item.result.is_none()) {
                    let reason = io::Error::other(error.to_string());
                    item.result = Some(refused(Failure::new(Step::Journal, reason)));
                }
                self.tell_results(items);
                Err(error.into())
            }
        }
    }

    /// Acts on the files that have no result yet.
    fn act_on(
        &mut self,
        items: Vec<Item<F>>,
        ids: Vec<EntryId>,
        current: Option<usize>,
    ) -> Result<Vec<FileRecord>, RunError> {
        let mut ids = ids.into_iter();
        let mut acted = Unsettled::default();
        let mut interrupted = false;
        for mut item in items {
            let (result, entry) = match item.result.take() {
                Some(result) => (result, None),
                None => {
                    interrupted |= self.recheck.cancel.is_cancelled();
                    let result = match interrupted {
                        true => FileResult::Skipped(Skip::Interrupted),
                        false => self.act(&mut item, &mut acted.changed),
                    };
                    (result, ids.next())
                }
            };
            if matches!(result, FileResult::Skipped(Skip::TooManyLinks)) {
                item.proved.keeper.set_full();
            }
            acted.files.push(self.acted(item, entry, result));
        }
        let again = match interrupted {
            true => Vec::new(),
            false => acted.take_again(current),
        };
        self.unsettled = acted;
        if interrupted {
            return Err(RunError::Interrupted);
        }
        if self.pruned.is_some() {
            // The next batch may need a directory that this one leaves empty.
            self.finish()?;
        }
        Ok(again)
    }

    /// Reports files on which nothing was done.
    fn tell_results(&mut self, items: Vec<Item<F>>) {
        for mut item in items {
            if let Some(result) = item.result.take() {
                let file = self.acted(item, None, result);
                self.tell_acted(file);
            }
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

    fn act(&self, item: &mut Item<F>, changed: &mut Changed<F::Dir>) -> FileResult {
        let proved = &item.proved;
        for name in &proved.target.names {
            changed.insert(name.dir.status.stat.id, Arc::clone(&name.dir));
        }
        let act = Act {
            ops: self.recheck.ops,
            keeper: &proved.keeper.opened,
            target: &proved.target,
            temporaries: &item.temporaries,
            cancel: self.recheck.cancel,
            equal: proved.equal,
            own_changes: &proved.keeper.own_changes,
            changes_keeper: self.recheck.options.action == Action::HardLink,
        };
        let usage = self.usage(item);
        let mut shared = None;
        let acted = match &self.recheck.options.action {
            Action::Dedupe => share(&act, &mut shared),
            Action::Remove => displace::remove(&act),
            Action::Trash { .. } => {
                for place in &item.trash {
                    let files = place.files();
                    changed.insert(files.status.stat.id, Arc::clone(files));
                }
                trash::put(&act, &item.trash)
            }
            Action::HardLink => link(&act, LinkKind::Hard),
            Action::SymbolicLink => link(&act, LinkKind::Symbolic),
            Action::Move { .. } => match self.destinations(item, changed) {
                Ok(to) if item.is_transfer => {
                    let ignore_metadata = self.recheck.options.ignore_metadata;
                    transfer(&act, &to, item.wanted(), ignore_metadata)
                }
                Ok(to) => displace::move_to(&act, &to),
                Err(refusal) => Acted::NotDone(refusal),
            },
        };
        let acted = match (&self.recheck.options.action, acted) {
            (Action::Remove | Action::SymbolicLink, Acted::Done) => {
                require_keeper(&act, item.wanted())
            }
            (_, acted) => acted,
        };
        match acted {
            Acted::Done => FileResult::Done {
                proof: proved.proof,
                freed: shared.unwrap_or_else(|| match self.recheck.options.action {
                    Action::Move { .. } | Action::Trash { .. } => Freed::default(),
                    _ => freed(item, act.links_left(), usage),
                }),
            },
            Acted::NotDone(refusal) => refusal.into(),
            Acted::Stuck(failure) => {
                item.is_pending = true;
                FileResult::Failed(failure)
            }
        }
    }

    /// The blocks of a target by who uses them, if any of them may become free.
    fn usage(&self, item: &Item<F>) -> Option<BlockUsage> {
        match self.recheck.options.action {
            Action::Remove | Action::HardLink | Action::SymbolicLink => {
                self.recheck.ops.block_usage(&item.proved.target.file)
            }
            Action::Dedupe | Action::Move { .. } | Action::Trash { .. } => None,
        }
    }

    /// The result of a dry run.
    fn expected(&self, item: &Item<F>) -> FileResult {
        let Proved { target, proof, .. } = &item.proved;
        let names = target.names.len() as u64;
        let freed = match self.recheck.options.action {
            Action::Move { .. } | Action::Trash { .. } => Freed::default(),
            _ => freed(
                item,
                target.stat().links.checked_sub(names),
                self.usage(item),
            ),
        };
        FileResult::Done {
            proof: *proof,
            freed,
        }
    }

    /// Opens the directories that the names of a file are moved to, and makes
    /// those that are missing.
    fn destinations(
        &self,
        item: &Item<F>,
        changed: &mut Changed<F::Dir>,
    ) -> Result<Vec<displace::Target<F>>, Refusal> {
        let ops = self.recheck.ops;
        let root = self.destination.as_ref().ok_or(Skip::OtherFileSystem)?;
        let mut found = Vec::new();
        let pairs = item.destinations.iter().zip(&item.proved.target.names);
        for (path, name) in pairs {
            let mut dir = Arc::clone(&root.dir);
            for component in path.parent().into_iter().flat_map(Path::components) {
                let component = bytes_of(component.as_os_str());
                let opened = match ops.open_dir(&dir.dir, component) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        // As private as the directory that the file is in now.
                        let mode = name.dir.status.mode & 0o777 | 0o700;
                        ops.make_dir(&dir.dir, component, mode)
                            .map_err(act_failed)?;
                        // Nothing is moved into a directory that is not durable.
                        ops.sync_dir(&dir.dir).map_err(act_failed)?;
                        ops.open_dir(&dir.dir, component)
                    }
                    opened => opened,
                };
                let opened = opened.and_then(|opened| OpenedDir::new(ops, opened));
                dir = Arc::new(opened.map_err(act_failed)?);
            }
            changed.insert(dir.status.stat.id, Arc::clone(&dir));
            let name = path.file_name().ok_or(Skip::DestinationExists)?;
            found.push((dir, bytes_of(name).to_vec()));
        }
        Ok(found)
    }
}

/// Bytes that become free once a target has so many names left; none if that is
/// not known.
fn freed<F: FileOps>(item: &Item<F>, left: Option<u64>, usage: Option<BlockUsage>) -> Freed {
    let allocated = item.proved.target.status.allocated;
    Freed::by_removing(allocated, left.unwrap_or(1), 0, usage)
}
