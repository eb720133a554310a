//! The files that git tracks in the work trees around the paths to scan.
//!
//! The index is read once for each work tree, and the commit that is checked out as
//! far as needed. Work trees inside others, submodules among them, are not looked
//! for.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::git::{self, CommitTree, GitError, Index, Repository};

/// The work tree around a directory.
#[derive(Debug)]
pub(super) struct WorkTree {
    state: Arc<State>,
    /// The directory's path below the top, with a slash at its end; empty for
    /// the top.
    prefix: Vec<u8>,
}

impl WorkTree {
    /// Returns true if git tracks the file with this path below the directory.
    pub(super) fn tracks(&self, below: &[u8]) -> bool {
        let path = [&self.prefix, below].concat();
        self.state.index.tracks(&path, false)
    }

    /// Returns true if the commit that is checked out has a file at this path below
    /// the directory: a file that was only added is newer than one that it has.
    pub(super) fn has_committed(&self, below: &[u8]) -> bool {
        let path = [&self.prefix, below].concat();
        let spelling = self.state.index.spelling(&path);
        spelling.is_some_and(|path| self.state.head.has(path))
    }

    /// The reason why it is unknown what is committed, if that is so.
    pub(super) fn problem(&self) -> Option<String> {
        let head = self.state.head.0.lock();
        let head = head.unwrap_or_else(PoisonError::into_inner);
        let error = head.as_ref().err()?;
        let top = self.state.top.display();
        Some(format!(
            "cannot tell which files are committed in {top}: {error}"
        ))
    }
}

/// A work tree whose tracked files are known.
#[derive(Debug)]
struct State {
    top: PathBuf,
    index: Index,
    head: Head,
}

/// The commit that is checked out, or the reason why it cannot be read. Then no file
/// counts as committed.
struct Head(Mutex<Result<Option<CommitTree>, GitError>>);

impl Head {
    fn has(&self, path: &[u8]) -> bool {
        let mut head = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(Some(tree)) = &mut *head else {
            return false;
        };
        match tree.has(path) {
            Ok(has) => has,
            Err(error) => {
                *head = Err(error);
                false
            }
        }
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Head")
    }
}

/// All work trees looked for.
#[derive(Debug, Default)]
pub(super) struct WorkTrees {
    /// By their top.
    known: HashMap<PathBuf, Option<Arc<State>>>,
    /// The reasons why the tracked files of some are unknown.
    pub(super) problems: Vec<String>,
}

impl WorkTrees {
    /// The work tree around a directory, whose path is without links.
    pub(super) fn around(&mut self, real: &Path) -> Option<WorkTree> {
        let top = git::work_tree_around(real)?;
        if !self.known.contains_key(top) {
            let state = match state_of(top) {
                Ok(state) => state.map(Arc::new),
                Err(error) => {
                    self.problems.push(format!(
                        "cannot tell which files git tracks in {}: {error}",
                        top.display()
                    ));
                    None
                }
            };
            self.known.insert(top.to_owned(), state);
        }
        let state = self.known.get(top)?.clone()?;
        let mut prefix = git::slashed(real.strip_prefix(top).ok()?).into_owned();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        Some(WorkTree { state, prefix })
    }
}

/// The state of a work tree; `None` if git would not find a repository there.
fn state_of(top: &Path) -> Result<Option<State>, GitError> {
    let Some(repository) = Repository::at(top)? else {
        return Ok(None);
    };
    repository.check_trusted()?;
    Ok(Some(State {
        top: top.to_owned(),
        index: Index::of(&repository)?,
        head: Head(Mutex::new(CommitTree::of_head(&repository))),
    }))
}
