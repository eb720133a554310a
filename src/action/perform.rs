//! Carries out the action of a run on proved files.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::act::{Act, Acted, act_failed};
use super::batch::Item;
use super::dirs::OpenedDir;
use super::displace;
use super::freed::Freed;
use super::link::{LinkKind, link};
use super::outcome::{FileResult, Refusal, Skip};
use super::plan::Action;
use super::recheck::{Context, Proved};
use super::run::Destination;
use super::settle::ActedFile;
use super::share::share;
use super::threads::{Tasks, in_threads};
use super::transfer::transfer;
use super::trash;
use super::write_back::require_keeper;
use crate::platform::{BlockUsage, ContentOps, FileOps, bytes_of};

/// What an action needs.
pub(super) struct Performer<'a, F: FileOps> {
    pub(super) context: Context<'a, F>,
    pub(super) destination: Option<&'a Destination<F::Dir>>,
}

/// A way to act on the files of a batch that have no result yet.
pub(super) type Perform<F> =
    fn(&Performer<'_, F>, Vec<Item<F>>) -> Vec<ActedFile<<F as FileOps>::Dir>>;

/// The files of a group with its place in the batch.
type Numbered<D> = (usize, Vec<ActedFile<D>>);

/// Acts on one file after the other.
pub(super) fn perform_in_turn<F: ContentOps>(
    performer: &Performer<'_, F>,
    items: Vec<Item<F>>,
) -> Vec<ActedFile<F::Dir>> {
    items
        .into_iter()
        .map(|item| performer.perform(item))
        .collect()
}

/// Acts on files of several groups at the same time, and closes them.
pub(super) fn perform_in_threads<F>(
    performer: &Performer<'_, F>,
    items: Vec<Item<F>>,
) -> Vec<ActedFile<F::Dir>>
where
    F: ContentOps<File: Send + Sync, Dir: Send + Sync> + Sync,
{
    // Files that go elsewhere share the directories that are made for them.
    if matches!(
        performer.context.options.action,
        Action::Move { .. } | Action::Trash { .. }
    ) {
        return perform_in_turn(performer, items);
    }
    let mut groups: Vec<Vec<Item<F>>> = Vec::new();
    for item in items {
        match groups.last_mut() {
            Some(group) if group[0].group == item.group => group.push(item),
            _ => groups.push(vec![item]),
        }
    }
    let threads = performer.context.threads.min(groups.len());
    let tasks = Tasks::new(groups.into_iter().enumerate());
    let work = |each: &mut dyn FnMut(Numbered<F::Dir>)| {
        while let Some((number, group)) = tasks.next() {
            each((number, perform_in_turn(performer, group)));
        }
    };
    let mut acted = Vec::new();
    if !in_threads(threads, work, Duration::MAX, |group| acted.extend(group)) {
        work(&mut |group| acted.push(group));
    }
    acted.sort_by_key(|(number, _)| *number);
    acted.into_iter().flat_map(|(_, group)| group).collect()
}

impl<F: ContentOps> Performer<'_, F> {
    /// Acts on a file, unless its result is known, and closes it.
    fn perform(&self, mut item: Item<F>) -> ActedFile<F::Dir> {
        let result = match item.result.take() {
            Some(result) => result,
            None if self.context.cancel.is_cancelled() => FileResult::Skipped(Skip::Interrupted),
            None => self.act(&mut item),
        };
        if matches!(result, FileResult::Skipped(Skip::TooManyLinks)) {
            item.proved.keeper.set_full();
        }
        let to = self.destination.map_or(Path::new(""), |to| &to.dir.path);
        ActedFile::new(item, to, result)
    }

    fn act(&self, item: &mut Item<F>) -> FileResult {
        let mut changed = Vec::new();
        let result = self.change(item, &mut changed);
        item.changed = changed;
        result
    }

    fn change(&self, item: &mut Item<F>, changed: &mut Vec<Arc<OpenedDir<F::Dir>>>) -> FileResult {
        let proved = &item.proved;
        changed.extend(proved.target.names.iter().map(|name| Arc::clone(&name.dir)));
        let act = Act {
            ops: self.context.ops,
            keeper: &proved.keeper.opened,
            target: &proved.target,
            temporaries: &item.temporaries,
            cancel: self.context.cancel,
            equal: proved.equal,
            own_changes: &proved.keeper.own_changes,
            changes_keeper: self.context.options.action == Action::HardLink,
        };
        let usage = self.usage(item);
        let mut shared = None;
        let acted = match &self.context.options.action {
            Action::Dedupe => share(&act, &mut shared),
            Action::Remove => displace::remove(&act),
            Action::Trash { .. } => {
                let trashes = item.trash.iter().map(|place| Arc::clone(place.files()));
                changed.extend(trashes);
                trash::put(&act, &item.trash)
            }
            Action::HardLink => link(&act, LinkKind::Hard),
            Action::SymbolicLink => link(&act, LinkKind::Symbolic),
            Action::Move { .. } => match self.destinations(item, changed) {
                Ok(to) if item.is_transfer => {
                    let ignore_metadata = self.context.options.ignore_metadata;
                    transfer(&act, &to, item.wanted(), ignore_metadata)
                }
                Ok(to) => displace::move_to(&act, &to),
                Err(refusal) => Acted::NotDone(refusal),
            },
        };
        let acted = match (&self.context.options.action, acted) {
            (Action::Remove | Action::SymbolicLink, Acted::Done) => {
                require_keeper(&act, item.wanted())
            }
            (_, acted) => acted,
        };
        match acted {
            Acted::Done => FileResult::Done {
                proof: Some(proved.proof),
                freed: shared.unwrap_or_else(|| match self.context.options.action {
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
        match self.context.options.action {
            Action::Remove | Action::HardLink | Action::SymbolicLink => {
                self.context.ops.block_usage(&item.proved.target.file)
            }
            Action::Dedupe | Action::Move { .. } | Action::Trash { .. } => None,
        }
    }

    /// The result of a dry run.
    pub(super) fn expected(&self, item: &Item<F>) -> FileResult {
        let Proved { target, proof, .. } = &item.proved;
        let names = target.names.len() as u64;
        let freed = match self.context.options.action {
            Action::Move { .. } | Action::Trash { .. } => Freed::default(),
            _ => freed(
                item,
                target.stat().links.checked_sub(names),
                self.usage(item),
            ),
        };
        FileResult::Done {
            proof: Some(*proof),
            freed,
        }
    }

    /// Opens the directories that the names of a file are moved to, and makes
    /// those that are missing.
    fn destinations(
        &self,
        item: &Item<F>,
        changed: &mut Vec<Arc<OpenedDir<F::Dir>>>,
    ) -> Result<Vec<displace::Target<F>>, Refusal> {
        let mut found = Vec::new();
        let pairs = item.destinations.iter().zip(&item.proved.target.names);
        for (path, name) in pairs {
            // As private as the directory that the file is in now.
            let mode = name.dir.status.mode & 0o777 | 0o700;
            let dir = self.destination_dir(path.parent().unwrap_or(Path::new("")), mode)?;
            changed.push(Arc::clone(&dir));
            let name = path.file_name().ok_or(Skip::DestinationExists)?;
            found.push((dir, bytes_of(name).to_vec()));
        }
        Ok(found)
    }

    /// Opens a directory below the destination, and makes what is missing of it.
    pub(super) fn destination_dir(
        &self,
        below: &Path,
        mode: u32,
    ) -> Result<Arc<OpenedDir<F::Dir>>, Refusal> {
        let ops = self.context.ops;
        let root = self.destination.ok_or(Skip::OtherFileSystem)?;
        let mut dir = Arc::clone(&root.dir);
        for component in below.components() {
            let component = bytes_of(component.as_os_str());
            let opened = match ops.open_dir(&dir.dir, component) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
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
        Ok(dir)
    }
}

/// Bytes that become free once a target has so many names left; none if that is
/// not known.
fn freed<F: FileOps>(item: &Item<F>, left: Option<u64>, usage: Option<BlockUsage>) -> Freed {
    let allocated = item.proved.target.status.allocated;
    Freed::by_removing(allocated, left.unwrap_or(1), 0, usage)
}
