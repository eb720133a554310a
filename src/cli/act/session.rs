//! The journal of a run: opened before anything else, so that only one run acts
//! at a time and what an earlier one left is settled first.

use std::fmt;
use std::path::{Path, PathBuf};

use super::super::diagnostics::{Fatal, say, visible};
use super::super::resolve::Verbosity;
use super::question::Consent;
use super::undo::remarks;
use crate::action::journal::{
    DirectoryRecord, Entry, EntryId, Holder, Journal, JournalError, Run, RunId, StateChange,
    default_journal,
};
use crate::action::{self, Intents, Leftover, Recovery, undo};
use crate::config::ExcludedFile;
use crate::platform::{self, SystemFiles};

/// An open journal, whose leftovers are settled.
pub(super) struct Session {
    journal: Journal,
    command: Vec<String>,
}

/// The result of settling runs that were ended in between.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settled {
    /// Files that such runs left in an unknown state.
    pub(super) all: u64,
    /// Those of them whose state is still unknown.
    pub(super) left: u64,
}

/// Returns true if there is a journal.
pub(super) fn exists(journal: Option<&Path>) -> Result<bool, Fatal> {
    // Any doubt is told when it is opened.
    Ok(journal_path(journal)?.symlink_metadata().is_ok())
}

fn journal_path(journal: Option<&Path>) -> Result<PathBuf, Fatal> {
    match journal {
        Some(path) => Ok(path.to_path_buf()),
        None => default_journal(|name| std::env::var_os(name)).map_err(|error| explained(&error)),
    }
}

/// A run of it that has begun.
pub(super) struct Started<'a> {
    session: &'a Session,
    id: RunId,
}

impl Session {
    /// Opens the journal if something is to be done.
    pub(super) fn of(
        consent: Consent,
        journal: Option<&Path>,
        verbosity: Verbosity,
    ) -> Result<Option<Self>, Fatal> {
        match consent {
            Consent::DryRun => Ok(None),
            Consent::Given | Consent::Ask => Self::open(journal, verbosity).map(Some),
        }
    }

    /// Opens the journal, and settles what a run left that was ended in between.
    pub(super) fn open(journal: Option<&Path>, verbosity: Verbosity) -> Result<Self, Fatal> {
        let session = Self::open_only(journal)?;
        session.recover(verbosity)?;
        Ok(session)
    }

    /// Opens the journal.
    pub(super) fn open_only(journal: Option<&Path>) -> Result<Self, Fatal> {
        let words = std::env::args_os().skip(1);
        let words = words.map(|word| word.to_string_lossy().into_owned());
        let command: Vec<_> = std::iter::once("nodupe".to_owned()).chain(words).collect();
        let path = journal_path(journal)?;
        let holder = Holder {
            pid: std::process::id(),
            started: platform::clocks().0,
            command: command.clone(),
        };
        let journal = Journal::open(&path, &holder).map_err(|error| explained(&error))?;
        Ok(Self { journal, command })
    }

    /// The journal.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The files that must not be acted on.
    pub(super) fn own_files(&self) -> Vec<ExcludedFile> {
        let path = self.journal.path();
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        [path.to_path_buf(), PathBuf::from(lock)]
            .into_iter()
            .filter_map(|path| {
                let id = platform::stat_path(&path, true).ok()?.id;
                Some(ExcludedFile { id, path })
            })
            .collect()
    }

    /// Settles what a run left that was ended in between, and says so.
    pub(super) fn recover(&self, verbosity: Verbosity) -> Result<Settled, Fatal> {
        let mut settled = Settled::default();
        let mut tell = |path: &Path, what: Result<&str, &dyn fmt::Display>| {
            settled.all += 1;
            settled.left += u64::from(what.is_err());
            let path = visible(path);
            match what {
                _ if verbosity == Verbosity::Quiet => {}
                Ok(what) => say(format_args!("nodupe: recovered: {path}: {what}")),
                Err(reason) => {
                    say(format_args!(
                        "nodupe: cannot be recovered now: {path}: {reason}"
                    ));
                }
            }
        };
        let mut each = |path: &Path, how| match how {
            Leftover::Act(Recovery::Complete) => tell(path, Ok("it is done")),
            Leftover::Act(Recovery::TakenBack { copy: None }) => {
                tell(path, Ok("it is as it was before"));
            }
            Leftover::Act(Recovery::TakenBack { copy: Some(copy) }) => {
                let copy = visible(&copy);
                tell(
                    path,
                    Ok(&format!("it is as it was before; {copy} is a copy")),
                );
            }
            Leftover::Act(Recovery::Left { reason }) => tell(path, Err(&reason)),
            Leftover::Undo(undo::Recovery::Finished {
                unrestored,
                missing,
            }) => match remarks(&unrestored, &missing) {
                nothing if nothing.is_empty() => tell(path, Ok("it is restored")),
                remarks => tell(path, Ok(&format!("it is restored; {remarks}"))),
            },
            Leftover::Undo(undo::Recovery::TakenAway) => tell(path, Ok("it is not restored yet")),
            Leftover::Undo(undo::Recovery::Unclear(reason)) => tell(path, Err(&reason)),
        };
        let now = platform::clocks().0;
        action::recover(&SystemFiles, &self.journal, now, &mut each)
            .map_err(|error| explained(&error))?;
        Ok(settled)
    }

    /// The record of a run that begins now.
    pub(super) fn record(&self) -> Run {
        Run {
            command: self.command.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: platform::host_name(),
            started: platform::clocks().0,
            ended: None,
            undoes: None,
            freed: None,
        }
    }

    /// Begins a run.
    pub(super) fn begin(&self) -> Result<Started<'_>, Fatal> {
        let id = self.journal.begin_run(&self.record());
        Ok(Started {
            session: self,
            id: id.map_err(|error| explained(&error))?,
        })
    }
}

impl Started<'_> {
    /// Its number.
    pub(super) fn id(&self) -> u64 {
        self.id.0
    }

    /// The part of the journal that it writes.
    pub(super) fn intents(&self) -> (&Journal, RunId) {
        (&self.session.journal, self.id)
    }

    /// Ends it. `freed` are bytes that became free on its file systems.
    pub(super) fn end(&self, freed: Option<i128>) -> Result<(), Fatal> {
        let ended = platform::clocks().0;
        let result = self.session.journal.update_run(self.id, |run| {
            run.ended = Some(ended);
            run.freed = freed.map(|bytes| u64::try_from(bytes).unwrap_or(0));
        });
        result.map_err(|error| explained(&error))
    }
}

/// The journal of a dry run, which intends nothing.
pub(super) struct Nowhere;

impl Intents for Nowhere {
    fn advance(&mut self, _: &[StateChange], _: &[Entry]) -> Result<Vec<EntryId>, JournalError> {
        Err(JournalError::NoPlace)
    }

    fn intend_directories(&mut self, _: &[DirectoryRecord]) -> Result<(), JournalError> {
        Err(JournalError::NoPlace)
    }
}

/// The error for a journal that cannot be used.
pub(super) fn explained(error: &JournalError) -> Fatal {
    let fatal = Fatal::new(error.to_string());
    match error {
        JournalError::Busy { .. } => {
            fatal.hint("wait until it has ended; --dry-run needs no journal")
        }
        JournalError::Io { .. } => fatal
            .hint("nothing is changed without a journal: free some space, or use --journal FILE"),
        JournalError::NoRun { .. } => fatal.hint("nodupe history lists the runs"),
        _ => fatal,
    }
}
