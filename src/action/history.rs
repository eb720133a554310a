//! The runs that the journal knows.

use super::journal::{Journal, JournalError, Run, RunId, StateCounts};

/// A run and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastRun {
    /// Its number.
    pub id: RunId,
    /// Its record.
    pub run: Run,
    /// Its files by state.
    pub counts: StateCounts,
    /// The part of it that can be taken back, as far as the journal tells: the files
    /// themselves are examined by [`super::undo::plan`].
    pub take_back: TakeBack,
}

/// The part of a run that can be taken back, as far as the journal tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakeBack {
    /// So many files.
    Files(u64),
    /// It was ended in between: what it left has to be recovered first.
    AfterRecovery,
    /// It was taken back.
    AlreadyUndone,
    /// It changed nothing.
    Nothing,
    /// It took this run back.
    IsUndo(RunId),
}

/// All runs of the journal, the oldest first.
///
/// # Errors
///
/// The journal's error.
pub(crate) fn history(journal: &Journal) -> Result<Vec<PastRun>, JournalError> {
    let mut past = Vec::new();
    for (id, run) in journal.runs()? {
        let counts = journal.counts(id)?;
        past.push(PastRun {
            id,
            take_back: take_back(run.undoes, counts),
            run,
            counts,
        });
    }
    Ok(past)
}

fn take_back(undoes: Option<RunId>, counts: StateCounts) -> TakeBack {
    if let Some(run) = undoes {
        TakeBack::IsUndo(run)
    } else if counts.intent > 0 {
        TakeBack::AfterRecovery
    } else if counts.done > 0 {
        TakeBack::Files(counts.done)
    } else if counts.undone > 0 {
        TakeBack::AlreadyUndone
    } else {
        TakeBack::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_tells_what_can_be_taken_back_of_it() {
        let counts = |intent, done, not_done, undone| StateCounts {
            intent,
            done,
            not_done,
            undone,
            freed: 0,
        };
        let rows = [
            (None, counts(0, 0, 0, 0), TakeBack::Nothing),
            (None, counts(0, 0, 3, 0), TakeBack::Nothing),
            (None, counts(0, 2, 3, 1), TakeBack::Files(2)),
            (None, counts(1, 2, 0, 0), TakeBack::AfterRecovery),
            (None, counts(0, 0, 1, 5), TakeBack::AlreadyUndone),
            (
                Some(RunId(4)),
                counts(0, 2, 0, 0),
                TakeBack::IsUndo(RunId(4)),
            ),
        ];
        for (undoes, counts, expected) in rows {
            assert_eq!(take_back(undoes, counts), expected, "{counts:?}");
        }
    }
}
