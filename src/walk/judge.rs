//! What becomes of each directory entry: the one place that decides, for
//! every walker.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::dir::{Child, Dir};
use super::filter::Filter;
use super::ignored::Ignored;
use super::roots::Roots;
use crate::config::ScanConfig;
use crate::error::Error;
use crate::model::{DirId, FileId, FileKind, FileStat, push_component};
use crate::sys;

/// The rules of a walk.
pub(super) struct Judge {
    pub(super) filter: Filter,
    pub(super) follow_links: bool,
    one_file_system: bool,
    gitignore: bool,
    hidden: bool,
    max_depth: u32,
    keeps_below: bool,
    keeps_absolute: bool,
    roots: HashSet<FileId>,
    visited: Mutex<HashSet<FileId>>,
}

impl Judge {
    pub(super) fn new(config: &ScanConfig, roots: &Roots) -> Result<Self, Error> {
        let selection = &config.selection;
        let filter = Filter::new(selection, &config.excluded_files)?;
        Ok(Self {
            follow_links: selection.follow_links,
            one_file_system: selection.one_file_system,
            gitignore: selection.gitignore,
            hidden: selection.hidden,
            max_depth: selection.max_depth.unwrap_or(u32::MAX),
            keeps_below: filter.asks_for_below(),
            keeps_absolute: filter.asks_for_absolute() || selection.gitignore,
            roots: roots.dirs.iter().map(|root| root.stat.id).collect(),
            visited: Mutex::default(),
            filter,
        })
    }

    /// A root as a directory to list.
    pub(super) fn root(&self, number: DirId, root: u32, path: &Path, id: FileId) -> Dir {
        let absolute = if self.keeps_absolute {
            path.canonicalize().unwrap_or_else(|_| path.to_owned())
        } else {
            PathBuf::new()
        };
        self.first_visit(id);
        Dir {
            number,
            root,
            depth: 0,
            id,
            path: sys::bytes_of(path.as_os_str()).to_vec(),
            below: Vec::new(),
            ignored: self.gitignore.then(|| Ignored::above(&absolute)).flatten(),
            absolute,
        }
    }

    /// A directory in a directory.
    pub(super) fn child(&self, parent: &Dir, name: &[u8], child: Child) -> Dir {
        let mut path = Vec::with_capacity(parent.path.len() + name.len() + 1);
        path.extend_from_slice(&parent.path);
        push_component(&mut path, name);
        let mut below = Vec::new();
        if self.keeps_below {
            below.extend_from_slice(&parent.below);
            push_component(&mut below, name);
        }
        let mut absolute = PathBuf::new();
        let mut ignored = None;
        if self.keeps_absolute {
            absolute = parent.absolute.join(sys::os_str(name));
            if self.gitignore {
                ignored = Ignored::within(parent.ignored.as_ref(), &absolute);
            }
        }
        Dir {
            number: child.number,
            root: parent.root,
            depth: parent.depth + 1,
            id: child.id,
            path,
            below,
            absolute,
            ignored,
        }
    }

    /// Whether a directory's entries are near enough to its root.
    pub(super) fn lists(&self, dir: &Dir) -> bool {
        dir.depth < self.max_depth
    }

    /// Whether the name alone lets an entry of this kind take part.
    pub(super) fn admits(&self, dir: &Dir, name: &[u8], kind: FileKind) -> bool {
        if !self.hidden && name.first() == Some(&b'.') {
            return false;
        }
        let is_dir = kind == FileKind::Directory;
        if self.gitignore {
            // Git's own files are never part of the work tree.
            if name == b".git" {
                return false;
            }
            let ignored = dir.ignored.as_ref();
            if ignored.is_some_and(|i| i.ignores(&dir.absolute.join(sys::os_str(name)), is_dir)) {
                return false;
            }
        }
        self.filter.admits(dir, name, is_dir)
    }

    /// Whether to list a directory that was met in another one.
    pub(super) fn enters(&self, parent: &Dir, name: &[u8], stat: &FileStat) -> bool {
        // Nothing in it would be near enough to the root.
        if parent.depth + 1 >= self.max_depth {
            return false;
        }
        // It is walked as a root of its own.
        if self.roots.contains(&stat.id) {
            return false;
        }
        if stat.id.dev != parent.id.dev {
            if self.one_file_system {
                return false;
            }
            let mut path = parent.path.clone();
            push_component(&mut path, name);
            if sys::is_pseudo_file_system(Path::new(sys::os_str(&path))) {
                return false;
            }
        }
        true
    }

    /// Notes a directory; answers whether it had not been noted before.
    /// Only a walk that follows links keeps notes: without links there is
    /// one way to each directory, bind mounts aside.
    pub(super) fn first_visit(&self, id: FileId) -> bool {
        !self.follow_links
            || self
                .visited
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id)
    }
}
