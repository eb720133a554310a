//! `nodupe scan`: from the resolved job to the report and the exit status.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::args::ScanArgs;
use super::diagnostics::{Fatal, list_errors, list_left_out, not_carried_out, say};
use super::output::{Output, cannot_write};
use super::progress::Bars;
use super::resolve::{Job, Reporting, Talk, resolve};
use super::settings::Settings;
use super::stream::Stream;
use super::terminal::{Environment, output_width};
use super::{files_from, interrupt, panics, time_zone, verbose};
use crate::config::{Criteria, Execution, HashAlgorithm, ScanConfig};
use crate::error::ScanError;
use crate::exit::Exit;
use crate::pipeline::{Scan, ScanResult};
use crate::platform;
use crate::report::{self, Format, Header, Look, Report, Written};
use crate::types::Summary;

/// Runs the scan that the arguments ask for.
pub fn run(args: &ScanArgs, settings: &Settings) -> Result<Exit, Fatal> {
    // Read before Ctrl-C means anything but the end: nothing is confirmed
    // while somebody still types the list.
    let list = match &args.input.files_from {
        Some(file) => Some(files_from::read(file)?),
        None => None,
    };
    let Job { mut config, report } = resolved(args, list.as_deref(), settings)?;
    drop(list);
    platform::raise_descriptor_limit();
    // If it cannot be told, there will be no worker processes.
    config.execution.worker_program = platform::own_program().ok();
    let output = Output::open(report.output.as_deref())?;
    config.excluded_files.extend_from_slice(output.own_files());
    Run::new(&config, &report, settings, output).carry_out(config)
}

fn resolved(args: &ScanArgs, list: Option<&[u8]>, settings: &Settings) -> Result<Job, Fatal> {
    let job = resolve(args, || time_zone::now(args.running.quiet), list)?;
    if job.report.talk != Talk::Quiet {
        tell(settings.notes(false));
    }
    if job.report.talk == Talk::Verbose {
        panics::tell_all();
        tell(settings.told());
        tell(verbose::plan(&job));
    }
    Ok(job)
}

/// What a run holds on to while the scan has its configuration.
struct Run<'a> {
    asked: &'a Reporting,
    output: Output,
    bars: Bars,
    look: Look,
    working_directory: PathBuf,
    roots: Vec<PathBuf>,
    project_file: Option<&'a Path>,
    hash: HashAlgorithm,
    criteria: Criteria,
    execution: Execution,
}

/// What a scan came to, and whether its report could be written.
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
        let is_quiet = asked.talk == Talk::Quiet;
        Self {
            asked,
            output,
            bars: Bars::new(environment.wants_progress(is_quiet, is_watched)),
            look: Look {
                color: environment.wants_color(asked.color, is_terminal),
                width: if is_terminal { output_width() } else { None },
            },
            // Relative paths then stay what they are: relative to there.
            working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            roots: config
                .roots
                .iter()
                .chain(&config.references)
                .cloned()
                .collect(),
            project_file: settings.file.as_deref(),
            hash: config.hash,
            criteria: config.criteria,
            execution: config.execution.clone(),
        }
    }

    fn carry_out(mut self, config: ScanConfig) -> Result<Exit, Fatal> {
        let scan = Scan::new(config).brief(self.is_brief());
        interrupt::watch(&scan, vec![self.output.leftover()]);
        let ending = if self.asked.streams {
            self.stream(scan)?
        } else {
            self.write_at_end(scan)?
        };
        let (result, written) = ending;
        match written.and_then(|written| self.output.commit().map(|()| written)) {
            Ok(written) => {
                warn(self.asked.talk, &result, written);
                Ok(status(result.summary(), result.errors()))
            }
            // Whoever closed the pipe has seen enough, and errors of a scan
            // that was cut short for that are none.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Complete),
            Err(error) => Err(cannot_write(self.asked.output.as_deref(), &error)),
        }
    }

    /// Whether nobody is told what ran the scan.
    fn is_brief(&self) -> bool {
        let tells = matches!(self.asked.format, Format::Json | Format::Jsonl);
        !tells && self.asked.talk != Talk::Verbose
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
        // Both hooks run on this thread, one after the other.
        let stream = RefCell::new(stream);
        let result = scan
            .on_progress(|progress| stream.borrow_mut().beat(progress))
            .on_group(|group| stream.borrow_mut().group(&group))
            .run()
            .map_err(|error| not_carried_out(error, &self.execution))?;
        let finished = stream
            .into_inner()
            .finish(result.summary(), result.errors());
        Ok((result, finished.map(|()| Written::default())))
    }

    fn write_at_end(&mut self, scan: Scan<'_>) -> Result<Ending, Fatal> {
        let bars = &mut self.bars;
        let result = scan
            .on_progress(|progress| bars.update(progress))
            .run()
            .map_err(|error| not_carried_out(error, &self.execution))?;
        self.bars.clear();
        let report = Report {
            header: Header {
                working_directory: &self.working_directory,
                roots: &self.roots,
                project_file: self.project_file,
                hash: self.hash,
            },
            criteria: self.criteria,
            summary: result.summary(),
            errors: result.errors(),
        };
        let mut groups = result.groups(self.asked.sort).take(self.asked.limit);
        let out = &mut self.output;
        let written = report::write(self.asked.format, out, &report, &mut groups, &self.look);
        drop(groups);
        Ok((result, written))
    }
}

/// What is said after the report.
fn warn(talk: Talk, result: &ScanResult, written: Written) {
    if talk == Talk::Quiet {
        return;
    }
    for line in list_left_out(result.left_out()).lines() {
        say(line);
    }
    let list = list_errors(result.errors(), talk == Talk::Verbose);
    for line in list.lines() {
        say(line);
    }
    match written.escaped_names {
        0 => {}
        1 => say(
            "nodupe: 1 name has a line break, which is escaped; paths0 and json have it exactly",
        ),
        many => say(format_args!(
            "nodupe: {many} names have line breaks, which are escaped; paths0 and json have them exactly"
        )),
    }
    if result.summary().interrupted {
        say("nodupe: interrupted: what is reported is confirmed, but there may be more");
    }
    if talk == Talk::Verbose {
        tell(verbose::outcome(result.summary()));
    }
}

fn tell(lines: Vec<String>) {
    for line in lines {
        say(format_args!("nodupe: {line}"));
    }
}

/// A scan that missed something without naming it is not complete either.
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
    fn the_status_tells_whether_anything_was_missed() {
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
