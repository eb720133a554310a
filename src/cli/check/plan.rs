//! The plan of a check, from its arguments and the project file.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};

use super::super::args::{CheckArgs, CountArgs};
use super::super::diagnostics::{Fatal, visible};
use super::super::resolve::{self, Verbosity};
use super::super::settings::Settings;
use super::super::{time_zone, verbose};
use crate::check::{Allow, Budget, Changes, Policy, ProjectPaths};
use crate::config::{DirectoryNames, HashAlgorithm, ScanConfig};
use crate::git::{self, GitError};
use crate::types::Digest;

/// The default name of the baseline.
const BASELINE: &str = ".nodupe-baseline.json";

/// The plan of a check.
pub(super) struct Plan {
    /// The configuration of the scan.
    pub(super) config: ScanConfig,
    /// The policy: accepted duplicates and budgets.
    pub(super) policy: Policy,
    /// The project's root: the directory of its file, or else the root of its
    /// git work tree, or else the working directory.
    pub(super) root: PathBuf,
    /// The project file, if there is one.
    pub(super) project_file: Option<PathBuf>,
    /// The path to the root from the working directory.
    pub(super) here: PathBuf,
    /// The path to the root from the root of the git work tree.
    pub(super) prefix: PathBuf,
    /// The baseline's file.
    pub(super) baseline: PathBuf,
    /// True if its path was given explicitly.
    pub(super) baseline_is_named: bool,
    /// True if a flag or the environment gave its path.
    pub(super) baseline_is_argument: bool,
    /// True if its path comes from a project file that was found.
    pub(super) baseline_is_found: bool,
    /// True if it is to be updated.
    pub(super) update_baseline: bool,
    /// True if the first group over a budget ends the scan.
    pub(super) fail_fast: bool,
    /// True if less is scanned than the project file says: entries that are not
    /// found may still exist.
    pub(super) is_narrowed: bool,
    /// Verbosity of standard error.
    pub(super) verbosity: Verbosity,
    changed: Option<Changed>,
    leaves_out_ignored: bool,
    /// Messages about the project file and the environment.
    notes: Vec<String>,
    /// Verbose messages about the project file.
    settings: Vec<String>,
    /// Digests of allow rules that no file can have.
    unmatched_digests: Vec<Digest>,
}

struct Changed {
    revision: String,
    changes: RefCell<git::Changes>,
    /// The first error of determining changes.
    error: RefCell<Option<GitError>>,
    /// Where places begin.
    root: PathBuf,
    /// The scan roots outside the git work tree.
    outside: Vec<PathBuf>,
    /// The top of the work tree.
    top: PathBuf,
}

impl Plan {
    pub(super) fn make(
        args: &CheckArgs,
        settings: Settings,
        list: Option<&[u8]>,
    ) -> Result<Self, Fatal> {
        let now = || time_zone::now(args.running.quiet);
        let counts = CountArgs::default();
        let mut config = resolve::config(&args.scope, &counts, &args.running, now, list)?;
        config.directories = args
            .policy
            .directories
            .then_some(match args.policy.ignore_names {
                true => DirectoryNames::Ignored,
                false => DirectoryNames::Compared,
            });
        // It has an effect in git work trees only.
        config.selection.gitignore = !args.scope.selection.no_gitignore;
        // A check must not skip a copy that was added by force.
        config.selection.keeps_tracked = true;
        let here = std::env::current_dir().map_err(|error| {
            Fatal::new(format!(
                "cannot determine the working directory: {}",
                crate::error::describe(&error)
            ))
            .hint("change to a directory that exists")
        })?;
        let work_tree = git::work_tree_around(&here);
        let root = match (&settings.project_dir, work_tree) {
            (Some(directory), _) => directory.clone(),
            (None, Some(top)) => top.to_owned(),
            (None, None) => here.clone(),
        };
        let places = ProjectPaths::new(&root);
        let top = git::work_tree_around(places.root());
        let prefix = top.and_then(|top| places.root().strip_prefix(top).ok());
        let changed = match &args.policy.changed_since {
            Some(revision) => {
                // The project may have more than one repository: then it is the
                // current one.
                let within = top.map_or(here.as_path(), |_| places.root());
                Some(Changed::since(revision, within, &places, &config)?)
            }
            None => None,
        };
        let is_elsewhere = match (&settings.project_dir, places.absolute(&here)) {
            (Some(directory), here) => git::work_tree_around(&here)
                .is_some_and(|top| settings.is_from_above && !directory.starts_with(top)),
            (None, _) => false,
        };
        let baseline = &args.baseline;
        Ok(Self {
            project_file: settings.file.clone(),
            notes: settings.notes(is_elsewhere),
            settings: settings.verbose_lines(),
            unmatched_digests: unmatched_digests(&settings.allow, &config),
            policy: Policy {
                budget: budget(args),
                path_budgets: settings.path_budgets,
                allow: settings.allow,
                same: settings.same,
                deny_stale: baseline.deny_stale,
            },
            here: path_to(places.root(), &places.absolute(&here)),
            prefix: prefix.unwrap_or(Path::new("")).to_owned(),
            baseline: match &baseline.baseline {
                Some(file) => file.clone(),
                // As a path from the working directory.
                None if root == here => PathBuf::from(BASELINE),
                None => root.join(BASELINE),
            },
            baseline_is_named: baseline.baseline.is_some(),
            baseline_is_argument: baseline.baseline.is_some()
                && !settings.origins.is_of_file("baseline"),
            baseline_is_found: settings.is_found && settings.origins.is_of_file("baseline"),
            update_baseline: baseline.update_baseline,
            fail_fast: args.policy.fail_fast,
            is_narrowed: settings.is_narrowed,
            verbosity: resolve::verbosity(&args.running),
            leaves_out_ignored: config.selection.gitignore
                && work_tree.is_some()
                && !args.scope.selection.gitignore,
            changed,
            root,
            config,
        })
    }

    /// The changes, if only those are checked.
    pub(super) fn changed(&self) -> Option<&dyn Changes> {
        self.changed.as_ref().map(|changed| changed as &dyn Changes)
    }

    /// Returns true if all requested changes could be determined.
    pub(super) fn changes_are_known(&self) -> Result<(), Fatal> {
        let error = self
            .changed
            .as_ref()
            .and_then(|changed| changed.error.take());
        error.map_or(Ok(()), |error| Err(no_changes(&error)))
    }

    /// Messages before the scan.
    pub(super) fn notes(&self) -> Vec<String> {
        if self.verbosity == Verbosity::Quiet {
            return Vec::new();
        }
        let mut notes = self.notes.clone();
        if let Some(Changed { outside, top, .. }) = &self.changed {
            let top = visible(top);
            notes.extend(outside.iter().map(|path| {
                let path = visible(path);
                format!(
                    "{path} is outside the git work tree {top}: nothing in it counts as changed"
                )
            }));
        }
        let hash = self.config.hash.as_str();
        notes.extend(self.unmatched_digests.iter().map(|digest| {
            format!(
                "an allow rule lists {digest}, which is not a {hash} digest: it matches nothing"
            )
        }));
        if self.verbosity == Verbosity::Verbose {
            if self.leaves_out_ignored {
                notes.push(
                    "files that git ignores are skipped (--no-gitignore includes them)".to_owned(),
                );
            }
            notes.extend(self.settings.iter().cloned());
            notes.push(format!("project: {}", visible(&self.root)));
            notes.push(format!("baseline: {}", visible(&self.baseline)));
            if let Some(Changed { revision, top, .. }) = &self.changed {
                let top = visible(top);
                notes.push(format!(
                    "changes since {revision:?} in the git work tree {top}"
                ));
            }
            notes.extend(verbose::scan_plan(&self.config));
        }
        notes
    }
}

impl Changed {
    /// The changes in the work tree that contains a directory.
    fn since(
        revision: &str,
        directory: &Path,
        places: &ProjectPaths,
        config: &ScanConfig,
    ) -> Result<Self, Fatal> {
        let repository = git::repository_around(directory).map_err(|error| no_changes(&error))?;
        let changes = git::Changes::since(repository, revision);
        let changes = changes.map_err(|error| no_changes(&error))?;
        let top = changes.top().to_owned();
        let absolute = |path: &PathBuf| places.root().join(places.of_directory(path));
        let is_inside = |path: &PathBuf| absolute(path).starts_with(&top);
        let (inside, outside): (Vec<_>, Vec<_>) = config.roots.iter().cloned().partition(is_inside);
        if !outside.is_empty() && inside.is_empty() && !config.listed.iter().any(is_inside) {
            return Err(Fatal::new(format!(
                "--changed-since: no scanned path is in the git work tree {}",
                top.display()
            ))
            .hint("run it inside the work tree that is scanned, or leave the option out"));
        }
        Ok(Self {
            revision: revision.to_owned(),
            changes: RefCell::new(changes),
            error: RefCell::default(),
            root: places.root().to_owned(),
            outside,
            top,
        })
    }
}

impl Changes for Changed {
    fn has(&self, place: &Path) -> bool {
        let file = self.root.join(place);
        let answer = self.changes.borrow_mut().has(&file);
        // Then the run ends without a verdict.
        answer.unwrap_or_else(|error| {
            self.error.borrow_mut().get_or_insert(error);
            true
        })
    }
}

/// The path from a directory to another one, both absolute and without links:
/// empty if they are the same, absolute if neither is in the other.
fn path_to(target: &Path, from: &Path) -> PathBuf {
    match (from.strip_prefix(target), target.strip_prefix(from)) {
        (Ok(below), _) => below.components().map(|_| Component::ParentDir).collect(),
        (_, Ok(below)) => below.to_owned(),
        _ => target.to_owned(),
    }
}

/// The digests of other algorithms, by their length: a rule that lists one
/// never matches. Those of directories are of one algorithm.
fn unmatched_digests(allow: &[Allow], config: &ScanConfig) -> Vec<Digest> {
    let of_directories = config.directories.map(|_| HashAlgorithm::Blake3);
    let matches = |digest: &Digest| {
        let mut known = [Some(config.hash), of_directories].into_iter().flatten();
        known.any(|hash| digest.as_bytes().len() == hash.digest_len())
    };
    let listed = allow.iter().flat_map(|rule| &rule.digests);
    listed.filter(|digest| !matches(digest)).copied().collect()
}

fn no_changes(error: &GitError) -> Fatal {
    Fatal::new(format!("--changed-since: {error}")).hint(error.hint())
}

fn budget(args: &CheckArgs) -> Budget {
    let policy = &args.policy;
    Budget::of(
        policy.max_groups,
        policy.max_duplicates,
        policy.max_reclaimable,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_between_directories() {
        for (target, from, expected) in [
            ("/a", "/a", ""),
            ("/a", "/a/b/c", "../.."),
            ("/a/b", "/a", "b"),
            ("/a", "/b", "/a"),
        ] {
            let path = path_to(Path::new(target), Path::new(from));
            assert_eq!(path, Path::new(expected), "{target} {from}");
        }
    }
}
