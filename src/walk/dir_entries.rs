//! Turns a directory's entries into batches for the coordinator.

use std::ffi::CStr;
use std::io;
use std::path::PathBuf;

use super::batch_sender::{BATCH_FILES, Link};
use super::context::Context;
use super::dir::{Child, Dir};
use super::entry_filter::DirDecision;
use super::inline_read::{InlineReader, InlineReaders, Inspected};
use crate::cache::{DirLookup, Lookup};
use crate::error::Stage;
use crate::io::{FileIo, Pread};
use crate::platform::{self, NativeDir};
use crate::types::{
    FileKind, FileStat, FoundDir, FoundEntry, FoundFile, FoundKind, Known, SHARE_LIMIT, WalkBatch,
};

/// Number of entries at which a batch is sent before its directory is complete.
const BATCH_ENTRIES: usize = 4096;

/// A directory's entries, collected for the coordinator.
pub(super) struct DirEntries<'a> {
    context: &'a Context,
    dir: &'a Dir,
    batch: WalkBatch,
    reader: Option<InlineReader>,
    /// True if the directory was listed to its end.
    is_listed: bool,
    /// Look-ups in the cache for this directory, once they were asked for.
    lookup: Option<Option<DirLookup>>,
    /// True if files of this directory can share blocks, once that was asked for.
    can_share: Option<bool>,
}

/// A name in an open directory.
type Location<'a> = (&'a NativeDir, &'a CStr);

impl<'a> DirEntries<'a> {
    pub(super) fn new(context: &'a Context, dir: &'a Dir) -> Self {
        Self::resume(context, dir, WalkBatch::default())
    }

    /// Continues a batch that was begun for another directory.
    pub(super) fn resume(context: &'a Context, dir: &'a Dir, batch: WalkBatch) -> Self {
        Self {
            context,
            dir,
            batch,
            reader: context.readers.as_ref().map(InlineReaders::acquire),
            is_listed: false,
            lookup: None,
            can_share: None,
        }
    }

    /// Records that the directory was listed to its end.
    pub(super) fn listed(&mut self) {
        self.is_listed = self.context.tracks.is_some();
    }

    /// Adds an entry that is neither a directory nor a file of the scan, where
    /// directories are compared.
    fn add(&mut self, name: &[u8], kind: FoundKind) {
        if self.context.tracks.is_none() {
            return;
        }
        let name = self.batch.push_name(name);
        let dir = self.dir.number;
        self.batch.entries.push(FoundEntry { dir, name, kind });
        if self.batch.entries.len() >= BATCH_ENTRIES {
            self.context.sender.send(&mut self.batch);
        }
    }

    /// Adds a symbolic link by its target.
    pub(super) fn add_link(&mut self, name: &[u8], target: &[u8]) {
        if self.context.tracks.is_some() {
            let target = self.batch.push_name(target);
            self.add(name, FoundKind::Link(target));
        }
    }

    /// Adds an entry that is no file, directory or link.
    pub(super) fn add_special(&mut self, name: &[u8]) {
        self.add(name, FoundKind::Special);
    }

    /// Records an entry that takes no part.
    pub(super) fn leave_out(&mut self, name: &[u8]) {
        self.add(name, FoundKind::LeftOut);
    }

    /// Decides on one entry. Returns a directory that is to be listed, after it
    /// was added to the batch.
    pub(super) fn entry(
        &mut self,
        name: &[u8],
        kind: Option<FileKind>,
        location: Option<Location<'_>>,
        stat: impl FnOnce() -> io::Result<FileStat>,
        read_link: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> Option<Child> {
        let entry_filter = &self.context.entry_filter;
        let stat = match kind {
            Some(FileKind::Special) => {
                self.add_special(name);
                return None;
            }
            Some(FileKind::Symlink) => return self.link(name, read_link),
            Some(kind) if !entry_filter.matches_name(self.dir, name, kind) => {
                self.leave_out(name);
                return None;
            }
            Some(FileKind::Regular) => {
                if let Some(location) = location
                    && self.inspect_open(name, location)
                {
                    return None;
                }
                self.stat(name, stat)?
            }
            Some(FileKind::Directory) => self.stat(name, stat)?,
            // Some file systems report the kind only on request.
            None => {
                let stat = self.stat(name, stat)?;
                if !entry_filter.matches_name(self.dir, name, stat.kind) {
                    self.leave_out(name);
                    return None;
                }
                stat
            }
        };
        match stat.kind {
            FileKind::Regular => self.add_file(name, &stat, false, location),
            FileKind::Directory => return self.directory(name, &stat, false),
            FileKind::Symlink => return self.link(name, read_link),
            FileKind::Special => self.add_special(name),
        }
        None
    }

    /// Keeps a link for later, if links are followed. The name filter applies
    /// once the kind of its target is known.
    fn link(
        &mut self,
        name: &[u8],
        read_link: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> Option<Child> {
        if self.context.entry_filter.follow_links {
            self.context.sender.keep_link(Link {
                dir: self.dir.clone(),
                name: name.to_vec(),
            });
        } else if self.context.tracks.is_some() {
            if !self.matches_name(name, FileKind::Symlink) {
                self.leave_out(name);
            } else if let Ok(target) = read_link() {
                self.add_link(name, &target);
            } else {
                // A link is no file that the scan would have to report.
                self.leave_out(name);
            }
        }
        None
    }

    /// Look-ups in the cache for this directory.
    fn lookup(&mut self, dir: &NativeDir) -> Option<(&Lookup, &DirLookup)> {
        let lookup = self.context.lookup.as_ref()?;
        let entered = self.lookup.get_or_insert_with(|| lookup.enter(dir));
        Some((lookup, entered.as_ref()?))
    }

    /// The digests that the cache has of a file.
    fn known(&mut self, stat: &FileStat, (dir, name): Location<'_>) -> Option<Known> {
        // Something may be mounted over the file.
        let is_in_place = stat.id.dev == self.dir.id.dev;
        let (lookup, entered) = self.lookup(dir).filter(|_| is_in_place)?;
        let known = lookup.find((entered, dir), name, stat)?;
        if stat.size < SHARE_LIMIT {
            return Some(known);
        }
        let can_share = || platform::shared_space(dir, stat.id.dev).is_some();
        if *self.can_share.get_or_insert_with(can_share) {
            with_shared_blocks(known, stat, (dir, name))
        } else {
            Some(known)
        }
    }

    /// Adds a file to the batch, if its metadata matches.
    pub(super) fn file(&mut self, name: &[u8], stat: &FileStat, through_link: bool) {
        self.add_file(name, stat, through_link, None);
    }

    fn add_file(
        &mut self,
        name: &[u8],
        stat: &FileStat,
        through_link: bool,
        location: Option<Location<'_>>,
    ) {
        let entry_filter = &self.context.entry_filter;
        let is_match = entry_filter.matches_metadata(stat, || self.dir.path_of(name));
        let known = location.filter(|_| is_match);
        let known = known.and_then(|location| self.known(stat, location));
        if let (Some(reader), Some(readers)) = (&mut self.reader, &self.context.readers) {
            // It was of no use to open a file that the cache knows.
            reader.record_seen(readers, stat, is_match && known.is_none());
        }
        if is_match {
            self.push(name, stat, through_link, known);
        } else {
            self.leave_out(name);
        }
    }

    fn push(&mut self, name: &[u8], stat: &FileStat, through_link: bool, known: Option<Known>) {
        if self.context.entry_filter.is_generated(self.dir, name, stat) {
            return self.leave_out(name);
        }
        if self.context.sets_apart(stat) {
            return self.add(name, FoundKind::EmptyFile);
        }
        let batch = match &mut self.reader {
            Some(reader) => &mut reader.batch,
            None => &mut self.batch,
        };
        let name = batch.push_name(name);
        batch
            .known
            .extend(known.map(|known| (batch.files.len(), known)));
        batch.files.push(FoundFile {
            dir: self.dir.number,
            name,
            stat: *stat,
            through_link,
        });
        if batch.files.len() >= BATCH_FILES {
            match &mut self.reader {
                Some(reader) => {
                    if let Some(readers) = &self.context.readers {
                        reader.send(readers, &self.context.sender);
                    }
                }
                None => self.context.sender.send(&mut self.batch),
            }
        }
    }

    /// Inspects a regular file by opening it, and reads it if that pays off.
    /// Returns true if nothing else is to be done.
    fn inspect_open(&mut self, name: &[u8], (dir, c_name): Location<'_>) -> bool {
        let Context {
            readers,
            entry_filter,
            ..
        } = self.context;
        let (Some(reader), Some(readers)) = (&mut self.reader, readers) else {
            return false;
        };
        if !reader.should_open(self.dir, dir) {
            return false;
        }
        // Errors are left to the code that handles files without opening them,
        // which reports them.
        let (file, is_quiet) = match dir.open_file(c_name) {
            Ok(opened) => opened,
            Err(error) => {
                reader.record_open_error(&error);
                return false;
            }
        };
        let path = || self.dir.path_of(name);
        let matches = |stat: &FileStat| entry_filter.matches_metadata(stat, path);
        let Ok(inspected) = reader.inspect(readers, &file, is_quiet, matches) else {
            return false;
        };
        let (stat, is_read) = match inspected {
            Inspected::NotRegular => return false,
            Inspected::FilteredOut => {
                self.leave_out(name);
                return true;
            }
            Inspected::Unread(stat) => (stat, false),
            Inspected::Read(stat) => (stat, true),
        };
        if is_read {
            reader.keep(&file, &stat);
            self.lookup(dir);
        }
        self.push(name, &stat, false, None);
        true
    }

    /// Returns true if a link's target matches under the link's name.
    pub(super) fn matches_name(&self, name: &[u8], kind: FileKind) -> bool {
        self.context.entry_filter.matches_name(self.dir, name, kind)
    }

    /// Adds a directory to the batch, if it is to be listed.
    pub(super) fn directory(
        &mut self,
        name: &[u8],
        stat: &FileStat,
        through_link: bool,
    ) -> Option<Child> {
        let entry_filter = &self.context.entry_filter;
        match entry_filter.decide_directory(self.dir, name, stat, through_link) {
            DirDecision::Skip => {
                self.leave_out(name);
                return None;
            }
            DirDecision::Root(root) => {
                self.add(name, FoundKind::Root(root));
                if root != self.dir.root {
                    self.batch.nested.push((self.dir.root, root));
                }
                return None;
            }
            DirDecision::Ambiguous(error) => {
                self.batch.errors.push(error);
                self.leave_out(name);
                return None;
            }
            DirDecision::List => {}
        }
        let id = stat.id;
        let number = self.context.sender.number_dir();
        let name = self.batch.push_name(name);
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
            // Deleted since the directory was read: not part of the tree.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.error(name, &error);
                None
            }
        }
    }

    /// Adds an error about an entry of this directory to the batch.
    pub(super) fn error(&mut self, name: &[u8], error: &io::Error) {
        let path = self.dir.path_of(name);
        self.batch.errors.push(platform::scan_error(
            PathBuf::from(platform::os_str(&path)),
            Stage::Walk,
            error,
        ));
        self.leave_out(name);
    }

    /// Returns the batch unsent.
    pub(super) fn pause(mut self) -> WalkBatch {
        debug_assert!(self.reader.is_none(), "it would be lost");
        if self.is_listed {
            self.batch.listed.push((self.dir.number, true));
        }
        self.batch
    }

    /// Sends the rest.
    pub(super) fn finish(mut self) {
        let current = Some(PathBuf::from(platform::os_str(&self.dir.path)));
        let sender = &self.context.sender;
        let (Some(mut reader), Some(readers)) = (self.reader, &self.context.readers) else {
            self.batch.current = current;
            if self.is_listed {
                self.batch.listed.push((self.dir.number, true));
            }
            return sender.send(&mut self.batch);
        };
        let batch = if self.batch.is_empty() {
            &mut reader.batch
        } else {
            &mut self.batch
        };
        batch.current = current;
        if self.is_listed {
            batch.listed.push((self.dir.number, true));
        }
        sender.send(&mut self.batch);
        if reader.has_read_nothing() {
            sender.send(&mut reader.batch);
        }
        readers.release(reader);
    }
}

/// Adds what a worker finds out about the blocks of a large file that it reads.
/// `None` if the file cannot be opened or changed: then it is left to a worker,
/// as if it was not known.
fn with_shared_blocks(known: Known, stat: &FileStat, (dir, name): Location<'_>) -> Option<Known> {
    let (file, _) = dir.open_file(name).ok()?;
    let is_same = platform::stat_file(&file).is_ok_and(|now| stat.unchanged_in(&now));
    let blocks = is_same.then(|| Pread::new().shared_blocks(&file, stat, false))?;
    Some(Known {
        hint: blocks.hint(),
        shared_bytes: blocks.bytes_of(stat.size),
        ..known
    })
}
