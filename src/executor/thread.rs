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

/// A fixed number of worker threads.
///
/// Dropping it closes the queue; the threads end after the batch they are
/// at. They are not joined: one that hangs in a read must not hold up the
/// end of the scan.
pub struct ThreadExecutor {
    workers: usize,
    queue: Sender<Batch>,
    outcomes: Receiver<BatchOutcome>,
}

impl ThreadExecutor {
    /// Starts `workers` threads, each with a worker that `make` makes.
    ///
    /// # Errors
    ///
    /// When the system refuses the first thread. If it refuses a later one,
    /// those that were started do the work.
    pub fn start(workers: usize, make: impl Fn() -> Worker) -> io::Result<Self> {
        let capacity = workers * BATCHES_A_WORKER;
        let (queue, batches) = bounded::<Batch>(capacity);
        let (results, outcomes) = bounded(capacity);
        let mut started = 0;
        for number in 0..workers {
            let mut worker = make();
            let batches = batches.clone();
            let results = results.clone();
            let spawned = std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || {
                    for batch in batches {
                        if results.send(worker.run(&batch)).is_err() {
                            break;
                        }
                    }
                });
            match spawned {
                Ok(_) => started += 1,
                Err(error) if started == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(Self {
            workers: started,
            queue,
            outcomes,
        })
    }
}

impl Executor for ThreadExecutor {
    fn kind(&self) -> Kind {
        Kind::Thread
    }

    fn workers(&self) -> usize {
        self.workers
    }

    fn capacity(&self) -> usize {
        self.workers * BATCHES_A_WORKER
    }

    fn submit(&mut self, batch: Batch) {
        // Fails only if every worker thread is gone; they end no sooner than
        // this value, since `Worker::run` catches panics. The coordinator
        // would then see the outcomes' channel closed.
        let _ = self.queue.send(batch);
    }

    fn outcomes(&self) -> &Receiver<BatchOutcome> {
        &self.outcomes
    }
}
