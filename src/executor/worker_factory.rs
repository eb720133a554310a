//! What every worker of a scan is made from.

use std::sync::Arc;

use crate::config::HashAlgorithm;
use crate::io::FileIoFactory;
use crate::types::{CancelToken, Heartbeat};
use crate::worker::{ObjectPool, Scratch, Worker};

/// How to make a worker. Clones make workers of one scan.
#[derive(Clone)]
pub struct WorkerFactory {
    io: Arc<dyn FileIoFactory>,
    hash: HashAlgorithm,
    cancel: CancelToken,
    kits: Arc<ObjectPool<Scratch>>,
    open_files: usize,
}

impl WorkerFactory {
    /// Workers that read through what `io` makes, hash with `hash` and stop
    /// on `cancel`.
    #[must_use]
    pub fn new(io: Arc<dyn FileIoFactory>, hash: HashAlgorithm, cancel: CancelToken) -> Self {
        Self {
            io,
            hash,
            cancel,
            kits: Arc::new(ObjectPool::new(move || Scratch::new(hash))),
            open_files: usize::MAX,
        }
    }

    /// Lets each worker have no more than so many files open at once.
    #[must_use]
    pub fn with_open_files(mut self, most: usize) -> Self {
        self.open_files = most;
        self
    }

    /// What the workers compute.
    #[must_use]
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// A worker whose scratch comes from the pool of the scan.
    #[must_use]
    pub fn worker(&self, heartbeat: Heartbeat) -> Worker {
        self.make(self.kits.take(), heartbeat)
    }

    /// Takes the scratch of such a worker back.
    pub fn take_back(&self, worker: Worker) {
        self.kits.give(worker.into_scratch());
    }

    /// A worker that shares nothing with any other but the order to stop.
    #[must_use]
    pub fn lone_worker(&self, heartbeat: Heartbeat) -> Worker {
        self.make(Scratch::new(self.hash), heartbeat)
    }

    fn make(&self, scratch: Scratch, heartbeat: Heartbeat) -> Worker {
        Worker::new(self.io.make(), scratch, self.cancel.clone(), heartbeat)
            .with_open_files(self.open_files)
    }
}
