//! Stores what a scan proves, on a thread of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::merge::{Plan, entries_in, merge};
use super::run::{RunHeader, encode_run};
use super::slot::{Slot, day_of};
use super::snapshot::Snapshot;
use super::storage::{CacheError, Locked};
use super::{Cache, Volumes};
use crate::config::{CacheConfig, HashAlgorithm};
use crate::platform::{self, NativeDir, Volume};
use crate::types::{ProvedDir, Timestamp};

/// Entries are written to the disk once there are so many, which take 20 MB of
/// memory,
const MAX_PENDING: usize = 256 * 1024;

/// or after this time: a scan that is killed loses no more.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// Runs in a file from which they are merged: each takes another search for a
/// file that is new.
const MAX_RUNS: usize = 8;

/// Lists of directories that wait to be stored.
const CAPACITY: usize = 4;

/// Time that is allowed, at the end, to a thread that makes no progress: a file
/// system may never answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stores digests on a thread of its own.
pub(crate) struct Recorder {
    send: Sender<Vec<ProvedDir>>,
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
    pub(crate) fn try_store(&self, proved: Vec<ProvedDir>) -> Result<(), Vec<ProvedDir>> {
        match self.send.try_send(proved) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(proved)) => Err(proved),
            // It stopped, because nothing can be stored.
            Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// Passes the last digests on, and waits until all are stored.
    pub(super) fn finish(self, proved: Vec<ProvedDir>) -> Stored {
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
    flushed: Instant,
    progress: Arc<AtomicU64>,
    stored: Stored,
}

impl Writer {
    fn run(mut self, receive: &Receiver<Vec<ProvedDir>>) -> Stored {
        loop {
            let received = receive.recv_timeout(FLUSH_INTERVAL);
            if let Ok(dirs) = &received {
                dirs.iter().for_each(|dir| self.add(dir));
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

    /// Adds the files of a directory. Each may be another file under its name by
    /// now: then no file ever has both this handle and those times.
    fn add(&mut self, dir: &ProvedDir) {
        self.progress.fetch_add(1, Ordering::Relaxed);
        let Ok(open) = NativeDir::open(&dir.path) else {
            return;
        };
        if Some(open.id()) != dir.id {
            return;
        }
        let Some(volume) = self.volumes.of(&self.config, &open) else {
            return;
        };
        let pending = self.pending.entry(volume).or_default();
        for file in dir
            .files
            .iter()
            .filter(|file| file.stat.id.dev == open.id().dev)
        {
            let handle = dir
                .name(file)
                .map(|name| platform::handle_hash(&open, name));
            if let Some(Ok(handle)) = handle
                && let Some(slot) =
                    Slot::new(&file.stat, file.kind, handle, &file.digest, self.today)
            {
                pending.push(slot);
                self.count += 1;
            }
        }
    }

    /// Writes what is pending.
    fn flush(&mut self) {
        self.flushed = Instant::now();
        let mut pending = std::mem::take(&mut self.pending);
        if let Some(volume) = self.volumes.repeated() {
            pending.remove(&volume);
        }
        self.count = 0;
        let mut runs = Vec::new();
        let mut files = 0;
        for (volume, mut slots) in pending {
            slots.sort_by_key(|slot| slot.key);
            // The one that was proved last stays.
            slots.reverse();
            slots.dedup_by_key(|slot| slot.key);
            slots.reverse();
            if slots.is_empty() {
                continue;
            }
            files += slots.chunk_by(|a, b| a.key / 2 == b.key / 2).count() as u64;
            let header = RunHeader {
                volume,
                algorithm: self.algorithm,
                count: slots.len(),
                clock: self.clock,
            };
            runs.extend_from_slice(&encode_run(&header, &slots));
        }
        // Files may not have been settled then.
        if runs.is_empty() || (self.is_clock_set_back)() {
            return;
        }
        match self.append(&runs) {
            Ok(()) => self.stored.files += files,
            Err(error) => self.stored.error = Some(error),
        }
    }

    fn append(&self, runs: &[u8]) -> Result<(), CacheError> {
        let mut locked = Locked::take(&self.config.file)?;
        if locked.len()? + runs.len() as u64 > self.config.max_size {
            let plan = Plan {
                today: self.today,
                met: None,
                forget: None,
                max_entries: entries_in(self.config.max_size / 2),
            };
            merge_all(locked, &plan)?;
            locked = Locked::take(&self.config.file)?;
            if locked.len()? + runs.len() as u64 > self.config.max_size {
                return Ok(());
            }
        }
        locked.append(runs)
    }
}

fn merge_all(locked: Locked, plan: &Plan<'_>) -> Result<(), CacheError> {
    let old = locked.snapshot()?;
    locked.replace(|out| merge(&old, plan, out))
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
    let kinds = now.kinds();
    let is_stale = snapshot.is_some_and(|snapshot| snapshot.stale() > snapshot.entries() / 8);
    let has_many = now.runs.len() > MAX_RUNS + kinds;
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
