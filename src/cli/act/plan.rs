//! The groups to act on, from a scan or from a report.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::super::args::{ActArgs, CountArgs};
use super::super::diagnostics::{Fatal, scan_failed};
use super::super::progress::Bars;
use super::super::resolve::{self, Verbosity};
use super::super::terminal::Environment;
use super::super::{cache, time_zone, verbose};
use super::marked::MarkedGroups;
use super::protect::Protection;
use super::signals::{Phase, Signals};
use crate::action::{Action, Duplicates};
use crate::config::{ExcludedFile, HashAlgorithm, ScanConfig, SortKey};
use crate::error::ScanError;
use crate::glob;
use crate::pipeline::{Scan, ScanResult};
use crate::platform::{self, StandardStream};
use crate::report::act::Verb;
use crate::report::session::Mark;
use crate::report::source::{self, Source, SourceError};
use crate::tree::{Confirmed, Wholes};
use crate::types::{
    DirectoryGroup, FileId, FileKind, FileRecord, Group, NotConfirmed, ProposedGroup,
};

/// Rejects arguments that cannot be used together. `selects` is true if some of
/// them select files or groups.
pub(in crate::cli) fn check(args: &ActArgs, selects: bool) -> Result<(), Fatal> {
    let input = &args.scope.input;
    let has_paths = !input.paths.is_empty() || input.files_from.is_some();
    match (&args.source.report, has_paths) {
        (None, false) => {
            return Err(Fatal::new("a PATH or --report FILE is missing")
                .hint("the current directory is never the default: write . to act on it"));
        }
        (Some(_), true) => {
            return Err(Fatal::new("--report and PATH cannot be used together")
                .hint("the report lists the files; --only-under DIR limits it to a directory"));
        }
        (Some(_), false) if selects => {
            return Err(Fatal::new(
                "--report cannot be used with options that select files or groups",
            )
            .hint("select when making the report: nodupe scan -f json -o FILE ..."));
        }
        _ => {}
    }
    if args.source.report.is_some() && !args.scope.keep.keep.is_empty() {
        return Err(Fatal::new("--report and --keep cannot be used together")
            .hint("the report says which files to keep: choose when making it, or edit it"));
    }
    if args.scope.groups.hard_links {
        return Err(Fatal::new("--hard-links is for nodupe scan")
            .hint("leave it out: all names of a file are acted on together"));
    }
    Ok(())
}

/// Reads a report; `-` is standard input.
pub(in crate::cli) fn read_report(file: &Path) -> Result<Source, Fatal> {
    let is_input = file.as_os_str() == OsStr::new("-");
    let stream = match is_input {
        true => Some(StandardStream::Input),
        false => StandardStream::named(file),
    };
    let here = std::env::current_dir().unwrap_or_default();
    let result = if let Some(fault) = stream.and_then(StandardStream::unusable_reason) {
        Err(SourceError::Io(io::Error::other(fault)))
    } else if is_input {
        source::read(io::stdin().lock(), &here)
    } else {
        let file = File::open(file).map_err(SourceError::Io);
        file.and_then(|file| source::read(file, &here))
    };
    result.map_err(|error| {
        let fatal = Fatal::new(format!("the report {}: {error}", file.display()));
        fatal.hint(match error {
            SourceError::Io(_) => "--report takes a file, or - for standard input",
            SourceError::NoDigest(_) => "leave out --unique, --rf-under and --rf-over",
            _ => "make it again: nodupe scan -f json -o FILE ...",
        })
    })
}

/// The report's own file, which is never acted on.
pub(in crate::cli) fn own_file(report: Option<&Path>) -> Option<ExcludedFile> {
    let path = report?;
    let id = platform::stat_path(path, true).ok()?.id;
    Some(ExcludedFile {
        id,
        path: path.to_path_buf(),
    })
}

/// The configuration of the scan.
pub(in crate::cli) fn config(
    args: &ActArgs,
    list: Option<&[u8]>,
    action: &Action,
    excluded: &[ExcludedFile],
) -> Result<ScanConfig, Fatal> {
    let now = || time_zone::now(args.running.quiet);
    let counts = CountArgs::default();
    let mut config = resolve::config(&args.scope, &counts, &args.running, now, list)?;
    // A setting for reports.
    config.hard_links = false;
    complete(&mut config, args, action, excluded)?;
    if *action == Action::Dedupe {
        // The kernel compares, so that the digest of the scan goes into the
        // journal: it has to be of bytes that were read now.
        config.cache = None;
    }
    Ok(config)
}

/// The groups of directories of a report.
pub(super) fn directory_groups(source: &Source) -> Result<&[ProposedGroup], Fatal> {
    source.directory_groups.as_deref().ok_or_else(|| {
        Fatal::new("the report has no groups of directories")
            .hint("make it with them: nodupe scan --directories -f json -o FILE ...")
    })
}

/// The configuration of the scan of the directories that a report lists. They are
/// compared with everything in them, whatever was selected when it was made.
pub(super) fn config_of_directories(
    args: &ActArgs,
    groups: &[ProposedGroup],
    action: &Action,
    excluded: &[ExcludedFile],
) -> Result<ScanConfig, Fatal> {
    let all = groups.iter().flat_map(|group| &group.directories);
    let all: BTreeSet<&Path> = all.map(|directory| directory.path.as_path()).collect();
    // Those in another one are found in that.
    let is_outer = |path: &&Path| !path.ancestors().skip(1).any(|above| all.contains(above));
    let listed = all.iter().copied().filter(is_outer);
    let mut config = ScanConfig {
        // A missing one does not end the scan, and a link in its place is not followed.
        listed: listed.map(Path::to_path_buf).collect(),
        hash: args.scope.compare.hash.into(),
        verify: args.scope.compare.verify,
        ..ScanConfig::new(Vec::<PathBuf>::new())
    };
    resolve::set_running(&mut config, &args.running)?;
    complete(&mut config, args, action, excluded)?;
    Ok(config)
}

fn complete(
    config: &mut ScanConfig,
    args: &ActArgs,
    action: &Action,
    excluded: &[ExcludedFile],
) -> Result<(), Fatal> {
    config.execution.worker_program = platform::own_program().ok();
    config.cache = cache::configured(&args.scope.cache)?;
    config.excluded_files.extend_from_slice(excluded);
    if let Action::Move { to } = action {
        // What was moved there before is neither redundant nor a copy to keep.
        let to = std::fs::canonicalize(to).unwrap_or_else(|_| to.clone());
        config.selection.exclude.push(glob::escaped(&to));
    }
    Ok(())
}

/// The device and inode of a file that another machine put into a plan. If it is no
/// longer as it was indexed they stay unknown, and it is left alone like any file that
/// changed.
pub(in crate::cli) fn identity(file: &FileRecord) -> Option<FileId> {
    let stat = platform::stat_path(&file.path, false).ok()?;
    let is_as_indexed = stat.kind == FileKind::Regular
        && (stat.size, stat.modified, stat.changed) == (file.size, file.modified, file.changed);
    is_as_indexed.then_some(stat.id)
}

/// The groups to act on.
pub(super) struct Plan {
    from: From,
    protection: Protection,
    roots: Vec<PathBuf>,
    /// Given files of which no copy was found.
    without_copy: Vec<PathBuf>,
    /// The groups of directories that a report lists, as they are now.
    confirmed: Option<Confirmed>,
}

enum From {
    Scan {
        result: Box<ScanResult>,
        hash: HashAlgorithm,
    },
    /// The mark of the act.
    Report(Source, Mark),
    Review {
        groups: Vec<Group>,
        hash: HashAlgorithm,
    },
}

impl Plan {
    /// The groups of a report: files that are marked for another act are left out.
    pub(super) fn of_report(mut source: Source, protection: Protection, verb: Verb) -> Self {
        let mark = match verb {
            Verb::HardLink | Verb::SymbolicLink => Mark::Link,
            Verb::Dedupe => Mark::Dedupe,
            Verb::Move => Mark::Move,
            Verb::Remove | Verb::Trash | Verb::Undo => Mark::Remove,
        };
        source.identify(identity);
        Self {
            roots: source.roots.clone(),
            from: From::Report(source, mark),
            protection,
            without_copy: Vec::new(),
            confirmed: None,
        }
    }

    /// The groups that a review marked for one act.
    pub(super) fn of_review(marked: MarkedGroups, protection: Protection) -> Self {
        Self {
            roots: marked.roots,
            from: From::Review {
                groups: marked.groups,
                hash: marked.hash,
            },
            protection,
            without_copy: Vec::new(),
            confirmed: None,
        }
    }

    /// The groups that a scan finds.
    pub(super) fn of_scan(
        config: ScanConfig,
        protection: Protection,
        signals: &Signals,
        environment: &Environment,
        verbosity: Verbosity,
    ) -> Result<Self, Fatal> {
        if verbosity == Verbosity::Verbose {
            for line in verbose::scan_plan(&config) {
                super::say(format_args!("nodupe: {line}"));
            }
        }
        let roots: Vec<_> = config
            .roots
            .iter()
            .chain(&config.references)
            .cloned()
            .collect();
        let given = config.roots.iter().filter(|path| {
            let stat = platform::stat_path(path, true);
            stat.is_ok_and(|stat| stat.kind == FileKind::Regular)
        });
        let given: Vec<PathBuf> = given.cloned().collect();
        let (hash, execution) = (config.hash, config.execution.clone());
        let scan = Scan::new(config);
        signals.enter(Phase::Scanning(scan.cancel_token()));
        let is_quiet = verbosity == Verbosity::Quiet;
        let mut bars = Bars::new(environment.wants_progress(is_quiet, io::stderr().is_terminal()));
        let result = scan
            .on_progress(|progress| bars.update(progress))
            .run()
            .map_err(|error| scan_failed(error, &execution))?;
        bars.clear();
        let mut plan = Self {
            from: From::Scan {
                result: Box::new(result),
                hash,
            },
            protection,
            roots,
            without_copy: Vec::new(),
            confirmed: None,
        };
        if !given.is_empty() && !plan.has_directories() {
            plan.without_copy = plan.missing_from_groups(given);
        }
        Ok(plan)
    }

    fn missing_from_groups(&self, mut given: Vec<PathBuf>) -> Vec<PathBuf> {
        for group in self.groups() {
            for file in &group.files {
                given.retain(|path| file.names().all(|name| name != path));
            }
        }
        given
    }

    /// The groups, with what is protected marked as to be kept. Each call begins
    /// anew.
    pub(super) fn groups(&self) -> Box<dyn Iterator<Item = Group> + '_> {
        let groups: Box<dyn Iterator<Item = Group> + '_> = match &self.from {
            From::Scan { result, .. } => Box::new(result.groups(SortKey::Reclaimable)),
            From::Report(source, mark) => Box::new(source.groups_for(*mark)),
            From::Review { groups, .. } => Box::new(groups.iter().cloned()),
        };
        let is_report = !matches!(self.from, From::Scan { .. });
        Box::new(groups.map(move |mut group| {
            self.protection.mark(&mut group, &self.roots, is_report);
            group
        }))
    }

    /// True if whole directories are acted on, and no other files.
    pub(super) fn has_directories(&self) -> bool {
        match &self.from {
            From::Scan { result, .. } => result.compares_directories(),
            From::Report(..) | From::Review { .. } => false,
        }
    }

    /// Acts on the groups of directories of a report, of which this is a plan of a scan.
    pub(super) fn confirmed(mut self, groups: &[ProposedGroup], roots: Vec<PathBuf>) -> Self {
        self.roots = roots;
        if let From::Scan { result, .. } = &self.from {
            self.confirmed = Some(result.confirm(groups));
        }
        self
    }

    /// Directories of a report that are no copies of one that stays.
    pub(super) fn not_confirmed(&self) -> &[NotConfirmed] {
        self.confirmed.as_ref().map_or(&[], |found| &found.others)
    }

    /// The groups of directories, with what is protected marked as to be kept.
    pub(super) fn directory_groups(&self) -> Vec<DirectoryGroup> {
        let mut groups = match (&self.from, &self.confirmed) {
            (_, Some(confirmed)) => confirmed.groups.clone(),
            (From::Scan { result, .. }, None) => result.directory_groups().to_vec(),
            (From::Report(..) | From::Review { .. }, None) => Vec::new(),
        };
        let is_report = self.confirmed.is_some();
        for group in &mut groups {
            self.protection
                .mark_directories(group, &self.roots, is_report);
        }
        groups
    }

    /// The redundant directories.
    pub(super) fn wholes(&self) -> Option<Wholes<'_>> {
        let From::Scan { result, .. } = &self.from else {
            return None;
        };
        let leave = self.protection.leave();
        let marked = self.confirmed.as_ref().map_or(&[][..], |found| &found.kept);
        result.whole_directories(&self.directory_groups(), leave, marked)
    }

    /// Returns true if a path is to be kept whatever its copies.
    pub(super) fn keeps(&self, path: &Path) -> bool {
        self.protection.keeps(path, &self.roots)
    }

    /// The algorithm of the digests.
    pub(super) fn algorithm(&self) -> HashAlgorithm {
        match &self.from {
            From::Scan { hash, .. } => *hash,
            From::Report(source, _) => source.hash,
            From::Review { hash, .. } => *hash,
        }
    }

    /// The same for the library; groups of which all files stay are left out.
    pub(super) fn duplicates(&self) -> impl Iterator<Item = Duplicates> + '_ {
        let algorithm = self.algorithm();
        self.groups().filter_map(move |group| {
            let has_target = group.files.iter().any(|file| !file.keep);
            let digest = group.digest.filter(|_| has_target)?;
            Some(Duplicates {
                digest,
                algorithm,
                files: group.files,
            })
        })
    }

    /// The paths that were scanned.
    pub(super) fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// Given files of which no copy was found.
    pub(super) fn without_copy(&self) -> &[PathBuf] {
        &self.without_copy
    }

    /// True if the scan was cancelled.
    pub(super) fn is_interrupted(&self) -> bool {
        match &self.from {
            From::Scan { result, .. } => result.summary().interrupted,
            From::Report(..) | From::Review { .. } => false,
        }
    }

    /// Paths that the scan could not process.
    pub(super) fn errors(&self) -> &[ScanError] {
        match &self.from {
            From::Scan { result, .. } => result.errors(),
            From::Report(..) | From::Review { .. } => &[],
        }
    }

    /// Given directories that were skipped.
    pub(super) fn left_out(&self) -> &[PathBuf] {
        match &self.from {
            From::Scan { result, .. } => result.left_out(),
            From::Report(..) | From::Review { .. } => &[],
        }
    }

    /// Rules for the file to keep that could not be applied everywhere.
    pub(super) fn keep_problems(&self) -> Vec<String> {
        match &self.from {
            From::Scan { result, .. } => result.keep_problems(),
            From::Report(..) | From::Review { .. } => Vec::new(),
        }
    }

    /// Number of paths that the scan missed. Those that a report lists were
    /// told when it was made.
    pub(super) fn missed(&self) -> u64 {
        match &self.from {
            From::Scan { result, .. } => {
                result.errors().len() as u64 + u64::from(!result.summary().complete)
            }
            From::Report(..) | From::Review { .. } => 0,
        }
    }
}
