//! Turns arguments into a plain job, or into an error message.
//!
//! A pure step: the clock and the content of the `--files-from` list are passed
//! in, and nothing is opened. Globs and expressions stay text; the scan
//! compiles them, and its error names them.

use std::cell::LazyCell;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use jiff::Zoned;

use super::args::{
    CompareArgs, CountArgs, GroupArgs, InputArgs, ReportArgs, RunArgs, ScanArgs, SelectionArgs,
};
use super::diagnostics::Fatal;
use super::value_enums::{ColorChoice, FormatChoice, WalkerChoice};
use super::{files_from, values};
use crate::config::{
    Criteria, Execution, ExecutorKind, MAX_WORKERS, ScanConfig, Selection, SortKey,
};
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
    /// Maximum number of groups in the report.
    pub limit: usize,
    /// True if groups are written while the scan runs.
    pub streams: bool,
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

/// The arguments that configure the scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Where.
    pub input: &'a InputArgs,
    /// Which files.
    pub selection: &'a SelectionArgs,
    /// Which groups.
    pub groups: &'a GroupArgs,
    /// Limits on the number of copies.
    pub counts: &'a CountArgs,
    /// The hash algorithm.
    pub compare: &'a CompareArgs,
    /// By whom.
    pub running: &'a RunArgs,
}

/// Resolves the arguments of a scan. See [`config`].
pub(super) fn resolve(
    args: &ScanArgs,
    now: impl FnOnce() -> Zoned,
    list: Option<&[u8]>,
) -> Result<Job, Fatal> {
    let asked = Asked {
        input: &args.input,
        selection: &args.selection,
        groups: &args.groups,
        counts: &args.counts,
        compare: &args.compare,
        running: &args.running,
    };
    Ok(Job {
        config: config(asked, now, list)?,
        report: reporting(&args.report, verbosity(&args.running)),
    })
}

/// Resolves the configuration of a scan. `now` returns the time, and is called
/// at most once and only if needed: finding the local time zone searches the
/// database of time zones. `list` is the content of the `--files-from` list.
pub(super) fn config(
    asked: Asked<'_>,
    now: impl FnOnce() -> Zoned,
    list: Option<&[u8]>,
) -> Result<ScanConfig, Fatal> {
    let mut config = inputs(asked.input, list)?;
    config.selection = selection(asked.selection, now)?;
    config.criteria = criteria(asked.groups, asked.counts)?;
    if asked.groups.across_roots && roots_of(&config) < 2 {
        return Err(
            Fatal::new("--across-roots needs at least two roots, but there is only one")
                .hint("name two directories: nodupe scan A B --across-roots")
                .about(&["across-roots", "paths"]),
        );
    }
    config.hash = asked.compare.hash.into();
    config.verify = asked.compare.verify;
    config.hard_links = asked.groups.hard_links;
    running(asked.running, &mut config)?;
    Ok(config)
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

fn selection(args: &SelectionArgs, now: impl FnOnce() -> Zoned) -> Result<Selection, Fatal> {
    let now = LazyCell::new(now);
    let size = |option, text: &Option<String>, default| match text {
        Some(text) => values::size(text).map_err(|e| Fatal::new(format!("{option}: {e}"))),
        None => Ok(default),
    };
    let when = |option, text: &Option<String>| match text {
        Some(text) => values::when(text, &now)
            .map(Some)
            .map_err(|e| Fatal::new(format!("{option}: {e}"))),
        None => Ok(None),
    };
    let defaults = Selection::default();
    let selection = Selection {
        min_size: size("--min-size", &args.min_size, defaults.min_size)?,
        max_size: size("--max-size", &args.max_size, defaults.max_size)?,
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        include_regex: args.include_regex.clone(),
        exclude_regex: args.exclude_regex.clone(),
        extensions: extensions(&args.extension)?,
        max_depth: args.max_depth,
        hidden: !args.no_hidden,
        gitignore: args.gitignore,
        keeps_tracked: false,
        follow_links: args.follow_links,
        one_file_system: args.one_file_system,
        newer_than: when("--newer-than", &args.newer_than)?,
        older_than: when("--older-than", &args.older_than)?,
    };
    if selection.min_size > selection.max_size {
        return Err(Fatal::new(format!(
            "no file is at least {} and at most {} bytes long",
            selection.min_size, selection.max_size
        ))
        .hint(match args.min_size {
            Some(_) => "swap --min-size and --max-size?",
            None => "use --min-size 0 to include empty files",
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

/// Extensions as they are compared: without the dot, and without the spaces
/// around it that a list such as `jpg, png` has.
pub(super) fn extensions(given: &[String]) -> Result<Vec<String>, Fatal> {
    let bare = given.iter().map(|e| e.trim());
    let bare = bare.map(|e| e.strip_prefix('.').unwrap_or(e));
    bare.map(|extension| {
        // An empty extension is a mistake: ignoring it would select every file
        // if no other is listed.
        if extension.is_empty() || extension.contains(['/', '*']) {
            Err(
                Fatal::new(format!("--extension: {extension:?} is not an extension")).hint(
                    "write only the extension, as in --extension jpg; use --include for patterns",
                ),
            )
        } else {
            Ok(extension.to_owned())
        }
    })
    .collect()
}

/// The options for the number of copies.
const COUNTS: &[&str] = &["unique", "min-copies", "rf-under", "rf-over"];

fn criteria(args: &GroupArgs, counts: &CountArgs) -> Result<Criteria, Fatal> {
    let conflict = |one, other| {
        Fatal::new(format!("{one} and {other} cannot be used together"))
            .hint("each sets the number of copies; keep only one of them")
            .about(COUNTS)
    };
    let lower = match (args.min_copies, counts.rf_over) {
        (Some(_), Some(_)) => return Err(conflict("--min-copies", "--rf-over")),
        (Some(least), None) => Some(least.get()),
        (None, Some(over)) => Some(over.get().saturating_add(1)),
        (None, None) => None,
    };
    if counts.unique {
        let others = [
            (args.min_copies.is_some(), "--min-copies"),
            (counts.rf_under.is_some(), "--rf-under"),
            (counts.rf_over.is_some(), "--rf-over"),
        ];
        if let Some((_, other)) = others.into_iter().find(|(given, _)| *given) {
            return Err(conflict("--unique", other));
        }
    }
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
    let criteria = Criteria {
        min_copies: least,
        max_copies: upper.unwrap_or(u64::MAX),
        across_roots: args.across_roots,
    };
    if criteria.min_copies > criteria.max_copies {
        return Err(Fatal::new(format!(
            "no content has both at least {} and at most {} copies",
            criteria.min_copies, criteria.max_copies
        ))
        .hint("together, --rf-over 2 --rf-under 5 means 3 or 4 copies")
        .about(COUNTS));
    }
    Ok(criteria)
}

fn running(args: &RunArgs, config: &mut ScanConfig) -> Result<(), Fatal> {
    if args.walker == WalkerChoice::Native && !crate::platform::HAS_NATIVE_WALK {
        return Err(Fatal::new("--walker native is only available on Linux")
            .hint("leave it out: the portable walker finds the same files")
            .about(&["walker"]));
    }
    config.walker = args.walker.into();
    config.execution = execution(args)?;
    Ok(())
}

fn execution(args: &RunArgs) -> Result<Execution, Fatal> {
    let executor: Option<ExecutorKind> = args.executor.into();
    if args.executor_fallback && executor.is_none() && args.worker_memory.is_none() {
        return Err(Fatal::new(
            "--executor-fallback needs --worker-memory, or an --executor other than auto",
        )
        .hint("leave it out: auto uses another executor by itself if one cannot start")
        .about(&["executor-fallback", "executor"]));
    }
    let timeout = match &args.timeout {
        Some(text) => {
            Some(values::timeout(text).map_err(|e| Fatal::new(format!("--timeout: {e}")))?)
        }
        None => None,
    };
    let settle_time = match &args.settle_time {
        Some(text) => {
            Some(values::duration(text).map_err(|e| Fatal::new(format!("--settle-time: {e}")))?)
        }
        None => None,
    };
    let worker_memory = match &args.worker_memory {
        Some(text) => {
            let size = values::worker_memory(text);
            Some(size.map_err(|e| Fatal::new(format!("--worker-memory: {e}")))?)
        }
        None => None,
    };
    // A limit without worker processes would silently have no effect.
    let never_processes = executor.is_some_and(|kind| kind != ExecutorKind::Process);
    if worker_memory.is_some() && never_processes {
        return Err(Fatal::new(
            "--worker-memory limits worker processes, but --executor requests another kind",
        )
        .hint("use --executor process, or leave one of the two out")
        .about(&["worker-memory", "executor"]));
    }
    Ok(Execution {
        executor: if worker_memory.is_some() {
            Some(ExecutorKind::Process)
        } else {
            executor
        },
        fallback: args.executor_fallback,
        workers: workers(&args.workers)?,
        profile: args.profile.into(),
        task: args.task_type.into(),
        timeout,
        settle_time,
        worker_memory,
        // Its path has to be queried from the system: see `scan`.
        worker_program: None,
    })
}

/// Parses the number of workers; `None` means measured.
pub(super) fn workers(text: &str) -> Result<Option<NonZeroUsize>, Fatal> {
    if text == "auto" {
        return Ok(None);
    }
    match text.parse::<NonZeroUsize>() {
        Ok(number) if number.get() <= MAX_WORKERS => Ok(Some(number)),
        _ => Err(Fatal::new(format!(
            "--workers: invalid worker count {text:?}: must be 1 to {MAX_WORKERS} or auto"
        ))),
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

fn reporting(args: &ReportArgs, verbosity: Verbosity) -> Reporting {
    let limit = args.limit.map_or(u64::MAX, std::num::NonZero::get);
    Reporting {
        format: args.format.into(),
        output: args.output.clone().filter(|file| file.as_os_str() != "-"),
        sort: args.sort.map_or_else(SortKey::default, SortKey::from),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        // An order and a limit can only be applied at the end.
        streams: args.format == FormatChoice::Jsonl && args.sort.is_none() && args.limit.is_none(),
        color: args.color,
        verbosity,
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
