//! Factory for the workers of a scan.

use std::sync::Arc;

use crate::config::HashAlgorithm;
use crate::io::FileIoFactory;
use crate::types::{CancelToken, Heartbeat};
use crate::worker::{ObjectPool, Scratch, Worker};

/// Makes workers. Clones make workers of the same scan.
#[derive(Clone)]
pub struct WorkerFactory {
    io: Arc<dyn FileIoFactory>,
    hash: HashAlgorithm,
    cancel: CancelToken,
    kits: Arc<ObjectPool<Scratch>>,
    open_files: usize,
}

impl WorkerFactory {
    /// Creates a factory for workers that read through `io`, hash with `hash`
    /// and stop on `cancel`.
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

    /// Limits the files that each worker has open at once.
    #[must_use]
    pub(crate) fn with_open_files(mut self, most: usize) -> Self {
        self.open_files = most;
        self
    }

    /// The workers' hash algorithm.
    #[must_use]
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// Makes a worker whose scratch comes from the pool of the scan.
    #[must_use]
    pub fn worker(&self, heartbeat: Heartbeat) -> Worker {
        self.make(self.kits.take(), heartbeat)
    }

    /// Returns the scratch of such a worker to the pool.
    pub(crate) fn recycle(&self, worker: Worker) {
        self.kits.give(worker.into_scratch());
    }

    /// Makes a worker that shares only the cancel token with the others.
    #[must_use]
    pub(crate) fn independent_worker(&self, heartbeat: Heartbeat) -> Worker {
        self.make(Scratch::new(self.hash), heartbeat)
    }

    fn make(&self, scratch: Scratch, heartbeat: Heartbeat) -> Worker {
        Worker::new(self.io.make(), scratch, self.cancel.clone(), heartbeat)
            .with_open_files(self.open_files)
    }
}
