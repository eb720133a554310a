//! Workers as threads that share memory.

use std::io;
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded};

use super::Kind;
use super::thread_loop::{ThreadWorker, work};
use super::worker_factory::WorkerFactory;
use super::worker_handle::{Event, Placement, WorkerHandle, WorkerId};
use super::worker_slot::DEPTH;
use crate::types::Heartbeat;

/// Threads of this process.
///
/// They are never joined: one that hangs in a read must not delay the end of
/// the scan, and the others end when their queue is closed.
pub struct Threads {
    factory: WorkerFactory,
}

impl Threads {
    /// Creates threads with workers from `factory`.
    #[must_use]
    pub fn new(factory: WorkerFactory) -> Self {
        Self { factory }
    }
}

impl Placement for Threads {
    fn kind(&self) -> Kind {
        Kind::Thread
    }

    fn launch(
        &mut self,
        id: WorkerId,
        heartbeat: Heartbeat,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn WorkerHandle>> {
        let (queue, batches) = bounded(DEPTH);
        let factory = self.factory.clone();
        std::thread::Builder::new()
            .name(format!("hash-{id}"))
            .spawn(move || {
                let make = || factory.worker(heartbeat.clone());
                if let Some(worker) = work(id, &heartbeat, make, &batches, &events) {
                    factory.recycle(worker);
                }
            })?;
        Ok(ThreadWorker::boxed(queue, Arc::clone))
    }

    fn retries_hung_files(&self) -> bool {
        // Each retry would leave another thread behind.
        false
    }
}
