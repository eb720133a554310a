//! The report of a run: from the library's outcomes to records.

use std::io::{self};
use std::path::{Path, PathBuf};

use super::super::diagnostics::Fatal;
use super::super::output::{Output, cannot_write};
use super::progress::ActBar;
use crate::action::journal::Proof;
use crate::action::{FileResult, Freed, Outcome, Remains, Skip, WholeOutcome};
use crate::error::ScanError;
use crate::report::RenderOptions;
use crate::report::act::{
    self, ActFormat, ActHeader, ActTotals, ActWriter, ActedDirectory, ActedFile, ActedRemains,
    ActedResult, FreedBytes, Lists, Verb,
};
use crate::types::{CancelToken, NotConfirmed};

/// The remark on a given file without a copy.
const NO_COPY: &str = "no copy of it was found among the other PATHs";

/// The facts known before the first file.
#[derive(Clone, Copy)]
pub(super) struct Header<'a> {
    pub(super) verb: Verb,
    pub(super) dry_run: bool,
    /// The run that is taken back.
    pub(super) undoes: Option<u64>,
    /// The journal, if it was given.
    pub(super) journal: Option<&'a Path>,
}

/// The terminal that a bar is shown on.
pub(super) struct Screen {
    pub(super) bar: ActBar,
    /// True if the report goes there too.
    pub(super) is_shared: bool,
}

/// The style of an output.
pub(super) fn render(color: bool) -> RenderOptions {
    RenderOptions {
        color,
        ..RenderOptions::default()
    }
}

/// A report as it grows.
pub(super) struct ActReport<'a> {
    writer: Box<dyn ActWriter + 'a>,
    here: PathBuf,
    screen: Screen,
    cancel: CancelToken,
    totals: ActTotals,
    needless: u64,
    failure: Option<io::Error>,
}

impl<'a> ActReport<'a> {
    /// Begins the report.
    pub(super) fn begin(
        output: &'a mut Output,
        format: ActFormat,
        render: RenderOptions,
        lists: Lists,
        header: Header<'_>,
        screen: Screen,
        cancel: CancelToken,
    ) -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let mut writer = act::writer(format, output, render, lists);
        let begun = writer.begin(&ActHeader {
            verb: header.verb,
            dry_run: header.dry_run,
            working_directory: &here,
            undoes: header.undoes,
            journal: header.journal,
        });
        let mut report = Self {
            writer,
            here,
            screen,
            cancel,
            totals: ActTotals::default(),
            needless: 0,
            failure: None,
        };
        report.keep(begun);
        report
    }

    /// Adds a file.
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        let Outcome {
            group,
            file,
            keeper,
            destination,
            result,
        } = outcome;
        if matches!(result, FileResult::Skipped(Skip::AlreadyShared)) {
            self.needless += 1;
        }
        let keeper = keeper.map(|keeper| self.shown(keeper, &file.path));
        let destination = destination.map(|to| self.shown(to, &file.path));
        let message;
        let result = match &result {
            FileResult::Done { proof, freed } => ActedResult::Done {
                proof: proof.map(proof_name),
                freed: freed_bytes(*freed),
                message: None,
            },
            FileResult::Skipped(skip) => {
                message = skip.to_string();
                ActedResult::Skipped {
                    reason: skip.name(),
                    message: &message,
                }
            }
            FileResult::Failed(failure) => {
                message = failure.to_string();
                ActedResult::Failed {
                    reason: failure.step.name(),
                    message: &message,
                }
            }
        };
        self.file(&ActedFile {
            group: Some(group as u64),
            path: &file.path,
            hard_links: &file.hard_links,
            size: file.size,
            keeper: keeper.as_deref(),
            destination: destination.as_deref(),
            result,
        });
    }

    /// Adds a redundant directory.
    pub(super) fn directory(&mut self, outcome: &WholeOutcome) {
        let WholeOutcome {
            group,
            path,
            keeper,
            files,
            bytes,
            remains,
        } = outcome;
        match remains {
            None => self.totals.done_directories += 1,
            Some(_) => self.totals.left_directories += 1,
        }
        let acted = ActedDirectory {
            group: *group as u64,
            path,
            keeper: keeper.as_deref(),
            files: *files,
            bytes: *bytes,
            remains: remains.as_ref().map(|remains| ActedRemains {
                is_whole: remains.is_whole,
                path: &remains.path,
                reason: remains.reason,
                message: &remains.message,
            }),
        };
        self.write(|writer| writer.directory(&acted));
    }

    /// Adds a directory of a report that is no copy of one that stays.
    pub(super) fn not_confirmed(&mut self, directory: &NotConfirmed) {
        self.directory(&WholeOutcome {
            group: directory.group,
            path: directory.path.clone(),
            keeper: directory.keeper.clone(),
            files: directory.files,
            bytes: directory.bytes,
            remains: Some(Remains {
                is_whole: true,
                path: directory.path.clone(),
                reason: directory.reason.name(),
                message: directory.reason.message().to_owned(),
            }),
        });
    }

    fn write(&mut self, write: impl FnOnce(&mut dyn ActWriter) -> io::Result<()>) {
        if self.failure.is_none() {
            let writer = &mut *self.writer;
            let written = match self.screen.is_shared {
                true => self.screen.bar.suspended(|| write(writer)),
                false => write(writer),
            };
            self.keep(written);
        }
    }

    /// Adds a given file of which no copy was found.
    pub(super) fn without_copy(&mut self, path: &Path) {
        let size = std::fs::metadata(path).map_or(0, |meta| meta.len());
        self.file(&ActedFile {
            group: None,
            path,
            hard_links: &[],
            size,
            keeper: None,
            destination: None,
            result: ActedResult::Skipped {
                reason: "no-copy",
                message: NO_COPY,
            },
        });
    }

    /// A real path in the form of the others.
    fn shown(&self, path: PathBuf, file: &Path) -> PathBuf {
        match path.strip_prefix(&self.here) {
            Ok(below) if file.is_relative() => match file.starts_with(".") {
                true => Path::new(".").join(below),
                false => below.to_path_buf(),
            },
            _ => path,
        }
    }

    /// Adds a file.
    pub(super) fn file(&mut self, file: &ActedFile<'_>) {
        match file.result {
            ActedResult::Done { freed, .. } => {
                self.totals.done += 1;
                self.totals.freed += freed;
            }
            ActedResult::Skipped { .. } => self.totals.skipped += 1,
            ActedResult::Failed { .. } => self.totals.failed += 1,
        }
        self.screen.bar.advance();
        self.write(|writer| writer.file(file));
    }

    /// A report that cannot be written ends the run: nobody would know what was
    /// done. A reader that closed the pipe does not.
    fn keep(&mut self, written: io::Result<()>) {
        if let Err(error) = written
            && self.failure.is_none()
        {
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.cancel.cancel();
            }
            self.failure = Some(error);
        }
    }

    /// The number of files that were left because nothing was to be done.
    pub(super) fn needless(&self) -> u64 {
        self.needless
    }

    /// The sums so far.
    pub(super) fn totals(&self) -> ActTotals {
        self.totals
    }

    /// Ends the report. That the reader closed the pipe is no error.
    pub(super) fn finish(mut self, totals: &ActTotals, errors: &[ScanError]) -> Result<(), Fatal> {
        self.screen.bar.clear();
        if self.failure.is_none() {
            let finished = self.writer.finish(totals, errors);
            self.keep(finished);
        }
        match self.failure {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(cannot_write(None, &error))
            }
            _ => Ok(()),
        }
    }
}

/// Writes what is pending of a report. That the reader closed the pipe is no error.
pub(super) fn commit(output: Output, file: Option<&Path>) -> Result<(), Fatal> {
    match output.commit() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_write(file, &error)),
        _ => Ok(()),
    }
}

/// The same for a report.
pub(super) fn freed_bytes(freed: Freed) -> FreedBytes {
    FreedBytes {
        freed: freed.bytes,
        shared: freed.shared,
        linked: freed.linked,
    }
}

fn proof_name(proof: Proof) -> &'static str {
    match proof {
        Proof::Lease => "lease",
        Proof::Times => "times",
        Proof::Kernel => "kernel",
    }
}
