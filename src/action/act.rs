//! One act on a file: the files involved, and the checks right before it is final.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::compare::{Comparison, Opened};
use super::outcome::{Failure, Refusal, Skip, Step};
use crate::platform::{FileOps, FileSystemKind};
use crate::types::{CancelToken, FileStat};

/// Result of one act.
#[derive(Debug)]
pub(super) enum Acted {
    /// It is done.
    Done,
    /// It is not done, and every name leads where it led.
    NotDone(Refusal),
    /// It is not done, or only for some names, and what is left to do is in the
    /// journal.
    Stuck(Failure),
}

/// A target, its keeper, and the temporary names that the journal knows, one for
/// each name of the target.
pub(super) struct Act<'a, F: FileOps> {
    pub(super) ops: &'a F,
    pub(super) keeper: &'a Opened<F>,
    pub(super) target: &'a Opened<F>,
    pub(super) temporaries: &'a [Vec<u8>],
    pub(super) cancel: &'a CancelToken,
    /// The status while the bytes were equal, where no lease tells of writers.
    pub(super) equal: Option<Equal>,
    /// Changes of the keeper's status that acts made, in order: before and after.
    pub(super) own_changes: &'a Mutex<Vec<(FileStat, FileStat)>>,
    /// True if the act itself changes the status of the keeper.
    pub(super) changes_keeper: bool,
}

/// The status of two files while their bytes were equal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Equal {
    pub(super) keeper: FileStat,
    pub(super) target: FileStat,
}

/// The status of keeper and target before a name of the target is changed, if
/// their numbers do not tell that they are two files.
pub(super) struct Witness(Option<(FileStat, FileStat)>);

pub(super) fn act_failed(error: io::Error) -> Refusal {
    Failure::new(Step::Act, error).into()
}

/// Returns true if a name is certain not to exist.
pub(super) fn is_gone<F: FileOps>(ops: &F, dir: &F::Dir, name: &[u8]) -> bool {
    let found = ops.stat_name(dir, name);
    found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

impl<F: FileOps> Act<'_, F> {
    /// Checks that must hold before anything is changed.
    ///
    /// Between the comparison and this lies the rest of the batch, with its
    /// writes to the disk. Where no lease tells of writers the change times do: a
    /// program can set the modification time back, but not those.
    pub(super) fn begin(&self) -> Result<(), Refusal> {
        self.leases()?;
        if !self.keeper.is_in_place(self.ops) {
            return Err(Skip::KeeperChanged.into());
        }
        let Some(equal) = &self.equal else {
            return Ok(());
        };
        let (keeper, target) = self.status()?;
        if !equal.target.unchanged_in(&target) {
            return Err(Skip::Changed.into());
        }
        if !self.expected_keeper(equal).unchanged_in(&keeper) {
            return Err(Skip::KeeperChanged.into());
        }
        Ok(())
    }

    /// The status of the keeper if nobody changed it but earlier acts of this run.
    fn expected_keeper(&self, equal: &Equal) -> FileStat {
        let changes = self.own_changes.lock();
        let changes = changes.unwrap_or_else(PoisonError::into_inner);
        let mut expected = equal.keeper;
        for (before, after) in changes.iter() {
            if before.unchanged_in(&expected) {
                expected = *after;
            }
        }
        expected
    }

    /// Records what a complete act changed about the keeper.
    pub(super) fn record_own_change(&self) {
        let Some(equal) = self.equal.as_ref().filter(|_| self.changes_keeper) else {
            return;
        };
        let before = self.expected_keeper(equal);
        // Without it the next act finds the keeper changed, and does nothing.
        if let Ok(status) = self.ops.status(&self.keeper.file) {
            let changes = self.own_changes.lock();
            let mut changes = changes.unwrap_or_else(PoisonError::into_inner);
            changes.push((before, status.stat));
        }
    }

    fn comparison(&self) -> Comparison<'_, F> {
        Comparison {
            ops: self.ops,
            keeper: self.keeper,
            target: self.target,
            cancel: self.cancel,
        }
    }

    fn leases(&self) -> Result<(), Refusal> {
        self.comparison().require_leases()
    }

    /// The status against which [`Act::confirm`] compares.
    pub(super) fn witness(&self) -> Result<Witness, Refusal> {
        let keeper = (self.keeper.kind(), self.keeper.stat().id.dev);
        let target = (self.target.kind(), self.target.stat().id.dev);
        if tells_apart(keeper, target) {
            return Ok(Witness(None));
        }
        Ok(Witness(Some(self.status()?)))
    }

    fn status(&self) -> Result<(FileStat, FileStat), Refusal> {
        let keeper = self.ops.status(&self.keeper.file).map_err(act_failed)?;
        let target = self.ops.status(&self.target.file).map_err(act_failed)?;
        Ok((keeper.stat, target.stat))
    }

    /// Checks that must hold after the names of the target were changed and before
    /// that is final: nobody wrote to either file, and the keeper is where it
    /// was.
    pub(super) fn confirm(&self, witness: &Witness) -> Result<(), Refusal> {
        let (keeper, target) = self.status()?;
        if let Some((keeper_before, target_before)) = &witness.0 {
            // A rename moves the change time of a file, by whatever name it is
            // looked at. If it does not here, nothing is known.
            let moved = target.changed != target_before.changed;
            let apart =
                keeper.changed == keeper_before.changed && keeper.links == keeper_before.links;
            if !moved || !apart {
                return Err(Skip::MayBeSameFile.into());
            }
        }
        if !self.target.is(&target) {
            return Err(Skip::Changed.into());
        }
        self.leases()?;
        // The change time tells of no writer any more: a rename moved it.
        if self.equal.is_some() {
            self.comparison().equal_still()?;
        }
        if let Some(equal) = self.equal.as_ref().filter(|_| !self.changes_keeper)
            && !self.expected_keeper(equal).unchanged_in(&keeper)
        {
            return Err(Skip::KeeperChanged.into());
        }
        // Last: the shortest time between this and the end of the target.
        if !self.keeper.is(&keeper) || !self.keeper.is_in_place(self.ops) {
            return Err(Skip::KeeperChanged.into());
        }
        Ok(())
    }

    /// The temporary path of a name, for messages.
    pub(super) fn temporary_path(&self, at: usize) -> Option<PathBuf> {
        let name = self.target.names.get(at)?;
        Some(name.dir.join(self.temporaries.get(at)?))
    }

    /// The number of names that the target has left.
    pub(super) fn links_left(&self) -> Option<u64> {
        let status = self.ops.status(&self.target.file).ok()?;
        Some(status.stat.links)
    }
}

/// Returns true if two numbers are two files for certain, given the kind and the device
/// of each: no other file system shows the same files.
pub(super) fn tells_apart(one: (FileSystemKind, u64), other: (FileSystemKind, u64)) -> bool {
    match (one.0, other.0) {
        (
            FileSystemKind::Exact | FileSystemKind::Memory,
            FileSystemKind::Exact | FileSystemKind::Memory,
        ) => true,
        // One overlay has exact numbers too.
        (FileSystemKind::Overlay, FileSystemKind::Overlay) => one.1 == other.1,
        _ => false,
    }
}
