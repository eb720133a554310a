//! The files that git tracks in the work trees around the paths to scan.
//!
//! Only the index is read, once for each work tree. Work trees inside others,
//! submodules among them, are not looked for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::git::{self, GitError, Index, Repository};

/// The work tree around a directory.
#[derive(Debug)]
pub(super) struct WorkTree {
    index: Arc<Index>,
    /// The directory's path below the top, with a slash at its end; empty for
    /// the top.
    prefix: Vec<u8>,
}

impl WorkTree {
    /// Returns true if git tracks the file with this path below the directory.
    pub(super) fn tracks(&self, below: &[u8]) -> bool {
        self.index.tracks(&[&self.prefix, below].concat(), false)
    }
}

/// All work trees looked for.
#[derive(Debug, Default)]
pub(super) struct WorkTrees {
    /// By their top.
    known: HashMap<PathBuf, Option<Arc<Index>>>,
    /// The reasons why the tracked files of some are unknown.
    pub(super) problems: Vec<String>,
}

impl WorkTrees {
    /// The work tree around a directory, whose path is without links.
    pub(super) fn around(&mut self, real: &Path) -> Option<WorkTree> {
        let top = git::work_tree_around(real)?;
        if !self.known.contains_key(top) {
            let index = match index_of(top) {
                Ok(index) => index.map(Arc::new),
                Err(error) => {
                    self.problems.push(format!(
                        "cannot tell which files git tracks in {}: {error}",
                        top.display()
                    ));
                    None
                }
            };
            self.known.insert(top.to_owned(), index);
        }
        let index = self.known.get(top)?.clone()?;
        let mut prefix = git::slashed(real.strip_prefix(top).ok()?).into_owned();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        Some(WorkTree { index, prefix })
    }
}

/// The index of a work tree; `None` if git would not find a repository there.
fn index_of(top: &Path) -> Result<Option<Index>, GitError> {
    let Some(repository) = Repository::at(top)? else {
        return Ok(None);
    };
    repository.check_trusted()?;
    Index::of(&repository).map(Some)
}
