//! A directory's entries on their way from the listing to the coordinator.

use std::ffi::CStr;
use std::io;
use std::path::PathBuf;

use super::context::Context;
use super::dir::{Child, Dir};
use super::entry_filter::Entrance;
use super::inline_read::{Looked, Peek, Peeks};
use super::batch_sender::{BATCH_FILES, Link};
use crate::error::Stage;
use crate::types::{FileKind, FileStat, FoundDir, FoundFile, WalkBatch};
use crate::platform::{self, NativeDir};

/// A directory's entries on their way to the coordinator.
pub(super) struct Listing<'a> {
    context: &'a Context,
    dir: &'a Dir,
    batch: WalkBatch,
    peek: Option<Peek>,
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
            peek: context.peeks.as_ref().map(Peeks::take),
        }
    }

    /// Decides on one entry. A directory that is to be listed is returned,
    /// after it was put in the batch.
    pub(super) fn entry(
        &mut self,
        name: &[u8],
        kind: Option<FileKind>,
        spot: Option<(&NativeDir, &CStr)>,
        stat: impl FnOnce() -> io::Result<FileStat>,
    ) -> Option<Child> {
        let judge = &self.context.judge;
        let stat = match kind {
            Some(FileKind::Special) => return None,
            Some(FileKind::Symlink) => return self.link(name),
            Some(kind) if !judge.admits(self.dir, name, kind) => return None,
            Some(FileKind::Regular) => {
                if let Some(spot) = spot
                    && self.peek(name, spot)
                {
                    return None;
                }
                self.stat(name, stat)?
            }
            Some(FileKind::Directory) => self.stat(name, stat)?,
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
            FileKind::Directory => return self.directory(name, &stat, false),
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
        let judge = &self.context.judge;
        let takes_part = judge.takes(stat, || self.dir.path_of(name));
        if let (Some(peek), Some(peeks)) = (&mut self.peek, &self.context.peeks) {
            peek.met(peeks, stat, takes_part);
        }
        if takes_part {
            self.push(name, stat, through_link);
        }
    }

    fn push(&mut self, name: &[u8], stat: &FileStat, through_link: bool) {
        if self.context.judge.is_made_up(self.dir, name, stat) {
            return;
        }
        let batch = match &mut self.peek {
            Some(peek) => &mut peek.batch,
            None => &mut self.batch,
        };
        let name = batch.keep(name);
        batch.files.push(FoundFile {
            dir: self.dir.number,
            name,
            stat: *stat,
            through_link,
        });
        if batch.files.len() >= BATCH_FILES {
            match &mut self.peek {
                Some(peek) => {
                    if let Some(peeks) = &self.context.peeks {
                        peek.send(peeks, &self.context.sink);
                    }
                }
                None => self.context.sink.send(&mut self.batch),
            }
        }
    }

    /// Looks at a regular file by opening it, and reads it if that is worth
    /// it. Answers whether that was all there is to do.
    fn peek(&mut self, name: &[u8], (dir, c_name): (&NativeDir, &CStr)) -> bool {
        let Context { peeks, judge, .. } = self.context;
        let (Some(peek), Some(peeks)) = (&mut self.peek, peeks) else {
            return false;
        };
        if !peek.is_worth_it(self.dir, dir) {
            return false;
        }
        // What is wrong with a file, if anything, is told by those whose
        // business it is.
        let (file, is_quiet) = match dir.open_file(c_name) {
            Ok(opened) => opened,
            Err(error) => {
                peek.failed(&error);
                return false;
            }
        };
        let path = || self.dir.path_of(name);
        let takes = |stat: &FileStat| judge.takes(stat, path);
        let Ok(looked) = peek.look(peeks, &file, is_quiet, takes) else {
            return false;
        };
        let (stat, is_read) = match looked {
            Looked::Special => return false,
            Looked::TakesNoPart => return true,
            Looked::At(stat) => (stat, false),
            Looked::Read(stat) => (stat, true),
        };
        if is_read {
            peek.keep(stat.size);
        }
        self.push(name, &stat, false);
        true
    }

    /// Whether a link's target may take part under the link's name.
    pub(super) fn admits(&self, name: &[u8], kind: FileKind) -> bool {
        self.context.judge.admits(self.dir, name, kind)
    }

    /// Puts a directory in the batch, if it is to be listed.
    pub(super) fn directory(
        &mut self,
        name: &[u8],
        stat: &FileStat,
        through_link: bool,
    ) -> Option<Child> {
        let judge = &self.context.judge;
        match judge.enters(self.dir, name, stat, through_link) {
            Entrance::Closed => return None,
            Entrance::Root(root) => {
                if root != self.dir.root {
                    self.batch.nested.push((self.dir.root, root));
                }
                return None;
            }
            Entrance::Unknown(error) => {
                self.batch.errors.push(error);
                return None;
            }
            Entrance::Open => {}
        }
        let id = stat.id;
        let number = self.context.sink.number_dir();
        let name = self.batch.keep(name);
        self.batch.dirs.push(FoundDir {
            dir: number,
            parent: Some(self.dir.number),
            name,
            id,
            root: self.dir.root,
        });
        Some(Child { number, id })
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
        let path = self.dir.path_of(name);
        self.batch.errors.push(platform::scan_error(
            PathBuf::from(platform::os_str(&path)),
            Stage::Walk,
            error,
        ));
    }

    /// Gives the batch back unsent.
    pub(super) fn pause(self) -> WalkBatch {
        debug_assert!(self.peek.is_none(), "it would be lost");
        self.batch
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) {
        let current = Some(PathBuf::from(platform::os_str(&self.dir.path)));
        let sink = &self.context.sink;
        let (Some(mut peek), Some(peeks)) = (self.peek, &self.context.peeks) else {
            self.batch.current = current;
            return sink.send(&mut self.batch);
        };
        if self.batch.is_empty() {
            peek.batch.current = current;
        } else {
            self.batch.current = current;
            sink.send(&mut self.batch);
        }
        if peek.has_read_nothing() {
            sink.send(&mut peek.batch);
        }
        peeks.put(peek);
    }
}
