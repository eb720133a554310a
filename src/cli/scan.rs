//! `nodupe scan`: from the resolved job to the report and the exit status.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::args::ScanArgs;
use super::diagnostics::{Fatal, list_errors, list_skipped, say, scan_failed};
use super::output::{Output, cannot_write};
use super::progress::Bars;
use super::resolve::{Job, Reporting, Verbosity, resolve};
use super::settings::Settings;
use super::stream::Stream;
use super::terminal::{Environment, output_size};
use super::{cache, files_from, interrupt, panics, time_zone, verbose};
use crate::config::{Criteria, Execution, HashAlgorithm, ScanConfig};
use crate::error::ScanError;
use crate::exit::Exit;
use crate::pipeline::{Scan, ScanResult};
use crate::platform;
use crate::report::{self, Directories, Format, Header, RenderOptions, Report, Written};
use crate::types::{DirectoryGroup, Group, Summary};

/// By it, spreadsheets recognize UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Runs the scan that the arguments describe.
pub(super) fn run(args: &ScanArgs, settings: &Settings) -> Result<Exit, Fatal> {
    // Read while Ctrl-C still ends the program: nothing is confirmed while the
    // list is being typed.
    let list = match &args.scope.input.files_from {
        Some(file) => Some(files_from::read(file)?),
        None => None,
    };
    let Job { mut config, report } = resolved(args, list.as_deref(), settings)?;
    drop(list);
    platform::raise_descriptor_limit();
    // If it is unknown, there are no worker processes.
    config.execution.worker_program = platform::own_program().ok();
    config.cache = cache::configured(&args.scope.cache)?;
    let output = Output::open(report.output.as_deref())?;
    config.excluded_files.extend_from_slice(output.own_files());
    Run::new(&config, &report, settings, output).carry_out(config)
}

fn resolved(args: &ScanArgs, list: Option<&[u8]>, settings: &Settings) -> Result<Job, Fatal> {
    let job = resolve(args, || time_zone::now(args.running.quiet), list)?;
    if job.report.verbosity != Verbosity::Quiet {
        print_lines(settings.notes(false));
    }
    if job.report.verbosity == Verbosity::Verbose {
        panics::print_all();
        print_lines(settings.verbose_lines());
        print_lines(verbose::plan(&job));
    }
    Ok(job)
}

/// The parts of a run that are kept while the scan owns its configuration.
struct Run<'a> {
    asked: &'a Reporting,
    output: Output,
    bars: Bars,
    render: RenderOptions,
    working_directory: PathBuf,
    roots: Vec<PathBuf>,
    project_file: Option<&'a Path>,
    hash: HashAlgorithm,
    criteria: Criteria,
    execution: Execution,
    compares_directories: bool,
    finds_similar: bool,
    /// Listed groups in which `--keep newest` or `oldest` could not decide.
    keep_ties: u64,
}

/// The result of a scan and of writing its report.
type Ending = (ScanResult, io::Result<Written>);

impl<'a> Run<'a> {
    fn new(
        config: &ScanConfig,
        asked: &'a Reporting,
        settings: &'a Settings,
        output: Output,
    ) -> Self {
        let environment = Environment::read();
        let is_terminal = output.is_terminal();
        let is_watched = io::stderr().is_terminal();
        let is_quiet = asked.verbosity == Verbosity::Quiet;
        let size = is_terminal.then(output_size).flatten();
        Self {
            asked,
            output,
            bars: Bars::new(environment.wants_progress(is_quiet, is_watched)),
            render: RenderOptions {
                color: environment.wants_color(asked.color, is_terminal),
                width: size.map(|(width, _)| width),
                height: size
                    .map(|(_, height)| height)
                    .filter(|_| asked.limit.is_none()),
            },
            // Relative paths then stay relative to that directory.
            working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            roots: config
                .roots
                .iter()
                .chain(&config.references)
                .cloned()
                .collect(),
            project_file: settings.file.as_deref(),
            hash: config.hash,
            criteria: config.criteria(),
            execution: config.execution.clone(),
            compares_directories: config.directories.is_some(),
            finds_similar: config.similar.is_some(),
            keep_ties: 0,
        }
    }

    fn carry_out(mut self, config: ScanConfig) -> Result<Exit, Fatal> {
        let scan = Scan::new(config);
        interrupt::watch(&scan, vec![self.output.leftover()]);
        let ending = if self.asked.streams {
            self.stream(scan)?
        } else {
            self.write_at_end(scan)?
        };
        let (result, written) = ending;
        match written.and_then(|written| self.output.commit().map(|()| written)) {
            Ok(written) => {
                warn(self.asked.verbosity, &result, written);
                if self.asked.verbosity == Verbosity::Verbose {
                    print_lines(verbose::keep_ties(self.keep_ties));
                }
                Ok(status(result.summary(), result.errors()))
            }
            // The reader closed the pipe; errors of a scan that was stopped for
            // that do not count.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Complete),
            Err(error) => Err(cannot_write(self.asked.output.as_deref(), &error)),
        }
    }

    fn stream(&mut self, scan: Scan<'_>) -> Result<Ending, Fatal> {
        let bars = std::mem::replace(&mut self.bars, Bars::new(false));
        let header = Header {
            working_directory: &self.working_directory,
            roots: &self.roots,
            project_file: self.project_file,
            hash: self.hash,
        };
        let stream = Stream::begin(&header, &mut self.output, bars, scan.cancel_token())
            .map_err(|error| cannot_write(self.asked.output.as_deref(), &error))?;
        let asked = self.asked;
        let mut ties = 0;
        // Both hooks run on this thread, one after the other.
        let stream = RefCell::new(stream);
        let result = scan
            .on_progress(|progress| stream.borrow_mut().tick(progress))
            .on_group(|group| {
                ties += u64::from(group.keep_tie);
                if let Some(group) = asked.listed(group) {
                    stream.borrow_mut().group(&group);
                }
            })
            .run()
            .map_err(|error| scan_failed(error, &self.execution))?;
        let directories = result.directory_groups().iter().cloned();
        let directories = directories.filter_map(|group| asked.listed_directories(group));
        let finished = stream.into_inner().finish(
            result.summary(),
            &directories.collect::<Vec<_>>(),
            &result.similar_directories(),
            result.errors(),
        );
        self.keep_ties = ties;
        Ok((result, finished.map(|()| Written::default())))
    }

    fn write_at_end(&mut self, scan: Scan<'_>) -> Result<Ending, Fatal> {
        let bars = &mut self.bars;
        let result = scan
            .on_progress(|progress| bars.update(progress))
            .run()
            .map_err(|error| scan_failed(error, &self.execution))?;
        self.bars.clear();
        let limit = self.asked.limit.unwrap_or(usize::MAX);
        let directories = self.compares_directories.then(|| {
            let groups = result.directory_groups().iter().cloned();
            let groups = groups.filter_map(|group| self.asked.listed_directories(group));
            groups.take(limit).collect::<Vec<_>>()
        });
        let similar = self.finds_similar.then(|| {
            result
                .similar_directories()
                .into_iter()
                .take(limit)
                .collect::<Vec<_>>()
        });
        let folds_files = self.compares_directories && self.asked.format.folds_files();
        let page_directory = self.output.directory();
        let report = Report {
            header: Header {
                working_directory: &self.working_directory,
                roots: &self.roots,
                project_file: self.project_file,
                hash: self.hash,
            },
            criteria: self.criteria,
            summary: result.summary(),
            directories: directories.as_deref().map(|groups| Directories {
                groups,
                similar: similar.as_deref(),
                found: result.directory_groups().len() as u64,
                files_within: if folds_files {
                    result.groups_in_directories()
                } else {
                    0
                },
            }),
            errors: result.errors(),
            page_directory: page_directory.as_deref(),
        };
        let gone = match &directories {
            Some(groups) if self.asked.lists_paths_to_remove() => removed_with(groups),
            _ => HashSet::new(),
        };
        let sort = self.asked.sort;
        let groups: Box<dyn Iterator<Item = Group>> = if folds_files {
            Box::new(result.groups_outside_directories(sort))
        } else {
            Box::new(result.groups(sort))
        };
        let mut ties = 0;
        let mut groups = groups
            .inspect(|group| ties += u64::from(group.keep_tie))
            .filter_map(|group| self.asked.listed(group))
            .filter_map(|group| without(group, &gone))
            .take(limit);
        let out = &mut self.output;
        let mark = if self.asked.byte_order_mark {
            BYTE_ORDER_MARK
        } else {
            ""
        };
        let written = out.write_all(mark.as_bytes()).and_then(|()| {
            report::write(self.asked.format, out, &report, &mut groups, &self.render)
        });
        drop(groups);
        self.keep_ties = ties;
        Ok((result, written))
    }
}

impl Reporting {
    /// The part of a group that is listed.
    fn listed(&self, group: Group) -> Option<Group> {
        if self.redundant {
            group.without_kept()
        } else {
            Some(group)
        }
    }

    /// The part of a group of directories that is listed.
    fn listed_directories(&self, group: DirectoryGroup) -> Option<DirectoryGroup> {
        if self.redundant {
            group.without_kept()
        } else {
            Some(group)
        }
    }

    /// Returns true if the report is a list of paths to remove.
    fn lists_paths_to_remove(&self) -> bool {
        self.redundant && matches!(self.format, Format::Fdupes | Format::Paths0)
    }
}

/// The directories that are removed with the listed ones.
fn removed_with(groups: &[DirectoryGroup]) -> HashSet<PathBuf> {
    let all = groups.iter().flat_map(|group| &group.directories);
    all.map(|directory| directory.path.clone()).collect()
}

/// A group without the names that are in one of these directories; `None` if there
/// are no others.
fn without(mut group: Group, dirs: &HashSet<PathBuf>) -> Option<Group> {
    if dirs.is_empty() {
        return Some(group);
    }
    let is_outside = |name: &PathBuf| !name.ancestors().any(|dir| dirs.contains(dir));
    group.files.retain_mut(|file| {
        file.hard_links.retain(is_outside);
        if is_outside(&file.path) {
            return true;
        }
        if file.hard_links.is_empty() {
            return false;
        }
        file.path = file.hard_links.remove(0);
        true
    });
    (!group.files.is_empty()).then_some(group)
}

/// Prints the messages after the report.
fn warn(verbosity: Verbosity, result: &ScanResult, written: Written) {
    if verbosity == Verbosity::Quiet {
        return;
    }
    for line in list_skipped(result.left_out()).lines() {
        say(line);
    }
    for problem in result.keep_problems() {
        say(format_args!("nodupe: {problem}"));
    }
    cache::print_notes(result.summary().cache.as_ref());
    let list = list_errors(result.errors(), verbosity == Verbosity::Verbose);
    for line in list.lines() {
        say(line);
    }
    match written.escaped_names {
        0 => {}
        1 => say(
            "nodupe: 1 name has a line break, which is escaped; use paths0 or json for exact names",
        ),
        many => say(format_args!(
            "nodupe: {many} names have line breaks, which are escaped; use paths0 or json for exact names"
        )),
    }
    if result.summary().interrupted {
        say(match result.summary().totals.groups {
            0 => "nodupe: interrupted: no group is confirmed yet",
            _ => "nodupe: interrupted: the reported groups are confirmed, but there may be more",
        });
    }
    if verbosity == Verbosity::Verbose {
        print_lines(verbose::dangling(&result.dangling_links()));
        print_lines(verbose::outcome(result.summary()));
    }
}

fn print_lines(lines: Vec<String>) {
    for line in lines {
        say(format_args!("nodupe: {line}"));
    }
}

/// A scan with errors that it did not list is incomplete too.
fn status(summary: &Summary, errors: &[ScanError]) -> Exit {
    let missed = errors.len() as u64 + u64::from(!summary.complete);
    Exit::of_scan(summary.interrupted, missed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{FailureKind, Stage};
    use crate::types::{ExecutorSummary, Totals};
    use std::time::Duration;

    #[test]
    fn the_status_reflects_missed_paths() {
        let error = ScanError {
            path: PathBuf::from("p"),
            stage: Stage::Full,
            kind: FailureKind::Io,
            message: String::new(),
        };
        let table = [
            // complete, interrupted, errors
            (true, false, 0, Exit::Complete),
            (true, false, 1, Exit::Incomplete),
            (false, false, 1, Exit::Incomplete),
            (false, false, 0, Exit::Incomplete),
            (false, true, 0, Exit::Interrupted),
            (false, true, 2, Exit::Interrupted),
        ];
        for (complete, interrupted, errors, expected) in table {
            let summary = Summary {
                complete,
                interrupted,
                totals: Totals::default(),
                stages: Vec::new(),
                read_by_walk: 0,
                cache: None,
                executor: ExecutorSummary {
                    kind: "thread",
                    workers: 1,
                    task_type: "auto",
                    reason: String::new(),
                    replaced: 0,
                    startup: Duration::ZERO,
                    peak_memory: None,
                },
                elapsed: Duration::ZERO,
            };
            let errors = vec![error.clone(); errors];
            assert_eq!(status(&summary, &errors), expected, "{summary:?}");
        }
    }
}
