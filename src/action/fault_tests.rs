//! Lets the process stop, or an operation fail, at each single operation.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::rc::Rc;

use super::journal::{
    DirectoryRecord, Entry, EntryId, JournalError, Recorded, RunId, State, StateChange,
};
use super::run::Intents;
use crate::platform::{
    BlockUsage, ContentOps, DedupeStep, FileOps, FileStatus, FileSystemKind, Lease, Setting,
};
use crate::types::{FileMetadata, FileStat, Timestamp};

/// The fault, and the operation at which it occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Neither this one nor any later one is done.
    Stop(usize),
    /// This one fails.
    Fail(usize, ErrorKind),
    /// This one is done, and fails all the same, as a server's may.
    DoneButFails(usize, ErrorKind),
}

/// Somebody who is told the number and the name of each operation before it is done.
type Neighbour = Box<dyn FnMut(usize, &'static str)>;

/// Numbers the operations.
#[derive(Clone)]
pub(super) struct Steps {
    count: Rc<Cell<usize>>,
    pub(super) fault: Fault,
    /// Called before each operation: somebody else, at work at the same time.
    neighbour: Rc<RefCell<Option<Neighbour>>>,
}

impl Steps {
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            count: Rc::default(),
            fault,
            neighbour: Rc::default(),
        }
    }

    pub(super) fn with_neighbour(neighbour: impl FnMut(usize, &'static str) + 'static) -> Self {
        let steps = Self::new(Fault::None);
        *steps.neighbour.borrow_mut() = Some(Box::new(neighbour));
        steps
    }

    pub(super) fn count(&self) -> usize {
        self.count.get()
    }

    pub(super) fn step<T>(
        &self,
        name: &'static str,
        operation: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let at = self.count.get();
        self.count.set(at + 1);
        if let Some(neighbour) = &mut *self.neighbour.borrow_mut() {
            neighbour(at, name);
        }
        match self.fault {
            Fault::Stop(first) if at >= first => Err(io::Error::other("the machine stopped")),
            Fault::Fail(failing, error) if at == failing => Err(error.into()),
            Fault::DoneButFails(failing, error) if at == failing => {
                operation().and_then(|_| Err(error.into()))
            }
            _ => operation(),
        }
    }
}

/// Operations that go wrong.
pub(super) struct Faulty<'a, F> {
    pub(super) inner: &'a F,
    pub(super) steps: Steps,
}

impl<F: FileOps> FileOps for Faulty<'_, F> {
    type Dir = F::Dir;
    type File = F::File;

    fn open_root(&self, path: &[u8]) -> io::Result<F::Dir> {
        self.steps.step("open_root", || self.inner.open_root(path))
    }

    fn open_dir(&self, base: &F::Dir, path: &[u8]) -> io::Result<F::Dir> {
        self.steps
            .step("open_dir", || self.inner.open_dir(base, path))
    }

    fn open_file(&self, dir: &F::Dir, name: &[u8]) -> io::Result<F::File> {
        self.steps
            .step("open_file", || self.inner.open_file(dir, name))
    }

    fn status(&self, file: &F::File) -> io::Result<FileStatus> {
        self.steps.step("status", || self.inner.status(file))
    }

    fn dir_status(&self, dir: &F::Dir) -> io::Result<FileStatus> {
        self.steps.step("dir_status", || self.inner.dir_status(dir))
    }

    fn stat_name(&self, dir: &F::Dir, name: &[u8]) -> io::Result<FileStat> {
        self.steps
            .step("stat_name", || self.inner.stat_name(dir, name))
    }

    fn stat_target(&self, dir: &F::Dir, name: &[u8]) -> io::Result<FileStat> {
        self.steps
            .step("stat_target", || self.inner.stat_target(dir, name))
    }

    fn dir_path(&self, dir: &F::Dir) -> io::Result<PathBuf> {
        self.steps.step("dir_path", || self.inner.dir_path(dir))
    }

    fn read_link(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Vec<u8>> {
        self.steps
            .step("read_link", || self.inner.read_link(dir, name))
    }

    fn file_system_kind(&self, dir: &F::Dir) -> FileSystemKind {
        self.inner.file_system_kind(dir)
    }

    fn metadata(&self, file: &F::File) -> io::Result<FileMetadata> {
        self.steps.step("metadata", || self.inner.metadata(file))
    }

    fn read_at(&self, file: &F::File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.steps
            .step("read_at", || self.inner.read_at(file, buffer, offset))
    }

    fn take_lease(&self, file: &F::File) -> Lease {
        let taken = self
            .steps
            .step("take_lease", || Ok(self.inner.take_lease(file)));
        taken.unwrap_or(Lease::Unavailable)
    }

    fn holds_lease(&self, file: &F::File) -> bool {
        let holds = self
            .steps
            .step("holds_lease", || Ok(self.inner.holds_lease(file)));
        holds.unwrap_or(false)
    }

    fn release_lease(&self, file: &F::File) {
        let _ = self.steps.step("release_lease", || {
            self.inner.release_lease(file);
            Ok(())
        });
    }

    fn write_back(&self, file: &F::File) {
        let _ = self.steps.step("write_back", || {
            self.inner.write_back(file);
            Ok(())
        });
    }

    fn sync_file(&self, file: &F::File) -> io::Result<()> {
        self.steps.step("sync_file", || self.inner.sync_file(file))
    }

    fn sync_dir(&self, dir: &F::Dir) -> io::Result<()> {
        self.steps.step("sync_dir", || self.inner.sync_dir(dir))
    }

    fn sync_file_system(&self, dir: &F::Dir) -> io::Result<bool> {
        self.steps
            .step("sync_file_system", || self.inner.sync_file_system(dir))
    }

    fn link(&self, file: &F::File, dir: &F::Dir, name: &[u8]) -> io::Result<()> {
        self.steps.step("link", || self.inner.link(file, dir, name))
    }

    fn symlink(&self, target: &[u8], dir: &F::Dir, name: &[u8]) -> io::Result<()> {
        self.steps
            .step("symlink", || self.inner.symlink(target, dir, name))
    }

    fn dir_file(&self, dir: &F::Dir) -> io::Result<F::File> {
        self.steps.step("dir_file", || self.inner.dir_file(dir))
    }

    fn list_dir(&self, dir: &F::Dir) -> io::Result<Vec<Vec<u8>>> {
        self.steps.step("list_dir", || self.inner.list_dir(dir))
    }

    fn link_metadata(&self, dir: &F::Dir, name: &[u8]) -> io::Result<FileMetadata> {
        self.steps
            .step("link_metadata", || self.inner.link_metadata(dir, name))
    }

    fn is_empty_dir(&self, dir: &F::Dir) -> io::Result<bool> {
        self.steps
            .step("is_empty_dir", || self.inner.is_empty_dir(dir))
    }

    fn remove_dir(&self, dir: &F::Dir, name: &[u8]) -> io::Result<()> {
        self.steps
            .step("remove_dir", || self.inner.remove_dir(dir, name))
    }

    fn make_dir(&self, dir: &F::Dir, name: &[u8], mode: u32) -> io::Result<()> {
        self.steps
            .step("make_dir", || self.inner.make_dir(dir, name, mode))
    }

    fn exchange(&self, dir: &F::Dir, one: &[u8], other: &[u8]) -> io::Result<()> {
        self.steps
            .step("exchange", || self.inner.exchange(dir, one, other))
    }

    fn rename(&self, from: (&F::Dir, &[u8]), to: (&F::Dir, &[u8])) -> io::Result<()> {
        self.steps.step("rename", || self.inner.rename(from, to))
    }

    fn unlink(&self, dir: &F::Dir, name: &[u8]) -> io::Result<()> {
        self.steps.step("unlink", || self.inner.unlink(dir, name))
    }

    fn create(&self, dir: &F::Dir, name: &[u8]) -> io::Result<F::File> {
        self.steps.step("create", || self.inner.create(dir, name))
    }

    fn create_unnamed(&self, dir: &F::Dir) -> io::Result<F::File> {
        self.steps
            .step("create_unnamed", || self.inner.create_unnamed(dir))
    }

    fn write_at(&self, file: &F::File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.steps
            .step("write_at", || self.inner.write_at(file, bytes, offset))
    }
}

impl<F: ContentOps> ContentOps for Faulty<'_, F> {
    fn set(&self, file: &F::File, setting: Setting<'_>) -> io::Result<()> {
        self.steps.step("set", || self.inner.set(file, setting))
    }

    fn set_link(&self, dir: &F::Dir, name: &[u8], wanted: &FileMetadata) -> io::Result<()> {
        self.steps
            .step("set_link", || self.inner.set_link(dir, name, wanted))
    }

    fn set_len(&self, file: &F::File, length: u64) -> io::Result<()> {
        self.steps
            .step("set_len", || self.inner.set_len(file, length))
    }

    fn sync_all(&self, file: &F::File) -> io::Result<()> {
        self.steps.step("sync_all", || self.inner.sync_all(file))
    }

    fn clone_content(&self, source: &F::File, fresh: &F::File) -> io::Result<()> {
        let clone = || self.inner.clone_content(source, fresh);
        self.steps.step("clone_content", clone)
    }

    fn punch_hole(&self, file: &F::File, offset: u64, length: u64) -> io::Result<()> {
        let punch = || self.inner.punch_hole(file, offset, length);
        self.steps.step("punch_hole", punch)
    }

    fn read_ahead(&self, file: &F::File, offset: u64, length: u64) -> io::Result<()> {
        self.inner.read_ahead(file, offset, length)
    }

    fn dedupe_range(
        &self,
        source: &F::File,
        target: &F::File,
        offset: u64,
        length: u64,
    ) -> io::Result<DedupeStep> {
        let dedupe = || self.inner.dedupe_range(source, target, offset, length);
        self.steps.step("dedupe_range", dedupe)
    }

    fn shares_all_blocks(&self, one: (&F::File, &FileStat), other: (&F::File, &FileStat)) -> bool {
        self.inner.shares_all_blocks(one, other)
    }

    fn block_usage(&self, file: &F::File) -> Option<BlockUsage> {
        self.inner.block_usage(file)
    }
}

/// A journal whose commits are steps too: one before, and one after it is on
/// disk.
pub(super) struct MemoryJournal {
    pub(super) records: Vec<Recorded>,
    pub(super) directories: Vec<DirectoryRecord>,
    pub(super) steps: Steps,
}

impl MemoryJournal {
    pub(super) fn new(steps: Steps) -> Self {
        Self {
            records: Vec::new(),
            directories: Vec::new(),
            steps,
        }
    }

    /// Another journal with the same entries.
    pub(super) fn copy(&self) -> Self {
        Self {
            records: self.records.clone(),
            directories: self.directories.clone(),
            steps: Steps::new(Fault::None),
        }
    }

    pub(super) fn pending(&self) -> Vec<Recorded> {
        let pending = self.records.iter().filter(|r| r.state == State::Intent);
        pending.cloned().collect()
    }

    /// The state of each file, by its first path.
    pub(super) fn states(&self) -> Vec<(PathBuf, State)> {
        let state = |r: &Recorded| (r.entry.names[0].path.path().to_path_buf(), r.state);
        self.records.iter().map(state).collect()
    }

    fn commit<T>(
        &mut self,
        change: impl FnOnce(&mut Vec<Recorded>) -> T,
    ) -> Result<T, JournalError> {
        let failed = |source| JournalError::Io {
            path: "journal".into(),
            source,
        };
        self.steps.step("journal", || Ok(())).map_err(failed)?;
        let done = change(&mut self.records);
        self.steps.step("journal", || Ok(())).map_err(failed)?;
        Ok(done)
    }
}

impl Intents for MemoryJournal {
    fn intend_directories(&mut self, records: &[DirectoryRecord]) -> Result<(), JournalError> {
        let directories = &mut self.directories;
        let failed = |source| JournalError::Io {
            path: "journal".into(),
            source,
        };
        self.steps.step("journal", || Ok(())).map_err(failed)?;
        directories.extend_from_slice(records);
        Ok(())
    }

    fn advance(
        &mut self,
        results: &[StateChange],
        intents: &[Entry],
    ) -> Result<Vec<EntryId>, JournalError> {
        self.commit(|records| {
            for change in results {
                let record = &mut records[change.entry.number as usize];
                (record.state, record.freed) = (change.state, change.freed);
            }
            let mut ids = Vec::new();
            for entry in intents {
                let id = EntryId {
                    run: RunId(1),
                    number: records.len() as u32,
                };
                records.push(Recorded {
                    id,
                    entry: entry.clone(),
                    state: State::Intent,
                    changed: Timestamp::from_nanos(0),
                    freed: 0,
                });
                ids.push(id);
            }
            ids
        })
    }
}
