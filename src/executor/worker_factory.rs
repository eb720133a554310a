//! What every worker of a scan is made from.

use std::sync::Arc;

use crate::config::HashAlgorithm;
use crate::io::FileIoFactory;
use crate::types::{CancelToken, Pulse};
use crate::worker::{Kit, ObjectPool, Worker};

/// How to make a worker. Clones make workers of one scan.
#[derive(Clone)]
pub struct Recipe {
    io: Arc<dyn FileIoFactory>,
    hash: HashAlgorithm,
    cancel: CancelToken,
    kits: Arc<ObjectPool<Kit>>,
    open_files: usize,
}

impl Recipe {
    /// Workers that read through what `io` makes, hash with `hash` and stop
    /// on `cancel`.
    #[must_use]
    pub fn new(io: Arc<dyn FileIoFactory>, hash: HashAlgorithm, cancel: CancelToken) -> Self {
        Self {
            io,
            hash,
            cancel,
            kits: Arc::new(ObjectPool::new(move || Kit::new(hash))),
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

    /// A worker whose kit comes from the pool of the scan.
    #[must_use]
    pub fn worker(&self, pulse: Pulse) -> Worker {
        self.make(self.kits.take(), pulse)
    }

    /// Takes the kit of such a worker back.
    pub fn take_back(&self, worker: Worker) {
        self.kits.give(worker.into_kit());
    }

    /// A worker that shares nothing with any other but the order to stop.
    #[must_use]
    pub fn lone_worker(&self, pulse: Pulse) -> Worker {
        self.make(Kit::new(self.hash), pulse)
    }

    fn make(&self, kit: Kit, pulse: Pulse) -> Worker {
        Worker::new(self.io.make(), kit, self.cancel.clone(), pulse)
            .with_open_files(self.open_files)
    }
}
