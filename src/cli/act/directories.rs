//! `--directories`: acts on whole redundant directories.

use std::cell::RefCell;

use super::execute::threads;
use super::plan::Plan;
use super::report::ActReport;
use crate::action::{ActionOptions, Intents, Remains, Run, RunError, WholeOutcome};
use crate::platform::{SystemFiles, os_str};
use crate::types::{CancelToken, ListedEntry, WholeDirectory};

/// Acts on the redundant directories of a plan, and reports files and directories.
///
/// # Errors
///
/// [`RunError`]: what was reported as done is done.
pub(super) fn run<J: Intents>(
    options: &ActionOptions,
    plan: &Plan,
    intents: &mut J,
    cancel: &CancelToken,
    report: &mut ActReport<'_>,
) -> Result<u64, RunError> {
    let Some(mut wholes) = plan.wholes() else {
        return Ok(0);
    };
    let report = RefCell::new(report);
    let mut each = |outcome| report.borrow_mut().outcome(outcome);
    let run = Run::new(&SystemFiles, options, intents, cancel, &mut each)?;
    let mut run = run.with_threads(threads());
    let mut surveyed = Vec::new();
    for at in 0..wholes.len() {
        if cancel.is_cancelled() {
            return Err(RunError::Interrupted);
        }
        let listed = wholes.listed(at);
        let looked = match protected(plan, &listed) {
            Some(remains) => Err(Box::new(WholeOutcome::left(&listed, remains))),
            None => run.survey(listed),
        };
        match looked {
            Ok(found) => surveyed.push((at, found)),
            Err(outcome) => {
                wholes.leave(at);
                report.borrow_mut().directory(&outcome);
            }
        }
    }
    let mut portion = Vec::new();
    let mut files = 0;
    let mut left = surveyed.into_iter().peekable();
    while let Some((at, found)) = left.next() {
        files += found.files();
        portion.push((found, wholes.contents(at)));
        if files < run.portion() as u64 && left.peek().is_some() {
            continue;
        }
        files = 0;
        let (outcomes, ended) = run.directories(&std::mem::take(&mut portion), plan.algorithm());
        for outcome in &outcomes {
            report.borrow_mut().directory(outcome);
        }
        ended?;
    }
    Ok(run.totals().directories)
}

/// The part of a directory that is to be kept whatever its copies.
fn protected(plan: &Plan, listed: &WholeDirectory) -> Option<Remains> {
    let entries = listed.directories.iter().flat_map(|dir| {
        let others = dir.entries.iter();
        let others = others.filter(|(_, entry)| *entry != ListedEntry::Directory);
        others.map(|(name, _)| dir.path.join(os_str(name)))
    });
    let mut kept = entries.filter(|path| plan.keeps(path));
    kept.next().map(|path| Remains {
        is_whole: true,
        path,
        reason: "protected",
        message: "it is to be kept".to_owned(),
    })
}
