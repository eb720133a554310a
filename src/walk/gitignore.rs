//! Applies git's ignore rules as git does (gitignore(5)).
//!
//! Inside a work tree the nearest `.gitignore` with a rule for a path decides,
//! then `.git/info/exclude`, then the user's global file. Outside a work tree
//! nothing is ignored. A repository inside another one does not inherit its
//! rules. No rule ignores a file that git tracks; the index lists the tracked
//! files, if it is to be read.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{FailureKind, ScanError, Stage};
use crate::git::{self, GitError, Index, Repository, RuleList};
use crate::platform;

/// Reads rules, and collects the errors.
#[derive(Debug)]
pub(super) struct RuleReader {
    /// True if files take part that git tracks although a rule ignores them.
    keeps_tracked: bool,
    errors: Mutex<Vec<ScanError>>,
}

/// The rules that apply in one directory.
#[derive(Debug)]
pub(super) struct IgnoreRules {
    above: Option<Arc<IgnoreRules>>,
    /// Length of the prefix of a path before the part that the rules match.
    prefix_len: usize,
    rules: RuleList,
    work_tree: Arc<WorkTree>,
    /// True if a rule ignores the directory itself. Then only tracked files in
    /// it take part.
    is_ignored: bool,
}

/// State shared by a whole work tree.
#[derive(Debug)]
struct WorkTree {
    /// Length of the prefix of a path before the part that the index stores.
    prefix_len: usize,
    fold: bool,
    /// The tracked files, where they matter.
    index: Option<Index>,
    /// The work tree that this one lies in. It may track files here as well:
    /// those that it tracked before somebody made a repository of the
    /// directory.
    around: Option<Arc<WorkTree>>,
}

impl WorkTree {
    /// This work tree, and those that it lies in.
    fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |tree| tree.around.as_deref())
    }

    /// Returns true if any of them tracks a path, or anything below it.
    fn tracks(&self, path: &Path, is_dir: bool) -> bool {
        let path = git::slashed(path);
        self.all().any(|tree| {
            let below = path.get(tree.prefix_len..);
            let index = tree.index.as_ref();
            index.is_some_and(|index| below.is_some_and(|below| index.tracks(below, is_dir)))
        })
    }

    /// Returns true if the tracked files of any of them are known.
    fn is_known(&self) -> bool {
        self.all().any(|tree| tree.index.is_some())
    }
}

impl RuleReader {
    pub(super) fn new(keeps_tracked: bool) -> Self {
        Self {
            keeps_tracked,
            errors: Mutex::default(),
        }
    }

    /// Takes the errors since the last call.
    pub(super) fn take_errors(&self) -> Vec<ScanError> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn report(&self, directory: &Path, error: &GitError) {
        let (path, why) = error
            .file()
            .unwrap_or_else(|| (directory, error.to_string()));
        let hint = error.hint();
        let error = ScanError {
            path: path.to_owned(),
            stage: Stage::Walk,
            kind: FailureKind::Io,
            message: format!("what git ignores and tracks is not known exactly: {why} ({hint})"),
        };
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        if !errors.contains(&error) {
            errors.push(error);
        }
    }

    /// Reports a `.git` that is no repository. Git treats it as an ordinary
    /// directory; but a damaged repository may have tracked files that rules
    /// ignore.
    fn report_invalid_repository(&self, dir: &Path) {
        if self.keeps_tracked {
            self.report(dir, &GitError::NoRepository(dir.to_owned()));
        }
    }

    /// The rules that apply in a root of the scan, given by its canonical path:
    /// those of the work tree around it, if there is one.
    pub(super) fn above(&self, absolute: &Path) -> Option<Arc<IgnoreRules>> {
        let mut ancestors: Vec<&Path> = absolute.ancestors().collect();
        ancestors.reverse();
        // From the top of the nearest work tree.
        let nearest = ancestors.iter().rposition(|dir| has_git(dir))?;
        let mut start = nearest;
        loop {
            let around = self.around(&ancestors[..start]);
            match self.work_tree(ancestors[start], around) {
                Ok(Some(rules)) => {
                    let mut rules = Some(rules);
                    for (number, dir) in ancestors[start..].iter().enumerate() {
                        if number > 0 {
                            rules = self.within_named(rules.as_ref(), dir);
                        } else {
                            rules = self.with_own_rules(rules, dir, false);
                        }
                    }
                    return rules;
                }
                Ok(None) => {
                    self.report_invalid_repository(ancestors[start]);
                    // Git searches further up then.
                    start = ancestors[..start].iter().rposition(|dir| has_git(dir))?;
                }
                Err(error) => {
                    self.report(ancestors[start], &error);
                    return None;
                }
            }
        }
    }

    /// The work trees whose tops are among these directories, the outermost
    /// first. One that cannot be read is skipped, as git does not read it for
    /// files inside a repository of their own.
    fn around(&self, ancestors: &[&Path]) -> Option<Arc<WorkTree>> {
        if !self.keeps_tracked {
            return None;
        }
        let tops = ancestors.iter().filter(|dir| has_git(dir));
        tops.fold(None, |around, top| {
            let repository = Repository::at(top).ok().flatten();
            let repository = repository.filter(|known| known.check_trusted().is_ok());
            let index = repository.and_then(|repository| {
                let index = Index::of(&repository).ok()?;
                Some((index, repository.folds_case()))
            });
            match index {
                Some((index, fold)) => Some(Arc::new(WorkTree {
                    prefix_len: prefix_len_in(top),
                    fold,
                    index: Some(index),
                    around,
                })),
                None => around,
            }
        })
    }

    /// The rules that apply in a directory that a walk found, from those of the
    /// directory above it.
    pub(super) fn within(
        &self,
        above: Option<&Arc<IgnoreRules>>,
        dir: &Path,
    ) -> Option<Arc<IgnoreRules>> {
        // A walk enters an ignored directory only for its tracked files.
        let is_ignored = self.keeps_tracked
            && above.is_some_and(|above| above.work_tree.is_known() && above.is_matched(dir, true));
        self.rules_in(above, dir, is_ignored)
    }

    /// The same for a directory above a given path, which no rule leaves out.
    fn within_named(
        &self,
        above: Option<&Arc<IgnoreRules>>,
        dir: &Path,
    ) -> Option<Arc<IgnoreRules>> {
        self.rules_in(above, dir, false)
    }

    fn rules_in(
        &self,
        above: Option<&Arc<IgnoreRules>>,
        dir: &Path,
        is_ignored: bool,
    ) -> Option<Arc<IgnoreRules>> {
        if has_git(dir) {
            let around = above.map(|above| Arc::clone(&above.work_tree));
            match self.work_tree(dir, around) {
                Ok(Some(rules)) => return self.with_own_rules(Some(rules), dir, false),
                Ok(None) => self.report_invalid_repository(dir),
                Err(error) => self.report(dir, &error),
            }
        }
        self.with_own_rules(above.cloned(), dir, is_ignored)
    }

    /// Adds the rules of the directory's own file.
    fn with_own_rules(
        &self,
        above: Option<Arc<IgnoreRules>>,
        dir: &Path,
        is_ignored: bool,
    ) -> Option<Arc<IgnoreRules>> {
        let above = above?;
        let is_ignored = is_ignored || above.is_ignored;
        // Git reads none in a directory that is ignored.
        let rules = if is_ignored {
            None
        } else {
            let rules = git::directory_rules(dir, above.work_tree.fold);
            rules.unwrap_or_else(|error| {
                self.report(dir, &error);
                None
            })
        };
        let rules = rules.filter(|rules| !rules.is_empty());
        if rules.is_none() && is_ignored == above.is_ignored {
            return Some(above);
        }
        Some(Arc::new(IgnoreRules {
            prefix_len: prefix_len_in(dir),
            rules: rules.unwrap_or_default(),
            work_tree: Arc::clone(&above.work_tree),
            is_ignored,
            above: Some(above),
        }))
    }

    /// The rules of the whole work tree that begins at a directory, if one
    /// does.
    fn work_tree(
        &self,
        top: &Path,
        around: Option<Arc<WorkTree>>,
    ) -> Result<Option<Arc<IgnoreRules>>, GitError> {
        let Some(repository) = Repository::at(top)? else {
            return Ok(None);
        };
        let index = self.keeps_tracked.then(|| {
            if let Err(error) = repository.check_trusted() {
                self.report(top, &error);
            }
            let index = Index::of(&repository);
            index.map_err(|error| self.report(top, &error)).ok()
        });
        let rules = repository.rules()?;
        Ok(Some(Arc::new(IgnoreRules {
            above: None,
            prefix_len: prefix_len_in(top),
            rules,
            work_tree: Arc::new(WorkTree {
                prefix_len: prefix_len_in(top),
                fold: repository.folds_case(),
                index: index.flatten(),
                around,
            }),
            is_ignored: false,
        })))
    }
}

impl IgnoreRules {
    /// Returns true if a path in the directory of these rules, or below it, is
    /// ignored; the directories between are assumed not to be.
    pub(super) fn ignores(&self, path: &Path, is_dir: bool) -> bool {
        self.is_matched(path, is_dir) && !self.work_tree.tracks(path, is_dir)
    }

    fn is_matched(&self, path: &Path, is_dir: bool) -> bool {
        if self.is_ignored {
            return true;
        }
        let path = git::slashed(path);
        let mut rules = Some(self);
        while let Some(here) = rules {
            let below = path.get(here.prefix_len..).unwrap_or_default();
            if let Some(ignores) = here.rules.ignores(below, is_dir) {
                return ignores;
            }
            rules = here.above.as_deref();
        }
        false
    }
}

/// Length of the prefix of a path before the name of an entry in `dir`.
fn prefix_len_in(dir: &Path) -> usize {
    let bytes = platform::bytes_of(dir.as_os_str());
    bytes.len() + usize::from(bytes.last() != Some(&b'/'))
}

fn has_git(dir: &Path) -> bool {
    dir.join(".git").symlink_metadata().is_ok()
}

/// Applies rules to paths that no walk has filtered: one directory after the
/// other from the top, as a walk would.
#[derive(Debug, Default)]
pub(super) struct PathRules(HashMap<PathBuf, Option<Option<Arc<IgnoreRules>>>>);

impl PathRules {
    /// Returns true if a walk from the top would have left the path out.
    pub(super) fn excludes_path(&mut self, reader: &RuleReader, path: &Path, is_dir: bool) -> bool {
        let Some(name) = path.file_name() else {
            return false;
        };
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // In a directory that does not exist there is nothing to ignore.
        let Ok(parent) = parent.canonicalize() else {
            return false;
        };
        match self.rules(reader, &parent) {
            None => true,
            Some(rules) => is_excluded(rules.as_deref(), &parent.join(name), is_dir),
        }
    }

    /// The rules in a directory; `None` if it is left out itself.
    fn rules(&mut self, reader: &RuleReader, dir: &Path) -> Option<Option<Arc<IgnoreRules>>> {
        if let Some(known) = self.0.get(dir) {
            return known.clone();
        }
        let rules = match dir.parent() {
            None => Some(reader.within(None, dir)),
            Some(above) => self
                .rules(reader, above)
                .filter(|rules| !is_excluded(rules.as_deref(), dir, true))
                .map(|rules| reader.within(rules.as_ref(), dir)),
        };
        self.0.insert(dir.to_owned(), rules.clone());
        rules
    }
}

fn is_excluded(rules: Option<&IgnoreRules>, path: &Path, is_dir: bool) -> bool {
    path.file_name() == Some(OsStr::new(".git"))
        || rules.is_some_and(|rules| rules.ignores(path, is_dir))
}
