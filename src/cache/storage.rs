//! Writing to the cache file.
//!
//! One process at a time writes, under a lock on the file. New runs are appended;
//! now and then all runs are merged into a new file, which replaces the old one.
//! A process that reads the old one meanwhile keeps it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::run::{FILE_HEADER_LEN, FileHeader, file_header};
use super::snapshot::{Snapshot, Unusable};
use crate::platform;

/// Time that another process that writes is given to end.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause between attempts.
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// The cache could not be used, or only in part.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheError {
    /// A file that is something else.
    #[error("{} is not a cache of nodupe; it is left alone, and nothing is cached", .0.display())]
    Foreign(PathBuf),
    /// A file of a newer version.
    #[error("{} was written by a newer nodupe; it is left alone, and nothing is cached", .0.display())]
    Newer(PathBuf),
    /// A damaged file.
    #[error("{} is damaged", .0.display())]
    Damaged(PathBuf),
    /// Another process holds the lock.
    #[error("another process writes to {}; what this scan proved is not stored", .0.display())]
    Busy(PathBuf),
    /// The system's error.
    #[error("cannot use {}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        error: io::Error,
    },
}

impl CacheError {
    pub(super) fn of(path: &Path, reason: Unusable) -> Self {
        let path = path.to_path_buf();
        match reason {
            Unusable::Header(FileHeader::Newer) => Self::Newer(path),
            Unusable::Header(FileHeader::Damaged) => Self::Damaged(path),
            Unusable::Header(_) => Self::Foreign(path),
            Unusable::Io(error) => Self::Io { path, error },
        }
    }

    pub(super) fn io(path: &Path, error: io::Error) -> Self {
        Self::of(path, Unusable::Io(error))
    }
}

/// Opens a cache for reading; `None` if there is no file.
pub(super) fn open(path: &Path) -> Result<Option<Snapshot>, CacheError> {
    match platform::open_private_file(path, false) {
        Ok(file) => {
            let opened = Snapshot::open(file);
            opened
                .map(Some)
                .map_err(|reason| CacheError::of(path, reason))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CacheError::io(path, error)),
    }
}

/// The file while this process holds the lock on it.
pub(super) struct Locked {
    path: PathBuf,
    file: File,
}

impl Locked {
    /// Waits for the lock. A file that is missing is created.
    pub(super) fn take(path: &Path) -> Result<Self, CacheError> {
        let failed = |error| CacheError::io(path, error);
        let until = Instant::now() + LOCK_TIMEOUT;
        loop {
            let file = platform::open_private_file(path, true).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {
                    // It may have been replaced while it was waited for.
                    let is_there = platform::stat_path(path, false).is_ok_and(|there| {
                        platform::stat_file(&file).is_ok_and(|own| own.id == there.id)
                    });
                    if is_there {
                        let path = path.to_path_buf();
                        return Ok(Self { path, file });
                    }
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            if Instant::now() >= until {
                return Err(CacheError::Busy(path.to_path_buf()));
            }
            std::thread::sleep(LOCK_PAUSE);
        }
    }

    fn failed(&self) -> impl Fn(io::Error) -> CacheError {
        |error| CacheError::io(&self.path, error)
    }

    /// The content of the file.
    pub(super) fn snapshot(&self) -> Result<Snapshot, CacheError> {
        let file = self.file.try_clone().map_err(self.failed())?;
        Snapshot::open(file).map_err(|reason| CacheError::of(&self.path, reason))
    }

    /// Appends what `write` writes; what was not written completely before is
    /// overwritten.
    pub(super) fn append(
        &mut self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), CacheError> {
        let end = self.snapshot()?.end;
        let file = &mut self.file;
        // Not synced: what a power cut takes shows by its checksums.
        let appended = seek_end(file, end).and_then(|()| write(file));
        appended.map_err(self.failed())
    }

    /// The length of the file.
    pub(super) fn len(&self) -> Result<u64, CacheError> {
        let metadata = self.file.metadata().map_err(self.failed())?;
        Ok(metadata.len())
    }

    /// Replaces the file by one that `write` fills.
    pub(super) fn replace(
        self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), CacheError> {
        let failed = self.failed();
        let new = beside(&self.path, ".new");
        // One that was left by a process that was killed is overwritten.
        let mut file = platform::open_private_file(&new, true).map_err(&failed)?;
        let written = file
            .set_len(0)
            .and_then(|()| platform::close_to_others(&file))
            .and_then(|()| file.write_all(&file_header()))
            .and_then(|()| write(&mut file))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&new, &self.path));
        if written.is_err() {
            // What is left of it is overwritten next time.
            let _ = fs::remove_file(&new);
        }
        written.map_err(failed)
    }

    /// Renames the file, so that it is not used any more. Returns its new name.
    pub(super) fn set_aside(self) -> Result<PathBuf, CacheError> {
        let aside = beside(&self.path, ".damaged");
        fs::rename(&self.path, &aside).map_err(self.failed())?;
        Ok(aside)
    }

    /// Removes the file.
    pub(super) fn remove(self) -> Result<(), CacheError> {
        fs::remove_file(&self.path).map_err(self.failed())
    }
}

/// Cuts a file off at the end of its last run, and continues there.
fn seek_end(file: &mut File, end: u64) -> io::Result<()> {
    platform::close_to_others(file)?;
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    if end < FILE_HEADER_LEN as u64 {
        file.rewind()?;
        file.write_all(&file_header())?;
    }
    Ok(())
}

/// A path that differs in an additional suffix.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
