//! Turns arguments into a plain job, or into an error message.
//!
//! A pure step: the clock and the content of the `--files-from` list are passed
//! in, and nothing is opened. The values are parsed, and options that exclude
//! each other are rejected by then; what is left are ranges that are empty.

use std::cell::LazyCell;
use std::num::NonZeroU64;
use std::path::PathBuf;

use jiff::Zoned;

use super::args::{
    CountArgs, GroupArgs, InputArgs, ReportArgs, RunArgs, ScanArgs, ScopeArgs, SelectionArgs,
};
use super::diagnostics::Fatal;
use super::files_from;
use super::value_enums::{ColorChoice, FormatChoice, PresetChoice, WalkerChoice};
use super::values::{Glob, When};
use crate::config::{DirectoryNames, Execution, ExecutorKind, ScanConfig, Selection, SortKey};
use crate::report::Format;

/// A scan and the output of its result.
#[derive(Debug)]
pub(super) struct Job {
    /// The configuration of the scan.
    pub config: ScanConfig,
    /// The output options.
    pub report: Reporting,
}

/// Options for the output of the result.
#[derive(Debug)]
pub(super) struct Reporting {
    /// Report format.
    pub format: Format,
    /// Output file; `None` is standard output.
    pub output: Option<PathBuf>,
    /// The order of its groups.
    pub sort: SortKey,
    /// Maximum number of groups in the report, if it was given.
    pub limit: Option<usize>,
    /// True if groups are written while the scan runs.
    pub streams: bool,
    /// True if only redundant files are listed.
    pub redundant: bool,
    /// True if the report begins with a byte order mark.
    pub byte_order_mark: bool,
    /// When to use colors.
    pub color: ColorChoice,
    /// Verbosity of standard error.
    pub verbosity: Verbosity,
}

/// Verbosity of standard error beyond fatal errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verbosity {
    /// Nothing.
    Quiet,
    /// Progress and warnings.
    Normal,
    /// Also decisions and their reasons.
    Verbose,
}

/// Resolves the arguments of `nodupe scan`. See [`config`].
pub(super) fn resolve(
    args: &ScanArgs,
    now: impl FnOnce() -> Zoned,
    list: Option<&[u8]>,
) -> Result<Job, Fatal> {
    let mut config = config(&args.scope, &args.counts, &args.running, now, list)?;
    config.directories = args.directories.directories.then_some({
        if args.directories.ignore_names {
            DirectoryNames::Ignored
        } else {
            DirectoryNames::Compared
        }
    });
    config.similar = args.directories.similar;
    if args.report.redundant && config.max_copies == 1 {
        return Err(
            Fatal::new("--redundant: none of the files without a duplicate is redundant")
                .hint("leave out --redundant, or --unique or --rf-under 2")
                .about(&["redundant", "unique", "rf-under"]),
        );
    }
    Ok(Job {
        config,
        report: reporting(&args.report, verbosity(&args.running))?,
    })
}

/// Resolves the configuration of a scan. `now` returns the time, and is called
/// at most once and only if needed: finding the local time zone searches the
/// database of time zones. `list` is the content of the `--files-from` list.
pub(super) fn config(
    scope: &ScopeArgs,
    counts: &CountArgs,
    running: &RunArgs,
    now: impl FnOnce() -> Zoned,
    list: Option<&[u8]>,
) -> Result<ScanConfig, Fatal> {
    let mut config = inputs(&scope.input, list)?;
    config.selection = selection(&scope.selection, now)?;
    (config.min_copies, config.max_copies) = copies(&scope.groups, counts)?;
    config.across_roots = scope.groups.across_roots;
    if scope.groups.across_roots && roots_of(&config) < 2 {
        return Err(
            Fatal::new("--across-roots needs at least two roots, but there is only one")
                .hint("name two directories: nodupe scan A B --across-roots")
                .about(&["across-roots", "paths"]),
        );
    }
    config.keep = scope.keep.keep.clone();
    config.hash = scope.compare.hash.into();
    config.verify = scope.compare.verify;
    config.hard_links = scope.groups.hard_links;
    set_running(&mut config, running)?;
    Ok(config)
}

/// Sets how the work is done.
pub(super) fn set_running(config: &mut ScanConfig, running: &RunArgs) -> Result<(), Fatal> {
    if running.walker == WalkerChoice::Native && !crate::platform::HAS_NATIVE_WALK {
        return Err(Fatal::new("--walker native is only available on Linux")
            .hint("leave it out: the portable walker finds the same files")
            .about(&["walker"]));
    }
    config.walker = running.walker.into();
    config.execution = execution(running);
    Ok(())
}

fn inputs(args: &InputArgs, list: Option<&[u8]>) -> Result<ScanConfig, Fatal> {
    // With a list and no PATH only the list is scanned, even if it is empty: a
    // `find` that matched nothing must not start a scan of everything.
    let roots = if args.paths.is_empty() && list.is_none() {
        vec![PathBuf::from(".")]
    } else {
        args.paths.clone()
    };
    let mut config = ScanConfig::new(roots);
    config.listed = match list {
        Some(bytes) => files_from::parse(bytes, args.null)?,
        None => Vec::new(),
    };
    config.references = args.reference.clone();
    Ok(config)
}

/// Number of roots for `--across-roots`. A list counts as one.
fn roots_of(config: &ScanConfig) -> usize {
    config.roots.len() + config.references.len() + usize::from(!config.listed.is_empty())
}

/// The selection of files.
pub(super) fn selection(
    args: &SelectionArgs,
    now: impl FnOnce() -> Zoned,
) -> Result<Selection, Fatal> {
    let now = LazyCell::new(now);
    let time = |when: &Option<When>| when.as_ref().map(|when| when.timestamp(&now));
    let globs = |globs: &[Glob]| globs.iter().cloned().map(String::from).collect();
    let mut exclude: Vec<String> = globs(&args.exclude);
    let preset = args.preset.map_or(&[][..], PresetChoice::excluded);
    exclude.extend(preset.iter().map(ToString::to_string));
    let is_code = args.preset == Some(PresetChoice::Code);
    let selection = Selection {
        min_size: args.min_size,
        max_size: args.max_size.unwrap_or(u64::MAX),
        include: globs(&args.include),
        exclude,
        include_regex: args.include_regex.clone(),
        exclude_regex: args.exclude_regex.clone(),
        extensions: args.extension.clone(),
        max_depth: args.max_depth,
        hidden: !args.no_hidden,
        gitignore: args.gitignore || is_code && !args.no_gitignore,
        keeps_tracked: false,
        follow_links: args.follow_links,
        one_file_system: args.one_file_system,
        newer_than: time(&args.newer_than),
        older_than: time(&args.older_than),
    };
    if selection.min_size > selection.max_size {
        return Err(Fatal::new(format!(
            "no file is at least {} and at most {} bytes long",
            selection.min_size, selection.max_size
        ))
        .hint(match args.min_size {
            1 => "use --min-size 0 to include empty files",
            _ => "swap --min-size and --max-size?",
        })
        .about(&["min-size", "max-size"]));
    }
    match (selection.newer_than, selection.older_than) {
        (Some(newer), Some(older)) if newer >= older => Err(Fatal::new(format!(
            "no file is modified both at or after {newer} and before {older}"
        ))
        .hint("swap --newer-than and --older-than?")
        .about(&["newer-than", "older-than"])),
        _ => Ok(selection),
    }
}

/// The options for the number of copies.
const COUNTS: &[&str] = &["unique", "min-copies", "rf-under", "rf-over"];

/// The minimum and maximum number of copies.
fn copies(args: &GroupArgs, counts: &CountArgs) -> Result<(u64, u64), Fatal> {
    let over = counts.rf_over.map(|over| over.get().saturating_add(1));
    let lower = args.min_copies.map(NonZeroU64::get).or(over);
    let upper = match counts.rf_under {
        _ if counts.unique => Some(1),
        Some(under) if under.get() == 1 => {
            return Err(
                Fatal::new("--rf-under 1: no content has fewer copies than one")
                    .hint("--rf-under 2, or --unique, finds files without a duplicate")
                    .about(COUNTS),
            );
        }
        Some(under) => Some(under.get() - 1),
        None => None,
    };
    if args.across_roots && upper == Some(1) {
        return Err(Fatal::new(
            "--across-roots selects groups in two roots, so a single file cannot match",
        )
        .hint("leave out --across-roots, or ask for more copies")
        .about(&["across-roots", "unique", "rf-under"]));
    }
    // "Fewer than" alone includes single files, unless they cannot match and
    // would only be carried along.
    let least = match (lower, upper) {
        (Some(lower), _) => lower,
        (None, Some(_)) if !args.across_roots => 1,
        (None, _) => 2,
    };
    let most = upper.unwrap_or(u64::MAX);
    if least > most {
        return Err(Fatal::new(format!(
            "no content has both at least {least} and at most {most} copies"
        ))
        .hint("together, --rf-over 2 --rf-under 5 means 3 or 4 copies")
        .about(COUNTS));
    }
    Ok((least, most))
}

fn execution(args: &RunArgs) -> Execution {
    Execution {
        // Only processes have a limit of their own.
        executor: match args.worker_memory {
            Some(_) => Some(ExecutorKind::Process),
            None => args.executor.into(),
        },
        fallback: args.executor_fallback,
        workers: args.workers.0,
        profile: args.profile.into(),
        task: args.task_type.into(),
        timeout: args.timeout,
        settle_time: args.settle_time,
        worker_memory: args.worker_memory,
        // Its path has to be queried from the system: see `scan`.
        worker_program: None,
    }
}

/// Verbosity of standard error.
pub(super) fn verbosity(args: &RunArgs) -> Verbosity {
    match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    }
}

fn reporting(args: &ReportArgs, verbosity: Verbosity) -> Result<Reporting, Fatal> {
    if args.csv_bom && args.format != FormatChoice::Csv {
        return Err(Fatal::new("--csv-bom needs --format csv")
            .hint("leave it out: no other format begins with a byte order mark")
            .about(&["csv-bom", "format"]));
    }
    // 0 means all.
    let limit = args.limit.map(|limit| match limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    });
    Ok(Reporting {
        format: args.format.into(),
        redundant: args.redundant,
        byte_order_mark: args.csv_bom,
        output: args.output.clone().filter(|file| file.as_os_str() != "-"),
        sort: args.sort.map_or_else(SortKey::default, SortKey::from),
        limit,
        // An order and a limit can only be applied at the end.
        streams: args.format == FormatChoice::Jsonl
            && args.sort.is_none()
            && limit.is_none_or(|limit| limit == usize::MAX),
        color: args.color,
        verbosity,
    })
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
