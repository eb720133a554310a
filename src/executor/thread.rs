//! Workers as threads that share one queue.

use std::io;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Executor, Kind};
use crate::model::{Batch, BatchOutcome};
use crate::worker::Worker;

/// Batches under way for each worker: one at work, one ready to be taken up,
/// and as many again so that a burst of outcomes leaves nobody waiting for
/// the coordinator.
const BATCHES_A_WORKER: usize = 4;

/// Worker threads.
///
/// Dropping it closes the queue; the threads end after the batch they are
/// at. They are not joined: one that hangs in a read must not hold up the
/// end of the scan.
pub struct ThreadExecutor<'a> {
    make: Box<dyn Fn() -> Worker + 'a>,
    workers: usize,
    most: usize,
    queue: Sender<Batch>,
    batches: Receiver<Batch>,
    results: Sender<BatchOutcome>,
    outcomes: Receiver<BatchOutcome>,
}

impl<'a> ThreadExecutor<'a> {
    /// Starts `workers` threads, each with a worker that `make` makes. There
    /// may be up to `most` of them later.
    ///
    /// # Errors
    ///
    /// When the system refuses the first thread. If it refuses a later one,
    /// those that were started do the work.
    pub fn start(workers: usize, most: usize, make: impl Fn() -> Worker + 'a) -> io::Result<Self> {
        let most = most.max(workers);
        let (queue, batches) = bounded(most * BATCHES_A_WORKER);
        let (results, outcomes) = bounded(most * BATCHES_A_WORKER);
        let mut executor = Self {
            make: Box::new(make),
            workers: 0,
            most,
            queue,
            batches,
            results,
            outcomes,
        };
        executor.add_worker()?;
        executor.grow(workers);
        Ok(executor)
    }

    fn add_worker(&mut self) -> io::Result<()> {
        let mut worker = (self.make)();
        let batches = self.batches.clone();
        let results = self.results.clone();
        std::thread::Builder::new()
            .name(format!("hash-{}", self.workers))
            .spawn(move || {
                for batch in batches {
                    if results.send(worker.run(&batch)).is_err() {
                        break;
                    }
                }
            })?;
        self.workers += 1;
        Ok(())
    }
}

impl Executor for ThreadExecutor<'_> {
    fn kind(&self) -> Kind {
        Kind::Thread
    }

    fn workers(&self) -> usize {
        self.workers
    }

    fn capacity(&self) -> usize {
        self.workers * BATCHES_A_WORKER
    }

    fn grow(&mut self, count: usize) {
        while self.workers < count.min(self.most) && self.add_worker().is_ok() {}
    }

    fn submit(&mut self, batch: Batch) {
        // Cannot fail: this value holds an end to receive from.
        let _ = self.queue.send(batch);
    }

    fn outcomes(&self) -> &Receiver<BatchOutcome> {
        &self.outcomes
    }
}
