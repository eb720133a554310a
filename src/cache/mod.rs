//! The cache: digests of files that an earlier scan proved.
//!
//! An entry is found by the file system, the inode and its generation, the size,
//! the modification and the change time; so a file that was written to, replaced
//! or restored is not found. Inode numbers are used again within seconds, and a
//! machine without a clock of its own starts with the same time over and over, so
//! that times alone could repeat; the generation is another one. Digests are stored only for files that changed so
//! long ago that a write could not go unnoticed (see `worker::guarded_reader`),
//! and only on file systems where all of that holds. Some of the files that are
//! found are read all the same; if one differs, nothing of its file system is
//! believed any more.
//!
//! The walk looks up, the coordinator alone stores, and workers know nothing of
//! it but that the generation of what they read is wanted, which an open file
//! tells for a third of what its name does: a digest that is found takes the
//! place of a worker's answer. Whoever acts on files compares their bytes.
//!
//! Writing a file's pages out first (`sync_file_range`) would allow to store
//! files that changed a moment ago. It takes 1.8 us a file where there is nothing
//! to write, ten times as much as all else that storing takes, and elsewhere a
//! scan would wait for what others have just written. Those files are few, and
//! the next scan stores them.

mod lookup;
mod merge;
mod recorder;
mod run;
mod run_writer;
mod slot;
mod snapshot;
mod storage;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::{CacheConfig, ExcludedFile, HashAlgorithm, is_without};
use crate::platform;
use crate::types::{CacheSummary, ProvedFile, Timestamp};

use lookup::Volumes;
pub(crate) use lookup::{DirLookup, Lookup};
pub(crate) use recorder::{ClockCheck, Recorder};
use snapshot::Snapshot;
pub(crate) use storage::CacheError;
use storage::Locked;

/// A cache that a scan uses.
#[derive(Debug)]
pub(crate) struct Cache {
    config: CacheConfig,
    now: Timestamp,
    volumes: Arc<Volumes>,
    snapshot: Option<Arc<Snapshot>>,
    /// False if nothing may be written to the file.
    is_writable: bool,
    notes: Mutex<Vec<String>>,
}

impl Cache {
    /// Opens the cache of a scan that begins now. If it cannot be used, the scan
    /// runs without it, and a note says why.
    pub(crate) fn open(config: CacheConfig, now: Timestamp) -> Self {
        let mut cache = Self {
            config,
            now,
            volumes: Arc::default(),
            snapshot: None,
            is_writable: true,
            notes: Mutex::default(),
        };
        match storage::open(&cache.config.file) {
            Ok(Some(found)) => {
                cache.snapshot = cache.checked(found).and_then(|found| cache.tidied(found));
            }
            // It is there before the walk, which is not to scan it.
            Ok(None) => {
                if let Err(error) = Locked::take(&cache.config.file) {
                    cache.note(&error);
                    cache.is_writable = false;
                }
            }
            Err(error @ CacheError::Damaged(_)) => {
                cache.note(&error);
                cache.set_aside();
            }
            Err(error) => {
                cache.note(&error);
                cache.is_writable = false;
            }
        }
        cache
    }

    /// A snapshot, unless the clock was set back since it was written: then files
    /// can get the times that its entries have once more.
    fn checked(&self, snapshot: Snapshot) -> Option<Snapshot> {
        if snapshot.clock() > Some(self.now) && !is_without!(self.config, Clock) {
            let reason = "the clock was set back since it was written, so it begins anew";
            self.note(&format_args!("{}: {reason}", self.config.file.display()));
            let removed = Locked::take(&self.config.file).and_then(Locked::remove);
            if let Err(error) = removed {
                self.note(&error);
            }
            return None;
        }
        #[cfg(test)]
        let snapshot = snapshot.trusting_blocks(is_without!(self.config, Checksum));
        Some(snapshot)
    }

    /// A snapshot with few runs: a scan that was killed may have left many.
    fn tidied(&self, snapshot: Snapshot) -> Option<Arc<Snapshot>> {
        if !recorder::has_many_runs(&snapshot) {
            return Some(Arc::new(snapshot));
        }
        let tidied = recorder::tidy(self, None, None);
        match tidied.and_then(|()| storage::open(&self.config.file)) {
            Ok(found) => found.map(Arc::new),
            Err(error) => {
                self.note(&error);
                Some(Arc::new(snapshot))
            }
        }
    }

    /// The file of the cache, which takes no part in a scan.
    pub(crate) fn own_file(&self) -> Option<ExcludedFile> {
        let path = self.config.file.clone();
        let id = platform::stat_path(&path, false).ok()?.id;
        Some(ExcludedFile { id, path })
    }

    fn note(&self, note: &dyn std::fmt::Display) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(note.to_string());
    }

    fn set_aside(&self) {
        match Locked::take(&self.config.file).and_then(Locked::set_aside) {
            Ok(path) => self.note(&format_args!(
                "it was set aside as {}, and a new cache begins",
                path.display()
            )),
            Err(error) => self.note(&error),
        }
    }

    /// Look-ups of digests by this algorithm for files that changed before
    /// `settled_before`. Nothing is found if `reads_all`; the look-ups learn of
    /// volumes all the same, for what is to be stored.
    pub(crate) fn lookup(
        &self,
        algorithm: HashAlgorithm,
        settled_before: Timestamp,
        reads_all: bool,
    ) -> Option<Lookup> {
        let snapshot = self.snapshot.as_ref();
        let snapshot = snapshot.filter(|snapshot| snapshot.entries() > 0 && !reads_all);
        let lookup = || Lookup::new(self, snapshot, algorithm, settled_before);
        (self.is_writable || snapshot.is_some()).then(lookup)
    }

    /// Files are stored that changed before this time, if files are settled that
    /// changed before `settled_before`.
    pub(crate) fn stores_before(&self, settled_before: Timestamp) -> Timestamp {
        if is_without!(self.config, Settled) {
            return Timestamp::from_nanos(i64::MAX);
        }
        settled_before
    }

    /// Starts to store what a scan proves about files that changed before
    /// `settled_before`.
    pub(crate) fn recorder(
        &self,
        algorithm: HashAlgorithm,
        settled_before: Timestamp,
        is_clock_set_back: ClockCheck,
    ) -> Option<Recorder> {
        let recorder = || Recorder::start(self, algorithm, settled_before, is_clock_set_back);
        self.is_writable.then(recorder).flatten()
    }

    /// Stores the rest. The entries of the file system of a device are dropped
    /// if one of them was `wrong`.
    pub(crate) fn finish(
        &self,
        recorder: Option<Recorder>,
        rest: Vec<ProvedFile>,
        wrong: Option<u64>,
    ) -> u64 {
        let stored = recorder
            .map(|recorder| recorder.finish(rest))
            .unwrap_or_default();
        if let Some(error) = &stored.error {
            self.note(error);
        }
        let snapshot = self.snapshot.as_deref();
        if snapshot.is_some_and(Snapshot::is_damaged) {
            self.note(&CacheError::Damaged(self.config.file.clone()));
            self.set_aside();
        } else if self.is_writable && stored.error.is_none() {
            let wrong = wrong.and_then(|device| self.volumes.known(device));
            let volume = wrong.or(self.volumes.repeated());
            if let Err(error) = recorder::tidy(self, snapshot, volume) {
                self.note(&error);
            }
        }
        stored.files
    }

    /// Returns true if two devices seem to be the same volume, so that its
    /// entries cannot be believed.
    pub(crate) fn has_repeated_volume(&self) -> bool {
        self.volumes.repeated().is_some()
    }

    /// Adds a note about that.
    pub(crate) fn note_repeated(&self) {
        self.note(&"two file systems with the same UUID are there, so nothing is cached of them");
    }

    /// Adds a note that entries of the cache were wrong.
    pub(crate) fn note_wrong(&self, path: &Path) {
        self.note(&format_args!(
            "{}: the cache held another digest than its content has; all entries of its file \
             system are dropped, and everything was read again",
            path.display()
        ));
    }

    /// The summary of what the cache did.
    pub(crate) fn summary(&self, mut counts: CacheSummary) -> CacheSummary {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        counts.file.clone_from(&self.config.file);
        counts.notes = std::mem::take(&mut *notes);
        counts
    }
}

/// Figures of a cache file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CacheInfo {
    /// Its length in bytes.
    pub(crate) bytes: u64,
    /// Entries, replaced ones included.
    pub(crate) entries: usize,
    /// The same for each volume and algorithm: UUID, subvolume, algorithm,
    /// entries.
    pub(crate) volumes: Vec<([u8; 16], u64, HashAlgorithm, usize)>,
}

/// Reads what a cache file holds; `None` if there is none.
///
/// # Errors
///
/// If it cannot be used.
pub(crate) fn info(file: &Path) -> Result<Option<CacheInfo>, CacheError> {
    let Some(snapshot) = storage::open(file)? else {
        return Ok(None);
    };
    let mut volumes: Vec<([u8; 16], u64, HashAlgorithm, usize)> = Vec::new();
    for run in &snapshot.runs {
        let header = &run.header;
        let (uuid, subvolume) = (header.volume.uuid, header.volume.subvolume);
        let known = volumes
            .iter_mut()
            .find(|known| (known.0, known.1, known.2) == (uuid, subvolume, header.algorithm));
        match known {
            Some(known) => known.3 += header.count,
            None => volumes.push((uuid, subvolume, header.algorithm, header.count)),
        }
    }
    Ok(Some(CacheInfo {
        bytes: snapshot.end,
        entries: snapshot.entries(),
        volumes,
    }))
}

/// Reads every block of a cache file.
///
/// # Errors
///
/// If it cannot be used, or is damaged.
pub(crate) fn check_file(file: &Path) -> Result<(), CacheError> {
    let Some(snapshot) = storage::open(file)? else {
        return Ok(());
    };
    for run in &snapshot.runs {
        for block in 0..run.header.blocks() {
            snapshot.slots(run, block);
        }
    }
    if snapshot.is_damaged() {
        return Err(CacheError::Damaged(file.to_path_buf()));
    }
    Ok(())
}

/// Removes a cache file. Returns false if there is none.
///
/// # Errors
///
/// If it is something else, or cannot be removed.
pub(crate) fn clear(file: &Path) -> Result<bool, CacheError> {
    match storage::open(file) {
        Ok(None) => return Ok(false),
        Ok(Some(_)) | Err(CacheError::Damaged(_) | CacheError::Newer(_)) => {}
        Err(error) => return Err(error),
    }
    Locked::take(file)?.remove()?;
    Ok(true)
}

/// The file of the cache in the directory that a user's caches are in.
pub(crate) fn default_file(directory: &Path) -> PathBuf {
    directory.join("nodupe").join("digests")
}
