//! The reports of subcommands that act on files: a record per file with what
//! was done to it, or why not.
//!
//! Files are written as they are acted on, so that a report that ends early
//! still says what was done.

mod history;
mod json;
mod jsonl;
mod plan;
mod record;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::RenderOptions;
use crate::error::ScanError;

pub(crate) use history::{HistoryEntry, UndoState, write_history};
pub(crate) use plan::{PlanTotals, PlannedGroup, write_directory_plan, write_plan};

/// The JSON Schema of the json report.
#[must_use]
pub(crate) fn schema() -> &'static str {
    include_str!("schema.json")
}

/// Formats of the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActFormat {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON record per line.
    Jsonl,
}

/// The words for one way to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Removes files.
    Remove,
    /// Moves files to the trash.
    Trash,
    /// Makes hard links.
    HardLink,
    /// Makes symbolic links.
    SymbolicLink,
    /// Shares blocks.
    Dedupe,
    /// Moves files.
    Move,
    /// Takes an earlier run back.
    Undo,
}

impl Verb {
    /// Its name in the JSON formats.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Trash => "trash",
            Self::HardLink => "hard-link",
            Self::SymbolicLink => "symbolic-link",
            Self::Dedupe => "dedupe",
            Self::Move => "move",
            Self::Undo => "undo",
        }
    }

    /// The word beside a path, before it is acted on.
    fn imperative(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Trash => "trash",
            Self::HardLink => "link",
            Self::SymbolicLink => "symlink",
            Self::Dedupe => "dedupe",
            Self::Move => "move",
            Self::Undo => "restore",
        }
    }

    /// The word beside a path that was acted on.
    pub(crate) fn past(self) -> &'static str {
        match self {
            Self::Remove => "removed",
            Self::Trash => "trashed",
            Self::HardLink => "linked",
            Self::SymbolicLink => "symlinked",
            Self::Dedupe => "deduped",
            Self::Move => "moved",
            Self::Undo => "restored",
        }
    }
}

/// The properties of a run that are known before it begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActHeader<'a> {
    /// The way to act.
    pub verb: Verb,
    /// True if nothing is changed.
    pub dry_run: bool,
    /// The directory that relative paths are relative to.
    pub working_directory: &'a Path,
    /// The run that is taken back.
    pub undoes: Option<u64>,
    /// The journal, if it is not the usual one.
    pub journal: Option<&'a Path>,
}

/// A file that was to be acted on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActedFile<'a> {
    /// The number of its group, from 0 on, if it is in one.
    pub group: Option<u64>,
    /// Its first name.
    pub path: &'a Path,
    /// Its other names, which are acted on too.
    pub hard_links: &'a [PathBuf],
    /// Its length in bytes.
    pub size: u64,
    /// The kept file that it was compared with.
    pub keeper: Option<&'a Path>,
    /// The path that it is moved to.
    pub destination: Option<&'a Path>,
    /// The result.
    pub result: ActedResult<'a>,
}

/// A redundant directory that was to be acted on as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActedDirectory<'a> {
    /// The number of its group, from 0 on.
    pub group: u64,
    /// Its path.
    pub path: &'a Path,
    /// The identical directory that stays.
    pub keeper: Option<&'a Path>,
    /// Number of files in it, at any depth.
    pub files: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// What stays of it; `None` if nothing does.
    pub remains: Option<ActedRemains<'a>>,
}

/// What stays of a directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActedRemains<'a> {
    /// True if nothing in it was acted on.
    pub is_whole: bool,
    /// The first path that stays.
    pub path: &'a Path,
    /// A short name of the reason.
    pub reason: &'static str,
    /// The reason, for people.
    pub message: &'a str,
}

/// Bytes that an act freed, and those that it did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FreedBytes {
    /// Freed.
    pub freed: u64,
    /// Not freed: clones or snapshots share them.
    pub shared: u64,
    /// Not freed: the file has other names.
    pub linked: u64,
}

impl std::ops::AddAssign for FreedBytes {
    fn add_assign(&mut self, other: Self) {
        self.freed = self.freed.saturating_add(other.freed);
        self.shared = self.shared.saturating_add(other.shared);
        self.linked = self.linked.saturating_add(other.linked);
    }
}

/// The outcome for a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ActedResult<'a> {
    /// It was acted on, or would have been.
    Done {
        /// The basis of the comparison.
        proof: Option<&'static str>,
        /// Bytes that this freed, or did not.
        freed: FreedBytes,
        /// A remark for people, if there is something to say.
        message: Option<&'a str>,
    },
    /// It was left as it is.
    Skipped {
        /// A short name of the reason.
        reason: &'static str,
        /// The reason, for people.
        message: &'a str,
    },
    /// The system refused an operation.
    Failed {
        /// A short name of the operation.
        reason: &'static str,
        /// The error, for people.
        message: &'a str,
    },
}

/// The sums over a run, known at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ActTotals {
    /// The number of the run in the journal.
    pub run: Option<u64>,
    /// Files that were acted on.
    pub done: u64,
    /// Files that were left as they are.
    pub skipped: u64,
    /// Files at which the system refused an operation.
    pub failed: u64,
    /// Directories that became empty and were removed.
    pub directories: u64,
    /// Redundant directories that were acted on as a whole.
    pub done_directories: u64,
    /// Those of which something stays.
    pub left_directories: u64,
    /// Bytes that were freed, and those that were not.
    pub freed: FreedBytes,
    /// Growth of the free space of the file systems in bytes, where known; other
    /// programs may have caused a part of it.
    pub gained: Option<i64>,
    /// True if the run was interrupted.
    pub interrupted: bool,
}

/// Writes a report while files are acted on.
pub(crate) trait ActWriter {
    /// Begins the report.
    ///
    /// # Errors
    ///
    /// Those of the output.
    fn begin(&mut self, header: &ActHeader<'_>) -> io::Result<()>;

    /// Adds a file. The files of a group come one after the other.
    ///
    /// # Errors
    ///
    /// Those of the output.
    fn file(&mut self, file: &ActedFile<'_>) -> io::Result<()>;

    /// Adds a redundant directory, after its files.
    ///
    /// # Errors
    ///
    /// Those of the output.
    fn directory(&mut self, directory: &ActedDirectory<'_>) -> io::Result<()>;

    /// Ends the report. `errors` are paths that the scan could not process.
    ///
    /// # Errors
    ///
    /// Those of the output.
    fn finish(&mut self, totals: &ActTotals, errors: &[ScanError]) -> io::Result<()>;
}

/// The lines of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// Every file.
    All,
    /// Every directory, and files that were not acted on.
    Directories,
    /// Only files and directories that were not acted on.
    Left,
}

/// The writer of a format.
pub(crate) fn writer<'a>(
    format: ActFormat,
    out: &'a mut dyn Write,
    render: RenderOptions,
    lists: Lists,
) -> Box<dyn ActWriter + 'a> {
    match format {
        ActFormat::Table => Box::new(table::Table::new(out, render, lists)),
        ActFormat::Json => Box::new(json::Json::new(out)),
        ActFormat::Jsonl => Box::new(jsonl::Jsonl::new(out)),
    }
}
