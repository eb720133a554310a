//! Runs each batch in the calling thread: it is done when `submit` returns. So
//! the order of events is repeatable, for tests and for the sequential
//! baseline of measurements.

use std::collections::VecDeque;
use std::time::Duration;

use crossbeam_channel::{Receiver, never};

use super::worker_factory::WorkerFactory;
use super::worker_handle::Event;
use super::{Executor, Kind};
use crate::types::{Batch, BatchOutcome, Heartbeat, WorkerStats};
use crate::worker::Worker;

/// One worker on the caller's thread.
pub struct InlineExecutor {
    worker: Worker,
    heartbeat: Heartbeat,
    finished: VecDeque<BatchOutcome>,
    nothing: Receiver<Event>,
}

impl InlineExecutor {
    /// Creates one with a worker from `factory`.
    #[must_use]
    pub fn new(factory: &WorkerFactory) -> Self {
        let heartbeat = Heartbeat::default();
        Self {
            worker: factory.worker(heartbeat.clone()),
            heartbeat,
            finished: VecDeque::new(),
            nothing: never(),
        }
    }
}

impl Executor for InlineExecutor {
    fn kind(&self) -> Kind {
        Kind::Sequential
    }

    fn workers(&self) -> usize {
        1
    }

    fn has_room(&self) -> bool {
        self.finished.is_empty()
    }

    fn resize(&mut self, _count: usize) {}

    fn submit(&mut self, batch: Batch) {
        let outcome = self.worker.run(&batch);
        self.finished.push_back(outcome);
    }

    fn events(&self) -> &Receiver<Event> {
        &self.nothing
    }

    fn accept(&mut self, _event: Event) {}

    fn next_outcome(&mut self) -> Option<BatchOutcome> {
        self.finished.pop_front()
    }

    fn check_health(&mut self, _elapsed: Duration) {}

    fn worker_stats(&self) -> WorkerStats {
        self.heartbeat.worker_stats()
    }
}
