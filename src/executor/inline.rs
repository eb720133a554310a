//! No concurrency at all: a batch is done when `submit` returns. Makes the
//! order of everything above it repeatable, for tests and as the sequential
//! baseline of measurements.

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{Executor, Kind};
use crate::model::{Batch, BatchOutcome};
use crate::worker::Worker;

/// One worker on the caller's thread.
pub struct InlineExecutor {
    worker: Worker,
    send: Sender<BatchOutcome>,
    receive: Receiver<BatchOutcome>,
}

impl InlineExecutor {
    /// With this worker.
    #[must_use]
    pub fn new(worker: Worker) -> Self {
        let (send, receive) = unbounded();
        Self {
            worker,
            send,
            receive,
        }
    }
}

impl Executor for InlineExecutor {
    fn kind(&self) -> Kind {
        Kind::Thread
    }

    fn workers(&self) -> usize {
        1
    }

    fn capacity(&self) -> usize {
        1
    }

    fn grow(&mut self, _count: usize) {}

    fn submit(&mut self, batch: Batch) {
        let outcome = self.worker.run(&batch);
        // The receiver lives as long as this value.
        let _ = self.send.send(outcome);
    }

    fn outcomes(&self) -> &Receiver<BatchOutcome> {
        &self.receive
    }
}
