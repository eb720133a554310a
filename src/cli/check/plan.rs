//! What the arguments of a check and the project file ask for.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::super::args::CheckArgs;
use super::super::diagnostics::{Fatal, visible};
use super::super::resolve::{self, Asked, Talk};
use super::super::settings::Settings;
use super::super::{time_zone, values, verbose};
use crate::check::{Allow, Budget, Changes, Policy, ProjectPaths};
use crate::config::{HashAlgorithm, ScanConfig};
use crate::git::{self, GitError};
use crate::types::Digest;

/// The baseline's name, where no other is given.
const BASELINE: &str = ".nodupe-baseline.json";

/// What is to be done.
pub(super) struct Plan {
    /// What is scanned.
    pub(super) config: ScanConfig,
    /// What is put up with.
    pub(super) policy: Policy,
    /// The project's root: where its file is, or else its git work tree
    /// begins, or else the working directory.
    pub(super) root: PathBuf,
    /// The project file, if there is one.
    pub(super) project_file: Option<PathBuf>,
    /// The way to the root from the top of the git work tree.
    pub(super) prefix: PathBuf,
    /// The baseline's file.
    pub(super) baseline: PathBuf,
    /// Whether somebody named it.
    pub(super) baseline_is_named: bool,
    /// Whether it was named by a flag or the environment.
    pub(super) baseline_is_argument: bool,
    /// Whether it was named by a project file that nobody named.
    pub(super) baseline_is_found: bool,
    /// Whether it is written.
    pub(super) update_baseline: bool,
    /// Whether the first group that is too many ends the scan.
    pub(super) fail_fast: bool,
    /// Whether less is scanned than the project file says: what is not found
    /// may be there.
    pub(super) is_narrowed: bool,
    /// What is said on standard error.
    pub(super) talk: Talk,
    changed: Option<Changed>,
    leaves_out_ignored: bool,
    /// What everybody is to know of the project file and the environment.
    notes: Vec<String>,
    /// What is to be told of the project file.
    settings: Vec<String>,
    /// Digests of allow rules that no file can have.
    idle_digests: Vec<Digest>,
}

struct Changed {
    revision: String,
    changes: RefCell<git::Changes>,
    /// The first thing that could not be told.
    error: RefCell<Option<GitError>>,
    /// Where places begin.
    root: PathBuf,
    /// Of what is scanned, that which git knows nothing of.
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
        let asked = Asked {
            input: &args.input,
            selection: &args.selection,
            groups: &args.groups,
            counts: &super::super::args::CountArgs::default(),
            compare: &args.compare,
            running: &args.running,
        };
        let mut config = resolve::config(asked, || time_zone::now(args.running.quiet), list)?;
        // It means something in git work trees only.
        config.selection.gitignore = !args.selection.no_gitignore;
        // A gate must not pass over a copy that was added by force.
        config.selection.keeps_tracked = true;
        let here = std::env::current_dir().map_err(|error| {
            Fatal::new(format!(
                "cannot tell what the working directory is: {}",
                crate::error::describe(&error)
            ))
            .hint("change to a directory that is there")
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
        let changed = match &args.judging.changed_since {
            Some(revision) => {
                // The project may be more than one repository: then it is
                // the one that we are in.
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
            settings: settings.told(),
            idle_digests: idle_digests(&settings.allow, config.hash),
            policy: Policy {
                budget: budget(args)?,
                path_budgets: settings.path_budgets,
                allow: settings.allow,
                deny_stale: baseline.deny_stale,
            },
            prefix: prefix.unwrap_or(Path::new("")).to_owned(),
            baseline: match &baseline.baseline {
                Some(file) => file.clone(),
                // As it would be named from here.
                None if root == here => PathBuf::from(BASELINE),
                None => root.join(BASELINE),
            },
            baseline_is_named: baseline.baseline.is_some(),
            baseline_is_argument: baseline.baseline.is_some()
                && !settings.origins.is_of_file("baseline"),
            baseline_is_found: settings.is_found && settings.origins.is_of_file("baseline"),
            update_baseline: baseline.update_baseline,
            fail_fast: args.judging.fail_fast,
            is_narrowed: settings.is_narrowed,
            talk: resolve::talk(&args.running),
            leaves_out_ignored: config.selection.gitignore
                && work_tree.is_some()
                && !args.selection.gitignore,
            changed,
            root,
            config,
        })
    }

    /// What changed, if only that is judged.
    pub(super) fn changed(&self) -> Option<&dyn Changes> {
        self.changed.as_ref().map(|changed| changed as &dyn Changes)
    }

    /// Whether all that was asked about changes could be told.
    pub(super) fn changes_are_known(&self) -> Result<(), Fatal> {
        let error = self
            .changed
            .as_ref()
            .and_then(|changed| changed.error.take());
        error.map_or(Ok(()), |error| Err(no_changes(&error)))
    }

    /// What is said before the scan.
    pub(super) fn notes(&self) -> Vec<String> {
        if self.talk == Talk::Quiet {
            return Vec::new();
        }
        let mut notes = self.notes.clone();
        if self.leaves_out_ignored {
            notes.push("what git ignores is left out (--no-gitignore takes it in)".to_owned());
        }
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
        notes.extend(self.idle_digests.iter().map(|digest| {
            format!(
                "an allow rule lists {digest}, which is no digest of {hash}: it matches nothing"
            )
        }));
        if self.talk == Talk::Verbose {
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
    /// What changed in the work tree that a directory lies in.
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
                "--changed-since: nothing that is scanned is in the git work tree {}",
                top.display()
            ))
            .hint("run it inside the work tree of what is scanned, or leave the option out"));
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
        // The run ends without a verdict then.
        answer.unwrap_or_else(|error| {
            self.error.borrow_mut().get_or_insert(error);
            true
        })
    }
}

/// The digests of other algorithms, as far as their length tells: whoever lists
/// one waits for it to match.
fn idle_digests(allow: &[Allow], hash: HashAlgorithm) -> Vec<Digest> {
    let listed = allow.iter().flat_map(|rule| &rule.digests);
    let idle = listed.filter(|digest| digest.as_bytes().len() != hash.digest_len());
    idle.copied().collect()
}

fn no_changes(error: &GitError) -> Fatal {
    Fatal::new(format!("--changed-since: {error}")).hint(error.hint())
}

fn budget(args: &CheckArgs) -> Result<Budget, Fatal> {
    let judging = &args.judging;
    let max_reclaimable = match &judging.max_reclaimable {
        Some(text) => {
            let size = values::size(text);
            Some(size.map_err(|e| {
                Fatal::new(format!("--max-reclaimable: {e}")).about(&["max-reclaimable"])
            })?)
        }
        None => None,
    };
    Ok(Budget::of(
        judging.max_groups,
        judging.max_duplicates,
        max_reclaimable,
    ))
}
