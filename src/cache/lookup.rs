//! Look-ups by the walk.

use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Cache;
use super::slot::{Slot, day_of, key};
use super::snapshot::Snapshot;
use crate::config::{CacheConfig, HashAlgorithm, is_without};
use crate::platform::{self, NativeDir, Volume};
use crate::types::{Digest, DigestKind, FileStat, Known, Timestamp, WHOLE_LIMIT};

/// Days after which the day of an entry that is met is written anew.
const MAX_DAYS: u16 = 7;

/// The volumes that a scan has met, by their device numbers.
///
/// A disk and its copy have the same UUID and the same inodes. While both are
/// there, an entry can be of either, so that none is believed.
#[derive(Debug, Default)]
pub(super) struct Volumes(Mutex<Met>);

#[derive(Debug, Default)]
struct Met {
    by_device: HashMap<u64, Option<Volume>>,
    /// A volume that two devices are.
    repeated: Option<Volume>,
}

impl Volumes {
    fn met(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The volume that a directory is on.
    pub(super) fn of(&self, config: &CacheConfig, dir: &NativeDir) -> Option<Volume> {
        let device = dir.id().dev;
        let mut met = self.met();
        if let Some(volume) = met.by_device.get(&device) {
            return *volume;
        }
        let mut volume = platform::volume_of(dir);
        let mut others = met.by_device.values();
        let is_repeated = volume.is_some() && others.any(|other| *other == volume);
        if is_repeated && !is_without!(config, OneDevice) {
            met.repeated = volume.take();
        }
        met.by_device.insert(device, volume);
        volume
    }

    /// The volume of a device that was met.
    pub(super) fn known(&self, device: u64) -> Option<Volume> {
        *self.met().by_device.get(&device)?
    }

    /// A volume that two devices are.
    pub(super) fn repeated(&self) -> Option<Volume> {
        self.met().repeated
    }
}

/// Finds the digests of files in the cache, from any thread, and the volumes that
/// directories are on.
#[derive(Debug)]
pub(crate) struct Lookup {
    config: CacheConfig,
    algorithm: HashAlgorithm,
    /// See [`Batch::settled_before`](crate::types::Batch::settled_before).
    settled_before: Timestamp,
    /// `None` if everything is to be read.
    snapshot: Option<Arc<Snapshot>>,
    volumes: Arc<Volumes>,
    today: u16,
    /// Chooses the hits that are read again.
    seed: u64,
}

/// The entries for one directory.
#[derive(Debug)]
pub(crate) struct DirLookup {
    runs: Vec<usize>,
}

impl Lookup {
    pub(super) fn new(
        cache: &Cache,
        snapshot: Option<&Arc<Snapshot>>,
        algorithm: HashAlgorithm,
        settled_before: Timestamp,
    ) -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self {
            config: cache.config.clone(),
            algorithm,
            settled_before,
            snapshot: snapshot.cloned(),
            volumes: Arc::clone(&cache.volumes),
            today: day_of(cache.now),
            seed: RandomState::new().hash_one(0),
        }
    }

    /// Returns true if anything can be found.
    #[cfg(test)]
    pub(crate) fn has_entries(&self) -> bool {
        self.snapshot.is_some()
    }

    /// Prepares look-ups in a directory. `None` if there are no entries for it.
    /// Files are stored only if a directory of their device was entered.
    pub(crate) fn enter(&self, dir: &NativeDir) -> Option<DirLookup> {
        let volume = self.volumes.of(&self.config, dir)?;
        let runs = self.snapshot.as_ref()?.runs_of(|of, algorithm| {
            let is_volume = *of == volume || is_without!(self.config, Volume);
            is_volume && (algorithm == self.algorithm || is_without!(self.config, Algorithm))
        });
        (!runs.is_empty()).then_some(DirLookup { runs })
    }

    /// The digests of a file, by its metadata and its name in a directory. The
    /// system is asked for its generation only if there is an entry that matches
    /// otherwise.
    pub(crate) fn find(
        &self,
        dir: (&DirLookup, &NativeDir),
        name: &CStr,
        stat: &FileStat,
    ) -> Option<Known> {
        let (dir, open) = dir;
        let snapshot = self.snapshot.as_ref()?;
        let slot = |kind| {
            let (slot, number) = snapshot.find(&dir.runs, key(stat.id.ino, kind)?)?;
            self.matches(&slot, stat).then_some((slot, number))
        };
        let whole = slot(DigestKind::Whole);
        // The digest of a small file is of all of it.
        let ends = if stat.size > WHOLE_LIMIT {
            slot(DigestKind::Ends)
        } else {
            None
        };
        whole.or(ends)?;
        // It may have been settled by the rules of another scan alone.
        if stat.changed >= self.settled_before && !is_without!(self.config, Settled) {
            return None;
        }
        let generation = platform::generation_of_name(open, name, stat.id.ino).ok()?;
        let digest = |found: Option<(Slot, usize)>| -> Option<Digest> {
            let (slot, number) = found?;
            if slot.generation != generation && !is_without!(self.config, Generation) {
                return None;
            }
            snapshot.set_met(number);
            if slot.day.saturating_add(MAX_DAYS) < self.today {
                snapshot.add_stale();
            }
            Some(slot.digest(self.algorithm))
        };
        let (ends, whole) = (digest(ends), digest(whole));
        ends.or(whole)?;
        let chance = xxh3_64_with_seed(&stat.id.ino.to_le_bytes(), self.seed);
        Some(Known {
            ends,
            whole,
            is_sampled: chance.is_multiple_of(self.config.sampled.max(1)),
            hint: None,
            shared_bytes: 0,
        })
    }

    fn matches(&self, slot: &Slot, stat: &FileStat) -> bool {
        slot.size == stat.size
            && slot.modified == stat.modified
            && (slot.changed == stat.changed || is_without!(self.config, Changed))
    }
}
