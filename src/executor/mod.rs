//! Where the worker loop runs, how batches reach it, and the recovery after a
//! worker fails.
//!
//! ```text
//!              ┌ sequential: this thread (a baseline for measurements, and for tests)
//! coordinator ─┤                       ┌ thread
//!              └ pool (supervision) ───┼ isolated   each a placement of workers
//!                                      └ process
//! ```
//!
//! The coordinator sees only [`Executor`]. It submits batches while there is
//! room, and gets one outcome for each, in any order. Within that bound neither
//! side ever blocks on the other, so no cycle of full channels can form.
//! [`select()`] chooses the executor and the initial number of workers,
//! [`start()`] applies the choice to the machine, and [`Autoscale`] adapts the
//! number from then on.

mod autoscale;
mod inline;
mod isolated;
mod pending_batch;
mod pool;
mod process;
pub(crate) mod protocol;
mod select;
mod start;
mod thread;
mod thread_loop;
mod worker_factory;
mod worker_handle;
mod worker_slot;

use std::time::Duration;

use crossbeam_channel::Receiver;

pub use crate::config::ExecutorKind as Kind;
pub(crate) use crate::config::TaskType as Task;
pub(crate) use autoscale::{Autoscale, Bounds, Decision, Observation};
pub use inline::InlineExecutor;
pub use isolated::IsolatedThreads;
pub use pool::Pool;
pub use process::{Processes, serve};
pub use select::{Needs, Selection, select};
pub(crate) use start::{Setup, Started, start};
pub use thread::Threads;
pub use worker_factory::WorkerFactory;
pub use worker_handle::{Event, EventKind, ExitReason, Placement, WorkerHandle, WorkerId};

use crate::types::{Batch, BatchOutcome, WorkerStats};

/// Runs batches somewhere.
pub trait Executor {
    /// Where the workers run.
    fn kind(&self) -> Kind;

    /// Number of workers that accept work.
    fn workers(&self) -> usize;

    /// Number of running workers: those that accept work, and those that still
    /// complete theirs before they stop.
    fn working(&self) -> usize {
        self.workers()
    }

    /// Returns true if a batch can be submitted.
    fn has_room(&self) -> bool;

    /// Sets the number of workers, as far as possible. No worker is
    /// interrupted.
    fn resize(&mut self, count: usize);

    /// Submits a batch. Never blocks if there is room.
    fn submit(&mut self, batch: Batch);

    /// Starts workers for queued work; returns when to call again, if anything
    /// still waits. [`Executor::check_health`] does the same.
    fn start_pending(&mut self) -> Option<Duration> {
        None
    }

    /// Events of the workers, to be passed to [`Executor::accept`].
    fn events(&self) -> &Receiver<Event>;

    /// Processes a worker's event.
    fn accept(&mut self, event: Event);

    /// Returns an outcome that is ready: in the end one for every batch, in any
    /// order.
    fn next_outcome(&mut self) -> Option<BatchOutcome>;

    /// Checks the workers and finds hung ones. To be called about every tenth
    /// of a second, with the time since the last call.
    fn check_health(&mut self, elapsed: Duration);

    /// Statistics of all workers so far.
    fn worker_stats(&self) -> WorkerStats;

    /// Processor time of workers that are not part of this process.
    fn external_processor_time(&self) -> Duration {
        Duration::ZERO
    }

    /// Bytes of memory that workers outside of this process had at their
    /// peaks, all together.
    fn external_peak_memory(&self) -> u64 {
        0
    }

    /// Number of workers that had to be replaced.
    fn replaced(&self) -> u32 {
        0
    }

    /// Tells the workers that their results are no longer needed.
    fn cancel(&mut self) {}
}
