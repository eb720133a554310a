//! `nodupe check`: from the arguments to the verdict, its reports and the
//! exit status.

mod baseline_file;
mod plan;
mod reports;
mod same;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::args::CheckArgs;
use super::diagnostics::{Fatal, list_errors, list_skipped, say, scan_failed};
use super::progress::Bars;
use super::resolve::Verbosity;
use super::settings::Settings;
use super::terminal::Environment;
use super::{cache, files_from, interrupt, panics, verbose};
use crate::check::{
    Baseline, BaselineUpdate, Copy, Coverage, Evaluator, IdenticalDirectories, PathState,
    ProjectPaths, Rules, Verdict,
};
use crate::config::{ScanConfig, SortKey};
use crate::error::ScanError;
use crate::exit::Exit;
use crate::git;
use crate::pipeline::{Scan, ScanResult};
use crate::platform;
use crate::report::check::CheckReport;
use crate::report::humanize::counted;
use crate::types::{FileKind, Summary};
use baseline_file::BaselineFile;
use plan::Plan;
use reports::Reports;

/// Runs the check that the arguments describe.
pub(super) fn run(args: &CheckArgs, settings: Settings) -> Result<Exit, Fatal> {
    // As for a scan: Ctrl-C still ends the program while a list is being typed.
    let list = match &args.scope.input.files_from {
        Some(file) => Some(files_from::read(file)?),
        None => None,
    };
    // Each pack of a repository stays open.
    platform::raise_descriptor_limit();
    let mut plan = Plan::make(args, settings, list.as_deref())?;
    drop(list);
    if plan.verbosity == Verbosity::Verbose {
        panics::print_all();
    }
    for line in plan.notes() {
        say(format_args!("nodupe: {line}"));
    }
    let mut places = ProjectPaths::new(&plan.root);
    let rules = Rules::new(std::mem::take(&mut plan.policy), places.root())?;
    // Resolving many listed paths takes time, and temporary files are only
    // removed from `carry_out` on.
    let roots = roots(&plan.config, &mut places);
    let references = references(&plan.config, &mut places);
    let mut baseline = BaselineFile::read(&plan)?;
    let reports = Reports::open(args, baseline.name())?;
    if plan.update_baseline {
        baseline.prepare(&plan)?;
    }
    plan.config.execution.worker_program = platform::own_program().ok();
    plan.config.cache = cache::configured(&args.scope.cache)?;
    let own = baseline.own_files().chain(reports.own_files());
    plan.config.excluded_files.extend(own);
    let check = Check {
        roots,
        references,
        follow_links: plan.config.selection.follow_links,
        plan,
        places,
        rules,
        baseline,
        reports,
    };
    check.carry_out()
}

/// The project paths of all scan roots.
fn roots(config: &ScanConfig, places: &mut ProjectPaths) -> Vec<PathBuf> {
    let roots = config.roots.iter().chain(&config.references);
    let all = roots.chain(&config.listed);
    all.map(|path| places.of_scanned(path)).collect()
}

fn references(config: &ScanConfig, places: &mut ProjectPaths) -> Vec<PathBuf> {
    let references = config.references.iter();
    references.map(|path| places.of_scanned(path)).collect()
}

struct Check {
    plan: Plan,
    places: ProjectPaths,
    rules: Rules,
    baseline: BaselineFile,
    reports: Reports,
    /// The project paths of the scan roots.
    roots: Vec<PathBuf>,
    /// Those of the references among them.
    references: Vec<PathBuf>,
    follow_links: bool,
}

impl Check {
    fn carry_out(mut self) -> Result<Exit, Fatal> {
        let config = self.plan.config.clone();
        let hash = config.hash;
        let scan = Scan::new(config);
        let leftovers = self.reports.leftovers().chain(self.baseline.leftover());
        interrupt::watch(&scan, leftovers.collect());
        let is_watched = io::stderr().is_terminal();
        let is_quiet = self.plan.verbosity == Verbosity::Quiet;
        let environment = Environment::read();
        let bars = Bars::new(environment.wants_progress(is_quiet, is_watched));
        let cancel = scan.cancel_token();
        let (result, mut verdict) = if self.plan.fail_fast {
            self.evaluate_during_scan(scan, bars)?
        } else {
            self.evaluate_after_scan(scan, bars)?
        };
        // A scan that was stopped because the verdict is clear does not count
        // as interrupted.
        let mut summary = result.summary().clone();
        summary.interrupted &= !verdict.stopped_early;
        let mut errors = self.placed(result.errors());
        let mut same = same::Compared::default();
        if !summary.interrupted && !verdict.stopped_early {
            let config = &self.plan.config;
            same = same::compare(&self.rules, &mut self.places, config, &cancel)
                .map_err(|error| scan_failed(error, &config.execution))?;
            same.errors
                .retain(|new| !errors.iter().any(|error| error.path == new.path));
            summary.interrupted |= same.interrupted;
            summary.complete &= !same.interrupted && same.errors.is_empty();
            summary.totals.errors += same.errors.len() as u64;
            errors.extend(same.errors.iter().cloned());
            errors.sort_unstable();
        }
        verdict.differences = same.differences;
        let baseline = self.places.of(self.baseline.name());
        let project_file = self.plan.project_file.as_deref();
        let project_file = project_file.map(|file| self.places.of(file));
        let report = CheckReport {
            verdict: &verdict,
            summary: &summary,
            errors: &errors,
            hash,
            root: self.places.root(),
            project_file: project_file.as_deref(),
            prefix: &self.plan.prefix,
            here: &self.plan.here,
            baseline: &baseline,
            tracked: &tracked(self.places.root(), &self.plan.here, &verdict),
            lists_all: self.plan.verbosity == Verbosity::Verbose,
        };
        if self.reports.write(&report, &environment)? == reports::Reader::Left {
            return Ok(status(&summary, &errors, &verdict));
        }
        self.warn(&result, &same.errors, &summary);
        Ok(status(&summary, &errors, &verdict))
    }

    /// Failed paths, in the form of the verdict's paths.
    fn placed(&mut self, errors: &[ScanError]) -> Vec<ScanError> {
        let mut errors = errors.to_vec();
        for error in &mut errors {
            error.path = self.places.of(&error.path);
        }
        errors.sort_unstable();
        errors
    }

    /// Evaluates groups as they are found, and ends the scan at the first one
    /// over a budget.
    fn evaluate_during_scan(
        &mut self,
        scan: Scan<'_>,
        mut bars: Bars,
    ) -> Result<(ScanResult, Verdict), Fatal> {
        let evaluate = Evaluator::new(&self.rules, self.baseline.accepted(), self.plan.changed());
        let evaluate = RefCell::new(evaluate);
        let execution = &self.plan.config.execution;
        let places = &mut self.places;
        let cancel = scan.cancel_token();
        let result = scan
            .on_progress(|progress| bars.update(progress))
            .on_group(|group| {
                let mut evaluate = evaluate.borrow_mut();
                if !evaluate.is_over() {
                    evaluate.consider(&group, places);
                    if evaluate.is_over() {
                        cancel.cancel();
                    }
                }
            })
            .run()
            .map_err(|error| scan_failed(error, execution))?;
        bars.clear();
        self.plan.changes_are_known()?;
        let evaluate = evaluate.into_inner();
        let verdict = if evaluate.is_over() {
            evaluate.stop()
        } else {
            self.conclude(evaluate, &result)
        };
        Ok((result, verdict))
    }

    fn evaluate_after_scan(
        &mut self,
        scan: Scan<'_>,
        mut bars: Bars,
    ) -> Result<(ScanResult, Verdict), Fatal> {
        let result = scan
            .on_progress(|progress| bars.update(progress))
            .run()
            .map_err(|error| scan_failed(error, &self.plan.config.execution))?;
        bars.clear();
        if self.plan.update_baseline {
            self.update_baseline(&result)?;
        }
        let mut evaluate =
            Evaluator::new(&self.rules, self.baseline.accepted(), self.plan.changed());
        let directories = result.directory_groups().iter();
        let directories = directories.map(|group| IdenticalDirectories {
            digest: group.digest,
            files: group.files,
            bytes: group.bytes,
            members: group
                .directories
                .iter()
                .map(|directory| self.places.of_scanned(&directory.path))
                .collect(),
        });
        let directories: Vec<_> = directories.collect();
        evaluate.allow(&directories);
        for group in result.groups(SortKey::Reclaimable) {
            evaluate.consider(&group, &mut self.places);
        }
        self.plan.changes_are_known()?;
        evaluate.fold(&directories);
        let verdict = self.conclude(evaluate, &result);
        Ok((result, verdict))
    }

    fn conclude(&self, evaluate: Evaluator<'_>, result: &ScanResult) -> Verdict {
        self.with_coverage(result, |coverage| evaluate.finish(coverage))
    }

    /// Passes the coverage of the scan to `then`.
    fn with_coverage<T>(&self, result: &ScanResult, then: impl FnOnce(&Coverage<'_>) -> T) -> T {
        let summary = result.summary();
        let inspect = |place: &Path| inspect(&self.places.root().join(place), self.follow_links);
        then(&Coverage {
            roots: &self.roots,
            references: &self.references,
            is_whole: summary.complete && !summary.interrupted && !self.plan.is_narrowed,
            inspect: &inspect,
        })
    }

    /// Writes the baseline anew.
    fn update_baseline(&mut self, result: &ScanResult) -> Result<(), Fatal> {
        if result.summary().interrupted {
            say("nodupe: interrupted: the baseline is unchanged");
            return Ok(());
        }
        let hash = self.plan.config.hash;
        let new = {
            let mut renewal = BaselineUpdate::new(&self.rules, self.baseline.accepted(), hash);
            for group in result.groups(SortKey::Path) {
                renewal.consider(&group, &mut self.places);
            }
            self.with_coverage(result, |coverage| renewal.finish(coverage))
        };
        let told = self.baseline.replace(new)?;
        if self.plan.verbosity != Verbosity::Quiet {
            say(format_args!("nodupe: {told}"));
        }
        Ok(())
    }

    /// Prints the messages after the report.
    fn warn(&self, result: &ScanResult, more: &[ScanError], summary: &Summary) {
        if self.plan.verbosity == Verbosity::Quiet {
            return;
        }
        cache::print_notes(result.summary().cache.as_ref());
        for line in list_skipped(result.left_out()).lines() {
            say(line);
        }
        for problem in result.keep_problems() {
            say(format_args!("nodupe: {problem}"));
        }
        let all = self.plan.verbosity == Verbosity::Verbose;
        let lists = [result.errors(), more].map(|errors| list_errors(errors, all));
        for line in lists.iter().flat_map(|list| list.lines()) {
            say(line);
        }
        if all {
            for line in verbose::dangling(&result.dangling_links()) {
                say(format_args!("nodupe: {line}"));
            }
        }
        if summary.interrupted {
            say("nodupe: interrupted: not every group was checked");
        }
    }
}

/// The new files that git tracks in the work tree of the project. None where a
/// `git rm` from the working directory would not reach them, or where the
/// repository cannot be read: then `rm` serves as well.
fn tracked(root: &Path, here: &Path, verdict: &Verdict) -> BTreeSet<PathBuf> {
    let findings = verdict.findings.iter();
    let names = findings.flat_map(|finding| {
        let is_dir = finding.directory_files.is_some();
        let names = finding.new_files().flat_map(Copy::names);
        names.map(move |name| (name, is_dir))
    });
    let mut names = names.peekable();
    let index = || {
        let repository = git::repository_around(root).ok()?;
        repository.check_trusted().ok()?;
        git::Index::of(&repository).ok()
    };
    let Some(top) = git::work_tree_around(root) else {
        return BTreeSet::new();
    };
    // The working directory is the project's root, in it, or between it and
    // the top.
    let prefix = root.strip_prefix(top).unwrap_or(root);
    if !(here.starts_with("..") || prefix.ends_with(here)) {
        return BTreeSet::new();
    }
    let (Some(_), Some(index)) = (names.peek(), index()) else {
        return BTreeSet::new();
    };
    let is_tracked = |(name, is_dir): &(&PathBuf, bool)| {
        // Without the slash at its end.
        let path: PathBuf = root.join(name).components().collect();
        let below = path.strip_prefix(top);
        below.is_ok_and(|below| index.tracks(&git::slashed(below), *is_dir))
    };
    let tracked = names.filter(is_tracked);
    tracked.map(|(name, _)| name.clone()).collect()
}

/// Inspects a path.
fn inspect(path: &Path, follow_links: bool) -> PathState {
    match platform::stat_path(path, follow_links) {
        Ok(stat) if stat.kind == FileKind::Regular => PathState::File(stat.size),
        Ok(_) => PathState::Other,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PathState::Nothing,
            _ => PathState::Unknown,
        },
    }
}

/// Errors that a scan counted without listing them count as well.
fn status(summary: &Summary, errors: &[ScanError], verdict: &Verdict) -> Exit {
    let is_cut = verdict.stopped_early;
    let missed = errors.len() as u64 + u64::from(!summary.complete && !is_cut);
    Exit::of_check(summary.interrupted, verdict.is_within(), missed)
}

/// Says what a baseline accepts.
fn described(baseline: &Baseline) -> String {
    let files = counted(baseline.files() as u64, "file", "files");
    let groups = counted(baseline.groups() as u64, "group", "groups");
    format!("{files}, {groups}")
}
