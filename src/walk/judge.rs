//! What becomes of each directory entry: the one place that decides, for
//! every walker.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Context;
use super::filter::Filter;
use super::ignored::Ignored;
use super::roots::Roots;
use super::sink::{BATCH_FILES, Link};
use crate::config::ScanConfig;
use crate::error::{Error, ScanError, Stage};
use crate::model::{
    DirId, FileId, FileKind, FileStat, FoundDir, FoundFile, WalkBatch, push_component,
};
use crate::sys;

/// A directory that is, or is to be, listed.
#[derive(Debug, Clone)]
pub(super) struct Dir {
    /// Its number.
    pub(super) number: DirId,
    /// The root it belongs to.
    pub(super) root: u32,
    /// How far below that root it is; the root itself is at 0.
    pub(super) depth: u32,
    /// Who it is.
    pub(super) id: FileId,
    /// Its path as it is reported.
    pub(super) path: Vec<u8>,
    /// Its path below the root, and its absolute path without symbolic links;
    /// kept only where patterns ask for them.
    pub(super) below: Vec<u8>,
    pub(super) absolute: PathBuf,
    /// What git ignores in it.
    pub(super) ignored: Option<Arc<Ignored>>,
}

/// A directory to start from.
pub(super) type Start = Dir;

/// A directory that is to be listed next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) number: DirId,
    pub(super) id: FileId,
}

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
    fn admits(&self, dir: &Dir, name: &[u8], kind: FileKind) -> bool {
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

/// A directory's entries on their way to the coordinator.
pub(super) struct Listing<'a> {
    context: &'a Context,
    dir: &'a Dir,
    batch: WalkBatch,
}

impl<'a> Listing<'a> {
    pub(super) fn new(context: &'a Context, dir: &'a Dir) -> Self {
        Self::resume(context, dir, WalkBatch::default())
    }

    /// Goes on with a batch that was begun for another directory.
    pub(super) fn resume(context: &'a Context, dir: &'a Dir, batch: WalkBatch) -> Self {
        Self {
            context,
            dir,
            batch,
        }
    }

    /// Decides on one entry. A directory that is to be listed is returned,
    /// after it was put in the batch.
    pub(super) fn entry(
        &mut self,
        name: &[u8],
        kind: Option<FileKind>,
        stat: impl FnOnce() -> io::Result<FileStat>,
    ) -> Option<Child> {
        let judge = &self.context.judge;
        let stat = match kind {
            Some(FileKind::Special) => return None,
            Some(FileKind::Symlink) => return self.link(name),
            Some(kind) if !judge.admits(self.dir, name, kind) => return None,
            Some(_) => self.stat(name, stat)?,
            // Some file systems tell the kind only when asked.
            None => {
                let stat = self.stat(name, stat)?;
                if !judge.admits(self.dir, name, stat.kind) {
                    return None;
                }
                stat
            }
        };
        match stat.kind {
            FileKind::Regular => self.file(name, &stat, false),
            FileKind::Directory => {
                if judge.enters(self.dir, name, &stat) && judge.first_visit(stat.id) {
                    return Some(self.directory(name, stat.id));
                }
            }
            FileKind::Symlink => return self.link(name),
            FileKind::Special => {}
        }
        None
    }

    /// Keeps a link for later, if links are followed. Whether its name lets
    /// it take part depends on what it leads to.
    fn link(&self, name: &[u8]) -> Option<Child> {
        if self.context.judge.follow_links {
            self.context.sink.keep_link(Link {
                dir: self.dir.clone(),
                name: name.to_vec(),
            });
        }
        None
    }

    /// Puts a file in the batch, if its metadata let it take part.
    pub(super) fn file(&mut self, name: &[u8], stat: &FileStat, through_link: bool) {
        if self.context.judge.filter.takes(stat) {
            let name = self.batch.keep(name);
            self.batch.files.push(FoundFile {
                dir: self.dir.number,
                name,
                stat: *stat,
                through_link,
            });
            if self.batch.files.len() >= BATCH_FILES {
                self.context.sink.send(&mut self.batch);
            }
        }
    }

    /// Whether a link's target may take part under the link's name.
    pub(super) fn admits(&self, name: &[u8], kind: FileKind) -> bool {
        self.context.judge.admits(self.dir, name, kind)
    }

    /// Puts a directory in the batch.
    pub(super) fn directory(&mut self, name: &[u8], id: FileId) -> Child {
        let number = self.context.sink.number_dir();
        let name = self.batch.keep(name);
        self.batch.dirs.push(FoundDir {
            dir: number,
            parent: Some(self.dir.number),
            name,
            id,
            root: self.dir.root,
        });
        Child { number, id }
    }

    fn stat(
        &mut self,
        name: &[u8],
        stat: impl FnOnce() -> io::Result<FileStat>,
    ) -> Option<FileStat> {
        match stat() {
            Ok(stat) => Some(stat),
            // Gone since the directory was read: not part of the tree.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.error(name, &error);
                None
            }
        }
    }

    /// Puts an error of a name in this directory in the batch.
    pub(super) fn error(&mut self, name: &[u8], error: &io::Error) {
        let mut path = self.dir.path.clone();
        push_component(&mut path, name);
        self.batch.errors.push(ScanError::from_io(
            PathBuf::from(sys::os_str(&path)),
            Stage::Walk,
            error,
        ));
    }

    /// Gives the batch back unsent.
    pub(super) fn pause(self) -> WalkBatch {
        self.batch
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) {
        self.batch.current = Some(PathBuf::from(sys::os_str(&self.dir.path)));
        self.context.sink.send(&mut self.batch);
    }
}

impl Context {
    /// Reports a directory that could not be listed. One that is gone was
    /// deleted meanwhile and is not part of the tree any more.
    pub(super) fn cannot_list(&self, dir: &Dir, error: &io::Error) {
        if dir.depth > 0 && error.kind() == io::ErrorKind::NotFound {
            return;
        }
        self.sink.send_error(ScanError::from_io(
            PathBuf::from(sys::os_str(&dir.path)),
            Stage::Walk,
            error,
        ));
    }
}
