//! Acts on whole redundant directories: on every file by the protocol for one file,
//! then on symbolic links and further names of files, last on the empty directories.
//!
//! A directory is looked at first ([`Run::survey`]). One that is not as the scan
//! found it stays as it is. What turns out different later stays with the directories
//! that it is in, and the result says so.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::act::is_gone;
use super::dirs::{OpenedDir, open_parent};
use super::entries::Taken;
use super::journal::{DirectoryChange, DirectoryRecord};
use super::metadata;
use super::names::relative_destination;
use super::outcome::{Failure, FileResult, Skip, Step};
use super::plan::Duplicates;
use super::prune;
use super::recheck::Recheck;
use super::run::{Intents, Run, RunError, refused};
use super::survey::Surveyed;
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::platform::{ContentOps, FileOps, bytes_of};
use crate::types::{WholeContents, WholeDirectory};

/// The result for a redundant directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WholeOutcome {
    /// The number of its group, from 0 on.
    pub(crate) group: usize,
    /// Its path.
    pub(crate) path: PathBuf,
    /// The identical directory that stays.
    pub(crate) keeper: Option<PathBuf>,
    /// Number of files in it, at any depth.
    pub(crate) files: u64,
    /// The sum of their sizes.
    pub(crate) bytes: u64,
    /// What stays of it; `None` if nothing does.
    pub(crate) remains: Option<Remains>,
}

/// What stays of a directory, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remains {
    /// True if nothing in it was acted on.
    pub(crate) is_whole: bool,
    /// The first path that stays.
    pub(crate) path: PathBuf,
    /// A short name of the reason.
    pub(crate) reason: &'static str,
    /// The reason, for people.
    pub(crate) message: String,
}

impl WholeOutcome {
    fn of(listed: &WholeDirectory) -> Self {
        Self {
            group: listed.group,
            path: listed.path.clone(),
            keeper: Some(listed.keeper.clone()),
            files: listed.files,
            bytes: listed.bytes,
            remains: None,
        }
    }

    /// The result for a directory that is not acted on.
    #[must_use]
    pub(crate) fn left(listed: &WholeDirectory, remains: Remains) -> Self {
        Self {
            remains: Some(remains),
            ..Self::of(listed)
        }
    }
}

impl Remains {
    pub(super) fn of(path: &Path, result: &FileResult) -> Option<Self> {
        let (reason, message) = match result {
            FileResult::Done { .. } => return None,
            FileResult::Skipped(skip) => (skip.name(), skip.to_string()),
            FileResult::Failed(failure) => (failure.step.name(), failure.to_string()),
        };
        Some(Self {
            is_whole: false,
            path: path.to_path_buf(),
            reason,
            message,
        })
    }
}

impl<F: ContentOps, J: Intents> Run<'_, F, J> {
    /// Looks at a redundant directory, and changes nothing.
    ///
    /// # Errors
    ///
    /// Its result, if it is not as the scan found it.
    pub(crate) fn survey(&mut self, listed: WholeDirectory) -> Result<Surveyed, Box<WholeOutcome>> {
        let mut outcome = Box::new(WholeOutcome::of(&listed));
        Recheck::new(self.context)
            .survey(listed)
            .map_err(|(path, refusal)| {
                let remains = Remains::of(&path, &refusal.into());
                outcome.remains = remains.map(|remains| Remains {
                    is_whole: true,
                    ..remains
                });
                outcome
            })
    }

    /// The number of files that are best acted on together.
    pub(crate) fn portion(&self) -> usize {
        self.max_files
    }

    /// Acts on directories that were looked at, and on what is in them.
    pub(crate) fn directories(
        &mut self,
        directories: &[(Surveyed, WholeContents)],
        algorithm: HashAlgorithm,
    ) -> (Vec<WholeOutcome>, Result<(), RunError>) {
        self.remains = Some(Vec::new());
        let mut gone = HashSet::new();
        let ended = self.everything(directories, algorithm, &mut gone);
        let all = self.remains.take().unwrap_or_default();
        let is_dry = self.context.options.dry_run;
        let outcome = |(surveyed, _): &(Surveyed, WholeContents)| {
            let listed = &surveyed.listed;
            let mut outcome = WholeOutcome::of(listed);
            let is_gone = match is_dry {
                true => ended.is_ok(),
                false => surveyed
                    .found
                    .first()
                    .is_some_and(|top| gone.contains(&top.0)),
            };
            let is_below = |remains: &&Remains| remains.path.starts_with(&listed.path);
            outcome.remains = all.iter().find(is_below).cloned();
            if !is_gone && outcome.remains.is_none() {
                let unfinished = FileResult::Skipped(Skip::Interrupted);
                outcome.remains = Remains::of(&listed.path, &unfinished);
            }
            outcome
        };
        (directories.iter().map(outcome).collect(), ended)
    }

    fn everything(
        &mut self,
        directories: &[(Surveyed, WholeContents)],
        algorithm: HashAlgorithm,
        gone: &mut HashSet<PathBuf>,
    ) -> Result<(), RunError> {
        let fresh = self.make_destinations(directories)?;
        let nothing = Hasher::new(algorithm).finish();
        let groups = directories.iter().flat_map(|(surveyed, contents)| {
            let empty = surveyed.empty.iter();
            let empty = empty.map(|(file, keeper)| (nothing, vec![keeper.clone(), file.clone()]));
            let all = contents.groups.iter().cloned().chain(empty);
            all.map(|(digest, files)| {
                let group = Duplicates {
                    digest,
                    algorithm,
                    files,
                };
                (surveyed.listed.group, group)
            })
        });
        self.all(groups)?;
        let mut entries = Vec::new();
        for (surveyed, contents) in directories {
            let group = surveyed.listed.group;
            for dir in &surveyed.listed.directories {
                let links = dir.entries.iter();
                entries.extend(links.filter_map(|entry| Taken::link(group, &dir.path, entry)));
            }
            let names = contents.names.iter().chain(&surveyed.empty_names);
            entries.extend(names.map(|name| Taken::name(group, name)));
        }
        self.take_entries(&entries)?;
        if self.context.options.dry_run {
            return Ok(());
        }
        self.remove_directories(directories, gone)?;
        self.complete_destinations(directories, &fresh);
        Ok(())
    }

    /// Removes the directories that are empty, or have nothing but such in them.
    fn remove_directories(
        &mut self,
        directories: &[(Surveyed, WholeContents)],
        gone: &mut HashSet<PathBuf>,
    ) -> Result<(), RunError> {
        let ops = self.context.ops;
        let mut removable = Vec::new();
        let mut records = Vec::new();
        for (surveyed, _) in directories {
            let listed = &surveyed.listed;
            let dirs = listed.directories.iter().zip(&surveyed.found);
            // Those in it come before each directory.
            for (dir, (path, metadata)) in dirs.rev() {
                let opened = open_parent(ops, path)
                    .and_then(|(parent, name)| ops.open_dir(&parent, &name))
                    .and_then(|dir| OpenedDir::new(ops, dir));
                let opened = match opened {
                    Ok(opened) if opened.status.stat.id == dir.id => opened,
                    Err(_) if is_removed(ops, path) => {
                        // It was empty, and the files in it were the last ones.
                        gone.insert(path.clone());
                        continue;
                    }
                    _ => {
                        self.note(&dir.path, &FileResult::Skipped(Skip::Changed));
                        continue;
                    }
                };
                if let Some(name) = first_left(ops, &opened, gone) {
                    self.note(&dir.path.join(name), &FileResult::Skipped(Skip::New));
                    continue;
                }
                gone.insert(path.clone());
                records.push(DirectoryRecord {
                    path: path.clone().into(),
                    change: DirectoryChange::Removed(metadata.clone()),
                });
                removable.push((dir, path, listed.group));
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        self.intents.intend_directories(&records)?;
        for (dir, path, group) in removable {
            let removed = prune::remove_at(ops, path, dir.id);
            match removed {
                Ok(parent) => {
                    self.totals.directories += 1;
                    let is_inner = gone.contains(&parent.path);
                    if !is_inner {
                        self.prune_parent(parent, group)?;
                    }
                }
                Err(error) => {
                    gone.remove(path);
                    let opened = ops.open_root(bytes_of(path.as_os_str()));
                    let opened = opened.and_then(|dir| OpenedDir::new(ops, dir)).ok();
                    let left = opened.and_then(|opened| first_left(ops, &opened, gone));
                    if let Some(name) = left {
                        self.note(&dir.path.join(name), &FileResult::Skipped(Skip::New));
                        continue;
                    }
                    let result = match error.kind() {
                        io::ErrorKind::DirectoryNotEmpty => FileResult::Skipped(Skip::New),
                        _ => refused(Failure::new(Step::RemoveDirectory, error)),
                    };
                    self.note(&dir.path, &result);
                }
            }
        }
        Ok(())
    }

    /// Makes the directories again below the destination of moved ones, the empty
    /// ones too. Returns those that were not there, with the real path of what they
    /// stand for.
    fn make_destinations(
        &mut self,
        directories: &[(Surveyed, WholeContents)],
    ) -> Result<Vec<(PathBuf, PathBuf)>, RunError> {
        let Some(to) = self.destination.as_ref() else {
            return Ok(Vec::new());
        };
        if self.context.options.dry_run {
            return Ok(Vec::new());
        }
        let ops = self.context.ops;
        let found = directories.iter().flat_map(|(dir, _)| &dir.found);
        let fresh: Vec<(PathBuf, PathBuf, u32)> = found
            .map(|(path, metadata)| {
                let below = relative_destination(path, &to.working_directory);
                (below, path.clone(), metadata.mode & 0o777 | 0o700)
            })
            .filter(|(below, ..)| {
                ops.open_dir(&to.dir.dir, bytes_of(below.as_os_str()))
                    .is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
            })
            .collect();
        let inner: Vec<PathBuf> = fresh.iter().map(|(below, ..)| below.join("_")).collect();
        self.record_missing_dirs(inner.iter().map(PathBuf::as_path))?;
        for (below, _, mode) in &fresh {
            // Moving a file into it says what is wrong with it.
            let _ = self.performer().destination_dir(below, *mode);
        }
        let fresh = fresh.into_iter();
        Ok(fresh.map(|(below, path, _)| (below, path)).collect())
    }

    /// Gives the directories that were made the metadata of those that are gone.
    fn complete_destinations(
        &self,
        directories: &[(Surveyed, WholeContents)],
        fresh: &[(PathBuf, PathBuf)],
    ) {
        let Some(to) = self.destination.as_ref() else {
            return;
        };
        let ops = self.context.ops;
        let found = directories.iter().flat_map(|(dir, _)| &dir.found);
        let known: std::collections::HashMap<_, _> =
            found.map(|(path, metadata)| (path, metadata)).collect();
        // The deepest first: a change of one moves the time of that above.
        for (below, path) in fresh.iter().rev() {
            let dir = ops.open_dir(&to.dir.dir, bytes_of(below.as_os_str()));
            let file = dir.and_then(|dir| ops.dir_file(&dir));
            if let (Ok(file), Some(wanted)) = (file, known.get(path)) {
                // What cannot be set is as for any directory that is made.
                let _ = metadata::restore(ops, &file, wanted);
            }
        }
    }

    /// Remembers what stays.
    pub(super) fn note(&mut self, path: &Path, result: &FileResult) {
        if let Some(all) = &mut self.remains {
            all.extend(Remains::of(path, result));
        }
    }
}

/// The first entry of a directory that is not one of those that are gone.
fn first_left<F: FileOps>(
    ops: &F,
    dir: &OpenedDir<F::Dir>,
    gone: &HashSet<PathBuf>,
) -> Option<PathBuf> {
    let mut names = ops.list_dir(&dir.dir).unwrap_or_default();
    names.sort_unstable();
    let left = names.iter().find(|name| !gone.contains(&dir.join(name)));
    left.map(|name| crate::platform::os_str(name).into())
}

/// Returns true if a directory is certain to be gone.
fn is_removed<F: FileOps>(ops: &F, path: &Path) -> bool {
    match open_parent(ops, path) {
        Ok((parent, name)) => is_gone(ops, &parent, &name),
        Err(_) => path.parent().is_some_and(|parent| is_removed(ops, parent)),
    }
}
