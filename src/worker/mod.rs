//! The worker loop: takes a batch, opens each file, checks that it is still the
//! one the walk saw, reads, hashes, checks again, and returns the outcome.
//!
//! The executor decides where the loop runs and how batches reach it.

mod buffer;
mod extents;
mod file;
mod full;
mod guarded_reader;
mod lockstep;
mod partial;
mod pool;
mod scratch;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::error::{FailureKind, describe};
use crate::io::FileIo;
use crate::platform;
use crate::types::{Batch, BatchOutcome, CancelToken, FileOutcome, Heartbeat, Job, TaskResult};

pub(crate) use guarded_reader::{GuardedReader, WriteGuard};
pub(crate) use pool::ObjectPool;
pub use scratch::Scratch;

/// Minimum idle time after which a worker asks the kernel if it waited for its
/// disk or for a processor: that costs some microseconds.
const MIN_IDLE_TIME: Duration = Duration::from_millis(1);

/// One worker: its access to files, its hasher and its buffers.
pub struct Worker {
    reader: GuardedReader,
    scratch: Scratch,
    cancel: CancelToken,
    catches_panics: bool,
    max_open_files: usize,
    /// Most of what was read last was not in memory.
    is_cold: bool,
    /// The generations of the inodes that were read, by the index in the batch.
    generations: Vec<Option<u32>>,
}

/// Default for the maximum number of files that a worker has open at once: as
/// many as a batch has.
const MAX_OPEN_FILES: usize = 64;

impl Worker {
    /// A worker that reads through `io`, works with `scratch`, and can be
    /// monitored by its `heartbeat`.
    #[must_use]
    pub fn new(
        io: Box<dyn FileIo>,
        scratch: Scratch,
        cancel: CancelToken,
        heartbeat: Heartbeat,
    ) -> Self {
        Self {
            reader: GuardedReader::new(io, heartbeat),
            scratch,
            cancel,
            catches_panics: true,
            max_open_files: MAX_OPEN_FILES,
            is_cold: false,
            generations: Vec::new(),
        }
    }

    /// Limits the number of files open at once, to at least one. Comparisons
    /// open all files of their batch.
    #[must_use]
    pub(crate) fn with_open_files(mut self, most: usize) -> Self {
        self.max_open_files = most.clamp(1, MAX_OPEN_FILES);
        self
    }

    /// Lets panics end the worker instead of the file: for callers that replace
    /// workers and report the file with `panicked`.
    #[must_use]
    pub(crate) fn propagating_panics(mut self) -> Self {
        self.catches_panics = false;
        self
    }

    /// Ends the worker and returns its scratch.
    #[must_use]
    pub(crate) fn into_scratch(self) -> Scratch {
        self.scratch
    }

    /// Runs a batch. Always returns one outcome for every task, in their order;
    /// a panic is the failure of the file it came from.
    pub fn run(&mut self, batch: &Batch) -> BatchOutcome {
        let started = (Instant::now(), platform::thread_cpu_time());
        self.reader.bytes_read = 0;
        self.reader.settled_before = batch.settled_before;
        self.reader.wants_generations = batch.wants_generations;
        self.generations.clear();
        self.generations.resize(batch.tasks.len(), None);
        let results = match batch.job {
            Job::Extents => self.same_extents(batch),
            Job::Partial => self.hash_parts(batch),
            Job::Full | Job::Segment(_) | Job::Compare => self.read_each(batch),
        };
        self.report_time(batch, started.0.elapsed(), started.1);
        self.outcome(batch, results)
    }

    fn set_generation(&mut self, at: usize, generation: Option<u32>) {
        if let Some(place) = self.generations.get_mut(at) {
            *place = generation;
        }
    }

    fn outcome(&self, batch: &Batch, results: Vec<TaskResult>) -> BatchOutcome {
        let each = batch.tasks.iter().zip(results).zip(&self.generations);
        let files = each.map(|((task, result), generation)| FileOutcome {
            token: task.token,
            result,
            generation: *generation,
        });
        BatchOutcome {
            job: batch.job,
            files: files.collect(),
            bytes_read: self.reader.bytes_read,
        }
    }

    /// Reports the duration of a batch, and how that time was spent.
    fn report_time(&self, batch: &Batch, busy: Duration, before: Option<Duration>) {
        let on_processor = match (before, platform::thread_cpu_time()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => Duration::ZERO,
        };
        self.reader
            .heartbeat
            .finish_batch(batch.tasks.len(), busy, on_processor);
        // Only where there is something to explain.
        if busy.saturating_sub(on_processor) >= MIN_IDLE_TIME
            && let Some(ready) = platform::thread_ready_time()
        {
            self.reader.heartbeat.set_ready_time(ready);
        }
    }

    /// Runs `work` for one file, unless the scan was cancelled. On cancellation
    /// or a panic the result is the error.
    fn catch_panic<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, TaskResult>,
    ) -> Result<T, TaskResult> {
        if self.cancel.is_cancelled() {
            return Err(TaskResult::Undone);
        }
        if !self.catches_panics {
            return work(self);
        }
        // A panic may leave the hasher half fed and nothing else inconsistent:
        // the buffers have no meaning between files.
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(result) => result,
            Err(cause) => {
                self.scratch.reset();
                Err(panicked(&*cause))
            }
        }
    }
}

/// The failure of a file whose worker panicked.
#[must_use]
pub(crate) fn panicked(cause: &(dyn Any + Send)) -> TaskResult {
    let what = cause
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| cause.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    TaskResult::Failed(
        FailureKind::Panic,
        format!("reading it failed inside nodupe ({what}); please report this"),
    )
}

fn failed(error: &std::io::Error) -> TaskResult {
    TaskResult::Failed(platform::failure_kind(error), describe(error))
}

fn changed(how: &str) -> TaskResult {
    TaskResult::Failed(FailureKind::Changed, how.to_owned())
}
