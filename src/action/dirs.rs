//! Open directories. Most files of a batch share theirs with others.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::names::Place;
use crate::platform::{FileOps, FileStatus, FileSystemKind, bytes_of, os_str};

/// An open directory and what never changes about it.
#[derive(Debug)]
pub(super) struct OpenedDir<D> {
    pub(super) dir: D,
    /// Its absolute path, without symbolic links.
    pub(super) path: PathBuf,
    pub(super) status: FileStatus,
    pub(super) kind: FileSystemKind,
}

impl<D> OpenedDir<D> {
    pub(super) fn new<F: FileOps<Dir = D>>(ops: &F, dir: D) -> io::Result<Self> {
        Ok(Self {
            path: ops.dir_path(&dir)?,
            status: ops.dir_status(&dir)?,
            kind: ops.file_system_kind(&dir),
            dir,
        })
    }

    /// The path of an entry.
    pub(super) fn join(&self, name: &[u8]) -> PathBuf {
        self.path.join(os_str(name))
    }
}

/// Opens the directory of a path of the journal, in which no symbolic link is
/// followed: those paths have none, so one that is there now was put there since,
/// perhaps by somebody else. The name comes with it.
pub(super) fn open_parent<F: FileOps>(ops: &F, path: &Path) -> io::Result<(F::Dir, Vec<u8>)> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let root = path.ancestors().last().unwrap_or(path);
    let mut dir = ops.open_root(bytes_of(root.as_os_str()))?;
    let below = parent.strip_prefix(root).unwrap_or(parent);
    if !below.as_os_str().is_empty() {
        dir = ops.open_dir(&dir, bytes_of(below.as_os_str()))?;
    }
    Ok((dir, bytes_of(name).to_vec()))
}

/// A cache of open directories.
pub(super) struct Dirs<D> {
    roots: HashMap<PathBuf, Arc<OpenedDir<D>>>,
    below: HashMap<(PathBuf, PathBuf), Arc<OpenedDir<D>>>,
}

impl<D> Default for Dirs<D> {
    fn default() -> Self {
        Self {
            roots: HashMap::new(),
            below: HashMap::new(),
        }
    }
}

impl<D> Dirs<D> {
    /// The directory of a file.
    pub(super) fn get<F>(&mut self, ops: &F, place: &Place) -> io::Result<Arc<OpenedDir<D>>>
    where
        F: FileOps<Dir = D>,
    {
        let key = (place.root.clone(), place.below.clone());
        if let Some(known) = self.below.get(&key) {
            return Ok(Arc::clone(known));
        }
        let root = match self.roots.get(&place.root) {
            Some(known) => Arc::clone(known),
            None => {
                let dir = ops.open_root(bytes_of(place.root.as_os_str()))?;
                let root = Arc::new(OpenedDir::new(ops, dir)?);
                self.roots.insert(place.root.clone(), Arc::clone(&root));
                root
            }
        };
        let opened = if place.below.as_os_str().is_empty() {
            root
        } else {
            let dir = ops.open_dir(&root.dir, bytes_of(place.below.as_os_str()))?;
            Arc::new(OpenedDir::new(ops, dir)?)
        };
        self.below.insert(key, Arc::clone(&opened));
        Ok(opened)
    }
}
