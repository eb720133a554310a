//! Reading the first block of some files, alone and many at once.
//!
//! It accesses the disk as the start of a scan does: files are opened for
//! reading, a block of each is read, nothing is dropped from the cache. The
//! blocks are in memory afterwards, so each file can be used once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::latency::Timings;
use crate::config::ScanConfig;
use crate::error::Error;
use crate::io::{FileIo, Pread};
use crate::types::{CancelToken, DirId, END_BLOCK, FileLocation, WalkBatch, push_component};
use crate::walk::{self, WalkPlan};

/// Number of files listed to choose from.
const MAX_LISTED: usize = 4096;

/// Number of these that are read: a fourth alone, the rest together. It is
/// several for each reader, or waking the readers would be most of what is
/// measured.
const MAX_CHOSEN: usize = 240;

/// Concurrent readers: more than are needed to show that a disk serves many at
/// once.
const READERS: usize = 16;

/// Maximum duration of the listing, and of the reading alone.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// A file: its directory and its name.
type Place = (Vec<u8>, Vec<u8>);

/// A read sample of a directory that is ready to start.
pub(super) struct ReadSample {
    plan: WalkPlan,
    cancel: CancelToken,
}

impl ReadSample {
    /// Checks the directory as a scan would.
    ///
    /// # Errors
    ///
    /// The error that a scan reports.
    pub(super) fn at(dir: &Path) -> Result<Self, Error> {
        let cancel = CancelToken::default();
        let plan = walk::plan(&ScanConfig::new([PathBuf::from(dir)]), &cancel)?;
        Ok(Self { plan, cancel })
    }

    /// Reads, and returns the durations. Files that cannot be read are skipped:
    /// the scan reports them.
    pub(super) fn timings(self) -> Timings {
        let (alone, together) = split(sample_evenly(self.files()));
        let mut timings = Timings::default();
        let began = Instant::now();
        for place in &alone {
            let from = Instant::now();
            if read_first_block(place) {
                timings.alone.push(from.elapsed());
            }
            if began.elapsed() > TIME_LIMIT {
                break;
            }
        }
        read_together(&together, &mut timings);
        timings
    }

    /// Returns some files, in the order of their paths, which does not depend
    /// on the listing threads.
    fn files(self) -> Vec<Place> {
        let Ok((found, _)) = walk::start(self.plan) else {
            return Vec::new();
        };
        let until = Instant::now() + TIME_LIMIT;
        let mut dirs = HashMap::new();
        let mut files = Vec::new();
        while files.len() < MAX_LISTED
            && let Ok(batch) = found.recv_deadline(until)
        {
            take_in(&batch, &mut dirs, &mut files);
        }
        self.cancel.cancel();
        files.sort_unstable();
        files
    }
}

fn take_in(batch: &WalkBatch, dirs: &mut HashMap<DirId, Vec<u8>>, files: &mut Vec<Place>) {
    for dir in &batch.dirs {
        let above = dir.parent.and_then(|parent| dirs.get(&parent));
        let mut path = above.cloned().unwrap_or_default();
        push_component(&mut path, batch.name(&dir.name));
        dirs.insert(dir.dir, path);
    }
    for file in &batch.files {
        if let Some(dir) = dirs.get(&file.dir) {
            files.push((dir.clone(), batch.name(&file.name).to_vec()));
        }
    }
}

/// Chooses some of them, evenly across the list.
fn sample_evenly(files: Vec<Place>) -> Vec<Place> {
    let step = files.len().div_ceil(MAX_CHOSEN).max(1);
    files.into_iter().step_by(step).collect()
}

/// Splits off every fourth file; neighbours are similar.
fn split(files: Vec<Place>) -> (Vec<Place>, Vec<Place>) {
    let mut sides = (Vec::new(), Vec::new());
    for (at, place) in files.into_iter().enumerate() {
        if at % 4 == 0 {
            sides.0.push(place);
        } else {
            sides.1.push(place);
        }
    }
    sides
}

fn read_first_block((dir, name): &Place) -> bool {
    let mut io = Pread::new();
    let place = FileLocation {
        dir,
        dir_id: None,
        name,
        follow: false,
    };
    let mut block = [0; END_BLOCK];
    io.enter(dir, 1);
    io.open(place)
        .and_then(|file| io.read_at(&file, &mut block, 0))
        .is_ok()
}

fn read_together(places: &[Place], timings: &mut Timings) {
    let next = AtomicUsize::new(0);
    let read = AtomicUsize::new(0);
    // The threads start before the clock, and wait behind the lock.
    let gate = RwLock::new(());
    std::thread::scope(|scope| {
        let closed = gate.write();
        let work = || {
            drop(gate.read());
            while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                if read_first_block(place) {
                    read.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let readers: Vec<_> = (0..READERS.min(places.len()))
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        timings.at_once = readers.len();
        let began = Instant::now();
        drop(closed);
        for reader in readers {
            // It does not panic; its reads are counted.
            let _ = reader.join();
        }
        timings.took = began.elapsed();
    });
    timings.together = read.into_inner();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::bytes_of;
    use std::fs;

    fn place(dir: &Path, name: &str) -> Place {
        (bytes_of(dir.as_os_str()).to_vec(), name.as_bytes().to_vec())
    }

    #[test]
    fn every_file_is_read_once_on_one_side_or_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        fs::create_dir(path.join("sub")).unwrap();
        for n in 0..20 {
            fs::write(path.join(format!("{n}")), "x").unwrap();
            fs::write(path.join(format!("sub/{n}")), "x").unwrap();
        }
        // Neither takes part.
        fs::write(path.join("empty"), "").unwrap();
        let timings = ReadSample::at(path).unwrap().timings();
        assert_eq!(timings.alone.len() + timings.together, 40);
        assert_eq!(timings.alone.len(), 10);
        assert_eq!(timings.at_once, READERS);
        assert!(timings.took > Duration::ZERO);
    }

    #[test]
    fn unreadable_files_do_not_count() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("there"), "x").unwrap();
        assert!(read_first_block(&place(dir.path(), "there")));
        assert!(!read_first_block(&place(dir.path(), "gone")));
        let mut timings = Timings::default();
        let places = [place(dir.path(), "there"), place(dir.path(), "gone")];
        read_together(&places, &mut timings);
        assert_eq!((timings.together, timings.at_once), (1, 2));
    }

    #[test]
    fn an_empty_directory_gives_nothing_and_a_missing_one_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let timings = ReadSample::at(dir.path()).unwrap().timings();
        assert_eq!((timings.alone.len(), timings.together), (0, 0));
        assert!(ReadSample::at(&dir.path().join("gone")).is_err());
    }

    #[test]
    fn a_choice_is_spread_and_bounded() {
        let files = |n: usize| (0..n).map(|n| (vec![], n.to_be_bytes().to_vec()));
        for (count, expected) in [(0, 0), (1, 1), (240, 240), (241, 121), (4096, 228)] {
            let chosen = sample_evenly(files(count).collect());
            assert_eq!(chosen.len(), expected, "{count}");
        }
        let last = sample_evenly(files(4096).collect()).pop().unwrap();
        assert!(last.1 >= 4000_usize.to_be_bytes().to_vec());
        let (alone, together) = split(files(7).collect());
        assert_eq!((alone.len(), together.len()), (2, 5));
    }
}
