//! Runs the library on a plan, in the journal or as a dry run.

use super::super::diagnostics::Fatal;
use super::directories;
use super::plan::Plan;
use super::preview::Estimate;
use super::report::ActReport;
use super::session::{self, Nowhere, Session};
use crate::action::{ActionOptions, Intents, Run, RunError};
use crate::platform::{self, SystemFiles};
use crate::types::CancelToken;

/// The result of a run, beside the files in its report.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// The number of the run in the journal.
    pub(super) run: Option<u64>,
    /// Growth of the free space in bytes, where known.
    pub(super) gained: Option<i64>,
    /// Empty directories that were removed.
    pub(super) directories: u64,
    /// True if it was interrupted between two files.
    pub(super) interrupted: bool,
    /// The reasons why it is not complete.
    pub(super) problems: Vec<Fatal>,
}

/// Acts on the files of a plan, and reports each.
///
/// # Errors
///
/// If the run could not begin.
pub(super) fn execute(
    options: &ActionOptions,
    plan: &Plan,
    session: Option<&Session>,
    estimate: &Estimate,
    cancel: &CancelToken,
    report: &mut ActReport<'_>,
) -> Result<Ended, Fatal> {
    let mut ended = Ended::default();
    let result = match session {
        None => act(options, plan, &mut Nowhere, cancel, report),
        // A run that does nothing need not be taken back.
        Some(_) if estimate.totals.files == 0 => return Ok(ended),
        Some(session) => {
            let started = session.begin()?;
            ended.run = Some(started.id());
            let mut intents = started.intents();
            let result = act(options, plan, &mut intents, cancel, report);
            let gained = estimate.space.freed();
            ended.gained = gained.and_then(|bytes| i64::try_from(bytes).ok());
            ended.problems.extend(started.end(gained).err());
            result
        }
    };
    match result {
        Ok(directories) => ended.directories = directories,
        Err(RunError::Interrupted) => ended.interrupted = true,
        Err(error) => ended.problems.push(explained(&error)),
    }
    Ok(ended)
}

/// Returns the number of directories that were removed.
fn act<J: Intents>(
    options: &ActionOptions,
    plan: &Plan,
    intents: &mut J,
    cancel: &CancelToken,
    report: &mut ActReport<'_>,
) -> Result<u64, RunError> {
    if plan.has_directories() {
        return directories::run(options, plan, intents, cancel, report);
    }
    let mut each = |outcome| report.outcome(outcome);
    let run = Run::new(&SystemFiles, options, intents, cancel, &mut each)?;
    let totals = run.with_threads(threads()).run(plan.duplicates())?;
    Ok(totals.directories)
}

/// Threads that prove files and act on them. More than processors help where files
/// come from a disk, and only a few: a spinning disk has to seek between them.
pub(super) fn threads() -> usize {
    platform::processors().usable.clamp(2, 8)
}

fn explained(error: &RunError) -> Fatal {
    let fatal = Fatal::new(error.to_string());
    match error {
        RunError::Journal(error) => session::explained(error),
        RunError::Destination { .. } => fatal.hint("name a directory that exists"),
        RunError::NotProved => fatal.hint(
            "nodupe remove and nodupe move work here; link, dedupe and --trash are for Linux",
        ),
        RunError::Interrupted => fatal,
    }
}
