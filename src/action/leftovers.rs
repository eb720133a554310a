//! The one way to settle what ended runs left: acts, and undos of them.

use std::path::{Path, PathBuf};

use super::journal::{Journal, JournalError, Operation, RunId};
use super::recover::{Recovery, recover_acts};
use super::undo;
use crate::platform::ContentOps;
use crate::types::Timestamp;

/// The outcome for a file that a run left in between.
#[derive(Debug)]
pub(crate) enum Leftover {
    /// An act was ended.
    Act(Recovery),
    /// The undo of an act was ended.
    Undo(undo::Recovery),
}

/// Settles everything in the journal whose result is not known, and reports each
/// file with its path. What cannot be settled stays in the journal.
///
/// # Errors
///
/// The journal's. Files are whole then too.
pub(crate) fn recover<O: ContentOps>(
    ops: &O,
    journal: &Journal,
    now: Timestamp,
    report: &mut dyn FnMut(&Path, Leftover),
) -> Result<(), JournalError> {
    let pending = journal.pending()?;
    let is_undo = |operation| matches!(operation, Operation::Undo(_));
    let (undos, acts): (Vec<_>, Vec<_>) = pending
        .into_iter()
        .partition(|pending| is_undo(pending.entry.operation));
    if !acts.is_empty() {
        // The run is not used: each entry names its own.
        let mut intents = (journal, RunId(0));
        for settled in recover_acts(ops, &acts, &mut intents)? {
            report(&settled.path, Leftover::Act(settled.how));
        }
    }
    if !undos.is_empty() {
        let mut each = |path: PathBuf, how| report(&path, Leftover::Undo(how));
        undo::recover(ops, journal, now, &mut each)?;
    }
    undo::finish_directories(ops, journal, now)
}
