//! Merging all runs of a file into few.

use std::fs::File;
use std::io;

use super::run::BLOCK_SLOTS;
use super::run_writer::RunWriter;
use super::slot::{SLOT_LEN, Slot};
use super::snapshot::{Run, Snapshot};
use crate::config::HashAlgorithm;
use crate::platform::Volume;

/// Entries that no scan met for so many days go. Scans are not counted: one meets
/// only what is below its paths, so that a hundred scans of one directory say
/// nothing about the files of another, and an entry has no path by which to tell
/// which scans could have met it. What is scanned less often is read again; the
/// size of the file is limited without this.
const MAX_AGE: u16 = 90;

/// The rules by which the entries of a cache file are kept.
pub(super) struct Plan<'a> {
    /// The day of this scan.
    pub(super) today: u16,
    /// The entries that this scan met, if it used the same file.
    pub(super) met: Option<&'a Snapshot>,
    /// A volume whose entries go.
    pub(super) forget: Option<Volume>,
    /// Maximum number of entries that are kept.
    pub(super) max_entries: usize,
}

/// Merges the runs of a file into `out`: one for each volume and algorithm, of
/// the newest entries.
pub(super) fn merge(old: &Snapshot, plan: &Plan<'_>, out: &mut File) -> io::Result<()> {
    let mut kinds: Vec<(Volume, HashAlgorithm)> = Vec::new();
    for run in &old.runs {
        let kind = (run.header.volume, run.header.algorithm);
        if !kinds.contains(&kind) && plan.forget != Some(kind.0) {
            kinds.push(kind);
        }
    }
    let mut oldest = plan.today.saturating_sub(MAX_AGE);
    if old.entries() > plan.max_entries {
        oldest = oldest.max(first_day(old, plan, &kinds));
    }
    let mut left = plan.max_entries;
    for (volume, algorithm) in kinds {
        let runs = old.runs_of(|of, by| (*of, by) == (volume, algorithm));
        let clock = runs.iter().map(|&at| old.runs[at].header.clock).max();
        let Some(clock) = clock else { continue };
        let mut writer = RunWriter::begin(out)?;
        each(old, &runs, plan, &mut |slot| {
            if slot.day >= oldest && left > 0 {
                left -= 1;
                writer.push(slot)?;
            }
            Ok(())
        })?;
        writer.finish(volume, algorithm, clock)?;
    }
    Ok(())
}

/// The first day from which all entries fit: those that were met last stay.
fn first_day(old: &Snapshot, plan: &Plan<'_>, kinds: &[(Volume, HashAlgorithm)]) -> u16 {
    let mut counts = vec![0_usize; usize::from(plan.today) + 1];
    for kind in kinds {
        let runs = old.runs_of(|of, by| (*of, by) == *kind);
        // Nothing is written, so nothing fails.
        let _ = each(old, &runs, plan, &mut |slot| {
            counts[usize::from(slot.day)] += 1;
            Ok(())
        });
    }
    let mut sum = 0;
    for (day, count) in counts.iter().enumerate().rev() {
        sum += count;
        if sum > plan.max_entries {
            // Entries of this day are kept as long as there is room.
            return day as u16;
        }
    }
    0
}

/// Passes the newest entry for each key to `with`, in their order.
fn each(
    old: &Snapshot,
    runs: &[usize],
    plan: &Plan<'_>,
    with: &mut dyn FnMut(Slot) -> io::Result<()>,
) -> io::Result<()> {
    let mut cursors: Vec<Cursor<'_>> = runs
        .iter()
        .filter_map(|&at| Cursor::start(old, &old.runs[at]))
        .collect();
    while let Some(key) = cursors.iter().map(|cursor| cursor.slot().key).min() {
        let mut newest: Option<Slot> = None;
        cursors.retain_mut(|cursor| {
            if cursor.slot().key != key {
                return true;
            }
            newest.get_or_insert_with(|| {
                let mut slot = *cursor.slot();
                // A day in the future would never end.
                slot.day = slot.day.min(plan.today);
                if plan.met.is_some_and(|met| met.is_met(cursor.number())) {
                    slot.day = plan.today;
                }
                slot
            });
            cursor.advance()
        });
        if let Some(slot) = newest {
            with(slot)?;
        }
    }
    Ok(())
}

/// A place in a run.
struct Cursor<'a> {
    snapshot: &'a Snapshot,
    run: &'a Run,
    block: usize,
    slots: Vec<Slot>,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The first entry, if there is one.
    fn start(snapshot: &'a Snapshot, run: &'a Run) -> Option<Self> {
        let mut cursor = Self {
            snapshot,
            run,
            block: 0,
            slots: snapshot.slots(run, 0),
            at: 0,
        };
        cursor.skip_empty().then_some(cursor)
    }

    fn slot(&self) -> &Slot {
        &self.slots[self.at]
    }

    /// The number of the entry in the whole file.
    fn number(&self) -> usize {
        self.run.base + self.block * BLOCK_SLOTS + self.at
    }

    /// Moves to the next entry; false at the end.
    fn advance(&mut self) -> bool {
        self.at += 1;
        self.skip_empty()
    }

    /// Moves to the next block that has entries, if this one has no more.
    fn skip_empty(&mut self) -> bool {
        while self.at >= self.slots.len() {
            self.block += 1;
            self.at = 0;
            if self.block >= self.run.header.blocks() {
                return false;
            }
            self.slots = self.snapshot.slots(self.run, self.block);
        }
        true
    }
}

/// The number of entries that fit into so many bytes.
pub(super) fn entries_in(bytes: u64) -> usize {
    usize::try_from(bytes / (SLOT_LEN as u64 + 2)).unwrap_or(usize::MAX)
}
