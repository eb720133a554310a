//! The journal of a run: opened before anything else, so that only one run acts
//! at a time and what an earlier one left is settled first.

use std::path::{Path, PathBuf};

use super::super::diagnostics::{Fatal, say, visible};
use super::super::resolve::Verbosity;
use crate::action::journal::{
    Entry, EntryId, Holder, Journal, JournalError, Run, RunId, StateChange, default_journal,
};
use crate::action::{self, Intents, Recovery};
use crate::config::ExcludedFile;
use crate::platform::{self, SystemFiles};

/// An open journal, whose leftovers are settled.
pub(super) struct Session {
    journal: Journal,
    command: Vec<String>,
}

/// A run of it that has begun.
pub(super) struct Started<'a> {
    session: &'a Session,
    id: RunId,
}

impl Session {
    /// Opens the journal, and settles what a run left that was ended in between.
    pub(super) fn open(journal: Option<&Path>, verbosity: Verbosity) -> Result<Self, Fatal> {
        let session = Self::open_only(journal)?;
        session.recover(verbosity)?;
        Ok(session)
    }

    /// Opens the journal.
    pub(super) fn open_only(journal: Option<&Path>) -> Result<Self, Fatal> {
        let words = std::env::args_os();
        let command: Vec<_> = words
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let path = match journal {
            Some(path) => path.to_path_buf(),
            None => {
                default_journal(|name| std::env::var_os(name)).map_err(|error| explained(&error))?
            }
        };
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

    /// Settles what a run left that was ended in between, and says so. Returns
    /// the number of files that could not be settled.
    pub(super) fn recover(&self, verbosity: Verbosity) -> Result<u64, Fatal> {
        let pending = self.journal.pending().map_err(|error| explained(&error))?;
        if pending.is_empty() {
            return Ok(0);
        }
        let mut intents = (&self.journal, RunId(0));
        let settled = action::recover(&SystemFiles, &pending, &mut intents)
            .map_err(|error| explained(&error))?;
        let mut left = 0;
        for one in settled {
            let run = one.entry.run;
            let path = visible(&one.path);
            let what = match one.how {
                Recovery::Complete => "it is done".to_owned(),
                Recovery::TakenBack => "it is as it was before".to_owned(),
                Recovery::Left { reason } => {
                    left += 1;
                    format!("it cannot be settled now: {reason}")
                }
            };
            if verbosity != Verbosity::Quiet {
                say(format_args!(
                    "nodupe: run {run} was ended in between: {path}: {what}"
                ));
            }
        }
        Ok(left)
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

    /// Ends it.
    pub(super) fn end(&self, freed: u64) -> Result<(), Fatal> {
        let ended = platform::clocks().0;
        let result = self.session.journal.update_run(self.id, |run| {
            run.ended = Some(ended);
            run.freed = Some(freed);
        });
        result.map_err(|error| explained(&error))
    }
}

/// The journal of a dry run, which intends nothing.
pub(super) struct Nowhere;

impl Intents for Nowhere {
    fn intend(&mut self, _: &[Entry]) -> Result<Vec<EntryId>, JournalError> {
        Err(JournalError::NoPlace)
    }

    fn settle(&mut self, _: &[StateChange]) -> Result<(), JournalError> {
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
        JournalError::Io { .. } => {
            fatal.hint("nothing is done without a journal: make room for it or use --journal FILE")
        }
        JournalError::NoRun { .. } => fatal.hint("nodupe history lists the runs"),
        _ => fatal,
    }
}
