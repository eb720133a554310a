//! Proof that nobody writes to a file while it is read.
//!
//! A change time that did not move proves less than it seems. It does not move
//! for a store through a shared mapping into a page that is dirty already, nor
//! at the end of a long `write`, nor twice within one tick of the clock that a
//! file system stamps with, and what a network file system tells of it may come
//! from a cache. So there are three ways to be sure, in this order:
//!
//! * A file on a local disk that changed last long ago is *settled*: its pages
//!   are on the disk, so that a store into one moves its change time. One look
//!   after the read is enough.
//! * A read lease is refused while anybody has the file open for writing, and
//!   broken as soon as somebody wants to.
//! * Where no lease is to be had, what is only in memory is written to the disk
//!   first, and two looks, before the read and after it, have to agree. Who
//!   writes to somebody else's file through a mapping on tmpfs, overlay, FUSE
//!   or a network is not seen by that.
//!
//! A lease tells of the programs that use this kernel's file. Elsewhere than on
//! a local disk there can be others: the program behind a FUSE mount, what is
//! beneath an overlay, another machine. So there the two looks have to agree
//! as well.

use std::fs::File;
use std::time::{Duration, SystemTime};

use super::file::{difference, is_renumbered};
use super::{Worker, changed, failed};
use crate::error::FailureKind;
use crate::io::Lease;
use crate::types::{FileKind, FileStat, TaskResult, Timestamp};

/// A tick of the slowest clock that kernels stamp with (100 Hz).
const TICK: Duration = Duration::from_millis(10);

/// The same where only whole seconds are kept (ext4 with inodes of 128 bytes),
/// or every other one (FAT).
const COARSE_TICK: Duration = Duration::from_secs(2);

/// The longest time without a sign of life while a tick is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// A lease is refused for a moment after a writer is done, if its process has
/// just forked: until the child runs another program it has the file open too.
const RETRIES: [Duration; 3] = [
    Duration::from_millis(1),
    Duration::from_millis(4),
    Duration::from_millis(16),
];

/// After so many leases that were refused however often they were asked for,
/// a worker has less patience: somebody has many files open, and to wait so long
/// for each of thousands takes a minute.
const ENOUGH_REFUSALS: u32 = 32;

/// How it is known that nobody writes to a file while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is settled.
    Settled,
    /// A lease is held on it. (Where that does not tell all, its times are
    /// compared, too.)
    Lease,
    /// Its times are compared.
    Times,
}

impl Worker {
    /// Is a file, as the walk saw it, settled?
    pub(super) fn is_settled(&mut self, file: &File, expected: &FileStat) -> bool {
        expected.changed < self.settled_before && self.io.is_on_local_disk(file, expected.id.dev)
    }

    /// Makes sure, before a file is read, that it is the one that the walk saw
    /// and that nobody writes to it.
    pub(super) fn hold(&mut self, file: &File, expected: &FileStat) -> Result<Hold, TaskResult> {
        if self.is_settled(file, expected) {
            return Ok(Hold::Settled);
        }
        self.hold_strictly(file, expected)
    }

    /// The same with a lease also on settled files, where one is to be had.
    pub(super) fn hold_strictly(
        &mut self,
        file: &File,
        expected: &FileStat,
    ) -> Result<Hold, TaskResult> {
        let hold = match self.take_lease(file) {
            Lease::Refused => return Err(in_use()),
            Lease::Held if self.io.is_on_local_disk(file, expected.id.dev) => {
                return Ok(Hold::Lease);
            }
            // Others than the programs of this machine may write to it.
            Lease::Held => Hold::Lease,
            Lease::Unavailable if self.is_settled(file, expected) => return Ok(Hold::Settled),
            Lease::Unavailable => Hold::Times,
        };
        self.io.write_back(file);
        self.heartbeat.beat();
        self.outlast_tick(expected.changed);
        self.look(file, expected)?;
        Ok(hold)
    }

    /// Asks for a lease, and again if it is refused: see [`RETRIES`].
    fn take_lease(&mut self, file: &File) -> Lease {
        let mut lease = self.io.take_lease(file);
        let is_in_vain = self.refusals >= ENOUGH_REFUSALS;
        let pauses = if is_in_vain { 1 } else { RETRIES.len() };
        for pause in &RETRIES[..pauses] {
            if lease != Lease::Refused {
                return lease;
            }
            std::thread::sleep(*pause);
            self.heartbeat.beat();
            lease = self.io.take_lease(file);
        }
        // Only here it shows what was worth waiting for, and what was not.
        self.refusals = match lease {
            Lease::Refused => self.refusals.saturating_add(1),
            Lease::Held | Lease::Unavailable => 0,
        };
        lease
    }

    /// Gives up at once if somebody waits to write to a file that is being
    /// read.
    pub(super) fn still_holds(&mut self, file: &File, hold: Hold) -> Result<(), TaskResult> {
        if hold == Hold::Lease && !self.io.holds_lease(file) {
            return Err(in_use());
        }
        Ok(())
    }

    /// Concludes, after a file was read, that it was all of the file that the
    /// walk saw and that nobody wrote to it meanwhile.
    pub(super) fn confirm(
        &mut self,
        file: &File,
        expected: &FileStat,
        hold: Hold,
    ) -> Result<FileStat, TaskResult> {
        let is_exact = self.io.is_on_local_disk(file, expected.id.dev);
        if !is_exact {
            self.ends_where_it_says(file, expected.size)?;
        }
        let stat = self.look(file, expected)?;
        self.still_holds(file, hold)?;
        Ok(stat)
    }

    /// A file system that passes on what others tell may be wrong about the
    /// size.
    fn ends_where_it_says(&mut self, file: &File, size: u64) -> Result<(), TaskResult> {
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

    /// What an open file is, if that is what it was expected to be.
    pub(super) fn look(
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

    /// Waits until a change would get another time than the last one.
    fn outlast_tick(&mut self, last: Timestamp) {
        while let Some(rest) = rest_of_tick(last, SystemTime::now().into()) {
            std::thread::sleep(rest.min(PAUSE));
            self.heartbeat.beat();
        }
    }
}

/// How long a change still gets the same time as the last one. `None` if it
/// does not, or if the file is stamped by another clock.
fn rest_of_tick(last: Timestamp, now: Timestamp) -> Option<Duration> {
    let is_whole_second = last.as_nanos() % 1_000_000_000 == 0;
    let tick = if is_whole_second { COARSE_TICK } else { TICK };
    let passed = u64::try_from(now.as_nanos().checked_sub(last.as_nanos())?).ok()?;
    tick.checked_sub(Duration::from_nanos(passed))
        .filter(|rest| !rest.is_zero())
}

fn in_use() -> TaskResult {
    changed("another program has it open for writing")
}

#[cfg(test)]
#[path = "write_guard_tests.rs"]
mod tests;
