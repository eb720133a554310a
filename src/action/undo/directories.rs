//! Directories that a run made or removed, and entries that it took, on the way back.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::Problem;
use super::apply::Undone;
use super::error::Refusal;
use super::place::Place;
use crate::action::dirs::open_parent;
use crate::action::entries::{NotBack, bring_back, settle_entry};
use crate::action::journal::{DirectoryChange, DirectoryRecord, Journal, JournalError, RunId};
use crate::action::metadata::restore;
use crate::platform::{ContentOps, FileOps};
use crate::types::{FileMetadata, Timestamp};

/// The directories of a run.
#[derive(Debug, Default)]
pub(super) struct Directories {
    records: Vec<DirectoryRecord>,
    removed: HashSet<PathBuf>,
}

/// Those that were made again, whose metadata is complete only when everything is
/// in them.
pub(super) struct MadeAgain<'a, O: FileOps>(Vec<(O::Dir, &'a Path, &'a FileMetadata)>);

/// Ends what runs left that were ended in between: gives entries their names back, and
/// removes the empty directories that runs had made which were being taken back.
///
/// # Errors
///
/// The journal's error.
pub(in crate::action) fn finish_directories<O: ContentOps>(
    ops: &O,
    journal: &Journal,
    now: Timestamp,
) -> Result<(), JournalError> {
    for (id, run) in journal.runs()? {
        match (run.undoes, run.ended) {
            (Some(undone), None) => {
                Directories::of(journal, undone)?.take_away(ops);
                journal.update_run(id, |run| run.ended = Some(now))?;
            }
            (None, None) => Directories::of(journal, id)?.settle(ops),
            (_, Some(_)) => {}
        }
    }
    Ok(())
}

impl Directories {
    pub(super) fn of(journal: &Journal, run: RunId) -> Result<Self, JournalError> {
        let records = journal.directories(run)?;
        let removed = |record: &DirectoryRecord| match record.change {
            DirectoryChange::Removed(_) => Some(record.path.path().to_path_buf()),
            DirectoryChange::Made | DirectoryChange::Taken(_) => None,
        };
        Ok(Self {
            removed: records.iter().filter_map(removed).collect(),
            records,
        })
    }

    /// Returns true if the directory of a path is one that comes back.
    pub(super) fn bring_back(&self, path: &Path) -> bool {
        path.parent()
            .is_some_and(|parent| self.removed.contains(parent))
    }

    /// Makes those again that the run removed, and reports those that cannot be.
    pub(super) fn make_again<O: ContentOps>(
        &self,
        ops: &O,
        report: &mut dyn FnMut(PathBuf, Undone),
    ) -> MadeAgain<'_, O> {
        let mut made = Vec::new();
        // The last one that was removed is the uppermost.
        for record in self.records.iter().rev() {
            let DirectoryChange::Removed(metadata) = &record.change else {
                continue;
            };
            let path = record.path.path();
            let mut make = || {
                let Place { dir, name } = Place::<O>::open(ops, path)?;
                if ops.open_dir(&dir, &name).is_ok() {
                    // Somebody made it, or it was never removed.
                    return Ok(());
                }
                ops.make_dir(&dir, &name, PRIVATE)?;
                made.push((ops.open_dir(&dir, &name)?, path, metadata));
                Ok(())
            };
            if let Err(refusal) = make() {
                report(path.to_path_buf(), Undone::Refused(refusal));
            }
        }
        MadeAgain(made)
    }

    /// Gives entries their names back that the run left under temporary ones.
    fn settle<O: ContentOps>(&self, ops: &O) {
        for record in &self.records {
            if let DirectoryChange::Taken(entry) = &record.change {
                settle_entry(ops, record.path.path(), entry);
            }
        }
    }

    /// The entries that cannot be brought back.
    pub(super) fn problems<O: ContentOps>(&self, ops: &O) -> Vec<Problem> {
        let entries = self.records.iter().filter_map(|record| {
            let DirectoryChange::Taken(entry) = &record.change else {
                return None;
            };
            let path = record.path.path();
            let has_directory = self.bring_back(path) || open_parent(ops, path).is_ok();
            let reason = match bring_back(ops, path, entry, true) {
                _ if !has_directory => Refusal::NoDirectory,
                Err(reason) => reason.into(),
                Ok(()) => return None,
            };
            Some(Problem {
                path: path.to_path_buf(),
                reason,
            })
        });
        entries.collect()
    }

    /// Brings the entries back that the run took, and reports those that cannot be.
    pub(super) fn bring_entries_back<O: ContentOps>(
        &self,
        ops: &O,
        report: &mut dyn FnMut(PathBuf, Undone),
    ) {
        for record in self.records.iter().rev() {
            let DirectoryChange::Taken(entry) = &record.change else {
                continue;
            };
            let path = record.path.path();
            if let Err(reason) = bring_back(ops, path, entry, false) {
                report(path.to_path_buf(), Undone::Refused(reason.into()));
            }
        }
    }

    /// Removes those that the run made and that are empty now.
    pub(super) fn take_away<O: ContentOps>(&self, ops: &O) {
        for record in self.records.iter().rev() {
            if record.change == DirectoryChange::Made {
                // What is in it, or not permitted, keeps it there.
                let _ = remove(ops, record.path.path());
            }
        }
    }
}

impl From<NotBack> for Refusal {
    fn from(reason: NotBack) -> Self {
        match reason {
            NotBack::NoDirectory => Self::NoDirectory,
            NotBack::NameTaken => Self::NameTaken,
            NotBack::NoSource => Self::NoSource,
            NotBack::Io(error) => error.into(),
        }
    }
}

/// The permissions until the metadata is complete.
const PRIVATE: u32 = 0o700;

fn remove<O: ContentOps>(ops: &O, path: &Path) -> io::Result<()> {
    let (parent, name) = open_parent(ops, path)?;
    ops.remove_dir(&parent, &name)
}

impl<O: ContentOps> MadeAgain<'_, O> {
    /// Gives them the metadata that they had.
    pub(super) fn complete(&mut self, ops: &O, report: &mut dyn FnMut(PathBuf, Undone)) {
        for (dir, path, metadata) in self.0.drain(..) {
            let restored = ops
                .dir_file(&dir)
                .and_then(|file| restore(ops, &file, metadata));
            let undone = match restored {
                Ok(unrestored) if unrestored.is_empty() => continue,
                Ok(unrestored) => Undone::Restored {
                    unrestored,
                    missing: Vec::new(),
                },
                Err(error) => Undone::Refused(error.into()),
            };
            report(path.to_path_buf(), undone);
        }
    }
}
