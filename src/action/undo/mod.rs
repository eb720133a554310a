//! Takes a run back: a removed file is restored, a link becomes a separate file, a
//! moved file is moved back.
//!
//! [`plan`] says what cannot be taken back before anything is done. [`apply()`]
//! is a run of its own: its intents are in the journal before it changes
//! anything, so a crash at any point leaves nothing that [`recover()`] cannot
//! finish or take away.

mod apply;
mod directories;
mod error;
pub(super) mod place;
mod recover;
mod sources;
mod transfer;

use std::collections::HashSet;
use std::path::PathBuf;

pub(crate) use apply::{Conditions, Undone, apply};
pub(crate) use error::{Refusal, UndoError};
pub(crate) use recover::{Recovery, recover};

use super::journal::{ActedName, Entry, Journal, Operation, Recorded, Run, RunId, State};
use crate::platform::ContentOps;
use crate::types::FileKind;
use directories::Directories;
pub(super) use directories::finish_directories;
use place::{Occupant, Place};
use sources::{Sources, each_entry};

/// Problems that are kept with their paths; the others are only counted.
const MAX_PROBLEMS: usize = 10_000;

/// A file that cannot be taken back.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Its path.
    pub path: PathBuf,
    /// The reason.
    pub reason: Refusal,
}

impl Problem {
    fn new(name: &ActedName, reason: Refusal) -> Self {
        Self {
            path: name.path.path().to_path_buf(),
            reason,
        }
    }
}

/// The plan to take back a run.
#[derive(Debug)]
pub(crate) struct UndoPlan {
    /// The run.
    pub run: RunId,
    /// Its record.
    pub record: Run,
    /// Number of files that can be taken back.
    pub files: u64,
    /// Bytes of those that have to be made again, by cloning or copying, or to
    /// come back from another file system.
    pub bytes: u64,
    /// Number of files that share their blocks and stay as they are: they were
    /// separate files all the time.
    pub shared: u64,
    /// Number of files that cannot be taken back.
    pub problem_count: u64,
    /// The first of those.
    pub problems: Vec<Problem>,
    sources: Sources,
    directories: Directories,
}

/// The run that is taken back if none is named: the latest that changed
/// something and was not taken back.
///
/// # Errors
///
/// [`UndoError::NoRun`], or the journal's error.
pub(crate) fn latest(journal: &Journal) -> Result<RunId, UndoError> {
    for (id, run) in journal.runs()?.into_iter().rev() {
        if run.undoes.is_none() && journal.counts(id)?.done > 0 {
            return Ok(id);
        }
    }
    Err(UndoError::NoRun)
}

/// Examines what taking back a run would do, and changes nothing.
///
/// The kept files are compared by size and time where they are as they were,
/// else read. Every byte is proved when a file is made.
///
/// # Errors
///
/// [`UndoError`] if the run cannot be taken back at all.
pub(crate) fn plan<O: ContentOps>(
    ops: &O,
    journal: &Journal,
    run: RunId,
) -> Result<UndoPlan, UndoError> {
    let record = journal.run(run)?;
    if let Some(undoes) = record.undoes {
        return Err(UndoError::IsUndo { run, undoes });
    }
    let counts = journal.counts(run)?;
    let pending = journal.pending()?;
    let concerns = |pending: &Recorded| {
        pending.id.run == run
            || matches!(pending.entry.operation, Operation::Undo(entry) if entry.run == run)
    };
    if pending.iter().any(concerns) {
        return Err(UndoError::Interrupted { run });
    }
    if counts.done == 0 {
        let runs = journal.runs()?;
        let undo = runs.iter().rfind(|(_, later)| later.undoes == Some(run));
        return Err(match undo {
            Some((by, undo)) if counts.undone > 0 => UndoError::AlreadyUndone {
                run,
                by: *by,
                at: undo.started,
            },
            _ => UndoError::NothingDone { run },
        });
    }
    let mut plan = UndoPlan {
        run,
        record,
        files: 0,
        bytes: 0,
        shared: 0,
        problem_count: 0,
        problems: Vec::new(),
        sources: Sources::default(),
        directories: Directories::of(journal, run)?,
    };
    // First the contents whose keeper is of no use, to search for others in
    // one pass.
    let mut orphans = HashSet::new();
    each_entry(journal, run, |recorded| {
        let entry = &recorded.entry;
        let wants_source = needs_source(entry.operation) && !is_in_trash(ops, entry);
        if recorded.state == State::Done
            && wants_source
            && plan.sources.open(ops, &recorded.entry, false).is_none()
        {
            orphans.insert(recorded.entry.digest);
        }
    })?;
    plan.sources = Sources::search(journal, &orphans)?;
    each_entry(journal, run, |recorded| {
        if recorded.state == State::Done {
            plan.add(
                ops,
                &recorded.entry,
                orphans.contains(&recorded.entry.digest),
            );
        }
    })?;
    let problems = plan.directories.problems(ops);
    plan.problem_count += problems.len() as u64;
    let room = MAX_PROBLEMS.saturating_sub(plan.problems.len());
    plan.problems.extend(problems.into_iter().take(room));
    Ok(plan)
}

impl UndoPlan {
    fn add<O: ContentOps>(&mut self, ops: &O, entry: &Entry, is_orphan: bool) {
        if entry.operation == Operation::Dedupe {
            self.shared += 1;
            return;
        }
        let needs_source = needs_source(entry.operation) && !is_in_trash(ops, entry);
        // One that was found before is not looked for again.
        let has_source =
            !needs_source || !is_orphan || self.sources.open(ops, entry, false).is_some();
        let found = find_occupants(ops, entry, &self.directories);
        match found {
            Ok(()) if has_source => {
                self.files += 1;
                let is_copied = needs_source
                    || entry.operation == Operation::Move
                        && transfer::crosses(ops, entry).unwrap_or(false);
                if is_copied {
                    self.bytes = self.bytes.saturating_add(entry.stat.size);
                }
            }
            result => {
                let problem = result.err().unwrap_or_else(|| Problem {
                    path: first_path(entry),
                    reason: Refusal::NoSource,
                });
                self.problem_count += 1;
                if self.problems.len() < MAX_PROBLEMS {
                    self.problems.push(problem);
                }
            }
        }
    }
}

/// Returns true if taking back such an operation makes a file.
fn needs_source(operation: Operation) -> bool {
    match operation {
        Operation::Remove | Operation::Trash | Operation::HardLink | Operation::SymbolicLink => {
            true
        }
        Operation::Dedupe | Operation::Move | Operation::Undo(_) => false,
    }
}

/// Returns true if a file is still in the trash, from which it comes back as it
/// was.
fn is_in_trash<O: ContentOps>(ops: &O, entry: &Entry) -> bool {
    entry.operation == Operation::Trash
        && entry
            .names
            .iter()
            .all(|name| moved(ops, name, entry).is_ok())
        && transfer::crosses(ops, entry).is_ok_and(|crosses| !crosses)
}

fn first_path(entry: &Entry) -> PathBuf {
    let first = entry.names.first();
    first.map_or_else(PathBuf::new, |name| name.path.path().to_path_buf())
}

/// Examines all names of an entry. Directories that come back count as there.
fn find_occupants<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    directories: &Directories,
) -> Result<(), Problem> {
    for name in &entry.names {
        let check = || {
            match Place::open(ops, name.path.path()) {
                Err(Refusal::NoDirectory) if directories.bring_back(name.path.path()) => {}
                place => {
                    Occupant::find(ops, &place?, name, entry)?;
                }
            }
            if entry.operation == Operation::Move {
                moved(ops, name, entry)?;
            }
            Ok(())
        };
        check().map_err(|reason| Problem::new(name, reason))?;
    }
    Ok(())
}

/// Finds a moved file where it was moved to, with the size and the time that it
/// had.
fn moved<O: ContentOps>(ops: &O, name: &ActedName, entry: &Entry) -> Result<Place<O>, Refusal> {
    let destination = name.destination.as_ref().ok_or(Refusal::Moved)?;
    let place = Place::open(ops, destination.path())?;
    let found = place.stat(ops)?.ok_or(Refusal::Moved)?;
    let as_it_was = found.kind == FileKind::Regular
        && found.size == entry.stat.size
        && found.modified == entry.metadata.modified;
    if as_it_was {
        Ok(place)
    } else {
        Err(Refusal::Moved)
    }
}

#[cfg(test)]
pub(in crate::action) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transfer_tests;
