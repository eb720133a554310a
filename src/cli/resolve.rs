//! From arguments to a plain job, or to a message that says what is wrong.
//!
//! A pure step: the clock and the content of the `--files-from` list are
//! handed in, and nothing is opened. Globs and expressions stay text; the
//! scan compiles them, and its error names them.

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

/// A scan and what becomes of its result.
#[derive(Debug)]
pub struct Job {
    /// What to scan.
    pub config: ScanConfig,
    /// How it is reported.
    pub report: Reporting,
}

/// What becomes of the result.
#[derive(Debug)]
pub struct Reporting {
    /// How the report is written.
    pub format: Format,
    /// Where to; `None` is standard output.
    pub output: Option<PathBuf>,
    /// The order of its groups.
    pub sort: SortKey,
    /// How many of them it shows at most.
    pub limit: usize,
    /// Whether groups are written while the scan runs.
    pub streams: bool,
    /// When to use colors.
    pub color: ColorChoice,
    /// What is said on standard error.
    pub talk: Talk,
}

/// What is said on standard error beside fatal errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// Nothing.
    Quiet,
    /// Progress and warnings.
    Normal,
    /// Also what was decided and why.
    Verbose,
}

/// The arguments that say what is scanned, and how.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Where.
    pub input: &'a InputArgs,
    /// Which files.
    pub selection: &'a SelectionArgs,
    /// Which groups.
    pub groups: &'a GroupArgs,
    /// How many copies there have to be.
    pub counts: &'a CountArgs,
    /// What content is compared by.
    pub compare: &'a CompareArgs,
    /// By whom.
    pub running: &'a RunArgs,
}

/// Works out what the arguments of a scan ask for. See [`config`].
pub fn resolve(
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
        report: reporting(&args.report, talk(&args.running)),
    })
}

/// Works out what is to be scanned. `now` tells the time, and is asked at
/// most once and only where it matters: to learn the local time zone means to
/// search the database of all of them. `list` is the content of the
/// `--files-from` list.
pub fn config(
    asked: Asked<'_>,
    now: impl FnOnce() -> Zoned,
    list: Option<&[u8]>,
) -> Result<ScanConfig, Fatal> {
    let mut config = inputs(asked.input, list)?;
    config.selection = selection(asked.selection, now)?;
    config.criteria = criteria(asked.groups, asked.counts)?;
    if asked.groups.across_roots && roots_of(&config) < 2 {
        return Err(
            Fatal::new("--across-roots needs at least two roots, and there is one")
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
    // With a list and no PATH the list is all there is, even if it is empty:
    // a `find` that matched nothing must not start a scan of everything.
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

/// How many roots `--across-roots` tells apart. A list is one.
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
            None => "empty files take part with --min-size 0",
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
pub fn extensions(given: &[String]) -> Result<Vec<String>, Fatal> {
    let bare = given.iter().map(|e| e.trim());
    let bare = bare.map(|e| e.strip_prefix('.').unwrap_or(e));
    bare.map(|extension| {
        // An empty one is a slip of the pen: to ignore it would select every
        // file where nothing else is listed.
        if extension.is_empty() || extension.contains(['/', '*']) {
            Err(
                Fatal::new(format!("--extension: {extension:?} is not an extension"))
                    .hint("write it bare, as in --extension jpg; for patterns there is --include"),
            )
        } else {
            Ok(extension.to_owned())
        }
    })
    .collect()
}

/// The options about how many copies there are.
const COUNTS: &[&str] = &["unique", "min-copies", "rf-under", "rf-over"];

fn criteria(args: &GroupArgs, counts: &CountArgs) -> Result<Criteria, Fatal> {
    let conflict = |one, other| {
        Fatal::new(format!("{one} and {other} cannot be used together"))
            .hint("each says how many copies there have to be; keep the one that is meant")
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
            "--across-roots asks for groups in two roots, so a single file cannot match",
        )
        .hint("leave out --across-roots, or ask for more copies")
        .about(&["across-roots", "unique", "rf-under"]));
    }
    // Asking only for "fewer than" means single files too, unless they could
    // not match anyway and would be carried along for nothing.
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
        return Err(Fatal::new("--walker native is only there on Linux")
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
    // What no process is there to obey would look as if it were in force.
    let never_processes = executor.is_some_and(|kind| kind != ExecutorKind::Process);
    if worker_memory.is_some() && never_processes {
        return Err(Fatal::new(
            "--worker-memory limits worker processes, and --executor asks for none",
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
        // Where it is, is a question to the system: see `scan`.
        worker_program: None,
    })
}

/// How many workers there are to be, if that is not to be measured.
pub fn workers(text: &str) -> Result<Option<NonZeroUsize>, Fatal> {
    if text == "auto" {
        return Ok(None);
    }
    match text.parse::<NonZeroUsize>() {
        Ok(number) if number.get() <= MAX_WORKERS => Ok(Some(number)),
        _ => Err(
            Fatal::new(format!("--workers: {text:?} is no number of workers"))
                .hint(format!("write auto, or a number from 1 to {MAX_WORKERS}")),
        ),
    }
}

/// What is said on standard error.
pub fn talk(args: &RunArgs) -> Talk {
    match (args.quiet, args.verbose) {
        (true, _) => Talk::Quiet,
        (false, true) => Talk::Verbose,
        (false, false) => Talk::Normal,
    }
}

fn reporting(args: &ReportArgs, talk: Talk) -> Reporting {
    let limit = args.limit.map_or(u64::MAX, std::num::NonZero::get);
    Reporting {
        format: args.format.into(),
        output: args.output.clone().filter(|file| file.as_os_str() != "-"),
        sort: args.sort.map_or_else(SortKey::default, SortKey::from),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        // An order and a limit are known to hold only at the end.
        streams: args.format == FormatChoice::Jsonl && args.sort.is_none() && args.limit.is_none(),
        color: args.color,
        talk,
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
