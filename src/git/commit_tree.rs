//! The files of a commit.

use std::collections::HashMap;

use super::GitError;
use super::hash::ObjectId;
use super::index::Mode;
use super::objects::{Objects, Tree};
use super::refs::Refs;
use super::repository::Repository;

/// The files of a commit, read one directory at a time as paths are looked up.
pub(crate) struct CommitTree {
    objects: Objects,
    top: ObjectId,
    /// Directories that were read.
    known: HashMap<ObjectId, Tree>,
    /// Total number of names in them.
    names: usize,
}

impl CommitTree {
    /// Maximum number of names in the cache, which is cleared beyond that: a
    /// commit can have any number of large directories.
    const MAX_NAMES: usize = 1 << 20;

    pub(super) fn new(objects: Objects, top: ObjectId) -> Self {
        Self {
            objects,
            top,
            known: HashMap::new(),
            names: 0,
        }
    }

    /// The commit that is checked out; `None` before the first one.
    ///
    /// # Errors
    ///
    /// See [`GitError`].
    pub(crate) fn of_head(repository: &Repository) -> Result<Option<Self>, GitError> {
        let refs = Refs::of(repository)?;
        let Some(head) = refs.get(b"HEAD")? else {
            return Ok(None);
        };
        let objects = Objects::of(repository, &refs)?;
        let Some(commit) = objects.commit_of(head)? else {
            return Ok(None);
        };
        let top = objects.commit(&commit)?.tree;
        Ok(Some(Self::new(objects, top)))
    }

    /// Returns true if the commit has anything at this path.
    ///
    /// # Errors
    ///
    /// See [`GitError`].
    pub(crate) fn has(&mut self, path: &[u8]) -> Result<bool, GitError> {
        Ok(self.get(path)?.is_some())
    }

    /// Returns the mode bits and the object at a path.
    pub(super) fn get(&mut self, path: &[u8]) -> Result<Option<(u32, ObjectId)>, GitError> {
        let mut dir = self.top;
        let mut start = 0;
        loop {
            let end = path[start..].iter().position(|&byte| byte == b'/');
            let name = &path[start..end.map_or(path.len(), |end| start + end)];
            let found = self.directory(&dir)?.get(name).copied();
            let (Some((bits, id)), Some(end)) = (found, end) else {
                return Ok(found);
            };
            if Mode::from_bits(bits) != Some(Mode::Directory) {
                return Ok(None);
            }
            dir = id;
            start += end + 1;
        }
    }

    fn directory(&mut self, id: &ObjectId) -> Result<&Tree, GitError> {
        if !self.known.contains_key(id) {
            let tree = self.objects.tree(id)?;
            if self.names + tree.len() > Self::MAX_NAMES {
                self.known.clear();
                self.names = 0;
            }
            self.names += tree.len();
            self.known.insert(*id, tree);
        }
        let gone = || GitError::Missing(id.to_string());
        self.known.get(id).ok_or_else(gone)
    }
}
