//! Liveness and progress counters of a worker, readable from other threads.
//!
//! Each worker has one [`Heartbeat`] that only it writes and any thread may
//! read: workers share nothing else with their supervisor. A worker in another
//! process sends its [`WorkerStats`] instead, and the receiver stores them in a
//! heartbeat of its own process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Snapshot of a worker's counters. All of them only grow, except
/// [`WorkerStats::task`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStats {
    /// System calls that returned. If this does not advance while a worker has
    /// work, one of them hangs.
    pub beats: u64,
    /// Bytes of content read.
    pub bytes: u64,
    /// Files processed.
    pub files: u64,
    /// Time spent on batches.
    pub busy: Duration,
    /// The part of `busy` that was spent on a processor.
    pub on_processor: Duration,
    /// The part of `busy` during which the worker was runnable but not running;
    /// where the system reports it.
    pub ready: Duration,
    /// Index of the current task in the worker's batch.
    pub task: u32,
}

#[derive(Debug, Default)]
struct Counters {
    beats: AtomicU64,
    bytes: AtomicU64,
    files: AtomicU64,
    busy: AtomicU64,
    on_processor: AtomicU64,
    ready: AtomicU64,
    task: AtomicU32,
}

/// Shared counters of a worker. Clones refer to the same worker.
#[derive(Debug, Clone, Default)]
pub struct Heartbeat(Arc<Counters>);

impl Heartbeat {
    /// Returns true if another clone exists: the worker holds one as long as it
    /// lives.
    #[must_use]
    pub(crate) fn has_worker(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Records that a system call returned.
    pub(crate) fn beat(&self) {
        add(&self.0.beats, 1);
    }

    /// Records a read of this many bytes.
    pub fn read(&self, bytes: u64) {
        add(&self.0.bytes, bytes);
        self.beat();
    }

    /// Records that the worker starts this task of its batch.
    pub fn start_task(&self, task: usize) {
        self.0.task.store(task as u32, Ordering::Relaxed);
        self.beat();
    }

    /// Records a finished batch: its number of files, the time it took, and the
    /// part of it spent on a processor.
    pub(crate) fn finish_batch(&self, files: usize, busy: Duration, on_processor: Duration) {
        add(&self.0.files, files as u64);
        add(&self.0.busy, nanos(busy));
        add(&self.0.on_processor, nanos(on_processor));
        self.beat();
    }

    /// Sets the total time that the worker was runnable but not running.
    pub(crate) fn set_ready_time(&self, ready: Duration) {
        self.0.ready.store(nanos(ready), Ordering::Relaxed);
    }

    /// Stores the counters that a worker in another process sent.
    pub fn set(&self, worker_stats: &WorkerStats) {
        let counters = &*self.0;
        for (place, value) in [
            (&counters.beats, worker_stats.beats),
            (&counters.bytes, worker_stats.bytes),
            (&counters.files, worker_stats.files),
            (&counters.busy, nanos(worker_stats.busy)),
            (&counters.on_processor, nanos(worker_stats.on_processor)),
            (&counters.ready, nanos(worker_stats.ready)),
        ] {
            place.store(value, Ordering::Relaxed);
        }
        counters.task.store(worker_stats.task, Ordering::Relaxed);
    }

    /// Reads the counters. They are read one after the other, so they may be
    /// some system calls apart.
    #[must_use]
    pub fn worker_stats(&self) -> WorkerStats {
        let counters = &*self.0;
        let get = |place: &AtomicU64| place.load(Ordering::Relaxed);
        WorkerStats {
            beats: get(&counters.beats),
            bytes: get(&counters.bytes),
            files: get(&counters.files),
            busy: Duration::from_nanos(get(&counters.busy)),
            on_processor: Duration::from_nanos(get(&counters.on_processor)),
            ready: Duration::from_nanos(get(&counters.ready)),
            task: counters.task.load(Ordering::Relaxed),
        }
    }
}

/// Only one thread writes a heartbeat, so no locked instruction is needed.
fn add(place: &AtomicU64, more: u64) {
    let sum = place.load(Ordering::Relaxed).wrapping_add(more);
    place.store(sum, Ordering::Relaxed);
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_reflect_recorded_work() {
        let heartbeat = Heartbeat::default();
        heartbeat.start_task(3);
        heartbeat.read(100);
        heartbeat.read(50);
        heartbeat.finish_batch(7, Duration::from_millis(5), Duration::from_millis(2));
        let seen = heartbeat.worker_stats();
        assert_eq!((seen.task, seen.bytes, seen.files), (3, 150, 7));
        assert_eq!(seen.busy, Duration::from_millis(5));
        assert_eq!(seen.on_processor, Duration::from_millis(2));
        assert_eq!(seen.beats, 4);
    }

    #[test]
    fn set_stores_the_stats_unchanged() {
        let worker_stats = WorkerStats {
            beats: 1,
            bytes: 2,
            files: 3,
            busy: Duration::from_nanos(4),
            on_processor: Duration::from_nanos(5),
            ready: Duration::from_nanos(7),
            task: 6,
        };
        let heartbeat = Heartbeat::default();
        heartbeat.set(&worker_stats);
        assert_eq!(heartbeat.worker_stats(), worker_stats);
    }
}
