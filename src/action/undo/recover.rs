//! What is left of an undo that was ended in between is finished or taken away.

use std::path::PathBuf;

use super::apply::{Dirs, Parts, move_name_back, put_others, settle, temporary_of};
use super::place::Place;
use super::{Problem, Refusal, UndoError, first_path, moved, transfer};
use crate::action::journal::{ActedName, Entry, Journal, Operation};
use crate::action::metadata::Unrestored;
use crate::action::restore::digest_of;
use crate::platform::ContentOps;
use crate::types::{FileKind, Timestamp};

/// What became of a file whose undo was ended in between.
#[derive(Debug)]
pub enum Recovery {
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
) -> Result<(), UndoError> {
    let mut changes = Vec::new();
    let mut results = Vec::new();
    for pending in journal.pending()? {
        let Operation::Undo(id) = pending.entry.operation else {
            continue;
        };
        let original = journal.entries(id.run, id.number, 1)?;
        let Some(original) = original.first().filter(|original| original.id == id) else {
            continue;
        };
        let result = examine(ops, &pending.entry, original.entry.operation);
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
            let is_kept_elsewhere = found.kind == FileKind::Symlink
                || found.links > 1
                || restored.is_some()
                || found.id.ino != entry.keeper_stat.id.ino;
            if !matches!(found.kind, FileKind::Regular | FileKind::Symlink) || !is_kept_elsewhere {
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
    for name in left {
        if let Err(reason) = move_name_back(ops, entry, name, dirs) {
            parts.missing.push(Problem::new(name, reason));
        }
    }
    Ok(Some(parts))
}
