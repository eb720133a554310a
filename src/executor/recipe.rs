//! What every worker of a scan is made from.

use std::sync::Arc;

use crate::config::HashAlgorithm;
use crate::io::FileIoFactory;
use crate::model::{CancelToken, Pulse};
use crate::worker::{Kit, ObjectPool, Worker};

/// How to make a worker. Clones make workers of one scan.
#[derive(Clone)]
pub struct Recipe {
    io: Arc<dyn FileIoFactory>,
    hash: HashAlgorithm,
    cancel: CancelToken,
    kits: Arc<ObjectPool<Kit>>,
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
        }
    }

    /// What the workers compute.
    #[must_use]
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// A worker whose kit comes from the pool of the scan.
    #[must_use]
    pub fn worker(&self, pulse: Pulse) -> Worker {
        Worker::new(self.io.make(), self.kits.take(), self.cancel.clone(), pulse)
    }

    /// Takes the kit of such a worker back.
    pub fn take_back(&self, worker: Worker) {
        self.kits.give(worker.into_kit());
    }

    /// A worker that shares nothing with any other but the order to stop.
    #[must_use]
    pub fn lone_worker(&self, pulse: Pulse) -> Worker {
        let kit = Kit::new(self.hash);
        Worker::new(self.io.make(), kit, self.cancel.clone(), pulse)
    }
}
