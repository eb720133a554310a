//! Taking back the files of a plan.

use std::path::PathBuf;

use super::directories::Directories;
use super::place::{self, Occupant, Place};
use super::recover::examine;
use super::sources::{PAGE, Sources};
use super::transfer;
use super::{
    Problem, Refusal, UndoError, UndoPlan, find_occupants, first_path, is_in_trash, moved,
    needs_source,
};
use crate::action::journal::{
    ActedName, Entry, EntryId, Journal, Operation, Recorded, Run, RunId, State, StateChange,
};
use crate::action::metadata::Unrestored;
use crate::action::names::temporary_name;
use crate::action::restore::{self, NotMade, Wanted, digest_of};
use crate::action::trash;
use crate::platform::{ContentOps, bytes_of, os_str};
use crate::types::{CancelToken, FileId, Timestamp};

/// Files whose intents are written in one commit, and whose directories are made
/// durable together.
const BATCH: usize = 64;

/// The conditions of the undo of a run.
pub(crate) struct Conditions<'a> {
    /// Take back what can be taken back if a part cannot.
    pub despite_problems: bool,
    /// The clock.
    pub now: &'a dyn Fn() -> Timestamp,
    /// Ends it between two batches.
    pub cancel: &'a CancelToken,
}

/// The outcome for one file.
#[derive(Debug)]
pub(crate) enum Undone {
    /// It is as it was.
    Restored {
        /// Parts of the metadata that could not be set.
        unrestored: Vec<Unrestored>,
        /// Names that the file had and has not got back.
        missing: Vec<Problem>,
    },
    /// It shares its blocks with another file, and was a separate file all the
    /// time.
    NothingToDo,
    /// It is as the run left it.
    Refused(Refusal),
}

/// The outcome for a file, by the knowledge of it.
enum Outcome {
    /// Nothing was changed.
    Untouched(Undone),
    /// It is as it was, but for these parts.
    Whole(Parts),
    /// A step failed, after others that may have changed something.
    Failed(Refusal),
}

/// The parts that a restored file lacks.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Parts of the metadata that could not be set.
    pub(super) unrestored: Vec<Unrestored>,
    /// Names that it had and has not got back.
    pub(super) missing: Vec<Problem>,
}

impl Parts {
    /// Returns true if a system call failed for one of the names, which may
    /// succeed later: the entry must stay then.
    pub(super) fn can_be_completed(&self) -> bool {
        let mut reasons = self.missing.iter().map(|name| &name.reason);
        reasons.any(|reason| matches!(reason, Refusal::Io(_)))
    }
}

/// The result of taking back a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UndoSummary {
    /// The run that took back the other one.
    pub run: Option<RunId>,
    /// Files that are as they were.
    pub restored: u64,
    /// Files that there was nothing to do for.
    pub nothing_to_do: u64,
    /// Files that could not be taken back.
    pub refused: u64,
    /// Files of which it is not known what became of them: [`super::recover()`]
    /// has to examine them.
    pub unsettled: u64,
    /// True if it was ended between two files.
    pub is_cancelled: bool,
}

/// Takes back the files of a plan, the last one first, and reports each with its
/// path.
///
/// # Errors
///
/// [`UndoError::Problems`] if a file cannot be taken back and nobody asked to
/// take back the rest: nothing was changed then. The journal's error: what was
/// not recorded was not changed, or is found by [`super::recover()`].
pub(crate) fn apply<O: ContentOps>(
    ops: &O,
    journal: &Journal,
    plan: &UndoPlan,
    record: &Run,
    conditions: &Conditions<'_>,
    report: &mut dyn FnMut(PathBuf, Undone),
) -> Result<UndoSummary, UndoError> {
    if plan.problem_count > 0 && !conditions.despite_problems {
        return Err(UndoError::Problems {
            run: plan.run,
            count: plan.problem_count,
        });
    }
    let mut record = record.clone();
    record.undoes = Some(plan.run);
    let run = journal.begin_run(&record)?;
    let mut made = plan.directories.make_again(ops, report);
    let mut undo = Undo {
        ops,
        journal,
        plan,
        run,
        now: conditions.now,
        report,
        others: Sources::default(),
        summary: UndoSummary {
            run: Some(run),
            ..UndoSummary::default()
        },
    };
    // Backwards: what was done last may be in the way of what was done before.
    let mut end = journal.next_number(plan.run)?;
    while end > 0 {
        let start = end.saturating_sub(PAGE as u32);
        let mut page = journal.entries(plan.run, start, (end - start) as usize)?;
        page.retain(|recorded| recorded.state == State::Done && recorded.id.number < end);
        page.reverse();
        for batch in page.chunks(BATCH) {
            if conditions.cancel.is_cancelled() {
                undo.summary.is_cancelled = true;
                break;
            }
            undo.batch(batch)?;
        }
        if undo.summary.is_cancelled {
            break;
        }
        end = start;
    }
    let summary = undo.summary;
    if !summary.is_cancelled {
        plan.directories.bring_entries_back(ops, report);
    }
    plan.directories.take_away(ops);
    made.complete(ops, report);
    let ended = (conditions.now)();
    journal.update_run(run, |run| run.ended = Some(ended))?;
    Ok(summary)
}

struct Undo<'a, O: ContentOps> {
    ops: &'a O,
    journal: &'a Journal,
    plan: &'a UndoPlan,
    run: RunId,
    now: &'a dyn Fn() -> Timestamp,
    report: &'a mut dyn FnMut(PathBuf, Undone),
    /// Files of contents whose keeper proved to be of no use.
    others: Sources,
    summary: UndoSummary,
}

impl<O: ContentOps> Undo<'_, O> {
    fn batch(&mut self, batch: &[Recorded]) -> Result<(), UndoError> {
        let now = (self.now)();
        let intents: Vec<_> = batch.iter().map(|one| intent(one, now)).collect();
        let ids = self.journal.intend(self.run, &intents)?;
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut dirs = Dirs::default();
        for (original, intent) in batch.iter().zip(&intents) {
            outcomes.push(self.one(intent, original.entry.operation, &mut dirs));
        }
        // The intents stay: `recover` finds what is there.
        dirs.sync(self.ops).map_err(UndoError::Unsynced)?;
        let mut changes = Vec::new();
        for (at, outcome) in outcomes.iter_mut().enumerate() {
            let is_undone = match outcome {
                Outcome::Untouched(undone) => !matches!(undone, Undone::Refused(_)),
                Outcome::Whole(_) => true,
                Outcome::Failed(_) => {
                    match examine(self.ops, &intents[at], batch[at].entry.operation) {
                        Ok(Some(parts)) if parts.can_be_completed() => {
                            *outcome = Outcome::Whole(parts);
                            self.summary.unsettled += 1;
                            continue;
                        }
                        Ok(Some(parts)) => {
                            *outcome = Outcome::Whole(parts);
                            true
                        }
                        Ok(None) => false,
                        Err(_) => {
                            self.summary.unsettled += 1;
                            continue;
                        }
                    }
                }
            };
            settle(batch[at].id, ids[at], is_undone, &mut changes);
        }
        self.journal.change(&changes, (self.now)())?;
        for (intent, outcome) in intents.iter().zip(outcomes) {
            let undone = match outcome {
                Outcome::Untouched(undone) => undone,
                Outcome::Whole(parts) => Undone::Restored {
                    unrestored: parts.unrestored,
                    missing: parts.missing,
                },
                Outcome::Failed(refusal) => Undone::Refused(refusal),
            };
            match undone {
                Undone::Restored { .. } => self.summary.restored += 1,
                Undone::NothingToDo => self.summary.nothing_to_do += 1,
                Undone::Refused(_) => self.summary.refused += 1,
            }
            (self.report)(first_path(intent), undone);
        }
        Ok(())
    }

    fn one(&mut self, intent: &Entry, operation: Operation, dirs: &mut Dirs<O>) -> Outcome {
        let entry = Entry {
            operation,
            ..intent.clone()
        };
        if operation == Operation::Dedupe {
            return Outcome::Untouched(Undone::NothingToDo);
        }
        // A part of its names would be worse than what the plan said.
        let found = find_occupants(self.ops, &entry, &Directories::default());
        if let Err(problem) = found {
            return Outcome::Untouched(Undone::Refused(problem.reason));
        }
        let result = match needs_source(operation) {
            false => move_back(self.ops, &entry, dirs),
            true if is_in_trash(self.ops, &entry) => match move_back(self.ops, &entry, dirs) {
                // It was changed there.
                Err(Refusal::Moved) => self.make_again(&entry, dirs),
                moved => moved,
            },
            true => self.make_again(&entry, dirs),
        };
        match result {
            Ok(mut parts) if parts.can_be_completed() => {
                let last = parts.missing.pop();
                Outcome::Failed(last.map_or(Refusal::Changed, |last| last.reason))
            }
            Ok(parts) => Outcome::Whole(parts),
            Err(refusal) => Outcome::Failed(refusal),
        }
    }

    fn make_again(&mut self, entry: &Entry, dirs: &mut Dirs<O>) -> Restored {
        if let Some(source) = self.plan.sources.open(self.ops, entry, false) {
            let result = make_from(self.ops, entry, &source, dirs);
            if !matches!(result, Err(Refusal::NoSource)) {
                return result;
            }
        }
        // The size and the time of the keeper are as they were, and its bytes
        // are not.
        let searched = self.others.search_too(self.journal, entry.digest);
        searched.map_err(std::io::Error::other)?;
        let source = self.others.open(self.ops, entry, true);
        make_from(self.ops, entry, &source.ok_or(Refusal::NoSource)?, dirs)
    }
}

pub(super) type Restored = Result<Parts, Refusal>;

fn make_from<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    source: &O::File,
    dirs: &mut Dirs<O>,
) -> Restored {
    let first = entry.names.first().ok_or(Refusal::Changed)?;
    let place = Place::open(ops, first.path.path())?;
    let occupant = Occupant::find(ops, &place, first, entry)?;
    let temporary = temporary_of(first);
    let wanted = Wanted::of(entry);
    let made =
        restore::make(ops, source, wanted, &place.dir, temporary).map_err(|error| match error {
            NotMade::SourceDiffers => Refusal::NoSource,
            NotMade::Io(error) => error.into(),
        })?;
    let put = place::put(
        ops,
        &made.file,
        made.is_named,
        (&place.dir, &place.name),
        temporary,
        occupant,
    );
    if put.is_err() && made.is_named && occupant == Occupant::Vacant {
        ops.unlink(&place.dir, temporary)?;
    }
    dirs.add(place.dir);
    put?;
    let missing = put_others(ops, &made.file, entry, &entry.names[1..], dirs);
    Ok(Parts {
        unrestored: made.unrestored,
        missing,
    })
}

/// Gives a file its other names, and returns those that it did not get.
pub(super) fn put_others<O: ContentOps>(
    ops: &O,
    file: &O::File,
    entry: &Entry,
    names: &[ActedName],
    dirs: &mut Dirs<O>,
) -> Vec<Problem> {
    let mut missing = Vec::new();
    for name in names {
        let put = || {
            let place = Place::open(ops, name.path.path())?;
            let occupant = Occupant::find(ops, &place, name, entry)?;
            let at = (&place.dir, &*place.name);
            place::put(ops, file, false, at, temporary_of(name), occupant)?;
            Ok(place.dir)
        };
        match put() {
            Ok(dir) => dirs.add(dir),
            Err(reason) => missing.push(Problem::new(name, reason)),
        }
    }
    missing
}

fn move_back<O: ContentOps>(ops: &O, entry: &Entry, dirs: &mut Dirs<O>) -> Restored {
    if transfer::crosses(ops, entry)? {
        return transfer::transfer_back(ops, entry, dirs);
    }
    let mut missing = Vec::new();
    let mut proved = None;
    for name in &entry.names {
        if let Err(reason) = move_name_back(ops, entry, name, &mut proved, dirs) {
            missing.push(Problem::new(name, reason));
        }
    }
    if entry.operation == Operation::Trash {
        // A record without a file is shown by no desktop.
        let _ = trash::forget(ops, entry);
    }
    if missing.len() == entry.names.len() {
        return Err(missing.pop().map_or(Refusal::Moved, |last| last.reason));
    }
    Ok(Parts {
        unrestored: Vec::new(),
        missing,
    })
}

pub(super) fn move_name_back<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    name: &ActedName,
    proved: &mut Option<FileId>,
    dirs: &mut Dirs<O>,
) -> Result<(), Refusal> {
    let from = moved(ops, name, entry)?;
    let to = Place::open(ops, name.path.path())?;
    Occupant::find(ops, &to, name, entry)?;
    let before = ops.stat_name(&from.dir, &from.name)?;
    // Its time can be set back: its bytes tell.
    if *proved != Some(before.id) {
        let file = ops.open_file(&from.dir, &from.name)?;
        let digest = digest_of(ops, &file, entry.stat.size, entry.algorithm)?;
        if digest != Some(entry.digest) || ops.status(&file)?.stat.id != before.id {
            return Err(Refusal::Moved);
        }
        *proved = Some(before.id);
    }
    ops.rename((&from.dir, &from.name), (&to.dir, &to.name))?;
    if ops.stat_name(&to.dir, &to.name)?.id != before.id {
        // Another file had the name in between.
        ops.rename((&to.dir, &to.name), (&from.dir, &from.name))?;
        return Err(Refusal::Moved);
    }
    dirs.add(from.dir);
    dirs.add(to.dir);
    Ok(())
}

/// The intent to take back an entry.
fn intent(original: &Recorded, now: Timestamp) -> Entry {
    let mut entry = original.entry.clone();
    entry.operation = Operation::Undo(original.id);
    entry.time = now;
    for name in &mut entry.names {
        let temporary = name.path.path().with_file_name(os_str(&temporary_name()));
        name.temporary = Some(temporary.into());
    }
    entry
}

/// The temporary name of an intent, in the directory of the name.
pub(super) fn temporary_of(name: &ActedName) -> &[u8] {
    let temporary = name.temporary.as_ref();
    let file_name = temporary.and_then(|path| path.path().file_name());
    file_name.map_or(&[], bytes_of)
}

/// The new states of an entry and of the intent to take it back.
pub(super) fn settle(
    original: EntryId,
    undo: EntryId,
    is_undone: bool,
    changes: &mut Vec<StateChange>,
) {
    let change = |entry, state| StateChange {
        entry,
        state,
        freed: 0,
    };
    if is_undone {
        changes.push(change(original, State::Undone));
        changes.push(change(undo, State::Done));
    } else {
        changes.push(change(undo, State::NotDone));
    }
}

/// Directories that are to be made durable.
pub(super) struct Dirs<O: ContentOps>(Vec<O::Dir>);

impl<O: ContentOps> Default for Dirs<O> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<O: ContentOps> Dirs<O> {
    pub(super) fn add(&mut self, dir: O::Dir) {
        self.0.push(dir);
    }

    pub(super) fn sync(&self, ops: &O) -> std::io::Result<()> {
        let mut synced = Vec::new();
        for dir in &self.0 {
            let id = ops.dir_id(dir)?;
            if !synced.contains(&id) {
                ops.sync_dir(dir)?;
                synced.push(id);
            }
        }
        Ok(())
    }
}
