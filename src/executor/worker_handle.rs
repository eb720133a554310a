//! One worker as the pool sees it, wherever it runs.

use std::any::Any;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::Kind;
use crate::error::FailureKind;
use crate::types::{Batch, BatchOutcome, Heartbeat, TaskResult};
use crate::worker;

/// What the pool knows a worker by. No number is used twice.
pub type WorkerId = u64;

/// Makes workers of one kind.
pub trait Placement {
    /// The kind.
    fn kind(&self) -> Kind;

    /// Starts a worker, which answers over `events` and has `heartbeat` beaten
    /// while it works.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn launch(
        &mut self,
        id: WorkerId,
        heartbeat: Heartbeat,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn WorkerHandle>>;

    /// Whether a file that a worker hung over is worth another try. It is
    /// not where the hung one cannot be got rid of.
    fn retries_hung_files(&self) -> bool;

    /// After how many batches a worker is replaced by a fresh one, if ever:
    /// whatever leaked in it goes with it.
    fn batches_a_life(&self) -> Option<u32> {
        None
    }

    /// Whether the workers are not part of this process.
    fn is_elsewhere(&self) -> bool {
        false
    }
}

/// A worker that takes batches and works them off in their order.
pub trait WorkerHandle {
    /// Waits until the worker can take work. It can be given work before
    /// that; this is how to find out whether workers start at all.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    fn wait_ready(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Hands a batch over; never blocks as long as no more than
    /// `pool::DEPTH` are unanswered. A worker that is gone takes it
    /// too: its end is told by an event.
    fn send(&mut self, batch: &Arc<Batch>);

    /// Whether the worker seems fit for work after a time of idleness.
    fn is_alive(&mut self) -> bool {
        true
    }

    /// How often the worker gave a sign of life by itself, which it does all
    /// the time while it has work, whatever its reads do. `None` if that
    /// needs no watching.
    fn heard(&self) -> Option<u64> {
        None
    }

    /// Bytes of memory that the worker had at its peak, if it has memory of
    /// its own.
    fn peak_memory(&self) -> u64 {
        0
    }

    /// Tells the worker to be quick: nobody wants the result any more.
    fn cancel(&mut self) {}

    /// Ends the worker whatever it is at: kills it, or, where that cannot be
    /// done, leaves it to itself. To let go of one that has no work it is
    /// dropped.
    fn kill(&mut self);
}

/// What a lane tells the pool.
#[derive(Debug)]
pub struct Event {
    /// Which one.
    pub handle: WorkerId,
    /// What.
    pub what: EventKind,
}

/// What happened in a lane.
#[derive(Debug)]
pub enum EventKind {
    /// The batch it was given first of those unanswered is done.
    Done(BatchOutcome),
    /// The worker is no more, and with it what it had not answered.
    Gone(ExitReason),
    /// It could not start, so that nothing it was given was begun.
    Unfit(ExitReason),
}

/// Why a worker ended.
#[derive(Debug, Clone)]
pub struct ExitReason {
    /// The kind of failure that it is for the file it was at.
    pub kind: FailureKind,
    /// Why, for people.
    pub message: String,
    /// Which task of the batch it was at, if that is known.
    pub culprit: Option<usize>,
}

impl ExitReason {
    /// A panic, over this task of its batch if it was in the midst of one.
    #[must_use]
    pub fn panicked(cause: &(dyn Any + Send), culprit: Option<usize>) -> Self {
        let (kind, message) = match worker::panicked(cause) {
            TaskResult::Failed(kind, message) => (kind, message),
            other => (FailureKind::Panic, format!("{other:?}")),
        };
        Self {
            kind,
            message,
            culprit,
        }
    }

    /// What to report of a file that this happened to.
    #[must_use]
    pub fn finding(&self) -> TaskResult {
        TaskResult::Failed(self.kind, self.message.clone())
    }
}

/// Words for a read that hung.
#[must_use]
pub fn hung_for(timeout: Duration) -> String {
    format!("no system call on it came back within {timeout:?}")
}
