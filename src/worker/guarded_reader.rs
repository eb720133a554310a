//! Reads files under a proof that nobody writes to them meanwhile.
//!
//! A change time that did not change proves less than it seems. It does not
//! change for a store through a shared mapping into a page that is dirty
//! already, nor at the end of a long `write`, nor twice within one tick of the
//! clock that a file system stamps with, and the time that a network file
//! system reports may come from a cache. So there are three proofs, in this
//! order:
//!
//! * A file on a local disk that changed last long ago is *settled*: its pages
//!   are on the disk, so that a store into one changes its change time. One
//!   stat after the read is enough.
//! * A read lease is refused while anybody has the file open for writing, and
//!   broken as soon as somebody tries to open it for writing.
//! * Where leases are unavailable, data that is only in memory is written to
//!   the disk first, and two stats, before the read and after it, have to
//!   agree. That does not detect writes to another user's file through a
//!   mapping on tmpfs, overlay, FUSE or a network.
//!
//! A lease covers the programs that use this kernel's file. Elsewhere than on a
//! local disk there can be other writers: the program behind a FUSE mount, a
//! layer beneath an overlay, another machine. So there the two stats have to
//! agree as well.

use std::fs::File;
use std::time::{Duration, SystemTime};

use super::{changed, failed};
use crate::error::FailureKind;
use crate::io::{FileIo, Lease, read_full};
use crate::platform;
use crate::types::{Batch, FileId, FileKind, FileStat, Heartbeat, Task, TaskResult, Timestamp};

/// Tick of the slowest clock that kernels stamp with (100 Hz).
const TICK: Duration = Duration::from_millis(10);

/// The same where only whole seconds are stored (ext4 with inodes of 128
/// bytes), or every other one (FAT).
const COARSE_TICK: Duration = Duration::from_secs(2);

/// The longest time without a heartbeat while a tick is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// Pauses between requests for a lease. It is refused for a moment after a
/// writer is done, if its process has just forked: until the child runs another
/// program it has the file open too.
const RETRIES: [Duration; 4] = [
    Duration::from_millis(1),
    Duration::from_millis(4),
    Duration::from_millis(16),
    Duration::from_millis(40),
];

/// After this many leases in a row that were refused on every attempt, a worker
/// makes fewer attempts: some program has many files open, and the full wait for
/// each of thousands takes a minute.
const MAX_REFUSALS: u32 = 32;

/// Proof that nobody writes to a file while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteGuard {
    /// It is settled.
    Settled,
    /// A lease is held on it. Off local disks its times are compared, too.
    Lease,
    /// Its times are compared.
    Times,
}

/// An open file that is still the one the walk saw.
pub(super) struct CheckedFile {
    pub(super) file: File,
    pub(super) stat: FileStat,
}

/// Opens files, reads them under a guard and checks them again: for workers,
/// and for the inline reads of the walk.
pub(crate) struct GuardedReader {
    pub(super) io: Box<dyn FileIo>,
    pub(super) heartbeat: Heartbeat,
    /// See [`Batch::settled_before`].
    pub(crate) settled_before: Timestamp,
    /// See [`Batch::wants_generations`].
    pub(crate) wants_generations: bool,
    /// Bytes of content read.
    pub(super) bytes_read: u64,
    /// Number of leases in a row that were refused on every attempt.
    refusals: u32,
}

impl GuardedReader {
    pub(crate) fn new(io: Box<dyn FileIo>, heartbeat: Heartbeat) -> Self {
        Self {
            io,
            heartbeat,
            settled_before: Timestamp::MIN,
            wants_generations: false,
            bytes_read: 0,
            refusals: 0,
        }
    }

    /// Opens a task's file unless it is no longer the one the walk saw. Nothing
    /// is read before that is certain.
    pub(super) fn open_checked(
        &mut self,
        batch: &Batch,
        task: &Task,
    ) -> Result<CheckedFile, TaskResult> {
        let file = self.open(batch, task)?;
        let stat = self.check_unchanged(&file, &task.expected)?;
        Ok(CheckedFile { file, stat })
    }

    /// Opens a task's file, without checking which one it is by now.
    pub(super) fn open(&mut self, batch: &Batch, task: &Task) -> Result<File, TaskResult> {
        let opened = self.io.open(batch.location(task));
        self.heartbeat.beat();
        opened.map_err(|error| {
            if platform::is_link_loop(&error) {
                changed("it became a symbolic link while the scan ran")
            } else if platform::is_not_regular(&error) {
                changed("it is no longer a regular file")
            } else if error.kind() == std::io::ErrorKind::WouldBlock {
                // The kernel has told its holder that somebody wants to read,
                // and would have this process wait for the answer.
                changed("another program holds a write lease on it")
            } else {
                failed(&error)
            }
        })
    }

    /// Fills the buffer from a file.
    pub(super) fn fill(
        &mut self,
        file: &File,
        expected: &FileStat,
        buffer: &mut [u8],
        offset: u64,
    ) -> Result<(), TaskResult> {
        let filled = read_full(&mut *self.io, file, buffer, offset)
            .map_err(|error| self.changed_or_failed(file, expected, &error))?;
        self.count(filled);
        if filled == buffer.len() {
            Ok(())
        } else {
            Err(ended_early())
        }
    }

    /// Counts bytes of content that were read.
    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes_read += bytes as u64;
        self.heartbeat.read(bytes as u64);
    }

    /// The failure of a file that cannot be read: if the file has changed, that
    /// explains the error.
    pub(super) fn changed_or_failed(
        &mut self,
        file: &File,
        expected: &FileStat,
        error: &std::io::Error,
    ) -> TaskResult {
        match self.check_unchanged(file, expected) {
            Ok(_) => failed(error),
            Err(result) => result,
        }
    }

    /// Returns true if a file, as the walk saw it, is settled.
    pub(super) fn is_settled(&mut self, file: &File, expected: &FileStat) -> bool {
        expected.changed < self.settled_before && self.io.is_on_local_disk(file, expected.id.dev)
    }

    /// Ensures, before a file is read, that it is the one that the walk saw and
    /// that nobody writes to it.
    pub(super) fn guard_against_writes(
        &mut self,
        file: &File,
        expected: &FileStat,
    ) -> Result<WriteGuard, TaskResult> {
        if self.is_settled(file, expected) {
            return Ok(WriteGuard::Settled);
        }
        self.guard_with_lease(file, expected)
    }

    /// Guards a file if that is possible at once: it is settled, or it is on a
    /// local disk and a lease is granted. `is_leased` is true if a lease is
    /// held already.
    pub(crate) fn guard_at_once(
        &mut self,
        file: &File,
        stat: &FileStat,
        is_leased: bool,
    ) -> Option<WriteGuard> {
        if self.is_settled(file, stat) {
            return Some(WriteGuard::Settled);
        }
        let is_guarded =
            self.io.is_on_local_disk(file, stat.id.dev) && (is_leased || self.try_lease(file));
        is_guarded.then_some(WriteGuard::Lease)
    }

    /// Requests a lease once.
    pub(crate) fn try_lease(&mut self, file: &File) -> bool {
        self.io.take_lease(file) == Lease::Held
    }

    /// Like [`GuardedReader::guard_against_writes`], but also asks for a lease
    /// on settled files.
    pub(super) fn guard_with_lease(
        &mut self,
        file: &File,
        expected: &FileStat,
    ) -> Result<WriteGuard, TaskResult> {
        let guard = match self.take_lease(file) {
            Lease::Refused => return Err(in_use()),
            Lease::Held if self.io.is_on_local_disk(file, expected.id.dev) => {
                return Ok(WriteGuard::Lease);
            }
            // There may be writers that break no lease.
            Lease::Held => WriteGuard::Lease,
            Lease::Unavailable if self.is_settled(file, expected) => {
                return Ok(WriteGuard::Settled);
            }
            Lease::Unavailable => WriteGuard::Times,
        };
        self.io.write_back(file);
        self.heartbeat.beat();
        self.wait_for_next_tick(expected.changed);
        self.check_unchanged(file, expected)?;
        Ok(guard)
    }

    /// Requests a lease, and again if it is refused: see [`RETRIES`].
    fn take_lease(&mut self, file: &File) -> Lease {
        let mut lease = self.io.take_lease(file);
        let is_in_vain = self.refusals >= MAX_REFUSALS;
        let pauses = if is_in_vain { 1 } else { RETRIES.len() };
        for pause in &RETRIES[..pauses] {
            if lease != Lease::Refused {
                return lease;
            }
            std::thread::sleep(*pause);
            self.heartbeat.beat();
            lease = self.io.take_lease(file);
        }
        // Only the final result shows whether waiting was of use.
        self.refusals = match lease {
            Lease::Refused => self.refusals.saturating_add(1),
            Lease::Held | Lease::Unavailable => 0,
        };
        lease
    }

    /// Fails at once if somebody waits to write to a file that is being read.
    pub(crate) fn still_guarded(
        &mut self,
        file: &File,
        guard: WriteGuard,
    ) -> Result<(), TaskResult> {
        if guard == WriteGuard::Lease && !self.io.holds_lease(file) {
            return Err(in_use());
        }
        Ok(())
    }

    /// Confirms, after a file was read, that it was all of the file that the
    /// walk saw and that nobody wrote to it meanwhile.
    pub(crate) fn confirm(
        &mut self,
        file: &File,
        expected: &FileStat,
        guard: WriteGuard,
    ) -> Result<FileStat, TaskResult> {
        let is_exact = self.io.is_on_local_disk(file, expected.id.dev);
        if !is_exact {
            self.check_end(file, expected.size)?;
        }
        let stat = self.check_unchanged(file, expected)?;
        self.still_guarded(file, guard)?;
        Ok(stat)
    }

    /// Checks that a file ends at its reported size. A file system that passes
    /// on information from others may report a wrong size.
    fn check_end(&mut self, file: &File, size: u64) -> Result<(), TaskResult> {
        loop {
            match self.io.read_at(file, &mut [0], size) {
                Ok(0) => return Ok(()),
                Ok(_) => {
                    return Err(changed(
                        "it holds more bytes than the size that the file system reports",
                    ));
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    /// The generation of the inode of a file that was read, if it is wanted. Only
    /// local disks are asked: the program behind a FUSE mount might not answer.
    pub(crate) fn generation(&mut self, file: &File, stat: &FileStat) -> Option<u32> {
        let asks = self.wants_generations && self.io.is_on_local_disk(file, stat.id.dev);
        asks.then(|| self.io.generation(file)).flatten()
    }

    /// The metadata of an open file.
    pub(crate) fn stat(&mut self, file: &File) -> std::io::Result<FileStat> {
        self.io.stat(file)
    }

    /// Reads once from the start of a file, without waiting for a disk. Returns
    /// the number of bytes read, or None if that is not possible.
    pub(crate) fn read_start_now(&mut self, file: &File, buffer: &mut [u8]) -> Option<usize> {
        self.io.read_now(file, buffer, 0).ok()
    }

    /// The metadata of an open file, if it is the expected one.
    pub(super) fn check_unchanged(
        &mut self,
        file: &File,
        expected: &FileStat,
    ) -> Result<FileStat, TaskResult> {
        let stat = if self.io.is_on_local_disk(file, expected.id.dev) {
            self.io.stat(file)
        } else {
            self.io.stat_synced(file)
        };
        let stat = stat.map_err(|error| failed(&error))?;
        if stat.kind != FileKind::Regular {
            return Err(changed("it is no longer a regular file"));
        }
        match difference(expected, &stat) {
            None => Ok(stat),
            Some(how) if is_renumbered(expected, &stat) => {
                Err(TaskResult::Failed(FailureKind::Unstable, how.to_owned()))
            }
            Some(how) => Err(changed(how)),
        }
    }

    /// Waits until a change would get another timestamp than the last one.
    fn wait_for_next_tick(&mut self, last: Timestamp) {
        while let Some(rest) = remaining_tick(last, SystemTime::now().into()) {
            std::thread::sleep(rest.min(PAUSE));
            self.heartbeat.beat();
        }
    }
}

/// The time for which a change still gets the same timestamp as the last one.
/// `None` if that is over, or if another clock stamps the file.
fn remaining_tick(last: Timestamp, now: Timestamp) -> Option<Duration> {
    let is_whole_second = last.as_nanos() % 1_000_000_000 == 0;
    let tick = if is_whole_second { COARSE_TICK } else { TICK };
    let passed = u64::try_from(now.as_nanos().checked_sub(last.as_nanos())?).ok()?;
    tick.checked_sub(Duration::from_nanos(passed))
        .filter(|rest| !rest.is_zero())
}

fn in_use() -> TaskResult {
    changed("another program has it open for writing")
}

/// The failure of a file that holds fewer bytes than its size promises.
pub(super) fn ended_early() -> TaskResult {
    TaskResult::Failed(
        FailureKind::Changed,
        "it ended before the size it is said to have".to_owned(),
    )
}

fn difference(before: &FileStat, after: &FileStat) -> Option<&'static str> {
    if before.unchanged_in(after) {
        None
    } else if before.id != after.id {
        Some("another file took its name while the scan ran")
    } else if before.size != after.size {
        Some("its size changed while the scan ran")
    } else if before.modified != after.modified {
        Some("it was written to while the scan ran")
    } else {
        Some("its metadata changed while the scan ran")
    }
}

/// Returns true if only the inode number differs. Another file that took the
/// name would hardly have the same times; a file system that makes numbers up
/// gives the same file another one.
fn is_renumbered(before: &FileStat, after: &FileStat) -> bool {
    let id = FileId {
        ino: before.id.ino,
        ..after.id
    };
    before.id != after.id && before.unchanged_in(&FileStat { id, ..*after })
}

#[cfg(test)]
#[path = "guarded_reader_tests.rs"]
mod tests;
