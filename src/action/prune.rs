//! Directories that a run makes, and those that it empties and removes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::Item;
use super::dirs::{OpenedDir, open_parent};
use super::journal::{DirectoryChange, DirectoryRecord, JournalError};
use super::outcome::{Failure, FileResult, Step};
use super::run::{Intents, Run};
use super::settle::ActedFile;
use crate::platform::{ContentOps, FileOps, bytes_of};
use crate::types::{FileId, FileRecord, Layout, Timestamp};

/// The paths that were given: emptied directories are removed below them.
pub(super) struct PrunedRoots {
    roots: Vec<(FileId, PathBuf)>,
    /// The times of directories before the first of their entries went.
    times: HashMap<FileId, Timestamp>,
}

impl PrunedRoots {
    pub(super) fn open<F: FileOps>(ops: &F, roots: &[PathBuf]) -> Self {
        let open = |root: &PathBuf| {
            let dir = ops.open_root(bytes_of(root.as_os_str())).ok()?;
            Some((ops.dir_id(&dir).ok()?, ops.dir_path(&dir).ok()?))
        };
        Self {
            roots: roots.iter().filter_map(open).collect(),
            times: HashMap::new(),
        }
    }

    /// Returns true for a directory below one of them, and false for themselves.
    fn have<D>(&self, dir: &OpenedDir<D>) -> bool {
        let roots = &self.roots;
        let is_root = roots.iter().any(|(id, _)| *id == dir.status.stat.id);
        !is_root && roots.iter().any(|(_, root)| dir.path.starts_with(root))
    }

    fn note<D>(&mut self, dir: &OpenedDir<D>) {
        let stat = &dir.status.stat;
        self.times.entry(stat.id).or_insert(stat.modified);
    }

    fn record<F: FileOps>(&self, ops: &F, dir: &OpenedDir<F::Dir>) -> io::Result<DirectoryRecord> {
        let mut metadata = ops.metadata(&ops.dir_file(&dir.dir)?)?;
        let before = self.times.get(&dir.status.stat.id);
        metadata.modified = *before.unwrap_or(&metadata.modified);
        metadata.layout = Layout::Unknown;
        Ok(DirectoryRecord {
            path: dir.path.clone().into(),
            change: DirectoryChange::Removed(metadata),
        })
    }
}

/// Directories by their identity.
type Emptied<D> = BTreeMap<FileId, Arc<OpenedDir<D>>>;

impl<F: ContentOps, J: Intents> Run<'_, F, J> {
    /// Records the directories that moved files need and that are missing.
    pub(super) fn record_missing(&mut self, items: &[Item<F>]) -> Result<(), JournalError> {
        let paths = items.iter().flat_map(|item| &item.destinations);
        self.record_missing_dirs(paths.map(PathBuf::as_path))
    }

    /// The same for entries with these paths below the destination.
    pub(super) fn record_missing_dirs<'p>(
        &mut self,
        paths: impl Iterator<Item = &'p Path>,
    ) -> Result<(), JournalError> {
        let Some(to) = &self.destination else {
            return Ok(());
        };
        let ops = self.context.ops;
        let mut missing: BTreeSet<&Path> = BTreeSet::new();
        let mut there: BTreeSet<&Path> = BTreeSet::new();
        for path in paths {
            for dir in path.ancestors().skip(1) {
                if dir.as_os_str().is_empty() || there.contains(dir) || missing.contains(dir) {
                    break;
                }
                // Any other error is found again when it is opened.
                match ops.open_dir(&to.dir.dir, bytes_of(dir.as_os_str())) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => missing.insert(dir),
                    _ => there.insert(dir),
                };
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let record = |dir: &Path| DirectoryRecord {
            path: to.dir.path.join(dir).into(),
            change: DirectoryChange::Made,
        };
        let records: Vec<_> = missing.into_iter().map(record).collect();
        self.intents.intend_directories(&records)
    }

    /// Removes the directories that these files leave empty, and those above them
    /// that become empty so.
    pub(super) fn prune(&mut self, files: &[ActedFile<F::Dir>]) -> Result<(), JournalError> {
        let Some(mut roots) = self.pruned.take() else {
            return Ok(());
        };
        let pruned = self.prune_below(&mut roots, files);
        self.pruned = Some(roots);
        pruned
    }

    fn prune_below(
        &mut self,
        roots: &mut PrunedRoots,
        files: &[ActedFile<F::Dir>],
    ) -> Result<(), JournalError> {
        let mut emptied: Emptied<F::Dir> = BTreeMap::new();
        let mut needed = BTreeSet::new();
        for file in files {
            let is_done = matches!(file.result, FileResult::Done { .. });
            for dir in &file.dirs {
                let id = dir.status.stat.id;
                roots.note(dir);
                if file.is_pending {
                    // What is left to do is done in it.
                    needed.insert(id);
                } else if is_done {
                    emptied.insert(id, Arc::clone(dir));
                }
            }
        }
        let group = files.first().map_or(0, |file| file.group);
        self.prune_all(roots, emptied, &needed, group)
    }

    /// Removes the directory that a removed one was in, if it is empty now and that is
    /// asked for.
    pub(super) fn prune_parent(
        &mut self,
        parent: OpenedDir<F::Dir>,
        group: usize,
    ) -> Result<(), JournalError> {
        let Some(mut roots) = self.pruned.take() else {
            return Ok(());
        };
        roots.note(&parent);
        let emptied = [(parent.status.stat.id, Arc::new(parent))].into();
        let pruned = self.prune_all(&mut roots, emptied, &BTreeSet::new(), group);
        self.pruned = Some(roots);
        pruned
    }

    fn prune_all(
        &mut self,
        roots: &mut PrunedRoots,
        mut emptied: Emptied<F::Dir>,
        needed: &BTreeSet<FileId>,
        group: usize,
    ) -> Result<(), JournalError> {
        let ops = self.context.ops;
        while !emptied.is_empty() {
            let mut records = Vec::new();
            emptied.retain(|id, dir| {
                let is_emptied = !needed.contains(id)
                    && roots.have(dir)
                    && ops.is_empty_dir(&dir.dir).is_ok_and(|is_empty| is_empty);
                let record = is_emptied.then(|| roots.record(ops, dir)).transpose();
                // One whose metadata is not known could not be made again.
                let record = record.ok().flatten();
                let is_recorded = record.is_some();
                records.extend(record);
                is_recorded
            });
            if records.is_empty() {
                break;
            }
            self.intents.intend_directories(&records)?;
            let mut above = BTreeMap::new();
            for dir in std::mem::take(&mut emptied).into_values() {
                match remove(ops, &dir) {
                    Ok(parent) => {
                        self.totals.directories += 1;
                        roots.note(&parent);
                        above.insert(parent.status.stat.id, Arc::new(parent));
                    }
                    // Somebody put something there.
                    Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                    Err(error) => {
                        let file = FileRecord::new(dir.path.clone(), dir.status.stat.id);
                        let failure = Failure::new(Step::RemoveDirectory, error);
                        self.tell(group, file, FileResult::Failed(failure));
                    }
                }
            }
            emptied = above;
        }
        Ok(())
    }
}

/// Removes a directory if it is the one that was emptied, and returns the one
/// that it was in, as it was before.
fn remove<F: FileOps>(ops: &F, dir: &OpenedDir<F::Dir>) -> io::Result<OpenedDir<F::Dir>> {
    remove_at(ops, &dir.path, dir.status.stat.id)
}

/// The same by its real path.
pub(super) fn remove_at<F: FileOps>(
    ops: &F,
    path: &Path,
    id: FileId,
) -> io::Result<OpenedDir<F::Dir>> {
    let (parent, name) = open_parent(ops, path)?;
    let parent = OpenedDir::new(ops, parent)?;
    if ops.stat_name(&parent.dir, &name)?.id != id {
        return Err(io::ErrorKind::DirectoryNotEmpty.into());
    }
    ops.remove_dir(&parent.dir, &name)?;
    Ok(parent)
}
