//! Where the worker loop runs, how batches reach it, and what becomes of them
//! when a worker fails.
//!
//! ```text
//!              ┌ inline: this thread
//! coordinator ─┤                       ┌ thread
//!              └ pool (supervision) ───┼ isolated   each a placement of lanes
//!                                      └ process
//! ```
//!
//! The coordinator sees only [`Executor`]. It hands batches over while there
//! is room, and gets one outcome for each, in any order. Within that bound
//! neither side ever blocks on the other, so no cycle of full channels can
//! form. Which executor it is and with how many workers is [`select()`]'s rule,
//! [`start()`]'s business when the rule meets the machine, and [`Autoscale`]'s from
//! then on.

mod autoscale;
mod first;
mod inline;
mod isolated;
mod pending_batch;
mod pool;
mod process;
pub mod protocol;
mod select;
mod start;
mod thread;
mod thread_loop;
mod worker_factory;
mod worker_handle;
mod worker_slot;

use std::time::Duration;

use crossbeam_channel::Receiver;

pub use crate::config::{ExecutorKind as Kind, TaskType as Task};
pub use autoscale::{Autoscale, Bounds, Decision, Observation};
pub use first::FirstHand;
pub use inline::InlineExecutor;
pub use isolated::IsolatedThreads;
pub use pool::Pool;
pub use process::{Processes, serve};
pub use select::{Needs, Selection, select};
pub use start::{Setup, Started, outlook, start};
pub use thread::Threads;
pub use worker_factory::WorkerFactory;
pub use worker_handle::{Event, EventKind, ExitReason, Placement, WorkerHandle, WorkerId};

use crate::types::{Batch, BatchOutcome, WorkerStats};

/// Runs batches somewhere.
pub trait Executor {
    /// Where the workers run.
    fn kind(&self) -> Kind;

    /// How many workers take work.
    fn workers(&self) -> usize;

    /// How many workers are there: those that take work, and those that are
    /// still at what they had when they were to rest.
    fn working(&self) -> usize {
        self.workers()
    }

    /// Whether a batch can be submitted.
    fn has_room(&self) -> bool;

    /// Makes it this many workers, as far as that is possible. None is
    /// interrupted in its work.
    fn resize(&mut self, count: usize);

    /// Takes a batch. Never blocks where there is room.
    fn submit(&mut self, batch: Batch);

    /// Sees to it that nothing waits for a worker that could be started, and
    /// tells after how long this should be asked for again, if anything is
    /// left to wait. [`Executor::check_health`] does the same.
    fn start_pending(&mut self) -> Option<Duration> {
        None
    }

    /// What the workers tell, to be handed to [`Executor::accept`].
    fn events(&self) -> &Receiver<Event>;

    /// Takes in what a worker told.
    fn accept(&mut self, event: Event);

    /// An outcome that is ready: one for every batch in the end, in any order.
    fn next_outcome(&mut self) -> Option<BatchOutcome>;

    /// Looks after the workers. To be called every tenth of a second or so,
    /// with the time since the last call: hung workers are found here.
    fn check_health(&mut self, elapsed: Duration);

    /// What all workers have done so far.
    fn worker_stats(&self) -> WorkerStats;

    /// Processor time of workers that are not part of this process.
    fn processor_time_elsewhere(&self) -> Duration {
        Duration::ZERO
    }

    /// Bytes of memory that workers outside of this process had at their
    /// peaks, all together.
    fn peak_memory_elsewhere(&self) -> u64 {
        0
    }

    /// How many workers had to be replaced.
    fn replaced(&self) -> u32 {
        0
    }

    /// Tells the workers that nobody wants their results any more.
    fn cancel(&mut self) {}
}
