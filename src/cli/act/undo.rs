//! `nodupe undo`: says what cannot be taken back, asks, and takes the rest back.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::super::args::UndoArgs;
use super::super::diagnostics::{Fatal, say, visible, visible_text};
use super::super::output::Output;
use super::super::resolve::Verbosity;
use super::super::terminal::Environment;
use super::history::local_times;
use super::progress::ActBar;
use super::question::{self, Answer, Consent};
use super::report::{self, ActReport, Screen};
use super::session::{self, Session};
use super::signals::{Phase, Signals};
use crate::action::Unrestored;
use crate::action::journal::{Operation, RunId, State};
use crate::action::undo::{self, Conditions, Problem, UndoError, UndoPlan, Undone};
use crate::exit::Exit;
use crate::platform::{self, SystemFiles};
use crate::report::act::{ActTotals, ActedFile, ActedResult, FreedBytes, Lists, Verb};
use crate::report::humanize::{counted, size};
use crate::types::CancelToken;

/// Problems that are listed before the question at most: as many as fit on a
/// screen beside the rest.
const SHOWN: usize = 20;

/// Entries of the journal that are read at a time.
const PAGE: usize = 1000;

/// Runs `nodupe undo`.
pub(crate) fn run(args: &UndoArgs) -> Result<Exit, Fatal> {
    let verbosity = match args.quiet {
        true => Verbosity::Quiet,
        false => Verbosity::Normal,
    };
    let journal = args.consent.journal.journal.as_deref();
    if args.recover {
        return recover(args, verbosity);
    }
    if !session::exists(journal)? {
        return Err(explained(&UndoError::NoRun));
    }
    let consent = Consent::of(&args.consent)?;
    platform::raise_descriptor_limit();
    let session = match consent {
        Consent::DryRun => Session::open_only(journal)?,
        _ => Session::open(journal, verbosity)?,
    };
    let output = Output::open(args.result.output.as_deref())?;
    let signals = Signals::watch(&[output.leftover()]);
    let journal = session.journal();
    let run = match args.run {
        Some(run) => RunId(run),
        None => undo::latest(journal).map_err(|error| explained(&error))?,
    };
    let plan = undo::plan(&SystemFiles, journal, run).map_err(|error| explained(&error))?;
    let warns = plan.problem_count > 0 && verbosity != Verbosity::Quiet;
    if consent == Consent::Ask || (consent == Consent::Given && warns) {
        // The messages before the question are no report.
        let _ = io::stderr().lock().write_all(preview(&plan).as_bytes());
    }
    if consent == Consent::Ask && plan.files > 0 {
        let files = counted(plan.files, "file", "files");
        match question::put(&format!("Restore {files}?")) {
            Ok(Answer::Yes) => {}
            Ok(Answer::No) => return Err(Fatal::new("not confirmed: nothing was changed")),
            Err(error) => return Err(question::failed(&error)),
        }
    }
    let cancel = CancelToken::default();
    signals.enter(Phase::Acting(cancel.clone()));
    Undoing {
        args,
        consent,
        session: &session,
        plan,
        cancel,
    }
    .carry_out(output, verbosity)
}

/// Settles what a run left that was ended in between, and nothing else.
fn recover(args: &UndoArgs, verbosity: Verbosity) -> Result<Exit, Fatal> {
    if args.run.is_some() {
        return Err(Fatal::new("--recover and RUN cannot be used together")
            .hint("nodupe undo --recover settles what any run left"));
    }
    let journal = args.consent.journal.journal.as_deref();
    let found = match session::exists(journal)? {
        true => Session::open_only(journal)?.recover(verbosity)?,
        false => session::Settled::default(),
    };
    if found.all == 0 && verbosity != Verbosity::Quiet {
        say("nodupe: there is nothing to recover");
    }
    Ok(Exit::of_scan(false, found.left))
}

struct Undoing<'a> {
    args: &'a UndoArgs,
    consent: Consent,
    session: &'a Session,
    plan: UndoPlan,
    cancel: CancelToken,
}

impl Undoing<'_> {
    fn carry_out(self, mut output: Output, verbosity: Verbosity) -> Result<Exit, Fatal> {
        let environment = Environment::read();
        let is_quiet = verbosity == Verbosity::Quiet;
        let shows_bar = environment.wants_progress(is_quiet, io::stderr().is_terminal());
        let is_terminal = output.is_terminal();
        let color = environment.wants_color(self.args.result.color, is_terminal);
        let mut report = ActReport::begin(
            &mut output,
            self.args.result.format.into(),
            report::render(color),
            match self.consent {
                Consent::Ask => Lists::Left,
                Consent::Given | Consent::DryRun => Lists::All,
            },
            report::Header {
                verb: Verb::Undo,
                dry_run: self.consent == Consent::DryRun,
                undoes: Some(self.plan.run.0),
                journal: None,
            },
            Screen {
                bar: ActBar::new(shows_bar, self.plan.files + self.plan.shared),
                is_shared: is_terminal,
            },
            self.cancel.clone(),
        );
        let mut totals = ActTotals::default();
        let ended = match self.consent {
            Consent::DryRun => self.pretend(&mut report),
            Consent::Given | Consent::Ask => self.apply(&mut report, &mut totals),
        };
        let sums = report.totals();
        totals.done = sums.done;
        totals.skipped = sums.skipped;
        totals.failed = sums.failed;
        report.finish(&totals, &[])?;
        report::commit(output, self.args.result.output.as_deref())?;
        let is_whole = ended.map_err(|error| explained(&error))?;
        let missed = totals.skipped + totals.failed + u64::from(!is_whole);
        Ok(Exit::of_scan(totals.interrupted, missed))
    }

    /// Returns true if all files are as they were.
    fn apply(&self, report: &mut ActReport<'_>, totals: &mut ActTotals) -> Result<bool, UndoError> {
        let now = || platform::clocks().0;
        let conditions = Conditions {
            // They were told, and the rest was agreed to.
            despite_problems: true,
            now: &now,
            cancel: &self.cancel,
        };
        let mut is_whole = true;
        let mut each = |path: PathBuf, undone| is_whole &= tell(report, &path, &undone);
        let summary = undo::apply(
            &SystemFiles,
            self.session.journal(),
            &self.plan,
            &self.session.record(),
            &conditions,
            &mut each,
        )?;
        totals.run = summary.run.map(|run| run.0);
        totals.interrupted = summary.is_cancelled;
        Ok(is_whole && summary.unsettled == 0)
    }

    /// Reports what would be done.
    fn pretend(&self, report: &mut ActReport<'_>) -> Result<bool, UndoError> {
        let problems: HashSet<&Path> = self.plan.problems.iter().map(|p| &*p.path).collect();
        let mut from = 0;
        loop {
            let page = self.session.journal().entries(self.plan.run, from, PAGE)?;
            for recorded in &page {
                let entry = &recorded.entry;
                let names = entry.names.iter().map(|name| name.path.path());
                let names: Vec<PathBuf> = names.map(Path::to_path_buf).collect();
                let is_problem = names.iter().any(|name| problems.contains(&**name));
                let is_done = recorded.state == State::Done;
                let Some((first, others)) = names.split_first() else {
                    continue;
                };
                if is_problem || !is_done || entry.operation == Operation::Dedupe {
                    continue;
                }
                report.file(&ActedFile {
                    group: None,
                    path: first,
                    hard_links: others,
                    size: entry.stat.size,
                    keeper: Some(entry.keeper.path()),
                    destination: None,
                    result: done(None),
                });
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.id.number + 1,
                _ => break,
            }
        }
        for problem in &self.plan.problems {
            refused(report, &problem.path, &problem.reason);
        }
        Ok(self.plan.problem_count == self.plan.problems.len() as u64)
    }
}

fn done(message: Option<&str>) -> ActedResult<'_> {
    ActedResult::Done {
        proof: None,
        freed: FreedBytes::default(),
        message,
    }
}

fn refused(report: &mut ActReport<'_>, path: &Path, reason: &undo::Refusal) {
    let message = reason.to_string();
    let result = ActedResult::Skipped {
        reason: reason.name(),
        message: &message,
    };
    file(report, path, result);
}

fn file(report: &mut ActReport<'_>, path: &Path, result: ActedResult<'_>) {
    report.file(&ActedFile {
        group: None,
        path,
        hard_links: &[],
        size: std::fs::symlink_metadata(path).map_or(0, |meta| meta.len()),
        keeper: None,
        destination: None,
        result,
    });
}

/// Reports a file; returns true if it is as it was.
fn tell(report: &mut ActReport<'_>, path: &Path, undone: &Undone) -> bool {
    match undone {
        Undone::NothingToDo => true,
        Undone::Refused(reason) => {
            refused(report, path, reason);
            false
        }
        Undone::Restored {
            unrestored,
            missing,
        } => {
            let remark = remarks(unrestored, missing);
            file(report, path, done((!remark.is_empty()).then_some(&*remark)));
            remark.is_empty()
        }
    }
}

/// The parts that a restored file lacks; empty if it is as it was.
pub(super) fn remarks(unrestored: &[Unrestored], missing: &[Problem]) -> String {
    let unrestored = unrestored.iter().map(unrestored_text);
    let all: Vec<_> = unrestored.chain(missing.iter().map(missing_text)).collect();
    all.join("; ")
}

fn unrestored_text(part: &Unrestored) -> String {
    let aspect = &part.aspect;
    match part.reason.is_empty() {
        true => format!("its {aspect} is not as it was"),
        false => format!("its {aspect} is not as it was: {}", part.reason),
    }
}

fn missing_text(name: &Problem) -> String {
    format!(
        "its name {} is missing: {}",
        visible(&name.path),
        name.reason
    )
}

/// The acts of an undo; those that are impossible come first.
fn preview(plan: &UndoPlan) -> String {
    let mut text = String::new();
    for problem in plan.problems.iter().take(SHOWN) {
        let path = visible(&problem.path);
        text += &format!("nodupe: cannot be taken back: {path}: {}\n", problem.reason);
    }
    let more = plan.problem_count.saturating_sub(SHOWN as u64);
    if more > 0 {
        text += &format!("nodupe: ... and {more} more (--dry-run lists them)\n");
    }
    let command = visible_text(&plan.record.command.join(" "));
    let mut sums = vec![format!(
        "Run {} of {}: {command}\n{} to restore",
        plan.run,
        local_times()(plan.record.started),
        counted(plan.files, "file", "files")
    )];
    if plan.bytes > 0 {
        sums.push(format!("needs up to {}", size(plan.bytes)));
    }
    if plan.shared > 0 {
        sums.push(format!(
            "{} with shared blocks stay as they are",
            counted(plan.shared, "file", "files")
        ));
    }
    if plan.problem_count > 0 {
        let files = counted(plan.problem_count, "file", "files");
        sums.push(format!("{files} cannot be taken back"));
    }
    text + &sums.join(" · ") + "\n"
}

fn explained(error: &UndoError) -> Fatal {
    let fatal = Fatal::new(error.to_string());
    match error {
        UndoError::Journal(error) => session::explained(error),
        UndoError::NoRun => fatal.hint("nodupe history lists the runs"),
        UndoError::Interrupted { .. } => {
            fatal.hint("nodupe undo --recover says why that was not possible")
        }
        _ => fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_missing_are_named() {
        let part = Unrestored {
            aspect: crate::types::Aspect::Group,
            reason: "not permitted".to_owned(),
        };
        assert_eq!(
            unrestored_text(&part),
            "its group is not as it was: not permitted"
        );
    }
}
