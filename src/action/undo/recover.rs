//! Recovery of an interrupted undo: finishes its steps or removes what they left.

use std::path::PathBuf;

use super::apply::{Dirs, Parts, move_name_back, put_others, settle, temporary_of};
use super::place::Place;
use super::{Problem, Refusal, first_path, moved, transfer};
use crate::action::journal::{ActedName, Entry, Journal, JournalError, Operation};
use crate::action::metadata::Unrestored;
use crate::action::names::relative_target;
use crate::action::restore::digest_of;
use crate::action::trash;
use crate::platform::{ContentOps, bytes_of};
use crate::types::{FileKind, FileStat, Timestamp};

/// The outcome for a file whose undo was ended in between.
#[derive(Debug)]
pub(crate) enum Recovery {
    /// It is as it was before the run.
    Finished {
        /// Parts of the metadata that are not.
        unrestored: Vec<Unrestored>,
        /// Names that the file had and has not got back.
        missing: Vec<Problem>,
    },
    /// It is as the run left it, and can be taken back again.
    TakenAway,
    /// It is not certain: the entry stays as it is.
    Unclear(Refusal),
}

/// Finishes or takes away what an undo left that was ended in between, and
/// reports each file with its path. Entries of other operations are not touched.
///
/// # Errors
///
/// The journal's error.
pub(crate) fn recover<O: ContentOps>(
    ops: &O,
    journal: &Journal,
    now: Timestamp,
    report: &mut dyn FnMut(PathBuf, Recovery),
) -> Result<(), JournalError> {
    let mut changes = Vec::new();
    let mut results = Vec::new();
    for pending in journal.pending()? {
        let Operation::Undo(id) = pending.entry.operation else {
            continue;
        };
        let original = journal.entries(id.run, id.number, 1)?;
        let Some(original) = original.first().filter(|original| original.id == id) else {
            results.push((first_path(&pending.entry), Err(Refusal::Changed)));
            continue;
        };
        let result = examine(ops, &pending.entry, original.entry.operation);
        let result = result.and_then(|finished| match finished {
            Some(mut parts) if parts.can_be_completed() => Err(parts
                .missing
                .pop()
                .map_or(Refusal::Changed, |last| last.reason)),
            finished => Ok(finished),
        });
        if let Ok(finished) = &result {
            settle(id, pending.id, finished.is_some(), &mut changes);
        }
        results.push((first_path(&pending.entry), result));
    }
    journal.change(&changes, now)?;
    for (path, result) in results {
        let recovery = match result {
            Ok(Some(Parts {
                unrestored,
                missing,
            })) => Recovery::Finished {
                unrestored,
                missing,
            },
            Ok(None) => Recovery::TakenAway,
            Err(refusal) => Recovery::Unclear(refusal),
        };
        report(path, recovery);
    }
    Ok(())
}

/// Finishes an undo, or takes away what is left of it and returns `None`.
pub(super) fn examine<O: ContentOps>(
    ops: &O,
    intent: &Entry,
    operation: Operation,
) -> Result<Option<Parts>, Refusal> {
    let entry = Entry {
        operation,
        ..intent.clone()
    };
    let mut dirs = Dirs::default();
    let finished = match operation {
        // Nothing was to be done.
        Operation::Dedupe => Some(Parts::default()),
        Operation::Move => recover_move(ops, &entry, &mut dirs)?,
        Operation::Trash => {
            let made = recover_made(ops, &entry, &mut dirs)?;
            if made.is_some() {
                empty_trash(ops, &entry, &mut dirs)?;
            }
            made
        }
        _ => recover_made(ops, &entry, &mut dirs)?,
    };
    dirs.sync(ops)?;
    Ok(finished)
}

fn recover_made<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    dirs: &mut Dirs<O>,
) -> Result<Option<Parts>, Refusal> {
    // A name holds the new file if its content is right and it is not what
    // the run left there.
    let mut restored = None;
    let mut left = Vec::new();
    for name in &entry.names {
        match open_made(ops, name, entry)? {
            Some(file) => restored = restored.or(Some(file)),
            None => left.push(name.clone()),
        }
    }
    // What has a temporary name is the new file, or the spare of an exchange:
    // a name of the kept file, or a link to it.
    for name in &entry.names {
        let Place { dir, .. } = Place::<O>::open(ops, name.path.path())?;
        let spare = Place::<O> {
            dir,
            name: temporary_of(name).to_vec(),
        };
        if let Some(found) = spare.stat(ops)? {
            if !is_superfluous(ops, &spare, &found, entry, restored.is_some())? {
                return Err(Refusal::LastName);
            }
            ops.unlink(&spare.dir, &spare.name)?;
            dirs.add(spare.dir);
        }
    }
    let Some(file) = restored else {
        return Ok(None);
    };
    let missing = put_others(ops, &file, entry, &left, dirs);
    let differences = ops.metadata(&file)?.differences(&entry.metadata);
    let unrestored = differences.into_iter().map(|aspect| Unrestored {
        aspect,
        reason: String::new(),
    });
    Ok(Some(Parts {
        unrestored: unrestored.collect(),
        missing,
    }))
}

/// Returns true if nothing is lost with what has a temporary name. Somebody may
/// have put a file in the place of the link right before the exchange brought it
/// out, and then that is there.
fn is_superfluous<O: ContentOps>(
    ops: &O,
    spare: &Place<O>,
    found: &FileStat,
    entry: &Entry,
    is_restored: bool,
) -> Result<bool, Refusal> {
    Ok(match found.kind {
        FileKind::Symlink => {
            let target = relative_target(&ops.dir_path(&spare.dir)?, entry.keeper.path());
            entry.operation == Operation::SymbolicLink
                && ops.read_link(&spare.dir, &spare.name)? == bytes_of(target.as_os_str())
        }
        FileKind::Regular if found.links > 1 => true,
        // A name has the content; so this may go only if it has that too.
        FileKind::Regular if is_restored => {
            let file = ops.open_file(&spare.dir, &spare.name)?;
            let digest = digest_of(ops, &file, found.size, entry.algorithm)?;
            found.size == entry.stat.size && digest == Some(entry.digest)
        }
        FileKind::Regular if found.id.ino == entry.keeper_stat.id.ino => false,
        // No exchange took place: it is the new file, perhaps incomplete. It may
        // be the only copy by now.
        FileKind::Regular => {
            let keeper = Place::<O>::open(ops, entry.keeper.path())?;
            match keeper.stat(ops)? {
                Some(kept) if kept.kind == FileKind::Regular && kept.size == entry.stat.size => {
                    let file = ops.open_file(&keeper.dir, &keeper.name)?;
                    let digest = digest_of(ops, &file, kept.size, entry.algorithm)?;
                    digest == Some(entry.digest)
                }
                _ => false,
            }
        }
        _ => false,
    })
}

/// Opens the new file if a name holds it.
pub(super) fn open_made<O: ContentOps>(
    ops: &O,
    name: &ActedName,
    entry: &Entry,
) -> Result<Option<O::File>, Refusal> {
    let place = Place::open(ops, name.path.path())?;
    let Some(found) = place.stat(ops)? else {
        return Ok(None);
    };
    let is_keeper =
        entry.operation == Operation::HardLink && found.id.ino == entry.keeper_stat.id.ino;
    if found.kind != FileKind::Regular || found.size != entry.stat.size || is_keeper {
        return Ok(None);
    }
    let file = ops.open_file(&place.dir, &place.name)?;
    let digest = digest_of(ops, &file, entry.stat.size, entry.algorithm)?;
    Ok((digest == Some(entry.digest)).then_some(file))
}

/// Removes what a file that came back still has in the trash: other names of it,
/// and records.
fn empty_trash<O: ContentOps>(ops: &O, entry: &Entry, dirs: &mut Dirs<O>) -> Result<(), Refusal> {
    for name in &entry.names {
        let own = Place::open(ops, name.path.path())?.stat(ops)?;
        let Ok(place) = moved(ops, name, entry) else {
            continue;
        };
        let is_same = own
            .zip(place.stat(ops)?)
            .is_some_and(|(own, other)| own.id == other.id);
        if is_same {
            ops.unlink(&place.dir, &place.name)?;
            dirs.add(place.dir);
        }
    }
    // A record without a file is shown by no desktop.
    let _ = trash::forget(ops, entry);
    Ok(())
}

fn recover_move<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    dirs: &mut Dirs<O>,
) -> Result<Option<Parts>, Refusal> {
    transfer::settle_temporaries(ops, entry, dirs)?;
    // Renames are whole: each name is here or there. Only a copy is in both
    // places.
    let mut left = Vec::new();
    let mut is_twice = false;
    for name in &entry.names {
        let place = Place::open(ops, name.path.path())?;
        match place.stat(ops)? {
            Some(_) => {
                is_twice |= moved(ops, name, entry).is_ok();
                dirs.add(place.dir);
            }
            None => left.push(name),
        }
    }
    if is_twice {
        return transfer::finish(ops, entry, dirs);
    }
    if left.len() == entry.names.len() {
        return Ok(None);
    }
    let mut parts = Parts::default();
    let mut proved = None;
    for name in left {
        if let Err(reason) = move_name_back(ops, entry, name, &mut proved, dirs) {
            parts.missing.push(Problem::new(name, reason));
        }
    }
    Ok(Some(parts))
}
