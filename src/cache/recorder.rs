//! Stores what a scan proves, on a thread of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::merge::{Plan, entries_in, merge};
use super::run::RunHeader;
use super::run_writer::RunWriter;
use super::slot::{Slot, day_of};
use super::snapshot::Snapshot;
use super::storage::{CacheError, Locked};
use super::{Cache, Volumes};
use crate::config::{CacheConfig, HashAlgorithm};
use crate::platform::{self, Volume};
use crate::types::{ProvedFile, Timestamp};

/// Entries are written to the disk once there are so many, which take 12 MB of
/// memory with what it takes to sort them,
const MAX_PENDING: usize = 128 * 1024;

/// or after this time: a scan that is killed loses no more.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// Runs in a file from which they are merged: each takes another search for a
/// file that is new.
const MAX_RUNS: usize = 8;

/// Lists of digests that wait to be stored.
const CAPACITY: usize = 4;

/// Time that is allowed, at the end, to a thread that makes no progress: a file
/// system may never answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stores digests on a thread of its own.
pub(crate) struct Recorder {
    send: Sender<Vec<ProvedFile>>,
    done: Receiver<Stored>,
    progress: Arc<AtomicU64>,
}

/// The result of storing.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// Number of files that were stored, with one or both of their digests.
    pub(super) files: u64,
    /// The reason why not all were stored.
    pub(super) error: Option<CacheError>,
}

/// Returns true if the clock was set back since the scan began.
pub(crate) type ClockCheck = Box<dyn Fn() -> bool + Send>;

impl Recorder {
    /// Starts the thread; `None` if the system refuses one.
    pub(super) fn start(
        cache: &Cache,
        algorithm: HashAlgorithm,
        settled_before: Timestamp,
        is_clock_set_back: ClockCheck,
    ) -> Option<Self> {
        let (send, receive) = bounded(CAPACITY);
        let (finish, done) = bounded(1);
        let progress = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            config: cache.config.clone(),
            volumes: Arc::clone(&cache.volumes),
            algorithm,
            clock: settled_before,
            today: day_of(cache.now),
            is_clock_set_back,
            pending: BTreeMap::new(),
            count: 0,
            device: None,
            flushed: Instant::now(),
            progress: Arc::clone(&progress),
            stored: Stored::default(),
        };
        let thread = std::thread::Builder::new().name("cache".to_owned());
        thread
            .spawn(move || {
                // It is not waited for any more after a timeout.
                let _ = finish.send(writer.run(&receive));
            })
            .ok()?;
        Some(Self {
            send,
            done,
            progress,
        })
    }

    /// Passes digests on, unless so many wait already.
    ///
    /// # Errors
    ///
    /// The digests.
    pub(crate) fn try_store(&self, proved: Vec<ProvedFile>) -> Result<(), Vec<ProvedFile>> {
        match self.send.try_send(proved) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(proved)) => Err(proved),
            // It stopped, because nothing can be stored.
            Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// Passes the last digests on, and waits until all are stored.
    pub(super) fn finish(self, proved: Vec<ProvedFile>) -> Stored {
        let _ = self.send.send_timeout(proved, PATIENCE);
        drop(self.send);
        let mut seen = self.progress.load(Ordering::Relaxed);
        loop {
            match self.done.recv_timeout(PATIENCE) {
                Ok(stored) => return stored,
                Err(RecvTimeoutError::Disconnected) => return Stored::default(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = self.progress.load(Ordering::Relaxed);
            if now == seen {
                return Stored::default();
            }
            seen = now;
        }
    }
}

struct Writer {
    config: CacheConfig,
    volumes: Arc<Volumes>,
    algorithm: HashAlgorithm,
    clock: Timestamp,
    today: u16,
    is_clock_set_back: ClockCheck,
    pending: BTreeMap<Volume, Vec<Slot>>,
    count: usize,
    /// The device of the last file, and its volume.
    device: Option<(u64, Option<Volume>)>,
    flushed: Instant,
    progress: Arc<AtomicU64>,
    stored: Stored,
}

impl Writer {
    fn run(mut self, receive: &Receiver<Vec<ProvedFile>>) -> Stored {
        loop {
            let received = receive.recv_timeout(FLUSH_INTERVAL);
            if let Ok(files) = &received {
                files.iter().for_each(|file| self.add(file));
            }
            let is_over = matches!(received, Err(RecvTimeoutError::Disconnected));
            if is_over || self.count >= MAX_PENDING || self.flushed.elapsed() >= FLUSH_INTERVAL {
                self.flush();
            }
            if is_over || self.stored.error.is_some() {
                return self.stored;
            }
        }
    }

    /// Adds a file, if the walk met its volume.
    fn add(&mut self, file: &ProvedFile) {
        let device = file.stat.id.dev;
        let volume = match self.device {
            Some((last, volume)) if last == device => volume,
            _ => self.volumes.known(device),
        };
        self.device = Some((device, volume));
        if let Some(volume) = volume
            && let Some(slot) = Slot::new(file, self.today)
        {
            self.pending.entry(volume).or_default().push(slot);
            self.count += 1;
        }
    }

    /// Writes what is pending.
    fn flush(&mut self) {
        self.flushed = Instant::now();
        self.progress.fetch_add(1, Ordering::Relaxed);
        self.count = 0;
        let mut pending = std::mem::take(&mut self.pending);
        if let Some(volume) = self.volumes.repeated() {
            pending.remove(&volume);
        }
        for slots in pending.values_mut() {
            // Of those with one key the one that was proved last stays.
            slots.reverse();
            slots.sort_by_cached_key(|slot| slot.key);
            slots.dedup_by_key(|slot| slot.key);
        }
        // Files may not have been settled then.
        if pending.is_empty() || (self.is_clock_set_back)() {
            return;
        }
        match self.append(&pending) {
            Ok(()) => {
                let files = pending.values();
                let files = files.flat_map(|slots| slots.chunk_by(|a, b| a.key / 2 == b.key / 2));
                self.stored.files += files.count() as u64;
            }
            Err(error) => self.stored.error = Some(error),
        }
    }

    fn append(&self, runs: &BTreeMap<Volume, Vec<Slot>>) -> Result<(), CacheError> {
        let mut locked = Locked::take(&self.config.file)?;
        let header = |(volume, slots): (&Volume, &Vec<Slot>)| RunHeader {
            volume: *volume,
            algorithm: self.algorithm,
            count: slots.len(),
            clock: self.clock,
        };
        let lengths = runs.iter().filter_map(|run| header(run).run_len());
        let bytes: u64 = lengths.sum();
        if locked.len()? + bytes > self.config.max_size {
            let plan = Plan {
                today: self.today,
                met: None,
                forget: None,
                max_entries: entries_in(self.config.max_size / 2),
            };
            merge_all(locked, &plan)?;
            locked = Locked::take(&self.config.file)?;
            if locked.len()? + bytes > self.config.max_size {
                return Ok(());
            }
        }
        locked.append(|file| {
            for (volume, slots) in runs {
                let mut writer = RunWriter::begin(file)?;
                for slot in slots {
                    writer.push(*slot)?;
                    self.progress.fetch_add(1, Ordering::Relaxed);
                }
                writer.finish(*volume, self.algorithm, self.clock)?;
            }
            Ok(())
        })
    }
}

fn merge_all(locked: Locked, plan: &Plan<'_>) -> Result<(), CacheError> {
    let old = locked.snapshot()?;
    locked.replace(|out| merge(&old, plan, out))
}

/// Returns true if the runs of a file are to be merged.
pub(super) fn has_many_runs(snapshot: &Snapshot) -> bool {
    snapshot.runs.len() > MAX_RUNS + snapshot.kinds()
}

/// Merges the runs of a file if there are many of them, or if something is to go.
pub(super) fn tidy(
    cache: &Cache,
    snapshot: Option<&Snapshot>,
    forget: Option<Volume>,
) -> Result<(), CacheError> {
    let config = &cache.config;
    let Some(now) = super::storage::open(&config.file)? else {
        return Ok(());
    };
    let is_stale = snapshot.is_some_and(|snapshot| snapshot.stale() > snapshot.entries() / 8);
    let has_many = has_many_runs(&now);
    if !has_many && !is_stale && forget.is_none() && now.end <= config.max_size {
        return Ok(());
    }
    drop(now);
    let locked = Locked::take(&config.file)?;
    let is_same = |id| platform::stat_path(&config.file, false).is_ok_and(|stat| stat.id == id);
    let plan = Plan {
        today: day_of(cache.now),
        met: snapshot.filter(|snapshot| is_same(snapshot.id)),
        forget,
        max_entries: entries_in(config.max_size / 4 * 3),
    };
    merge_all(locked, &plan)
}
