//! `nodupe diff`: is everything in one directory also in another?

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use hashbrown::HashSet;

use super::args::DiffArgs;
use super::diagnostics::{Fatal, list_errors, say, scan_failed, visible};
use super::output::{Output, cannot_write};
use super::progress::Bars;
use super::resolve::{self, Verbosity};
use super::terminal::{Environment, output_size};
use super::value_enums::{DiffFormatChoice, SideChoice};
use super::{interrupt, time_zone};
use crate::config::{DirectoryNames, ScanConfig};
use crate::error::Error;
use crate::exit::Exit;
use crate::pipeline::{Scan, ScanResult};
use crate::platform;
use crate::report::diff::{
    Answer, DiffEntry, DiffFormat, DiffKind, DiffReport, DifferingPath, InBoth, SideReport, write,
    write_paths,
};
use crate::report::{Header, RenderOptions};
use crate::tree::{Diff, Entry, Kind, Side, Verdict};
use crate::types::FileKind;

/// Entries of a kind in the table, if nothing else is asked for.
const LIMIT: u64 = 50;

/// Compares the two directories.
pub(super) fn run(args: &DiffArgs) -> Result<Exit, Fatal> {
    let asked = &args.report;
    if asked.format == DiffFormatChoice::Paths0 && asked.only_in.is_none() {
        return Err(Fatal::new("--format paths0 needs --only-in")
            .hint("--only-in A lists what B does not have")
            .about(&["format"]));
    }
    if asked.format == DiffFormatChoice::Json && asked.only_in.is_some() {
        return Err(Fatal::new("--format json reports both sides")
            .hint("leave out --only-in; the document has only_in_a and only_in_b")
            .about(&["only-in"]));
    }
    let mut config = configured(args)?;
    check(&args.a, &args.b)?;
    platform::raise_descriptor_limit();
    config.execution.worker_program = platform::own_program().ok();
    let mut output = Output::open(
        asked
            .output
            .as_deref()
            .filter(|path| *path != Path::new("-")),
    )?;
    config.excluded_files.extend_from_slice(output.own_files());
    let (hash, execution) = (config.hash, config.execution.clone());
    let environment = Environment::read();
    let verbosity = resolve::verbosity(&args.running);
    let is_quiet = verbosity == Verbosity::Quiet;
    let mut bars = Bars::new(environment.wants_progress(is_quiet, io::stderr().is_terminal()));
    let scan = Scan::new(config);
    interrupt::watch(&scan, vec![output.leftover()]);
    let result = scan
        .on_progress(|progress| bars.update(progress))
        .run()
        .map_err(|error| scan_failed(error, &execution))?;
    bars.clear();
    let Some(diff) = result.diff().filter(|_| result.left_out().is_empty()) else {
        return Err(Fatal::new(
            "A and B are one directory, or one of them was left out",
        ));
    };
    if diff.is_nested() {
        return Err(nested(&args.a, &args.b));
    }
    let working_directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let report = report(args, &result, &diff, &working_directory, hash);
    let is_terminal = output.is_terminal();
    let render = RenderOptions {
        color: environment.wants_color(asked.color, is_terminal),
        width: is_terminal
            .then(output_size)
            .flatten()
            .map(|(width, _)| width),
        height: None,
    };
    let format = DiffFormat::from(asked.format);
    let written = match asked.only_in {
        Some(side) => {
            let entries = &report.sides[Side::from(side) as usize].only_entries;
            write_paths(format, &mut output, entries)
        }
        None => write(format, &mut output, &report, &render).map(|()| 0),
    };
    match written.and_then(|escaped| output.commit().map(|()| escaped)) {
        Ok(escaped) => {
            if !is_quiet {
                warn(&result, verbosity, escaped);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => return Err(cannot_write(asked.output.as_deref(), &error)),
    }
    Ok(Exit::of_diff(
        report.interrupted,
        report.answer == Answer::OnlyInA,
        report.answer == Answer::NotProved,
    ))
}

fn configured(args: &DiffArgs) -> Result<ScanConfig, Fatal> {
    if args.selection.follow_links {
        return Err(Fatal::new("nodupe diff does not follow symbolic links")
            .hint("leave out --follow-links: links are compared by their targets")
            .about(&["follow-links"]));
    }
    let mut config = ScanConfig::new([&args.a, &args.b]);
    let now = || time_zone::now(args.running.quiet);
    config.selection = resolve::selection(&args.selection, now)?;
    if config.selection.min_size == 1 {
        config.selection.min_size = 0;
    }
    config.hash = args.compare.hash.into();
    config.verify = args.compare.verify;
    resolve::set_running(&mut config, &args.running)?;
    config.directories = Some(DirectoryNames::Compared);
    config.names_left_out = true;
    Ok(config)
}

/// Checks that these are two directories, and that B does not go with A.
fn check(a: &Path, b: &Path) -> Result<(), Fatal> {
    for path in [a, b] {
        let stat = platform::stat_path(path, true).map_err(|source| Error::Root {
            path: path.to_owned(),
            source,
        })?;
        if stat.kind != FileKind::Directory {
            let fatal = Fatal::new(format!("{} is not a directory", visible(path)));
            return Err(fatal.hint("name the directory that it is in"));
        }
    }
    if let (Ok(real_a), Ok(real_b)) = (a.canonicalize(), b.canonicalize()) {
        if real_a == real_b {
            return Err(Fatal::new("A and B are one directory"));
        }
        if real_b.starts_with(&real_a) {
            return Err(nested(a, b));
        }
    }
    Ok(())
}

fn nested(a: &Path, b: &Path) -> Fatal {
    let (a, b) = (visible(a), visible(b));
    Fatal::new(format!("{b} lies inside {a}, so it cannot replace it"))
        .hint("A may lie inside B: then it is compared with everything else there")
}

fn report<'a>(
    args: &DiffArgs,
    result: &'a ScanResult,
    diff: &Diff<'_>,
    working_directory: &'a Path,
    hash: crate::config::HashAlgorithm,
) -> DiffReport<'a> {
    let lists_all = args.report.format == DiffFormatChoice::Json || args.report.only_in.is_some();
    let limit = match args.report.limit.unwrap_or(LIMIT) {
        _ if lists_all => usize::MAX,
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let mut in_both = Vec::new();
    let mut seen = HashSet::new();
    let mut sides = [SideReport::default(), SideReport::default()];
    for side in Side::BOTH {
        let found = &mut sides[side as usize];
        found.path = match side {
            Side::A => args.a.clone(),
            Side::B => args.b.clone(),
        };
        diff.each(side, &mut |entry| {
            count(found, entry, limit);
            if side == Side::A
                && args.report.format == DiffFormatChoice::Json
                && entry.verdict == Verdict::InBoth
                && let Some(file) = entry.file
                && seen.insert(diff.content_of(file))
            {
                let shared = diff.shared(file);
                in_both.push(InBoth {
                    digest: shared.digest,
                    size: shared.size,
                    paths: shared.paths,
                });
            }
        });
    }
    let is_complete = result.summary().complete && sides.iter().all(|side| side.unknown == 0);
    let only = sides[0].only.files + sides[0].only_others;
    let differing = diff.differing().iter().take(limit);
    DiffReport {
        header: Header {
            working_directory,
            roots: &[],
            project_file: None,
            hash,
        },
        answer: match (only, is_complete) {
            (0, true) => Answer::AllInB,
            (0, false) => Answer::NotProved,
            _ => Answer::OnlyInA,
        },
        interrupted: result.summary().interrupted,
        elapsed: result.summary().elapsed,
        in_both,
        differing: differing
            .map(|differing| DifferingPath {
                path: platform::os_str(&differing.path).into(),
                kinds: differing.kinds.map(kind),
            })
            .collect(),
        sides,
        errors: result.errors(),
    }
}

/// Counts an entry, and lists it if it is one of the first.
fn count(found: &mut SideReport, entry: &Entry<'_>, limit: usize) {
    let path = || PathBuf::from(platform::os_str(entry.path));
    let size = match entry.kind {
        Kind::File { size } => Some(size),
        _ => None,
    };
    if let Some(size) = size {
        found.files.add(size);
    }
    match entry.verdict {
        Verdict::InBoth => {
            if let Some(size) = size {
                found.shared.add(size);
            }
        }
        Verdict::OnlyHere => {
            match size {
                Some(size) => found.only.add(size),
                None => found.only_others += 1,
            }
            if found.only_entries.len() < limit {
                found.only_entries.push(DiffEntry {
                    path: path(),
                    what: kind(entry.kind),
                });
            }
        }
        Verdict::Unknown(reason) => {
            found.unknown += 1;
            if found.not_compared.len() < limit {
                found.not_compared.push((path(), reason));
            }
        }
    }
}

fn kind(kind: Kind<'_>) -> DiffKind {
    match kind {
        Kind::File { size } => DiffKind::File(size),
        Kind::Link { target } => DiffKind::Link(platform::os_str(target).into()),
        Kind::EmptyDirectory => DiffKind::EmptyDirectory,
        Kind::Directory => DiffKind::Directory,
        Kind::Special | Kind::LeftOut => DiffKind::Special,
    }
}

fn warn(result: &ScanResult, verbosity: Verbosity, escaped: u64) {
    let list = list_errors(result.errors(), verbosity == Verbosity::Verbose);
    for line in list.lines() {
        say(line);
    }
    if escaped > 0 {
        say(format_args!(
            "nodupe: {escaped} names have line breaks, which are escaped; use paths0 for exact names"
        ));
    }
}

impl From<SideChoice> for Side {
    fn from(side: SideChoice) -> Self {
        match side {
            SideChoice::A => Self::A,
            SideChoice::B => Self::B,
        }
    }
}
