//! The pool's interface to one worker, wherever it runs.

use std::any::Any;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::Kind;
use crate::error::FailureKind;
use crate::types::{Batch, BatchOutcome, Heartbeat, TaskResult};
use crate::worker;

/// Identifier of a worker in the pool. No number is used twice.
pub type WorkerId = u64;

/// Makes workers of one kind.
pub trait Placement {
    /// The kind.
    fn kind(&self) -> Kind;

    /// Starts a worker, which answers over `events` and updates `heartbeat`
    /// while it works.
    fn launch(
        &mut self,
        id: WorkerId,
        heartbeat: Heartbeat,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn WorkerHandle>>;

    /// Returns true if a file that a worker hung over is worth a retry. It is
    /// not if the hung worker cannot be ended.
    fn retries_hung_files(&self) -> bool;

    /// Number of batches after which a worker is replaced by a fresh one, if
    /// ever: anything it leaked is freed with it.
    fn max_batches(&self) -> Option<u32> {
        None
    }

    /// Returns true if the workers are not part of this process.
    fn is_external(&self) -> bool {
        false
    }
}

/// A worker that accepts batches and processes them in their order.
pub trait WorkerHandle {
    /// Waits until the worker is ready. It accepts batches before that; this
    /// shows if workers start at all.
    ///
    /// # Errors
    ///
    /// The reason why it cannot start.
    fn wait_ready(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Sends a batch; never blocks as long as no more than `pool::DEPTH` are
    /// unanswered. A worker that is gone accepts it too: an event reports its
    /// end.
    fn send(&mut self, batch: &Arc<Batch>);

    /// Returns true if the worker seems usable after being idle.
    fn is_alive(&mut self) -> bool {
        true
    }

    /// Number of messages received from the worker, which sends them all the
    /// time while it has work, whatever its reads do. `None` if it needs no
    /// such check.
    fn messages_received(&self) -> Option<u64> {
        None
    }

    /// Peak memory of the worker in bytes, if it has memory of its own.
    fn peak_memory(&self) -> u64 {
        0
    }

    /// Tells the worker to finish quickly: its results are no longer needed.
    fn cancel(&mut self) {}

    /// Ends the worker whatever it does: kills it, or, where that is
    /// impossible, abandons it. An idle worker is dropped instead.
    fn kill(&mut self);
}

/// An event from a worker to the pool.
#[derive(Debug)]
pub struct Event {
    /// The worker.
    pub handle: WorkerId,
    /// The event.
    pub what: EventKind,
}

/// Kinds of events of a worker.
#[derive(Debug)]
pub enum EventKind {
    /// The oldest unanswered batch is done.
    Done(BatchOutcome),
    /// The worker has ended, and its unanswered batches are lost.
    Gone(ExitReason),
    /// It could not start, so none of its batches was begun.
    FailedToStart(ExitReason),
}

/// The reason why a worker ended.
#[derive(Debug, Clone)]
pub struct ExitReason {
    /// The kind of failure to report for the file it worked on.
    pub kind: FailureKind,
    /// The reason, for people.
    pub message: String,
    /// The task of the batch it worked on, if that is known.
    pub culprit: Option<usize>,
}

impl ExitReason {
    /// A panic, over this task of its batch if it was processing one.
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

    /// The result to report for a file that this happened to.
    #[must_use]
    pub fn result(&self) -> TaskResult {
        TaskResult::Failed(self.kind, self.message.clone())
    }
}

/// The message for a read that hung.
#[must_use]
pub(super) fn hang_message(timeout: Duration) -> String {
    format!("reading it made no progress for {timeout:?}")
}
