//! Classification of storage by the duration of reads.
//!
//! The kernel's data is not sufficient: virtual disks are reported as rotating
//! although they are not, and a network disk can be faster than a local one.
//! The best number of workers depends on one property, which is measured: does
//! the storage serve many requests at once in the time of one?
//!
//! The first blocks of some files are read as at the start of a scan: files are
//! opened for reading, nothing is dropped from the cache. The blocks are in
//! memory afterwards, so each file can be used once.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use serde::Serialize;

use crate::config::ScanConfig;
use crate::error::Error;
use crate::io::{FileIo, Pread};
use crate::types::{CancelToken, DirId, END_BLOCK, FileLocation, WalkBatch, push_component};
use crate::walk::{self, WalkPlan};

/// A file system that has not answered by then counts as hung.
const PATIENCE: Duration = Duration::from_secs(10);

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

/// Faster than this is no device: opening and reading come from memory.
const MAX_CACHED: f64 = 40e-6;

/// Slower than this, one at a time, is a head that moves, or a far network.
const SLOW: f64 = 2e-3;

/// Minimum gain from many requests at once that counts as "many".
const MIN_MANY_GAIN: f64 = 3.0;

/// Minimum gain that is not by chance.
const MIN_SOME_GAIN: f64 = 1.5;

/// Minimum number of reads for a statement about gain.
const MIN_READS: usize = 8;

/// The measured behaviour of a storage.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Reads {
    /// Its name.
    pub behaviour: &'static str,
    /// Number of files that were read one by one.
    pub files_alone: usize,
    /// Number of other files that were read by several threads.
    pub files_together: usize,
    /// Number of these threads.
    pub at_once: usize,
    /// The median of the reads alone: to open, read and close one file.
    pub alone_seconds: Option<f64>,
    /// Ratio of the throughput of concurrent reads to that of sequential ones.
    pub gain: Option<f64>,
    /// Its description, to follow a colon.
    pub meaning: &'static str,
}

/// Durations of reading the first blocks of some files.
#[derive(Debug, Clone, Default)]
struct Timings {
    /// Of each file alone, in seconds.
    alone: Vec<f64>,
    /// Number of files that were read by several threads.
    together: usize,
    /// Number of these threads.
    at_once: usize,
    /// Total duration of these reads in seconds.
    took: f64,
}

/// Checks that a directory can be scanned.
///
/// # Errors
///
/// The error that a scan reports for the path.
pub(crate) fn check(dir: &Path) -> Result<(), Error> {
    plan(dir, &CancelToken::default()).map(drop)
}

fn plan(dir: &Path, cancel: &CancelToken) -> Result<WalkPlan, Error> {
    walk::plan(&ScanConfig::new([dir]), cancel)
}

impl Reads {
    /// Measures the storage of a directory.
    ///
    /// # Errors
    ///
    /// The error that a scan reports for the path.
    pub(super) fn measure(dir: &Path) -> Result<Self, Error> {
        let cancel = CancelToken::default();
        let plan = plan(dir, &cancel)?;
        // Runs on a thread that can be left behind if the reads hang.
        let (send, receive) = bounded(1);
        let thread = std::thread::Builder::new().name("reads".to_owned());
        let run = move || send.send(Self::of(&Timings::measure(files(plan, &cancel))));
        thread.spawn(run).map_err(Error::Thread)?;
        Ok(receive.recv_timeout(PATIENCE).unwrap_or(Self {
            behaviour: "no-answer",
            meaning: "no read was completed within 10 seconds",
            ..Self::default()
        }))
    }

    fn of(timings: &Timings) -> Self {
        let mut alone = timings.alone.clone();
        alone.sort_unstable_by(f64::total_cmp);
        let alone_seconds = alone.get(alone.len() / 2).copied();
        let gain = timings.gain();
        let (behaviour, meaning) = behaviour(alone_seconds, gain);
        Self {
            behaviour,
            files_alone: alone.len(),
            files_together: timings.together,
            at_once: timings.at_once,
            alone_seconds,
            gain,
            meaning,
        }
    }
}

/// The name and the description of a behaviour.
fn behaviour(alone: Option<f64>, gain: Option<f64>) -> (&'static str, &'static str) {
    match (alone, gain) {
        (Some(alone), _) if alone < MAX_CACHED => (
            "cached",
            "the files are cached in memory, so this does not measure the disk",
        ),
        (None, _) | (_, None) => ("unknown", "too few files to measure parallel reads"),
        (_, Some(gain)) if gain >= MIN_MANY_GAIN => (
            "many",
            "it serves many requests at once, so more workers are faster",
        ),
        (_, Some(gain)) if gain >= MIN_SOME_GAIN => (
            "some",
            "it serves a few requests at once, so a few more workers are faster",
        ),
        (Some(alone), _) if alone >= SLOW => (
            "seeks",
            "it seeks between requests, so more workers are hardly faster",
        ),
        _ => (
            "one",
            "it serves one request at a time, so more workers are hardly faster",
        ),
    }
}

impl Timings {
    /// Reads some of these files, and returns the durations. Files that cannot
    /// be read are skipped: the scan reports them.
    fn measure(files: Vec<DirAndName>) -> Self {
        let (alone, together) = choose(files);
        let mut timings = Self::default();
        let began = Instant::now();
        for place in &alone {
            let from = Instant::now();
            if read_first_block(place) {
                timings.alone.push(from.elapsed().as_secs_f64());
            }
            if began.elapsed() > TIME_LIMIT {
                break;
            }
        }
        timings.read_together(&together);
        timings
    }

    fn read_together(&mut self, places: &[DirAndName]) {
        self.at_once = READERS.min(places.len());
        let pool = ThreadPoolBuilder::new().num_threads(self.at_once.max(1));
        let Ok(pool) = pool.build() else { return };
        // The threads start before the clock.
        pool.broadcast(|_| ());
        let began = Instant::now();
        // One after the other to each thread, as to the workers of a scan.
        let read = pool.install(|| {
            let each = places.par_iter().with_max_len(1);
            each.filter(|place| read_first_block(place)).count()
        });
        self.took = began.elapsed().as_secs_f64();
        self.together = read;
    }

    fn gain(&self) -> Option<f64> {
        if self.alone.len() < MIN_READS || self.together < MIN_READS || self.at_once < 2 {
            return None;
        }
        // Sums and not medians: where a part of the files is in memory, both
        // sides have their share of them.
        let alone = self.alone.iter().sum::<f64>() / self.alone.len() as f64;
        let together = self.took / self.together as f64;
        (alone > 0.0 && together > 0.0).then(|| alone / together)
    }
}

/// A file: its directory and its name.
type DirAndName = (Vec<u8>, Vec<u8>);

/// Returns some files, in the order of their paths, which does not depend on the
/// listing threads.
fn files(plan: WalkPlan, cancel: &CancelToken) -> Vec<DirAndName> {
    let Ok((found, _)) = walk::start(plan) else {
        return Vec::new();
    };
    let until = Instant::now() + TIME_LIMIT;
    let mut dirs = HashMap::new();
    let mut files = Vec::new();
    while files.len() < MAX_LISTED
        && let Ok(batch) = found.recv_deadline(until)
    {
        add_files(&batch, &mut dirs, &mut files);
    }
    cancel.cancel();
    files.sort_unstable();
    files
}

fn add_files(batch: &WalkBatch, dirs: &mut HashMap<DirId, Vec<u8>>, files: &mut Vec<DirAndName>) {
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

/// Chooses some files, evenly across the list, to be read alone and together:
/// every fourth alone, since neighbours are similar.
fn choose(files: Vec<DirAndName>) -> (Vec<DirAndName>, Vec<DirAndName>) {
    let step = files.len().div_ceil(MAX_CHOSEN).max(1);
    let chosen = files.into_iter().step_by(step).enumerate();
    let (alone, together): (Vec<_>, Vec<_>) = chosen.partition(|(at, _)| at % 4 == 0);
    let places =
        |side: Vec<(usize, DirAndName)>| side.into_iter().map(|(_, place)| place).collect();
    (places(alone), places(together))
}

fn read_first_block((dir, name): &DirAndName) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::bytes_of;
    use std::fs;

    /// Sixteen files alone at so many microseconds each, then 32 together.
    fn timings(alone: f64, together: f64) -> Timings {
        Timings {
            alone: vec![alone * 1e-6; 16],
            together: 32,
            at_once: 16,
            took: 32.0 * together * 1e-6,
        }
    }

    #[test]
    fn behaviour_follows_the_table() {
        let table = [
            // Microseconds per file alone, and together.
            (4.0, 3.0, "cached"),
            (39.0, 1.0, "cached"),
            (41.0, 41.0, "one"),
            (95.0, 10.0, "many"),
            (90.0, 31.0, "some"),
            (90.0, 59.0, "some"),
            (90.0, 61.0, "one"),
            (1_999.0, 1_999.0, "one"),
            (2_000.0, 2_000.0, "seeks"),
            // Slower at once than alone, as with two competing streams on one
            // head.
            (8_000.0, 12_000.0, "seeks"),
            // A far network: high latency, and many requests at once.
            (30_000.0, 2_000.0, "many"),
            (8_000.0, 4_000.0, "some"),
            // A clock that did not move.
            (0.0, 0.0, "cached"),
            (95.0, 0.0, "unknown"),
        ];
        for (alone, together, expected) in table {
            let reads = Reads::of(&timings(alone, together));
            assert_eq!(reads.behaviour, expected, "{alone} {together}");
        }
        let gain = Reads::of(&timings(90.0, 10.0)).gain.unwrap();
        assert!((gain - 9.0).abs() < 1e-9, "{gain}");
        // One slow read does not make a storage slow.
        let mut one = timings(5.0, 5.0);
        one.alone[3] = 0.1;
        assert_eq!(Reads::of(&one).behaviour, "cached");
    }

    #[test]
    fn too_few_reads_are_unknown() {
        let changes: [fn(&mut Timings); 4] = [
            |all| all.alone.truncate(MIN_READS - 1),
            |all| all.together = MIN_READS - 1,
            |all| all.at_once = 1,
            |all| *all = Timings::default(),
        ];
        for change in changes {
            let mut few = timings(5_000.0, 100.0);
            change(&mut few);
            assert_eq!(Reads::of(&few).behaviour, "unknown", "{few:?}");
        }
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
        let cancel = CancelToken::default();
        let timings = Timings::measure(files(plan(path, &cancel).unwrap(), &cancel));
        assert_eq!((timings.alone.len(), timings.together), (10, 30));
        assert_eq!(timings.at_once, READERS);
        assert!(timings.took > 0.0);
    }

    #[test]
    fn unreadable_files_do_not_count() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("there"), "x").unwrap();
        let place = |name: &str| {
            let dir = bytes_of(dir.path().as_os_str()).to_vec();
            (dir, name.as_bytes().to_vec())
        };
        assert!(read_first_block(&place("there")));
        assert!(!read_first_block(&place("gone")));
        let mut timings = Timings::default();
        timings.read_together(&[place("there"), place("gone")]);
        assert_eq!((timings.together, timings.at_once), (1, 2));
        assert!(check(&dir.path().join("gone")).is_err());
    }

    #[test]
    fn a_choice_is_spread_and_bounded() {
        let files = |n: usize| (0..n).map(|n| (vec![], n.to_be_bytes().to_vec()));
        let table = [(0, 0, 0), (7, 2, 5), (241, 31, 90), (4096, 57, 171)];
        for (count, alone, together) in table {
            let chosen = choose(files(count).collect());
            assert_eq!(
                (chosen.0.len(), chosen.1.len()),
                (alone, together),
                "{count}"
            );
        }
        let last = choose(files(4096).collect()).1.pop().unwrap();
        assert!(last.1 >= 4000_usize.to_be_bytes().to_vec());
    }
}
